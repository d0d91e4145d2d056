/* awslc/kem.c - X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem) of its two parts: ML-KEM-768
 * (FIPS 203), always the first, and X25519. A share is a context with the key of ML-KEM,
 * and the scalar of X25519. */
#include <openssl/curve25519.h>
#include <openssl/nid.h>

#include "base/memory.h"
#include "crypto/internal.h"

enum { KEY = 1184, CIPHERTEXT = 1088, HALF_SECRET = 32 };

static EVP_PKEY *fresh_key(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_KEM, NULL);
    EVP_PKEY *key = NULL;

    if (ctx != NULL && EVP_PKEY_CTX_kem_set_params(ctx, NID_MLKEM768) == 1
        && EVP_PKEY_keygen_init(ctx) == 1)
        (void)EVP_PKEY_keygen(ctx, &key);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

bool skf_kem_make(struct skf_groups *groups, struct skf_share *share, uint8_t *key_exchange)
{
    EVP_PKEY *key = fresh_key();
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    size_t len = KEY;

    share->held = ctx;
    bool ok = ctx != NULL && EVP_PKEY_get_raw_public_key(key, key_exchange, &len) == 1
           && len == KEY && skf_x25519_make(groups, share, key_exchange + KEY);
    EVP_PKEY_free(key); /* the context has its own hold on it */
    return ok;
}

/* A ciphertext that was tampered with gives another secret, and no error (FIPS 203 6.3). */
bool skf_kem_agree(struct skf_groups *groups, const struct skf_share *share,
                   skiff_bytes peer, uint8_t *secret)
{
    const skiff_bytes point = { peer.ptr + CIPHERTEXT, peer.len - CIPHERTEXT };
    size_t len = HALF_SECRET;

    return EVP_PKEY_decapsulate(share->held, secret, &len, peer.ptr, CIPHERTEXT) == 1
        && len == HALF_SECRET
        && skf_x25519_agree(groups, share, point, secret + HALF_SECRET);
}

/* Numbers that are not below the modulus (FIPS 203 7.2) are the only reason to fail with a
 * context that is ready, and AWS-LC does not report them. */
static bool encapsulate(EVP_PKEY_CTX *ctx, uint8_t *key_exchange, uint8_t *secret)
{
    size_t ciphertext_len = CIPHERTEXT, secret_len = HALF_SECRET;
    bool ok =
        EVP_PKEY_encapsulate(ctx, key_exchange, &ciphertext_len, secret, &secret_len) == 1;

    if (!ok && ERR_peek_error() == 0)
        OPENSSL_PUT_ERROR(EVP, EVP_R_DECODE_ERROR);
    return ok && ciphertext_len == CIPHERTEXT && secret_len == HALF_SECRET;
}

bool skf_kem_encapsulate(skiff_bytes peer, uint8_t *key_exchange, uint8_t *secret)
{
    EVP_PKEY *key = EVP_PKEY_kem_new_raw_public_key(NID_MLKEM768, peer.ptr, KEY);
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    uint8_t scalar[X25519_PRIVATE_KEY_LEN];
    bool ok = ctx != NULL && encapsulate(ctx, key_exchange, secret);

    if (ok) {
        X25519_keypair(key_exchange + CIPHERTEXT, scalar);
        (void)X25519(secret + HALF_SECRET, scalar, peer.ptr + KEY);
        skf_wipe(scalar, sizeof scalar);
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok;
}
