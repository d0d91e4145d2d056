/* openssl/kem.c - X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem), as libcrypto has it
 * since 3.5.
 *
 * One key for ML-KEM and X25519, and the same calls in both builds: they compile with
 * every libcrypto, and if that has no such key the first of them fails.
 */
#include <openssl/core_names.h>

#include "crypto/openssl/library.h"

enum { CLIENT_SHARE = 1216, SERVER_SHARE = 1120, SECRET = 64 };

static const char hybrid[] = "X25519MLKEM768";

static EVP_PKEY *fresh_key(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, hybrid, NULL);
    EVP_PKEY *key = NULL;

    if (ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1)
        (void)EVP_PKEY_keygen(ctx, &key);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static bool write_public(const EVP_PKEY *key, uint8_t *key_exchange)
{
    size_t len;

    return EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                           key_exchange, CLIENT_SHARE, &len)
            == 1
        && len == CLIENT_SHARE;
}

bool skf_kem_make(struct skf_groups *groups, struct skf_share *share, uint8_t *key_exchange)
{
    EVP_PKEY *key = fresh_key();
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;

    (void)groups;
    share->held = ctx;
    bool ok = ctx != NULL && EVP_PKEY_decapsulate_init(ctx, NULL) == 1
           && write_public(key, key_exchange);
    EVP_PKEY_free(key); /* the context has its own hold on it */
    return ok;
}

/* A ciphertext that was tampered with gives another secret, and no error (FIPS 203 6.3). */
bool skf_kem_agree(struct skf_groups *groups, const struct skf_share *share,
                   skiff_bytes peer, uint8_t *secret)
{
    size_t len = SECRET;

    (void)groups;
    return EVP_PKEY_decapsulate(share->held, secret, &len, peer.ptr, peer.len) == 1
        && len == SECRET;
}

/* Importing sees if the numbers of ML-KEM's half are below its modulus (FIPS 203 7.2). */
static EVP_PKEY *import_public(skiff_bytes key_exchange)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(
            OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)key_exchange.ptr, key_exchange.len),
        OSSL_PARAM_construct_end(),
    };
    return skf_pkey_from(hybrid, params);
}

bool skf_kem_encapsulate(skiff_bytes peer, uint8_t *key_exchange, uint8_t *secret)
{
    EVP_PKEY *key = import_public(peer);
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
    size_t key_exchange_len = SERVER_SHARE, secret_len = SECRET;
    bool ok =
        ctx != NULL && EVP_PKEY_encapsulate_init(ctx, NULL) == 1
        && EVP_PKEY_encapsulate(ctx, key_exchange, &key_exchange_len, secret, &secret_len)
               == 1
        && key_exchange_len == SERVER_SHARE && secret_len == SECRET;

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok;
}
