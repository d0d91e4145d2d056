/* wallet.h - what a client keeps for tickets: the secret that they are cut from, and the
 * one that the caller brought, or that came. */
#ifndef SKF_WALLET_H
#define SKF_WALLET_H

#include "dtls/session.h"

enum { FOREIGN_TICKET_MAX = 1024 };        /* bytes of the longest that is kept           */

/* A ticket of a server, and what a client has to know to use it: what the caller keeps.
 * The format is 1, and another one is not read. */
struct kept_ticket {
    uint8_t        format;
    struct session session;
    uint32_t       lifetime;               /* in seconds                                  */
    uint32_t       age_add;
    skiff_bytes    ticket;
};

enum { KEPT_FORMAT = 1, KEPT_MAX = 1 + SESSION_MAX + 4 + 4 + 2 + FOREIGN_TICKET_MAX };

static inline void kept_ticket(struct walk *w, struct kept_ticket *m)
{
    walk_u8(w, &m->format);
    walk_require(w, m->format == KEPT_FORMAT);
    session(w, &m->session);
    walk_u32(w, &m->lifetime);
    walk_u32(w, &m->age_add);
    walk_vec(w, &m->ticket, 1, FOREIGN_TICKET_MAX);
}
WALKABLE(kept_ticket)

struct wallet {
    uint8_t  resumption_secret[SKF_HASH_MAX];
    bool     came;                         /* `kept` is one that the caller was not told  */
    uint16_t len;
    uint8_t  kept[KEPT_MAX];
};

#endif
