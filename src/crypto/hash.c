/* hash.c - the facts about hashes, for both builds. The hashing is in lean/ or evp/. */
#include "crypto/internal.h"

size_t skf_hash_len(enum skf_hash_alg alg)
{
    return (size_t)alg / 8;
}

bool skf_hash_so_far(const struct skf_hash *hash, uint8_t *digest)
{
    return skf_hash_with(hash, NULL, 0, digest);
}

const EVP_MD *skf_md(enum skf_hash_alg alg)
{
    switch (alg) {
    case HASH_SHA256:
        return EVP_sha256();
    case HASH_SHA384:
        return EVP_sha384();
    case HASH_SHA512:
        return EVP_sha512();
    }
    return NULL;
}
