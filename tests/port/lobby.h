/* lobby.h - a port with a hook for unknown ufrags, and a caller that it does not know. */
#ifndef TESTS_PORT_LOBBY_H
#define TESTS_PORT_LOBBY_H

#include "caller.h"

/* Of the caller. */
extern const skiff_credentials carol;

/* What a hook says, and what it was asked. */
struct lobby {
    struct office  office;
    struct caller  caller;
    bool           knows;
    const char    *password;
    unsigned       asked;
    char           ours[300], theirs[300], address[64];
    skiff_peer    *made;                 /* told of by NEW */
    skiff_peer    *opened;               /* told of by PATH, last */
    bool           frees, fills;         /* in NEW; in the hook */
    const skiff_credentials *makes;      /* in the hook */
};

void lobby_new(struct lobby *lobby);
void lobby_open(struct lobby *lobby);
void lobby_close(struct lobby *lobby);

/* How many peers there is room for still. */
unsigned lobby_vacancies(struct lobby *lobby);

/* Sends a check of the caller's, and lets both see what comes of it. */
void lobby_check(struct lobby *lobby);

/* Lets the caller go on from another address of 127/8. */
void lobby_move(struct lobby *lobby, const char *host);

#endif
