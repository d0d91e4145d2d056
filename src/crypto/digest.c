/* digest.c - which digest of libcrypto a hash is. Below both builds of the hashing. */
#include "crypto/internal.h"

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
