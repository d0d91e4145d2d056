/* signalling.h - what the two processes send each other beside the network: signalling, as
 * SDP would carry it, and how the server is doing. */
#ifndef LOAD_SIGNALLING_H
#define LOAD_SIGNALLING_H

#include <skiff/skiff.h>

enum { SIGNALS_AT_ONCE = 32, CREDENTIAL_SIZE = 48, REASON_SIZE = 96 };

enum signal_kind {
    SIGNAL_READY = 1, /* from both, first: who I am; from the server: where */
    SIGNAL_REFUSED,   /* from the server instead: why not */
    SIGNAL_OFFER,     /* from the client: somebody wants to come; its name */
    SIGNAL_ANSWER,    /* from the server: it may; the name and password to use */
    SIGNAL_DENIED,    /* from the server: it may not */
    SIGNAL_HANG_UP,   /* from the client: it has gone */
    SIGNAL_GONE,      /* from the server: nothing of it is left */
    SIGNAL_ASK,       /* from the client: how are you; with the heap? */
    SIGNAL_REPORT
};

/* What a server counts. CPU in nanoseconds, of the whole process with its system calls;
 * signalling and the floor are parts of it. */
struct report {
    uint64_t cpu, cpu_signalling, cpu_floor;
    uint64_t floor;     /* nanoseconds; 0: not known */
    uint64_t heap, rss; /* bytes; heap 0: not asked */
    uint64_t connects;  /* since the server was begun */
    uint32_t failed, silent;
    uint16_t version; /* of DTLS, as seen last; 0: unknown */
};

struct signal_message {
    enum signal_kind kind;
    uint32_t slot;
    union {
        struct {
            skiff_fingerprint fingerprint;
            uint16_t port;
        } ready;
        struct {
            char name[CREDENTIAL_SIZE], password[CREDENTIAL_SIZE];
        } credentials;
        struct report report;
        bool with_heap;
        char why[REASON_SIZE];
    } body;
};

/* One end of the line. Signals leave in batches: flush before waiting for answers. */
struct signalling {
    int fd;
    size_t num_out;
    struct signal_message out[SIGNALS_AT_ONCE], in[SIGNALS_AT_ONCE];
};

/* Makes both ends. */
bool signalling_pair(struct signalling *here, struct signalling *there);
void signalling_close(struct signalling *signalling);

void signalling_put(struct signalling *signalling, const struct signal_message *message);
void signalling_flush(struct signalling *signalling);

/* Reads what has come into signalling->in. 0: nothing has; -1: the other process ended. */
int signalling_read(struct signalling *signalling, bool wait);

#endif
