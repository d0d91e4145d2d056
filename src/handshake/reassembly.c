/* reassembly.c - joins the fragments of a handshake message (RFC 6347 section 4.2.3). */
#include "handshake/reassembly.h"

void skf_reassembly_begin(struct reassembly *reassembly, const struct fragment *fragment,
                          uint8_t *buffer)
{
    const struct handshake_header *h = &fragment->header;

    *reassembly = (struct reassembly){ .begun = true,
                                       .msg_type = h->msg_type,
                                       .message_seq = h->message_seq,
                                       .epoch = fragment->epoch,
                                       .length = h->length,
                                       .body = buffer };
    memset(buffer + h->length, 0, reassembly_size(h->length) - h->length);
}

bool skf_reassembly_contradicts(const struct reassembly *reassembly,
                                const struct fragment *fragment)
{
    const uint8_t *there = reassembly->body + reassembly->length;
    uint32_t from = fragment->header.fragment_offset;

    for (uint32_t i = 0; i < fragment->header.fragment_length; i++) {
        uint32_t at = from + i;
        if ((there[at / 8] >> (at % 8) & 1) != 0
            && reassembly->body[at] != fragment->bytes[i])
            return true;
    }
    return false;
}

static void add_byte(struct reassembly *reassembly, uint32_t at, uint8_t byte)
{
    uint8_t *there = reassembly->body + reassembly->length + at / 8,
            bit = (uint8_t)(1u << (at % 8));

    if ((*there & bit) != 0)
        return;
    *there |= bit;
    reassembly->body[at] = byte;
    reassembly->received++;
}

/* Eight at a time where they are all new, or all there. */
void skf_reassembly_add(struct reassembly *reassembly, const struct fragment *fragment)
{
    uint8_t *there = reassembly->body + reassembly->length;
    uint32_t at = fragment->header.fragment_offset;
    uint32_t end = at + fragment->header.fragment_length;
    const uint8_t *from = fragment->bytes;

    while (at < end) {
        bool is_whole = at % 8 == 0 && end - at >= 8;
        if (is_whole && there[at / 8] == 0) {
            there[at / 8] = 0xff;
            memcpy(reassembly->body + at, from, 8);
            reassembly->received += 8;
        } else if (!is_whole || there[at / 8] != 0xff) {
            add_byte(reassembly, at++, *from++);
            continue;
        }
        at += 8;
        from += 8;
    }
}

bool skf_fragment_read(skiff_bytes *payload, struct fragment *fragment)
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
