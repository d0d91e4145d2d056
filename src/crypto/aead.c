/* aead.c - seals and opens records in place. Knows not where keys and nonces come from.
 *
 * The ciphers are prepared once per context and get key and nonce for each record, which
 * costs less than a cipher context per association and allocates nothing. Only Update and
 * Final are used: EVP_Cipher has accepted forged tags on empty texts (CVE-2026-75803). */
#include <limits.h>

#include "base/memory.h"
#include "crypto/keep.h"

static const struct {
    const char *name;
    size_t      key_len;
} ciphers[AEAD_COUNT] = {
    [AEAD_AES_128_GCM]       = { "AES-128-GCM",       16 },
    [AEAD_AES_256_GCM]       = { "AES-256-GCM",       32 },
    [AEAD_CHACHA20_POLY1305] = { "ChaCha20-Poly1305", 32 },
};

size_t skf_aead_key_len(enum skf_aead_alg alg)
{
    return ciphers[alg].key_len;
}

enum direction { OPEN, SEAL };                 /* as libcrypto numbers them */

static bool prepare(const EVP_CIPHER *cipher, EVP_CIPHER_CTX **ctx)
{
    *ctx = EVP_CIPHER_CTX_new();
    return *ctx != NULL && EVP_CipherInit_ex(*ctx, cipher, NULL, NULL, NULL, SEAL) == 1;
}

bool skf_aead_prepare(struct skf_crypto *crypto)
{
    bool ok = true;

    for (size_t i = 0; ok && i < AEAD_COUNT; i++) {
        EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, ciphers[i].name, NULL);
        ok = cipher != NULL && prepare(cipher, &crypto->ciphers[i]);
        EVP_CIPHER_free(cipher);
    }
    return ok;
}

void skf_aead_forget(struct skf_crypto *crypto)
{
    for (size_t i = 0; i < AEAD_COUNT; i++)
        EVP_CIPHER_CTX_free(crypto->ciphers[i]);
}

/* Key, nonce, additional data and the text, up to the tag. */
static bool run(EVP_CIPHER_CTX *ctx, enum direction direction, const struct skf_aead *with,
                uint8_t *text, size_t len)
{
    int n;

    if (len > INT_MAX || with->ad.len > INT_MAX)
        return false;
    if (EVP_CipherInit_ex(ctx, NULL, NULL, with->key, with->nonce, (int)direction) != 1)
        return false;
    if (with->ad.len > 0
        && EVP_CipherUpdate(ctx, NULL, &n, with->ad.ptr, (int)with->ad.len) != 1)
        return false;
    return len == 0 || EVP_CipherUpdate(ctx, text, &n, text, (int)len) == 1;
}

bool skf_aead_seal(struct skf_crypto *crypto, const struct skf_aead *with, uint8_t *text,
                   size_t len)
{
    EVP_CIPHER_CTX *ctx = crypto->ciphers[with->alg];
    uint8_t *tag = text + len;
    int n;

    return settled(run(ctx, SEAL, with, text, len) && EVP_CipherFinal_ex(ctx, tag, &n) == 1
                   && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SKF_TAG, tag) == 1);
}

bool skf_aead_open(struct skf_crypto *crypto, const struct skf_aead *with, uint8_t *text,
                   size_t len)
{
    if (len < SKF_TAG)
        return false;

    EVP_CIPHER_CTX *ctx = crypto->ciphers[with->alg];
    uint8_t *tag = text + len - SKF_TAG;
    int n;
    bool ok = run(ctx, OPEN, with, text, len - SKF_TAG)
              && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SKF_TAG, tag) == 1
              && EVP_CipherFinal_ex(ctx, tag, &n) == 1;
    if (!ok)
        skf_wipe(text, len);                    /* nobody reads what was not authentic */
    return settled(ok);
}
