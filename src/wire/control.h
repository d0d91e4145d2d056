/* control.h - what is no handshake message and no data: alerts and ChangeCipherSpec. */
#ifndef SKF_WIRE_CONTROL_H
#define SKF_WIRE_CONTROL_H

#include "wire/walk.h"

/* RFC 5246 section 7.2 */
struct alert {
    uint8_t level;
    uint8_t description;
};

static inline void alert(struct walk *w, struct alert *m)
{
    walk_u8(w, &m->level);
    walk_u8(w, &m->description);
}
WALKABLE(alert)

/* RFC 5246 section 7.1 */
struct change_cipher_spec {
    uint8_t type;
};

static inline void change_cipher_spec(struct walk *w, struct change_cipher_spec *m)
{
    walk_u8(w, &m->type);
    walk_require(w, m->type == 1);
}
WALKABLE(change_cipher_spec)

#endif
