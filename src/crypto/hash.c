/* hash.c - what hashes and HMAC have in both builds. The hashing is in states/ or evp/. */
#include "crypto/internal.h"

size_t skf_hash_len(enum skf_hash_alg alg)
{
    return (size_t)alg / 8;
}

bool skf_hash_so_far(const struct skf_hash *hash, uint8_t *digest)
{
    return skf_hash_with(hash, NULL, 0, digest);
}

bool skf_hmac(enum skf_hash_alg alg, skiff_bytes key, const skiff_bytes *parts, size_t num,
              uint8_t *mac)
{
    const struct skf_hmac_message message = { parts, num, mac };

    return skf_hmac_each(alg, key, &message, 1);
}
