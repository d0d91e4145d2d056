/* evp/hmac.c - HMAC (RFC 2104) and the PRF of TLS 1.2 (RFC 5246 5) from the provider. */
#include <openssl/core_names.h>
#include <openssl/kdf.h>

#include "crypto/internal.h"

static OSSL_PARAM digest_of(enum skf_hash_alg alg)
{
    const char *name = EVP_MD_get0_name(skf_md(alg));
    return OSSL_PARAM_construct_utf8_string(OSSL_ALG_PARAM_DIGEST, (char *)(uintptr_t)name,
                                            0);
}

/* A NULL key would mean "the one you have"; an empty one is a key too. */
static skiff_bytes never_null(skiff_bytes key)
{
    return key.ptr != NULL ? key : (skiff_bytes){ (const uint8_t *)"", 0 };
}

static bool compute(EVP_MAC_CTX *ctx, const struct skf_hmac_message *message, size_t size)
{
    size_t len;
    bool ok = true;

    for (size_t i = 0; ok && i < message->num_parts; i++)
        ok = EVP_MAC_update(ctx, message->parts[i].ptr, message->parts[i].len) == 1;
    return ok && EVP_MAC_final(ctx, message->mac, &len, size) == 1;
}

/* Each begins with the key: before OpenSSL 3.0.3, and in its FIPS provider, init without
 * one does nothing and says that all is well. */
bool skf_hmac_each(enum skf_hash_alg alg, skiff_bytes key,
                   const struct skf_hmac_message *messages, size_t num)
{
    const OSSL_PARAM params[] = { digest_of(alg), OSSL_PARAM_construct_end() };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;

    key = never_null(key);
    bool ok = ctx != NULL;
    for (size_t i = 0; ok && i < num; i++)
        ok = EVP_MAC_init(ctx, key.ptr, key.len, params) == 1
          && compute(ctx, &messages[i], skf_hash_len(alg));
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(hmac);
    return clear_errors(ok);
}

static OSSL_PARAM octets(const char *name, const void *bytes, size_t len)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)bytes, len);
}

/* The provider puts all its seeds after one another, and the label is the first of them. */
bool skf_prf12(const struct skf_prf12 *what, uint8_t *out, size_t len)
{
    const skiff_bytes *seed = what->seed;
    const OSSL_PARAM params[] = {
        digest_of(what->alg),
        octets(OSSL_KDF_PARAM_SECRET, what->secret.ptr, what->secret.len),
        octets(OSSL_KDF_PARAM_SEED, what->label, strlen(what->label)),
        octets(OSSL_KDF_PARAM_SEED, seed[0].ptr, seed[0].len),
        octets(OSSL_KDF_PARAM_SEED, seed[1].ptr, seed[1].len),
        octets(OSSL_KDF_PARAM_SEED, seed[2].ptr, seed[2].len),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    bool ok = ctx != NULL && EVP_KDF_derive(ctx, out, len, params) == 1;

    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return clear_errors(ok);
}
