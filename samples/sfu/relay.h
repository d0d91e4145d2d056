/* relay.h - laid out packets on their way from the worker of a publisher to
 * another worker: a ring of one producer and one consumer. Nothing is locked,
 * and nothing is allocated after relay_new. Knows no worker. */
#ifndef SAMPLES_SFU_RELAY_H
#define SAMPLES_SFU_RELAY_H

#include "outline.h"

enum { RELAY_ITEMS = 256, RELAY_BYTES = 1500 };

struct stream;

/* An SR of the publisher, which has the time of a source (RFC 3550
 * section 6.4.1). */
struct source_time {
    bool known;
    uint64_t ntp;
    uint32_t timestamp;
    skiff_time arrived;
};

/* What comes with a packet. */
struct relay_head {
    struct stream *stream;
    struct outline outline;
    struct source_time time; /* with `len` 0: of the source and edition in the outline */
};

struct relay_item {
    struct relay_head head;
    uint32_t len;
    uint8_t bytes[RELAY_BYTES];
};

struct relay;

/* NULL: no memory. */
struct relay *relay_new(void);
void relay_free(struct relay *relay);

/* The producer's: a place to fill in, or NULL: the ring is full. relay_put
 * passes it on. */
struct relay_item *relay_place(struct relay *relay);
void relay_put(struct relay *relay);

/* The consumer's: the next item, or NULL. relay_drop makes its place free. */
struct relay_item *relay_next(struct relay *relay);
void relay_drop(struct relay *relay);

#endif
