/*
 * emulated_path.h - a network between two ends of a pair, on loopback: the candidates of
 * both ends are rewritten to addresses of the network. It loses datagrams by a seed, is cut
 * and mended on command, and may give an end another address, as a NAT that has forgotten
 * it does.
 */
#ifndef TESTS_ICE_EMULATED_PATH_H
#define TESTS_ICE_EMULATED_PATH_H

#include "ice/net/address.h"

#include <glib.h>

enum { EMULATED_SOCKETS = 16 };

struct emulated_path;

/* A socket that stands for one address of an end. */
struct emulated_socket {
    struct emulated_path *path;
    void *end; /* whose */
    int fd;
    GSource *source;
    union address real;
};

struct emulated_path {
    GMainContext *loop;
    struct emulated_socket sockets[EMULATED_SOCKETS];
    unsigned num_sockets;
    unsigned loss;   /* percent, each way */
    const void *cut; /* nothing from this end passes; the path itself: of both */
    uint64_t random;
    bool catches; /* what is recorded is not passed on */
    unsigned passed, lost;
    unsigned media;               /* of those that passed: RTP and RTCP */
    const void *recorded;         /* an end */
    struct emulated_socket *last; /* through which the last media of it went */
    uint8_t bytes[2048];          /* which was this */
    size_t len;
    int stranger; /* a socket of nobody's; 0: there is none */
};

void emulated_path_open(struct emulated_path *path, GMainContext *loop, unsigned seed);
void emulated_path_close(struct emulated_path *path);

/* A candidate of an end, as the other is to be told it: of this network's. */
void emulated_path_rewrite(struct emulated_path *path, void *end, const char *sdp,
                           char *rewritten, size_t size);

/* From now on all that comes from the end has another source, of the host 127.0.0.HOST, and
 * its old one is gone. */
void emulated_path_rebind(struct emulated_path *path, const void *end, unsigned host);

/* Somebody else, as a candidate that an end may have named: nobody answers there. */
void emulated_path_meet_stranger(struct emulated_path *path, char *candidate, size_t size);

/* What was the last media of the recorded end comes once more to whom it was for, from the
 * stranger; emulated_path_returned says how much media has come back there since. */
void emulated_path_replay(struct emulated_path *path);
unsigned emulated_path_returned(struct emulated_path *path);

#endif
