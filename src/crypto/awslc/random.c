/* awslc/random.c - unpredictable bytes. AWS-LC ends the process where it has none. */
#include <limits.h>
#include <openssl/rand.h>

#include "crypto/internal.h"

/* As many as others can give. */
bool skf_random(uint8_t *bytes, size_t len)
{
    return clear_errors(len <= INT_MAX && RAND_bytes(bytes, len) == 1);
}
