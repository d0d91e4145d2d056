/* ticket.h - NewSessionTicket. */
#ifndef SKF_WIRE_TICKET_H
#define SKF_WIRE_TICKET_H

#include "wire/walk.h"

/* RFC 8446 section 4.6.1 */
struct new_session_ticket {
    uint32_t ticket_lifetime;
    uint32_t ticket_age_add;
    skiff_bytes ticket_nonce;
    skiff_bytes ticket;
    skiff_bytes extensions;
};

static inline void new_session_ticket(struct walk *w, struct new_session_ticket *m)
{
    walk_u32(w, &m->ticket_lifetime);
    walk_u32(w, &m->ticket_age_add);
    walk_vec(w, &m->ticket_nonce, 0, 255);
    walk_vec(w, &m->ticket, 1, 65535);
    walk_vec(w, &m->extensions, 0, 65534);
}
WALKABLE(new_session_ticket)

#endif
