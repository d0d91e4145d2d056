/* peer_identity.h - who the other end must be, who it is, and how much it takes. Knows
 * digests, no certificate.
 *
 * The fingerprint may become known before, during or after the handshake (RFC 8827 section
 * 6.5). Whichever of the two comes first is kept until the other is there.
 */
#ifndef SKF_PEER_IDENTITY_H
#define SKF_PEER_IDENTITY_H

#include "crypto/crypto.h"
#include "wire/numbers.h"

enum { FINGERPRINTS_MAX = 4 };

/* The judgement of the peer's identity: TRUST_REFUSED by its fingerprint, TRUST_DENIED
 * by the application. */
enum trust { TRUST_UNKNOWN, TRUST_GIVEN, TRUST_REFUSED, TRUST_DENIED };

/* A fingerprint that is expected. */
struct expected_fingerprint {
    uint16_t hash;
    uint8_t bytes[SKF_HASH_MAX];
};

/* What is kept of a certificate whose fingerprint is not known yet: SHA-256 over its
 * SHA-384 and over its SHA-512. */
struct digests {
    uint8_t over_sha384[32], over_sha512[32];
};

/* All that is kept of a certificate: what a ticket knows of the peer that it was issued
 * to. */
struct certificate_digests {
    uint8_t sha256[32];
    struct digests digests;
};

union expectation {
    struct expected_fingerprint expected[FINGERPRINTS_MAX];
    struct digests digests;
};

/* Whether the server has confirmed to a client of 1.3, by its ACK, that it has received
 * our certificate. */
enum confirmation { NOT_CONFIRMED_YET, CONFIRMED, NEVER_CONFIRMED };

struct peer_identity {
    uint8_t trust;          /* enum trust */
    bool has_certificate;   /* its certificate was; `digests` counts, not `expected` */
    bool is_decided;        /* the application said whom it expects */
    bool needs_all_digests; /* every digest is made, whoever is expected */
    uint8_t num_expected;
    uint8_t sha256[32];        /* of its certificate */
    uint8_t confirmation;      /* enum confirmation */
    uint16_t size_limit;       /* of protected records it takes (RFC 8449); 0: not given */
    union expectation *stored; /* lies where the association has space for it */
};

/* The application expects any one of `num` fingerprints, of which those of the strongest
 * hash function count. ARGUMENT, or STATE when it was decided before. */
SKIFF_MUST_USE skiff_status skf_peer_identity_expect(struct peer_identity *identity,
                                                     const skiff_fingerprint *any_of,
                                                     size_t num);

/* The application has judged the peer itself. STATE when it was decided before. */
SKIFF_MUST_USE skiff_status skf_peer_identity_set_trusted(struct peer_identity *identity,
                                                          bool trusted);

/* Why the peer is refused. The status is OK if it is not. */
skiff_failure skf_peer_identity_refusal(const struct peer_identity *identity);

/* The peer showed its certificate. False: libcrypto has failed. */
SKIFF_MUST_USE bool skf_peer_identity_set_certificate(struct peer_identity *identity,
                                                      skiff_bytes der);

/* The digests of the certificate that it has shown. */
struct certificate_digests skf_peer_identity_digests(const struct peer_identity *identity);

/* Whether the peer that once showed these digests may be the one that is expected now. */
SKIFF_MUST_USE bool skf_peer_identity_may_match(const struct peer_identity *identity,
                                                const struct certificate_digests *digests);

/* The peer has shown that, now or when its ticket was made. False when libcrypto failed. */
SKIFF_MUST_USE bool
skf_peer_identity_set_digests(struct peer_identity *identity,
                              const struct certificate_digests *digests);

#endif
