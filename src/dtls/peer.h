/* peer.h - who the other end must be, who it is, and how much it takes. Knows digests, no
 * certificate.
 *
 * The fingerprint may become known before, during or after the handshake (RFC 8827 section
 * 6.5). Whichever of the two comes first is kept until the other is there.
 */
#ifndef SKF_PEER_H
#define SKF_PEER_H

#include "crypto/crypto.h"

enum { FINGERPRINTS_MAX = 4 };

/* What is known of the peer's identity. */
enum trust { TRUST_OPEN, TRUST_GIVEN, TRUST_REFUSED };

/* A fingerprint that is expected. */
struct expected {
    uint16_t hash;
    uint8_t  bytes[SKF_HASH_MAX];
};

/* What is kept of a certificate whose fingerprint is not known yet: SHA-256 over its
 * SHA-384 and over its SHA-512. */
struct digests {
    uint8_t over_sha384[32], over_sha512[32];
};

/* All that is kept of one: what a ticket says of whom it was issued for. */
struct shown {
    uint8_t        sha256[32];
    struct digests digests;
};

union kept {
    struct expected expected[FINGERPRINTS_MAX];
    struct digests  digests;
};

/* Whether it has told a client of 1.3 by its ACK that it knows who we are. */
enum acquaintance { NOT_TOLD_YET, TOLD, NEVER_TOLD };

struct peer {
    uint8_t     trust;           /* enum trust                                            */
    bool        heard;           /* its certificate was; `digests` counts, not `expected` */
    bool        told;            /* the caller said whom it expects                       */
    bool        for_tickets;     /* every digest is made, whoever is expected             */
    uint8_t     num_expected;
    uint8_t     sha256[32];      /* of its certificate                                    */
    uint8_t     knows_us;        /* enum acquaintance                                     */
    uint16_t    size_limit;      /* of protected records it takes (RFC 8449); 0: not said */
    union kept *kept;            /* lies where the association has room for it            */
};

/* The caller expects any one of `num` fingerprints, of which those of the strongest hash
 * function count. ARGUMENT, or STATE when told before. */
SKIFF_MUST_USE skiff_status peer_expect(struct peer *peer, const skiff_fingerprint *any_of,
                                        size_t num);

/* The caller has judged itself. STATE when told before. */
SKIFF_MUST_USE skiff_status peer_judged(struct peer *peer, bool trusted);

/* The peer showed its certificate. False when libcrypto did not do as it was told. */
SKIFF_MUST_USE bool peer_heard(struct peer *peer, skiff_bytes der);

/* What it has shown. */
struct shown peer_shown(const struct peer *peer);

/* Whether who once showed that is, as far as anybody said, who is expected now. */
SKIFF_MUST_USE bool peer_may_be(const struct peer *peer, const struct shown *shown);

/* The peer has shown that, now or when its ticket was made. False when libcrypto failed. */
SKIFF_MUST_USE bool peer_showed(struct peer *peer, const struct shown *shown);

#endif
