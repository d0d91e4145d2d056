/* pair.h - two handles and the datagrams between them, without a heap and without a delay.
 */
#ifndef TEST_PAIR_H
#define TEST_PAIR_H

#include <skiff/dtls.h>

enum { PAIR_QUEUE = 16, PAIR_DATAGRAM = 1500, PAIR_TICKET = 1300 };

struct pair_datagram {
    int to;
    size_t len;
    uint8_t bytes[PAIR_DATAGRAM];
};

struct pair {
    skiff_dtls *ends[2]; /* the caller's */
    skiff_time now;
    bool connected[2], failed[2];
    size_t ticket_len; /* of the last that an end reported */
    uint8_t ticket[PAIR_TICKET];
    size_t num;
    struct pair_datagram queue[PAIR_QUEUE];
};

/* Polls an end until it has nothing to send; what does not fit into the queue is lost. */
void pair_poll(struct pair *pair, int end);

/* The first datagram arrives; false when none is on its way. */
bool pair_step(struct pair *pair);

/* Runs both until neither has anything to send. */
void pair_talk(struct pair *pair);

bool pair_is_connected(const struct pair *pair);

/* Whether both have the same SRTP keys. */
bool pair_agrees(const struct pair *pair);

#endif
