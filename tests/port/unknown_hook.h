/* unknown_hook.h - a port with a hook for unknown ufrags, and a caller that it does not
 * know. */
#ifndef TESTS_PORT_UNKNOWN_HOOK_H
#define TESTS_PORT_UNKNOWN_HOOK_H

#include "caller.h"

/* Of the caller. */
extern const skiff_credentials carol;

/* What a hook returns, and what it was asked. */
struct unknown_hook {
    struct server server;
    struct caller caller;
    bool knows;
    const char *password;
    unsigned asked;
    char ours[300], theirs[300], address[64];
    skiff_peer *created;            /* reported by NEW */
    skiff_peer *path_opened;        /* reported by PATH, last */
    bool frees, fills;              /* in NEW; in the hook */
    const skiff_credentials *makes; /* in the hook */
};

void unknown_hook_new(struct unknown_hook *hook);
void unknown_hook_open(struct unknown_hook *hook);
void unknown_hook_close(struct unknown_hook *hook);

/* How many peers there is space for still. */
unsigned unknown_hook_vacancies(struct unknown_hook *hook);

/* Sends a check of the caller's, and lets both see what comes of it. */
void unknown_hook_check(struct unknown_hook *hook);

/* Lets the caller go on from another address of 127/8. */
void unknown_hook_move(struct unknown_hook *hook, const char *host);

#endif
