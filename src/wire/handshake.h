/* handshake.h - the header of a handshake message and its fragment fields. */
#ifndef SKF_WIRE_HANDSHAKE_H
#define SKF_WIRE_HANDSHAKE_H

#include "wire/walk.h"

enum { HANDSHAKE_HEADER = 12, HANDSHAKE_TYPE_AND_LENGTH = 4 };

/* RFC 6347 section 4.2.2, figure "Handshake", without the body. */
struct handshake_header {
    uint8_t msg_type;
    uint32_t length; /* uint24 */
    uint16_t message_seq;
    uint32_t fragment_offset; /* uint24 */
    uint32_t fragment_length; /* uint24 */
};

static inline void handshake_header(struct walk *w, struct handshake_header *m)
{
    walk_u8(w, &m->msg_type);
    walk_u24(w, &m->length);
    walk_u16(w, &m->message_seq);
    walk_u24(w, &m->fragment_offset);
    walk_u24(w, &m->fragment_length);
}
WALKABLE(handshake_header)

#endif
