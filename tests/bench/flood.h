/* flood.h - a stranger: what it may send to a testbed, and from where. */
#ifndef SKF_BENCH_FLOOD_H
#define SKF_BENCH_FLOOD_H

#include "testbed.h"

enum flood_kind {
    FLOOD_NOISE,
    FLOOD_UFRAG,     /* a check for a name that nobody has */
    FLOOD_SIGNATURE, /* a check that another password has signed */
    FLOOD_CHECK,     /* a good check, seen before */
    FLOOD_HELLO,     /* a ClientHello */
    FLOOD_MEDIA,     /* forged media */
    FLOOD_REPLAY,    /* true media, seen before */
    FLOOD_KINDS,
    FLOOD_UNKNOWN = FLOOD_KINDS, /* a check for a random ufrag, of no port's making */
    FLOOD_KINDS_WITH_HOOK
};

enum flood_source {
    FROM_ONE,   /* address that nobody knows */
    FROM_MANY,  /* a new address for each datagram */
    FROM_PEERS, /* the address of the caller that it pretends to be */
    FLOOD_SOURCES
};

struct flood;

/* Captures what reaches the testbed: what is replayed later has come to the port once. */
struct flood *flood_new(struct testbed *testbed);

/* Sends the i-th datagram of a kind. The kernel may have no space for it. */
void flood_send(struct flood *flood, enum flood_kind kind, enum flood_source source,
                const struct sockaddr_in *to, size_t i);

#endif
