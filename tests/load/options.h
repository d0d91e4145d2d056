/* options.h - what the command line asks for. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include "../../samples/common/trace_file.h"

#include <skiff/skiff.h>

enum {
    LOAD_PEERS = 1000000,      /* most associations of a run */
    LOAD_LIBSSL_PEERS = 10000, /* most of them with libssl */
    LOAD_SOCKETS = 64,         /* most sockets of the client */
    LOAD_AT_ONCE = 1024        /* most handshakes that are on their way */
};

/* Who serves. The first is the whole of it, the others are DTLS alone. */
enum server_kind { SERVER_PORT, SERVER_SKIFF, SERVER_LIBSSL, SERVER_KINDS };

/* Whose a line of the trace is. */
enum load_end { LOAD_CLIENT, LOAD_SERVER, LOAD_ENDS };

struct options {
    bool with[SERVER_KINDS];
    uint32_t peers, reopen, rate, at_once, sockets;
    uint16_t max_version; /* DTLS version; 0 means the newest there is */
    skiff_time consent, media, hold;
    const char *plot, *json; /* NULL: not written */
    const char *trace;       /* the same, by both processes: */
    struct trace_file *ends; /* LOAD_ENDS */
};

/* Reads the command line; false: the program ends now with *code, everything is said. */
bool options_read(struct options *options, int argc, char **argv, int *code);

/* How a kind is called on the command line, and what it is. */
const char *server_name(enum server_kind kind);
const char *server_title(enum server_kind kind);

#endif
