/* server.h - the process that is called. */
#ifndef LOAD_SERVER_H
#define LOAD_SERVER_H

#include "signalling.h"
#include "options.h"

/* What those who serve are given, and what they count in. */
struct server {
    const struct options *options;
    skiff_identity *me;
    skiff_fingerprint mine, client;
    struct report report;
};

/* A way to serve. Slots are below options->peers, and the caller's to keep apart. */
struct service {
    /* Opens the port; NULL, with errno, when it cannot. */
    void *(*open)(struct server *server, uint16_t *port);
    void (*close)(void *of);
    int (*fd)(const void *of);
    skiff_time (*deadline)(const void *of);
    void (*run)(void *of, skiff_time now);

    /* Expects one more, whose name is in the signal, and says its own name; lets one go. */
    bool (*expect)(void *of, skiff_time now, uint32_t slot, struct signal_message *message);
    void (*let_go)(void *of, skiff_time now, uint32_t slot);
};

extern const struct service service_port, service_skiff, service_libssl;

/* Serves until the client hangs up the line; the answer is the code to exit with. */
int server_run(const struct options *options, const struct service *service,
               struct signalling *signalling);

#endif
