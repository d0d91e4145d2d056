/* transcript.h - the running hash of all messages of a handshake. Knows no keys and no
 * records. */
#ifndef SKF_TRANSCRIPT_H
#define SKF_TRANSCRIPT_H

#include "crypto/crypto.h"

/* Which hash will be needed is not known at first, so both are kept side by side. */
struct transcript {
    struct skf_hash sha256, sha384;
    bool has_sha256, has_sha384;
};

SKIFF_MUST_USE bool skf_transcript_new(struct transcript *transcript);
void skf_transcript_free(struct transcript *transcript);

/* Forgets all messages: a ClientHello that led to a HelloVerifyRequest is not part of
 * the transcript (RFC 6347 section 4.2.1). */
SKIFF_MUST_USE bool skf_transcript_start(struct transcript *transcript);

/* Drops the hashes that will not be needed. */
void skf_transcript_select(struct transcript *transcript, bool sha256, bool sha384);

/* What stands before the body of a message: in 1.2 the whole header, as if it came in one
 * fragment (RFC 6347 section 4.2.6), in 1.3 type and length (RFC 9147 section 5.2). */
enum transcript_form { TRANSCRIPT_12, TRANSCRIPT_13 };

SKIFF_MUST_USE bool skf_transcript_add_message(struct transcript *transcript,
                                               enum transcript_form form, uint8_t type,
                                               uint16_t message_seq, skiff_bytes body);
SKIFF_MUST_USE bool skf_transcript_add(struct transcript *transcript, skiff_bytes bytes);

/* Puts a synthetic message_hash in the place of all messages so far: what a
 * HelloRetryRequest does to the first ClientHello (RFC 8446 section 4.4.1). Only `alg`
 * is kept from then on. */
SKIFF_MUST_USE bool skf_transcript_collapse(struct transcript *transcript,
                                            enum skf_hash_alg alg);

/* The digest so far; false for a hash that was not kept. */
SKIFF_MUST_USE bool skf_transcript_digest(const struct transcript *transcript,
                                          enum skf_hash_alg alg, uint8_t *digest);

/* The digest as it would be with the first `upto` bytes of a ClientHello of 1.3 added,
 * which a binder covers (RFC 8446 section 4.2.11.2). */
SKIFF_MUST_USE bool skf_transcript_digest_cut(const struct transcript *transcript,
                                              enum skf_hash_alg alg, skiff_bytes hello,
                                              size_t upto, uint8_t *digest);

#endif
