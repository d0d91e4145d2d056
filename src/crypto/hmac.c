/* hmac.c - HMAC of one message, for both builds. The computing is in states/ or evp/. */
#include "crypto/crypto.h"

bool skf_hmac(enum skf_hash_alg alg, skiff_bytes key, const skiff_bytes *parts, size_t num,
              uint8_t *mac)
{
    const struct skf_hmac_message message = { parts, num, mac };

    return skf_hmac_each(alg, key, &message, 1);
}
