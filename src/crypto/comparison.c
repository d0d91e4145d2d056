/* comparison.c - compares secrets. */
#include <openssl/crypto.h>

#include "crypto/internal.h"

bool skf_same(const uint8_t *a, const uint8_t *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
