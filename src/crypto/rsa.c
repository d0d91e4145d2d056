/* rsa.c - RSA signatures, PKCS #1 v1.5 and PSS (RFC 8017). Through EVP in all builds. */
#include <openssl/rsa.h>

#include "crypto/internal.h"

/* RFC 8446 4.2.3: the salt is as long as the digest, and MGF1 uses the same hash. */
static bool configure(EVP_PKEY_CTX *ctx, uint16_t scheme)
{
    const EVP_MD *md = skf_md(skf_scheme_hash(scheme));
    bool pss = scheme == SCHEME_RSA_PSS_RSAE_SHA256;
    int padding = pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;

    if (EVP_PKEY_CTX_set_rsa_padding(ctx, padding) <= 0
        || EVP_PKEY_CTX_set_signature_md(ctx, md) <= 0)
        return false;
    return !pss
        || (EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) > 0
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
}

bool skf_rsa_sign(EVP_PKEY *key, uint16_t scheme, const uint8_t *digest, uint8_t *sig,
                  size_t *len)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    size_t written = SKF_SIGNATURE_MAX;
    bool ok =
        ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 && configure(ctx, scheme)
        && EVP_PKEY_sign(ctx, sig, &written, digest, skf_hash_len(skf_scheme_hash(scheme)))
               == 1;

    if (ok)
        *len = written;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

enum verification skf_rsa_verify(const struct skf_public_key *key, uint16_t scheme,
                                 const uint8_t *digest, skiff_bytes sig)
{
    EVP_PKEY *pkey = skf_pkey_of(key);
    EVP_PKEY_CTX *ctx = pkey != NULL ? EVP_PKEY_CTX_new(pkey, NULL) : NULL;
    enum verification verification =
        skf_blames_input() ? SIGNATURE_WRONG : SIGNATURE_UNKNOWN;

    if (ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 && configure(ctx, scheme))
        verification = skf_verification_rsa(EVP_PKEY_verify(
            ctx, sig.ptr, sig.len, digest, skf_hash_len(skf_scheme_hash(scheme))));
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return verification;
}
