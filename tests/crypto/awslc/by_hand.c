/* awslc/by_hand.c - by_hand.h with AWS-LC's calls. */
#include "crypto/by_hand.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <string.h>

enum { KEY = 1184, CIPHERTEXT = 1088, SECRET = 32 };

bool by_hand_no_errors(void)
{
    return ERR_peek_error() == 0;
}

bool by_hand_has_ml_kem(void)
{
    return true;
}

struct skf_share by_hand_key_share(const uint8_t *scalar)
{
    struct skf_share share = { .group = GROUP_X25519 };

    memcpy(share.private_bytes, scalar, SECRET);
    return share;
}

void *by_hand_kem(uint8_t *public_half)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_KEM, NULL);
    EVP_PKEY *key = NULL;
    size_t len = KEY;

    if (EVP_PKEY_CTX_kem_set_params(ctx, NID_MLKEM768) == 1
        && EVP_PKEY_keygen_init(ctx) == 1)
        (void)EVP_PKEY_keygen(ctx, &key);
    EVP_PKEY_CTX_free(ctx);
    if (key != NULL && EVP_PKEY_get_raw_public_key(key, public_half, &len) == 1
        && len == KEY)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

bool by_hand_decapsulate(void *key, const uint8_t *ciphertext, uint8_t *secret)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    size_t len = SECRET;
    bool ok = EVP_PKEY_decapsulate(ctx, secret, &len, ciphertext, CIPHERTEXT) == 1;

    EVP_PKEY_CTX_free(ctx);
    return ok;
}

bool by_hand_encapsulate(const uint8_t *public_half, uint8_t *ciphertext, uint8_t *secret)
{
    EVP_PKEY *key = EVP_PKEY_kem_new_raw_public_key(NID_MLKEM768, public_half, KEY);
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    size_t len = CIPHERTEXT, secret_len = SECRET;
    bool ok = ctx != NULL
           && EVP_PKEY_encapsulate(ctx, ciphertext, &len, secret, &secret_len) == 1;

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok;
}

void by_hand_free(void *key)
{
    EVP_PKEY_free(key);
}
