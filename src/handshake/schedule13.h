/* schedule13.h - the key schedule of DTLS 1.3 as functions of secrets (RFC 8446 section 7,
 * RFC 9147 section 5.9). Knows no message and no handshake. */
#ifndef SKF_SCHEDULE13_H
#define SKF_SCHEDULE13_H

#include "handshake/handshake.h"

/* Bytes of a label with its prefix: HkdfLabel has label<7..255>, context<0..255>. */
enum { LABEL_MAX = 255, LABEL_PREFIX = 6, LABEL_CONTEXT_MAX = 255 };

/* HKDF-Expand-Label with "dtls13" (RFC 9147 section 5.9). */
SKIFF_MUST_USE bool skf_expand_label(enum skf_hash_alg alg, const uint8_t *secret,
                                     const char *label, skiff_bytes context, uint8_t *out,
                                     size_t len);

/* Derive-Secret: `digest` is the transcript's; NULL means that of nothing. */
SKIFF_MUST_USE bool skf_derive_secret(enum skf_hash_alg alg, const uint8_t *secret,
                                      const char *label, const uint8_t *digest,
                                      uint8_t *out);

/* The Early Secret of a PSK as long as the hash; NULL: without one. */
SKIFF_MUST_USE bool skf_early_secret(enum skf_hash_alg alg, const uint8_t *psk,
                                     uint8_t *secret);

/* The binder of a resumption PSK over a digest (RFC 8446 section 4.2.11.2). */
SKIFF_MUST_USE bool skf_resumption_binder(enum skf_hash_alg alg, const uint8_t *psk,
                                          const uint8_t *digest, uint8_t *binder);

/* The PSK of the ticket with that nonce (RFC 8446 section 4.6.1). */
SKIFF_MUST_USE bool skf_resumption_psk(enum skf_hash_alg alg,
                                       const uint8_t *resumption_secret, skiff_bytes nonce,
                                       uint8_t *psk);

/* key, iv and sn of one direction (RFC 8446 section 7.3, RFC 9147 section 4.2.3). */
SKIFF_MUST_USE bool skf_traffic_keys(enum skf_hash_alg alg, enum skf_aead_alg aead,
                                     const uint8_t *traffic_secret, struct keys *keys);

/* The next application traffic secret (RFC 8446 section 7.2), in place. */
SKIFF_MUST_USE bool skf_next_traffic_secret(enum skf_hash_alg alg, uint8_t *traffic_secret);

/* The verify_data of Finished under a base key (RFC 8446 section 4.4.4). */
SKIFF_MUST_USE bool skf_finished_mac(enum skf_hash_alg alg, const uint8_t *base_key,
                                     const uint8_t *digest, uint8_t *verify_data);

#endif
