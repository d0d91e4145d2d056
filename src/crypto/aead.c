/* aead.c - seals and opens records in place. Knows not where keys and nonces come from.
 *
 * The ciphers are prepared once per context and get key and nonce for each record, which
 * costs less than a cipher context per association and allocates nothing. Only Update and
 * Final are used: EVP_Cipher has accepted forged tags on empty texts (CVE-2026-75803). */
#include <limits.h>

#include "base/memory.h"
#include "crypto/internal.h"

/* CCM needs the lengths of tag and text before it sees either: its first block contains
 * them (RFC 3610 section 2.2). */
static const struct cipher {
    const char *name;
    int key_len, tag_len;
    bool lengths_first;
} ciphers[AEAD_COUNT] = {
    [AEAD_AES_128_GCM] = { "AES-128-GCM", 16, 16, false },
    [AEAD_AES_256_GCM] = { "AES-256-GCM", 32, 16, false },
    [AEAD_CHACHA20_POLY1305] = { "ChaCha20-Poly1305", 32, 16, false },
    [AEAD_AES_128_CCM] = { "AES-128-CCM", 16, 16, true },
    [AEAD_AES_128_CCM_8] = { "AES-128-CCM", 16, 8, true },
};

size_t skf_aead_key_len(enum skf_aead_alg alg)
{
    return (size_t)ciphers[alg].key_len;
}

size_t skf_aead_tag_len(enum skf_aead_alg alg)
{
    return (size_t)ciphers[alg].tag_len;
}

enum direction { OPEN, SEAL }; /* as libcrypto numbers them */

bool skf_aead_is_available(enum skf_aead_alg alg)
{
    return skf_cipher_is_available(ciphers[alg].name)
        && (alg >= AEAD_MASKED || skf_mask_is_available(alg));
}

/* Algorithms that nobody has stay NULL. */
static bool prepare(const struct cipher *like, EVP_CIPHER_CTX **made)
{
    if (!skf_cipher_context(like->name, made))
        return false;

    EVP_CIPHER_CTX *ctx = *made;
    return ctx == NULL
        || (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, SKF_NONCE, NULL) == 1
            && (!like->lengths_first
                || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, like->tag_len, NULL)
                       == 1));
}

bool skf_aead_prepare(struct skf_crypto *crypto)
{
    for (size_t i = 0; i < AEAD_COUNT; i++)
        if (!prepare(&ciphers[i], &crypto->ciphers[i]))
            return false;
    return true;
}

void skf_aead_forget(struct skf_crypto *crypto)
{
    for (size_t i = 0; i < AEAD_COUNT; i++)
        EVP_CIPHER_CTX_free(crypto->ciphers[i]);
}

/* Additional data, with a context that has its key, its nonce and, to open, the tag. */
static bool add(EVP_CIPHER_CTX *ctx, const struct skf_aead *with, size_t len)
{
    bool lengths_first = ciphers[with->alg].lengths_first;
    int n;

    if (len > INT_MAX || with->ad.len > INT_MAX)
        return false;
    if (lengths_first && EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)len) != 1)
        return false;
    return with->ad.len == 0
        || EVP_CipherUpdate(ctx, NULL, &n, with->ad.ptr, (int)with->ad.len) == 1;
}

/* CCM is given a text of no bytes, too: that is when it makes and checks the tag. */
static bool run(EVP_CIPHER_CTX *ctx, const struct skf_aead *with, uint8_t *text, size_t len)
{
    int n;

    return (len == 0 && !ciphers[with->alg].lengths_first)
        || EVP_CipherUpdate(ctx, text, &n, text, (int)len) == 1;
}

static bool start(EVP_CIPHER_CTX *ctx, enum direction direction,
                  const struct skf_aead *with)
{
    return ctx != NULL
        && EVP_CipherInit_ex(ctx, NULL, NULL, with->key, with->nonce, (int)direction) == 1;
}

bool skf_aead_seal(struct skf_crypto *crypto, const struct skf_aead *with, uint8_t *text,
                   size_t len)
{
    EVP_CIPHER_CTX *ctx = crypto->ciphers[with->alg];
    size_t tag_len = skf_aead_tag_len(with->alg);
    uint8_t *tag = text + len;
    int n;

    return clear_errors(
        start(ctx, SEAL, with) && add(ctx, with, len) && run(ctx, with, text, len)
        && EVP_CipherFinal_ex(ctx, tag, &n) == 1 && skf_cipher_get_tag(ctx, tag, tag_len));
}

bool skf_aead_open(struct skf_crypto *crypto, const struct skf_aead *with, uint8_t *text,
                   size_t len)
{
    size_t tag_len = skf_aead_tag_len(with->alg);
    int n;

    crypto->has_failed = false;
    if (len < tag_len)
        return false;

    EVP_CIPHER_CTX *ctx = crypto->ciphers[with->alg];
    uint8_t *tag = text + len - tag_len;
    bool ready = start(ctx, OPEN, with) && skf_cipher_set_tag(ctx, tag, tag_len)
              && add(ctx, with, len - tag_len);
    bool ran = ready && run(ctx, with, text, len - tag_len);
    bool ok = ran && EVP_CipherFinal_ex(ctx, tag, &n) == 1;
    crypto->has_failed = !ready || (!ran && !ciphers[with->alg].lengths_first);
    if (!ok)
        skf_wipe(text, len); /* nobody reads bytes that are not authentic */
    return clear_errors(ok);
}
