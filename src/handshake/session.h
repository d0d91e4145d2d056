/* session.h - what a ticket stands for, at either end: the secret that an earlier
 * handshake left behind, and the identity of its peer (RFC 8446 section 2.2). */
#ifndef SKF_SESSION_H
#define SKF_SESSION_H

#include "handshake/peer_identity.h"
#include "handshake/suite.h"
#include "wire/numbers.h"
#include "wire/walk.h"

/* How long the tickets of a server are valid, and how long any ticket is at most: a week
 * (RFC 8446 section 4.6.1). Seconds. */
enum { TICKET_LIFETIME = 24 * 60 * 60, LONGEST_LIFETIME = 7 * 24 * 60 * 60 };

#define SESSION_SECONDS(n) ((skiff_time)(n)*1000000u)

enum { PSK_MAX = 48, DIGESTS = 96, SESSION_MAX = 2 + 1 + PSK_MAX + 8 + DIGESTS };

struct session {
    uint16_t cipher_suite;
    skiff_bytes psk;
    uint64_t since; /* when the ticket was made, or came */
    struct certificate_digests peer;
};

static inline void session(struct walk *w, struct session *m)
{
    walk_u16(w, &m->cipher_suite);
    walk_vec(w, &m->psk, 0, PSK_MAX);
    walk_u64(w, &m->since);
    walk_fixed(w, m->peer.sha256, sizeof m->peer.sha256);
    walk_fixed(w, m->peer.digests.over_sha384, sizeof m->peer.digests.over_sha384);
    walk_fixed(w, m->peer.digests.over_sha512, sizeof m->peer.digests.over_sha512);
}
WALKABLE(session)

/* The suite. NULL if it is not one of 1.3, or if the PSK has another length than its hash.
 */
static inline const struct suite *session_suite(const struct session *m)
{
    const struct suite *suite = skf_suite_find(m->cipher_suite);

    return suite != NULL && suite->version == DTLS_1_3
                && m->psk.len == skf_hash_len(suite->hash)
             ? suite
             : NULL;
}

/* Whether it is not older than `lifetime` seconds, on the clock that `since` is of. */
static inline bool session_is_fresh(const struct session *m, skiff_time now,
                                    uint32_t lifetime)
{
    return now >= m->since && now - m->since <= SESSION_SECONDS(lifetime);
}

#endif
