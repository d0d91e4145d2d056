/* record.h - record headers. Knows no keys. */
#ifndef SKF_WIRE_RECORD_H
#define SKF_WIRE_RECORD_H

#include "wire/walk.h"

enum { RECORD_HEADER = 13 };

/* RFC 6347 section 4.1, figure "DTLSPlaintext", without the fragment. */
struct record_header {
    uint8_t  type;
    uint16_t version;
    uint16_t epoch;
    uint64_t sequence_number;                             /* uint48 */
    uint16_t length;
};

static inline void record_header(struct walk *w, struct record_header *m)
{
    walk_u8(w, &m->type);
    walk_u16(w, &m->version);
    walk_u16(w, &m->epoch);
    walk_u48(w, &m->sequence_number);
    walk_u16(w, &m->length);
}
WALKABLE(record_header)

#endif
