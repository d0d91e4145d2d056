/* wire.h - two queues of datagrams in memory, which can lose one of them. */
#ifndef SKF_INTEROP_WIRE_H
#define SKF_INTEROP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_DATAGRAM = 2048, WIRE_QUEUE = 64, WIRE_LOSE_NONE = -1 };

struct datagram {
    uint8_t bytes[WIRE_DATAGRAM];
    size_t len;
};

/* One direction. */
struct queue {
    struct datagram waiting[WIRE_QUEUE];
    unsigned sent, read; /* since the beginning */
    int lose;            /* which of them is lost, or WIRE_LOSE_NONE */
    size_t longest;      /* bytes of the longest that was sent */
    bool overflown;
};

/* How the two ends reach each other. */
struct wire {
    struct queue to_peer, to_skiff;
};

void wire_clear(struct wire *wire);

/* A datagram too long, or one too many, marks the queue as overflown. */
void queue_put(struct queue *queue, const void *bytes, size_t len);

/* The next datagram, to be used before the next put; NULL when none is waiting. */
const struct datagram *queue_remove(struct queue *queue);

/* The same, left where it is. */
const struct datagram *queue_look(const struct queue *queue);

/* For callbacks that read: the bytes copied, or -1 when none is waiting. */
int queue_read(struct queue *queue, void *bytes, size_t size);

#endif
