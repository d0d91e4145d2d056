/* pairs.h - a caller with several pairs of addresses to a port, and an attacker. */
#ifndef TESTS_PORT_PAIRS_H
#define TESTS_PORT_PAIRS_H

#include "caller.h"

enum { PAIRS_MAX = 8, PAIRS_NOWHERE = -1 };

/* Zeros are a plain check of priority 0. */
struct pairs_check {
    bool use;         /* USE-CANDIDATE */
    bool renominates; /* NOMINATION, of this value */
    uint32_t value, priority;
};

/* A datagram that can be sent again. */
struct captured {
    size_t len;
    uint8_t bytes[CALLER_DATAGRAM];
};

struct pairs {
    struct fixture fixture;
    int fd[PAIRS_MAX];
    int num;
    int attacker; /* a socket that is not the caller's */
};

/* Opens `num` of them and the attacker's; nothing has been checked. The port's config may
 * be changed between the two. */
void pairs_begin(struct pairs *pairs, int num);
void pairs_open(struct pairs *pairs);

/* Both; the caller is connected by pair 0, which it has nominated. */
void pairs_connect(struct pairs *pairs, int num);
void pairs_end(struct pairs *pairs);

/* Writes a check; or sends one by a pair: whether it is answered. */
void pairs_write(struct pairs *pairs, struct pairs_check check, struct captured *out);
bool pairs_check(struct pairs *pairs, int pair, struct pairs_check check);

/* Sends what was written by a pair, or from another address: whether it is answered. */
bool pairs_send(struct pairs *pairs, int pair, const struct captured *captured);
bool pairs_replay(struct pairs *pairs, const struct captured *captured);

/* The caller sends one RTP packet by a pair, which is newer than all before. */
void pairs_send_media(struct pairs *pairs, int pair);

/* Seals one RTP packet that is not sent now. */
void pairs_seal(struct pairs *pairs, struct captured *out);

/* By which pair the caller is reached, or PAIRS_NOWHERE. */
int pairs_where(const struct pairs *pairs);

/* Media for the caller, one packet: by which pair it arrives. */
int pairs_receive(struct pairs *pairs);

/* Lets time pass: the port runs each 100 ms. */
void pairs_pass(struct pairs *pairs, skiff_time time);

skiff_port_counters pairs_counters(const struct pairs *pairs);

#endif
