/* transcript.h - the running hash of everything said. Knows no keys and no records. */
#ifndef SKF_TRANSCRIPT_H
#define SKF_TRANSCRIPT_H

#include "crypto/crypto.h"

/* Which hash will be asked for is known late, so those that may be are kept side by side. */
struct transcript {
    struct skf_hash sha256, sha384;
    bool            keeps_sha256, keeps_sha384;
};

SKIFF_MUST_USE bool transcript_new(struct transcript *transcript);
void transcript_free(struct transcript *transcript);

/* Forgets what was said: a ClientHello that a HelloVerifyRequest answered is not part of the
 * transcript (RFC 6347 section 4.2.1). */
SKIFF_MUST_USE bool transcript_start(struct transcript *transcript);

/* Drops the hashes that will not be asked for. */
void transcript_keep(struct transcript *transcript, bool sha256, bool sha384);

SKIFF_MUST_USE bool transcript_add(struct transcript *transcript, skiff_bytes bytes);

/* The digest so far; false for a hash that was not kept. */
SKIFF_MUST_USE bool transcript_digest(const struct transcript *transcript,
                                      enum skf_hash_alg alg, uint8_t *digest);

#endif
