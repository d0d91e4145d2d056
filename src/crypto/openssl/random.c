/* openssl/random.c - unpredictable bytes. */
#include <limits.h>
#include <openssl/rand.h>

#include "crypto/internal.h"

bool skf_random(uint8_t *bytes, size_t len)
{
    return clear_errors(len <= INT_MAX && RAND_bytes(bytes, (int)len) == 1);
}
