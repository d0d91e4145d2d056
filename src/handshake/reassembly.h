/* reassembly.h - one handshake message that comes in fragments, in any order, cut anyhow.
 * Knows offsets and lengths. Knows no contents. */
#ifndef SKF_REASSEMBLY_H
#define SKF_REASSEMBLY_H

#include <skiff/base.h>

#include "wire/handshake.h"

/* Bytes that a message of `length` needs: itself and a bit for each byte. */
static inline size_t reassembly_size(size_t length)
{
    return length + (length + 7) / 8;
}

/* Zeros are a place that holds nothing. */
struct reassembly {
    bool begun;
    bool reserved; /* it need not give way to another: see message_queue.h */
    uint8_t msg_type;
    uint16_t message_seq;
    uint32_t epoch;
    uint32_t length, received; /* bytes of the body, and how many are there */
    uint8_t *body;             /* reassembly_size(length) bytes */
};

/* One fragment as it lies in a record. */
struct fragment {
    struct handshake_header header;
    uint32_t epoch; /* of the record */
    const uint8_t *bytes;
};

/* Begins the message of a fragment in `buffer`, which has reassembly_size(length) bytes. */
void skf_reassembly_begin(struct reassembly *reassembly, const struct fragment *fragment,
                          uint8_t *buffer);

/* Whether the header of a fragment describes the message as those that are there do. */
static inline bool reassembly_agrees(const struct reassembly *reassembly,
                                     const struct fragment *fragment)
{
    const struct handshake_header *h = &fragment->header;

    return h->msg_type == reassembly->msg_type && h->message_seq == reassembly->message_seq
        && h->length == reassembly->length && fragment->epoch == reassembly->epoch;
}

/* Whether a fragment that agrees has another byte where one is there. */
bool skf_reassembly_contradicts(const struct reassembly *reassembly,
                                const struct fragment *fragment);

/* Adds a fragment that agrees. What is there already stays. */
void skf_reassembly_add(struct reassembly *reassembly, const struct fragment *fragment);

static inline bool reassembly_is_whole(const struct reassembly *reassembly)
{
    return reassembly->begun && reassembly->received == reassembly->length;
}

static inline bool fragment_is_whole(const struct fragment *f)
{
    return f->header.fragment_length == f->header.length;
}

/* Cuts the first fragment off a record's payload; false when it does not fit into
 * itself. */
SKIFF_MUST_USE bool skf_fragment_read(skiff_bytes *payload, struct fragment *fragment);

#endif
