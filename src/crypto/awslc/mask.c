/* awslc/mask.c - the mask that hides a record number (RFC 9147 4.2.3). Knows no record.
 *
 * Nothing is prepared. Each of AWS-LC's forms of AES_encrypt takes a time that does not
 * depend on the key: instructions, vector permutations or bit slices. */
#include <openssl/aes.h>
#include <openssl/chacha.h>

#include "base/memory.h"
#include "crypto/internal.h"

enum { COUNTER = 4 }; /* bytes of a block counter, before the nonce */

/* Of AES; 0: ChaCha20. */
static const unsigned key_bits[AEAD_MASKED] = {
    [AEAD_AES_128_GCM] = 128,
    [AEAD_AES_256_GCM] = 256,
};

bool skf_mask_is_available(enum skf_aead_alg alg)
{
    return alg < AEAD_MASKED;
}

bool skf_mask_prepare(struct skf_crypto *crypto)
{
    (void)crypto;
    return true;
}

void skf_mask_forget(struct skf_crypto *crypto)
{
    (void)crypto;
}

static bool aes_block(const uint8_t *key, unsigned bits, const uint8_t *sample,
                      uint8_t *block)
{
    AES_KEY schedule;
    bool ok = AES_set_encrypt_key(key, bits, &schedule) == 0;

    if (ok)
        AES_encrypt(sample, block, &schedule);
    skf_wipe(&schedule, sizeof schedule);
    return ok;
}

static void chacha_block(const uint8_t *key, const uint8_t *sample, uint8_t *block)
{
    static const uint8_t zeros[SKF_SAMPLE];
    uint32_t counter = 0;

    for (size_t i = COUNTER; i > 0; i--)
        counter = counter << 8 | sample[i - 1];
    CRYPTO_chacha_20(block, zeros, sizeof zeros, key, sample + COUNTER, counter);
}

bool skf_number_mask(struct skf_crypto *crypto, enum skf_aead_alg alg, const uint8_t *key,
                     const uint8_t *sample, uint8_t mask[2])
{
    uint8_t block[SKF_SAMPLE];
    bool ok = true;

    (void)crypto;
    if (key_bits[alg] > 0)
        ok = aes_block(key, key_bits[alg], sample, block);
    else
        chacha_block(key, sample, block);
    memcpy(mask, block, ok ? 2 : 0);
    skf_wipe(block, sizeof block);
    return clear_errors(ok);
}
