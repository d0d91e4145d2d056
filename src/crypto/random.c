/* random.c - unpredictable bytes, and comparison in constant time. */
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "crypto/internal.h"

bool skf_random(uint8_t *bytes, size_t len)
{
    return clear_errors(len <= INT_MAX && RAND_bytes(bytes, (int)len) == 1);
}

bool skf_same(const uint8_t *a, const uint8_t *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
