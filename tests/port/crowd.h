/*
 * crowd.h - threads that share an address, and clients that come, move, restart and go at
 * random, each at three addresses at once; with a model of what must reach whom.
 *
 * Time is counted in rounds: it goes on when all threads have gone on. An address that a
 * client leaves is used again by a client of any thread, once all that was sent from it has
 * been read. One client of every other thread, the anchor, stays for ever where it is,
 * while others check from its address as if they were there. What differs from the model is
 * counted, because CUnit is of one thread.
 */
#ifndef TESTS_PORT_CROWD_H
#define TESTS_PORT_CROWD_H

#include <stdbool.h>
#include <stdint.h>

enum { CROWD_THREADS = 8 };

struct crowd_result {
    /* What must be nothing. */
    uint64_t wrong;              /* media that reached another's peer, or another client */
    uint64_t strange;            /* datagrams that a transport could not open: another's */
    uint64_t uncounted;          /* media that reached nobody, and that no counter knows */
    uint64_t blocked;            /* addresses from which no check was answered for long */
    uint64_t lost_in_calm;       /* media after all had settled, beyond `dropped_in_calm` */
    uint64_t unreported_in_calm; /* media that a client could not send by then */
    uint64_t lost_by_anchors;    /* media of those who stay where they are */
    uint64_t remaining; /* entries in tables, mailbox messages and lists at the end */

    /* What must have happened, or the test shows nothing. */
    uint64_t sent, reached, forwarded, met, moved, restarted, departed, vanished, reused,
        refused, joined, ended, from_anchors;

    /* What may be where a thread gets no processor for long: media that a queue or a socket
     * had no place for, after all had settled. Each is counted. */
    uint64_t dropped_in_calm;

    bool steered;
};

/* Lets the clients do as they like for so many rounds, then waits until they are quiet. */
void crowd_run(uint32_t seed, uint32_t rounds, bool steering, struct crowd_result *result);

#endif
