/* ticket.h - a server's tickets: sessions that only the owner of the key can read or
 * make. Knows no message. */
#ifndef SKF_TICKET_H
#define SKF_TICKET_H

#include "handshake/session.h"

enum {
    TICKET_KEY = 32,
    TICKET_SALT = 16,
    TICKET_MAX = TICKET_SALT + SESSION_MAX + SKF_TAG
};

/* The keys with which a context makes its tickets. */
struct ticket_keys {
    struct skf_crypto *crypto;
    const uint8_t *key; /* TICKET_KEY bytes */
    skiff_bytes issuer; /* our Certificate: another's tickets are not ours */
};

SKIFF_MUST_USE bool skf_ticket_make(const struct ticket_keys *with,
                                    const struct session *of, uint8_t ticket[TICKET_MAX],
                                    size_t *len);

/* False for everything that skf_ticket_make has not made; the session lies in `buffer`. */
SKIFF_MUST_USE bool skf_ticket_open(const struct ticket_keys *with, skiff_bytes ticket,
                                    uint8_t buffer[TICKET_MAX], struct session *opened);

#endif
