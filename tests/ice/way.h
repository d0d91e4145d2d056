/*
 * way.h - a network between two ends of a pair, on loopback: what one tells as its
 * candidate is an address of the network's. It loses datagrams by a seed, is cut and mended
 * on command, and may give an end another address, as a NAT that has forgotten it does.
 */
#ifndef TESTS_ICE_WAY_H
#define TESTS_ICE_WAY_H

#include "ice/port/address.h"

#include <glib.h>

enum { WAY_LEGS = 16 };

struct way;

/* A socket that stands for one address of an end. */
struct way_leg {
    struct way   *way;
    void         *end;          /* whose                                                  */
    int           fd;
    GSource      *source;
    union address real;
};

struct way {
    GMainContext  *loop;
    struct way_leg legs[WAY_LEGS];
    unsigned       num_legs;
    unsigned       loss;        /* percent, each way                                      */
    const void    *cut;         /* nothing from this end passes; the way itself: of both  */
    uint64_t       random;
    bool           catches;     /* what is recorded is not passed on                      */
    unsigned       passed, lost;
    unsigned       media;       /* of those that passed: RTP and RTCP                     */
    const void    *recorded;    /* an end                                                 */
    struct way_leg *last;       /* through which the last media of it went                */
    uint8_t        bytes[2048]; /* which was this                                         */
    size_t         len;
    int            stranger;    /* a socket of nobody's; 0: there is none                 */
};

void way_open(struct way *way, GMainContext *loop, unsigned seed);
void way_close(struct way *way);

/* A candidate of an end, as the other is to be told it: of this network's. */
void way_rewrite(struct way *way, void *end, const char *sdp, char *told, size_t size);

/* From now on all that comes from the end has another source, of the host 127.0.0.HOST, and
 * its old one is gone. */
void way_rebind(struct way *way, const void *end, unsigned host);

/* Somebody else, as a candidate that an end may have named: nobody answers there. */
void way_meet_stranger(struct way *way, char *candidate, size_t size);

/* What was the last media of the recorded end comes once more to whom it was for, from the
 * stranger; way_returned says how much media has come back there since. */
void way_replay(struct way *way);
unsigned way_returned(struct way *way);

#endif
