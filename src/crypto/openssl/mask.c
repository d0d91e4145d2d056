/* openssl/mask.c - the mask that hides a record number (RFC 9147 4.2.3). Knows no record.
 *
 * Prepared and keyed as in aead.c. AES through EVP alone, in lean/ too: AES_encrypt uses
 * the key as an index into tables, and its time reveals the key. */
#include "base/memory.h"
#include "crypto/internal.h"

/* clang-format off */
static const char *const ciphers[AEAD_MASKED] = {
    [AEAD_AES_128_GCM]       = "AES-128-ECB",
    [AEAD_AES_256_GCM]       = "AES-256-ECB",
    [AEAD_CHACHA20_POLY1305] = "ChaCha20",
};
/* clang-format on */

bool skf_mask_is_available(enum skf_aead_alg alg)
{
    return skf_cipher_is_available(ciphers[alg]);
}

/* Algorithms that no provider has stay NULL. */
bool skf_mask_prepare(struct skf_crypto *crypto)
{
    for (size_t i = 0; i < AEAD_MASKED; i++)
        if (!skf_cipher_context(ciphers[i], &crypto->masking[i]))
            return false;
    return true;
}

void skf_mask_forget(struct skf_crypto *crypto)
{
    for (size_t i = 0; i < AEAD_MASKED; i++)
        EVP_CIPHER_CTX_free(crypto->masking[i]);
}

/* For ChaCha20 the sample is block counter and nonce, as libcrypto wants them in its IV. */
bool skf_number_mask(struct skf_crypto *crypto, enum skf_aead_alg alg, const uint8_t *key,
                     const uint8_t *sample, uint8_t mask[2])
{
    static const uint8_t zeros[SKF_SAMPLE];
    bool stream = alg == AEAD_CHACHA20_POLY1305;
    EVP_CIPHER_CTX *ctx = crypto->masking[alg];
    uint8_t block[SKF_SAMPLE];
    int n = 0;
    bool ok = ctx != NULL
           && EVP_EncryptInit_ex(ctx, NULL, NULL, key, stream ? sample : NULL) == 1
           && EVP_EncryptUpdate(ctx, block, &n, stream ? zeros : sample, SKF_SAMPLE) == 1
           && n == SKF_SAMPLE;

    memcpy(mask, block, ok ? 2 : 0);
    skf_wipe(block, sizeof block);
    return clear_errors(ok);
}
