/* openssl/by_hand.c - by_hand.h with OpenSSL's calls. */
#include "crypto/by_hand.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

enum { KEY = 1184, CIPHERTEXT = 1088, SECRET = 32 };

bool by_hand_no_errors(void)
{
    return ERR_peek_error() == 0;
}

/* It came with 3.5. */
bool by_hand_has_ml_kem(void)
{
    unsigned major = OPENSSL_version_major(), minor = OPENSSL_version_minor();

    return major > 3 || (major == 3 && minor >= 5);
}

/* As x25519.c would hold it. */
struct skf_share by_hand_key_share(const uint8_t *scalar)
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, scalar, SECRET);
    struct skf_share share = { .group = GROUP_X25519, .held = EVP_PKEY_CTX_new(key, NULL) };

    (void)EVP_PKEY_derive_init(share.held);
    EVP_PKEY_free(key);
    return share;
}

void *by_hand_kem(uint8_t *public_half)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "ML-KEM-768", NULL);
    EVP_PKEY *key = NULL;
    size_t len;

    if (ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1)
        (void)EVP_PKEY_keygen(ctx, &key);
    EVP_PKEY_CTX_free(ctx);
    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                        public_half, KEY, &len)
            == 1
        && len == KEY)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

bool by_hand_decapsulate(void *key, const uint8_t *ciphertext, uint8_t *secret)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    size_t len = SECRET;
    bool ok = EVP_PKEY_decapsulate_init(ctx, NULL) == 1
           && EVP_PKEY_decapsulate(ctx, secret, &len, ciphertext, CIPHERTEXT) == 1;

    EVP_PKEY_CTX_free(ctx);
    return ok;
}

bool by_hand_encapsulate(const uint8_t *public_half, uint8_t *ciphertext, uint8_t *secret)
{
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key_ex(NULL, "ML-KEM-768", NULL, public_half, KEY);
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    size_t len = CIPHERTEXT, secret_len = SECRET;
    bool ok = ctx != NULL && EVP_PKEY_encapsulate_init(ctx, NULL) == 1
           && EVP_PKEY_encapsulate(ctx, ciphertext, &len, secret, &secret_len) == 1;

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok;
}

void by_hand_free(void *key)
{
    EVP_PKEY_free(key);
}
