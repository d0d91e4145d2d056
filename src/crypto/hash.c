/* hash.c - the facts about hashes, for both builds. The hashing is in states/ or evp/. */
#include "crypto/internal.h"

size_t skf_hash_len(enum skf_hash_alg alg)
{
    return (size_t)alg / 8;
}

bool skf_hash_so_far(const struct skf_hash *hash, uint8_t *digest)
{
    return skf_hash_with(hash, NULL, 0, digest);
}
