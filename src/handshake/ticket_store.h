/* ticket_store.h - what a client keeps to resume: the resumption secret, and one ticket:
 * that of skiff_dtls_resume, or the newest of the server. */
#ifndef SKF_TICKET_STORE_H
#define SKF_TICKET_STORE_H

#include "handshake/session.h"

enum { RECEIVED_TICKET_MAX = 1024 }; /* bytes of the longest that is kept */

/* A ticket of a server, and what a client has to know to use it: what the caller keeps.
 * The format is 1, and another one is not read. */
struct stored_ticket {
    uint8_t format;
    struct session session;
    uint32_t lifetime; /* in seconds */
    uint32_t age_add;
    skiff_bytes ticket;
};

enum {
    STORED_TICKET_FORMAT = 1,
    STORED_TICKET_MAX = 1 + SESSION_MAX + 4 + 4 + 2 + RECEIVED_TICKET_MAX
};

static inline void stored_ticket(struct walk *w, struct stored_ticket *m)
{
    walk_u8(w, &m->format);
    walk_require(w, m->format == STORED_TICKET_FORMAT);
    session(w, &m->session);
    walk_u32(w, &m->lifetime);
    walk_u32(w, &m->age_add);
    walk_vec(w, &m->ticket, 1, RECEIVED_TICKET_MAX);
}
WALKABLE(stored_ticket)

struct ticket_store {
    uint8_t resumption_secret[SKF_HASH_MAX];
    bool unreported; /* `ticket` was not reported to the application yet */
    uint16_t len;
    uint8_t ticket[STORED_TICKET_MAX];
};

#endif
