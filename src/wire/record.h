/* record.h - record headers. Knows no keys. */
#ifndef SKF_WIRE_RECORD_H
#define SKF_WIRE_RECORD_H

#include "wire/numbers.h"
#include "wire/walk.h"

enum { RECORD_HEADER = 13, RECORD_CID_MAX = 32 };

/* RFC 6347 section 4.1, RFC 8446 section 5.1: bytes of content in one record. */
enum { CONTENT_MAX = 1 << 14 };

/* RFC 6347 section 4.1, figure "DTLSPlaintext", and RFC 9146 section 4, figure 3, without
 * the fragment. The record does not contain the length of the
 * connection id: a reader sets it before. */
struct record_header {
    uint8_t type;
    uint16_t version;
    uint16_t epoch;
    uint64_t sequence_number;  /* uint48 */
    skiff_bytes connection_id; /* of type tls12_cid only */
    uint16_t length;
};

static inline void record_header(struct walk *w, struct record_header *m)
{
    walk_u8(w, &m->type);
    walk_u16(w, &m->version);
    walk_u16(w, &m->epoch);
    walk_u48(w, &m->sequence_number);
    if (m->type == CONTENT_TLS12_CID)
        walk_view(w, &m->connection_id);
    walk_u16(w, &m->length);
}
WALKABLE(record_header)

/* RFC 9147 section 4, figure 3: the first byte is 001CSLEE. */
enum {
    UNIFIED = 0x20,
    UNIFIED_MASK = 0xe0,
    UNIFIED_HAS_CID = 0x10,
    UNIFIED_LONG_NUMBER = 0x08,
    UNIFIED_HAS_LENGTH = 0x04,
    UNIFIED_EPOCH = 0x03
};

/* The DTLSCiphertext header. */
struct unified_header {
    uint8_t flags;
    skiff_bytes connection_id;
    uint16_t number; /* the low 8 or 16 bits, masked */
    uint16_t length;
};

static inline void unified_header(struct walk *w, struct unified_header *m)
{
    walk_u8(w, &m->flags);
    walk_require(w, (m->flags & UNIFIED_MASK) == UNIFIED);
    if ((m->flags & UNIFIED_HAS_CID) != 0)
        walk_view(w, &m->connection_id);
    uint8_t low = (uint8_t)m->number;
    if ((m->flags & UNIFIED_LONG_NUMBER) != 0) {
        walk_u16(w, &m->number);
    } else {
        walk_u8(w, &low);
        m->number = low;
    }
    if ((m->flags & UNIFIED_HAS_LENGTH) != 0)
        walk_u16(w, &m->length);
}

#endif
