/* join.h - one handshake message that comes in fragments, in any order, cut anyhow.
 * Knows offsets and lengths. Knows no contents. */
#ifndef SKF_JOIN_H
#define SKF_JOIN_H

#include <skiff/base.h>

#include "wire/handshake.h"

/* Bytes that a message of `length` needs: itself and a bit for each byte. */
static inline size_t join_room(size_t length)
{
    return length + (length + 7) / 8;
}

/* Zeros are a place that holds nothing. */
struct join {
    bool     begun;
    bool     firm;                   /* it need not give way to another: see inbox.h      */
    uint8_t  msg_type;
    uint16_t message_seq;
    uint32_t epoch;
    uint32_t length, have;           /* bytes of the body, and how many are there         */
    uint8_t *body;                   /* join_room(length) bytes                           */
};

/* One fragment as it lies in a record. */
struct fragment {
    struct handshake_header header;
    uint32_t                epoch;    /* of the record                                    */
    const uint8_t          *bytes;
};

/* Begins the message of a fragment in `room`, which has join_room(length) bytes. */
void join_begin(struct join *join, const struct fragment *fragment, uint8_t *room);

/* Whether a fragment says the same of its message as those that are there. */
static inline bool join_agrees(const struct join *join, const struct fragment *fragment)
{
    const struct handshake_header *h = &fragment->header;

    return h->msg_type == join->msg_type && h->message_seq == join->message_seq
        && h->length == join->length && fragment->epoch == join->epoch;
}

/* Whether a fragment that agrees has another byte where one is there. */
bool join_contradicts(const struct join *join, const struct fragment *fragment);

/* Adds a fragment that agrees. What is there already stays. */
void join_add(struct join *join, const struct fragment *fragment);

static inline bool join_is_whole(const struct join *join)
{
    return join->begun && join->have == join->length;
}

static inline bool fragment_is_whole(const struct fragment *f)
{
    return f->header.fragment_length == f->header.length;
}

/* Cuts the first fragment off a record's payload; false when it does not fit into
 * itself. */
SKIFF_MUST_USE bool fragment_read(skiff_bytes *payload, struct fragment *fragment);

#endif
