/* awslc/ciphers.c - ciphers and keys, of which AWS-LC has all that we know, and the tags of
 * AEADs. */
#include "base/memory.h"
#include "crypto/internal.h"

enum { FIRST_REASON = 100 }; /* of one part: those below are of all parts (err.h) */

static const struct {
    const char *name;
    const EVP_CIPHER *(*cipher)(void);
} ciphers[] = {
    { "AES-128-GCM", EVP_aes_128_gcm },
    { "AES-256-GCM", EVP_aes_256_gcm },
    { "ChaCha20-Poly1305", EVP_chacha20_poly1305 },
    { "AES-128-CCM", EVP_aes_128_ccm },
};

bool skf_blames_input(void)
{
    uint32_t first = ERR_peek_error();

    return first != 0 && ERR_GET_REASON(first) >= FIRST_REASON;
}

static const EVP_CIPHER *find(const char *name)
{
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++)
        if (strcmp(ciphers[i].name, name) == 0)
            return ciphers[i].cipher();
    return NULL;
}

bool skf_cipher_is_available(const char *name)
{
    return find(name) != NULL;
}

bool skf_keys_are_available(const char *type)
{
    (void)type;
    return true;
}

bool skf_cipher_context(const char *name, EVP_CIPHER_CTX **made)
{
    *made = EVP_CIPHER_CTX_new();
    return *made != NULL && EVP_EncryptInit_ex(*made, find(name), NULL, NULL, NULL) == 1;
}

bool skf_cipher_get_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag, size_t len)
{
    return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)len, tag) == 1;
}

bool skf_cipher_set_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag, size_t len)
{
    return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)len, tag) == 1;
}
