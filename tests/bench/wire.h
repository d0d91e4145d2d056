/* wire.h - two queues of datagrams between the ends of one pair. Loses nothing. */
#ifndef SKF_BENCH_WIRE_H
#define SKF_BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLIENT_END, SERVER_END, ENDS };

enum { WIRE_MTU = 1200, WIRE_SLOTS = 2048, WIRE_LONGEST = 32 };

struct datagram {
    size_t len;
    uint8_t bytes[WIRE_SLOTS];
};

/* What waits for one end. */
struct queue {
    size_t put, read;
    struct datagram waiting[WIRE_LONGEST];
};

struct wire {
    struct queue to[ENDS];
};

/* Makes both queues empty, and forgets how much went through them. */
void wire_clear(struct wire *wire);

/* Where the next datagram for an end is to be written, or NULL; wire_sent sends it. */
struct datagram *wire_slot(struct wire *wire, int to);
void wire_sent(struct wire *wire, int to);

/* Copies a datagram in. False when the queue is full or the datagram too long. */
bool wire_send(struct wire *wire, int to, const void *bytes, size_t len);

/* The next datagram for an end, which is gone from the queue, or NULL. */
struct datagram *wire_receive(struct wire *wire, int at);

bool wire_waits(const struct wire *wire, int at);

#endif
