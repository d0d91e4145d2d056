/* join.c - joins the fragments of a handshake message (RFC 6347 section 4.2.3). */
#include "dtls/join.h"

void join_begin(struct join *join, const struct fragment *fragment, uint8_t *room)
{
    const struct handshake_header *h = &fragment->header;

    *join = (struct join){ .begun = true, .msg_type = h->msg_type,
                           .message_seq = h->message_seq, .epoch = fragment->epoch,
                           .length = h->length, .body = room };
    memset(room + h->length, 0, join_room(h->length) - h->length);
}

void join_add(struct join *join, const struct fragment *fragment)
{
    uint8_t *there = join->body + join->length;

    for (uint32_t i = 0; i < fragment->header.fragment_length; i++) {
        uint32_t at = fragment->header.fragment_offset + i;
        if ((there[at / 8] >> (at % 8) & 1) != 0)
            continue;
        there[at / 8] |= (uint8_t)(1u << (at % 8));
        join->body[at] = fragment->bytes[i];
        join->have++;
    }
}

bool fragment_read(skiff_bytes *payload, struct fragment *fragment)
{
    struct handshake_header *h = &fragment->header;

    if (payload->len < HANDSHAKE_HEADER
        || !handshake_header_read(h, (skiff_bytes){ payload->ptr, HANDSHAKE_HEADER })
        || h->fragment_length > payload->len - HANDSHAKE_HEADER
        || h->fragment_offset > h->length
        || h->fragment_length > h->length - h->fragment_offset)
        return false;
    fragment->bytes = payload->ptr + HANDSHAKE_HEADER;
    payload->ptr += HANDSHAKE_HEADER + h->fragment_length;
    payload->len -= HANDSHAKE_HEADER + (size_t)h->fragment_length;
    return true;
}
