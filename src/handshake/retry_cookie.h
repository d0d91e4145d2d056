/* retry_cookie.h - what a stateless HelloRetryRequest leaves with the client, as its
 * cookie, and finds there again (RFC 9147 section 5.1). Knows neither addresses nor
 * secrets: see check_hello13.c. */
#ifndef SKF_RETRY_COOKIE_H
#define SKF_RETRY_COOKIE_H

#include "crypto/crypto.h"
#include "wire/numbers.h"
#include "wire/walk.h"

enum { RETRY_COOKIE_MAX = 2 + 2 + 1 + SKF_HASH_MAX + COOKIE };

/* The first hello is gone when the second comes: all of it that still counts is here. */
struct retry_cookie {
    uint16_t cipher_suite;
    uint16_t group;         /* that was asked for; 0: only the cookie was */
    skiff_bytes hello_hash; /* Transcript-Hash(ClientHello1) */
    uint8_t mac[COOKIE];
};

static inline void retry_cookie(struct walk *w, struct retry_cookie *m)
{
    walk_u16(w, &m->cipher_suite);
    walk_u16(w, &m->group);
    walk_vec(w, &m->hello_hash, 0, SKF_HASH_MAX);
    walk_fixed(w, m->mac, COOKIE);
}
WALKABLE(retry_cookie)

/* The cookie that skiff_context_check_hello has found good last: its hello goes to a new
 * handle. */
struct verified_cookie {
    uint8_t len;
    uint8_t cookie[RETRY_COOKIE_MAX];
};

#endif
