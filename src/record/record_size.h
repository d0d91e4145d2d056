/* record_size.h - how many bytes a record has around its content. Knows keys by their kind.
 * Seals and opens nothing. */
#ifndef SKF_RECORD_SIZE_H
#define SKF_RECORD_SIZE_H

#include "crypto/traffic_keys.h"

enum { RECORD12_EXPLICIT_NONCE = 8, RECORD13_HEADER = 5, RECORD_INNER_TYPE = 1 };

/* GCM and CCM of 1.2 carry the last 8 bytes of their nonce in each record. */
static inline size_t explicit_nonce(const struct keys *keys)
{
    return keys->aead == AEAD_CHACHA20_POLY1305 ? 0 : RECORD12_EXPLICIT_NONCE;
}

/* The type goes inside where it is sealed too (RFC 9147 section 4, RFC 9146 section 4). */
static inline size_t inner_type(const struct keys *keys, bool has_id)
{
    return keys->unified || has_id ? RECORD_INNER_TYPE : 0;
}

/* Bytes before and behind the plaintext of a record with these keys and an id of that
 * length, 0 when there is none. */
size_t skf_record_header_size(const struct keys *keys, size_t id_len);
size_t skf_record_trailer_size(const struct keys *keys, size_t id_len);

/* The longest content of such a record, padding included, for a peer that takes so much
 * plaintext (RFC 8449 section 4; 0: not given). */
size_t skf_record_max_content(const struct keys *keys, size_t id_len, uint16_t size_limit);

#endif
