/* openssl/pkey.c - a public key as libcrypto wants it, and a new key of our own. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include "crypto/openssl/library.h"

EVP_PKEY *skf_pkey_from(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pkey = NULL;

    if (ctx != NULL && params != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
        (void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

static EVP_PKEY *ec_pkey(const struct skf_public_key *key, const char *curve)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                         (char *)(uintptr_t)curve, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                          (void *)(uintptr_t)key->bytes, key->len),
        OSSL_PARAM_construct_end(),
    };
    return skf_pkey_from("EC", params);
}

static EVP_PKEY *rsa_pkey(const struct skf_public_key *key)
{
    BIGNUM *modulus = BN_bin2bn(key->bytes, key->len, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *pkey = NULL;

    if (modulus != NULL && build != NULL
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) == 1
        && OSSL_PARAM_BLD_push_uint32(build, OSSL_PKEY_PARAM_RSA_E, key->exponent) == 1) {
        OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
        pkey = skf_pkey_from("RSA", params);
        OSSL_PARAM_free(params);
    }
    OSSL_PARAM_BLD_free(build);
    BN_free(modulus);
    return pkey;
}

EVP_PKEY *skf_pkey_of(const struct skf_public_key *key)
{
    switch (key->kind) {
    case KEY_P256:
        return ec_pkey(key, "P-256");
    case KEY_P384:
        return ec_pkey(key, "P-384");
    case KEY_RSA:
        return rsa_pkey(key);
    case KEY_NONE:
        break;
    }
    return NULL;
}

EVP_PKEY *skf_pkey_make_p256(void)
{
    return EVP_EC_gen("P-256");
}
