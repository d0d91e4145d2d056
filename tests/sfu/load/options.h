/* options.h - what the command line asks for. */
#ifndef SFU_LOAD_OPTIONS_H
#define SFU_LOAD_OPTIONS_H

#include <skiff/keys.h>

enum { LOAD_WATCHERS = 16384, LOAD_SOCKETS = 64 };

enum service_kind { SERVICE_WHIP, SERVICE_JANUS };

struct options {
    enum service_kind service;
    /* Where a publisher and a watcher POST their offers; of Janus, the root of its API. */
    const char *publish, *watch;
    skiff_srtp_profile profile;
    uint32_t watchers;
    /* The packets of a frame, which leave together. */
    uint32_t frame;
    skiff_time warm_up, window;
    /* The address of the first end; each watcher has the next one. */
    uint32_t from;
    /* The server's process, 0: it is not measured. */
    int pid;
    /* Where the server counts its mallocs (mallocs.c); NULL: they are not counted. */
    const char *mallocs;
};

/* Reads the command line; false: the program ends now with *code, everything is reported.
 */
bool options_read(struct options *options, int argc, char **argv, int *code);

#endif
