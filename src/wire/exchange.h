/* exchange.h - ServerKeyExchange and ClientKeyExchange of ECDHE suites. */
#ifndef SKF_WIRE_EXCHANGE_H
#define SKF_WIRE_EXCHANGE_H

#include "wire/walk.h"

/* RFC 8422 section 5.4: ServerECDHParams, the part that is signed */
struct server_ecdh_params {
    uint8_t curve_type;
    uint16_t named_curve;
    skiff_bytes point;
};

static inline void server_ecdh_params(struct walk *w, struct server_ecdh_params *m)
{
    walk_u8(w, &m->curve_type);
    walk_u16(w, &m->named_curve);
    walk_vec(w, &m->point, 1, 255);
}
WALKABLE(server_ecdh_params)

/* RFC 8422 section 5.4: ServerKeyExchange */
struct server_key_exchange {
    struct server_ecdh_params params;
    size_t params_len; /* bytes that are signed */
    uint16_t algorithm;
    skiff_bytes signature;
};

static inline void server_key_exchange(struct walk *w, struct server_key_exchange *m)
{
    server_ecdh_params(w, &m->params);
    m->params_len = w->at;
    walk_u16(w, &m->algorithm);
    walk_vec(w, &m->signature, 0, 65535);
}
WALKABLE(server_key_exchange)

/* RFC 8422 section 5.7 */
struct client_key_exchange {
    skiff_bytes point;
};

static inline void client_key_exchange(struct walk *w, struct client_key_exchange *m)
{
    walk_vec(w, &m->point, 1, 255);
}
WALKABLE(client_key_exchange)

#endif
