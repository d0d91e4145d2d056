/* awslc/pkey.c - a public key as libcrypto wants it, and a new key of our own. */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include "crypto/internal.h"

/* Each takes the key over, which may be NULL. */
static EVP_PKEY *with_ec(EC_KEY *ec)
{
    EVP_PKEY *pkey = EVP_PKEY_new();

    if (pkey != NULL && ec != NULL && EVP_PKEY_assign_EC_KEY(pkey, ec) == 1)
        return pkey;
    EC_KEY_free(ec);
    EVP_PKEY_free(pkey);
    return NULL;
}

static EVP_PKEY *with_rsa(RSA *rsa)
{
    EVP_PKEY *pkey = EVP_PKEY_new();

    if (pkey != NULL && rsa != NULL && EVP_PKEY_assign_RSA(pkey, rsa) == 1)
        return pkey;
    RSA_free(rsa);
    EVP_PKEY_free(pkey);
    return NULL;
}

static EVP_PKEY *ec_pkey(const struct skf_public_key *key, const EC_GROUP *group)
{
    EC_POINT *point = EC_POINT_new(group);
    EC_KEY *ec = EC_KEY_new();
    bool ok = point != NULL && ec != NULL && EC_KEY_set_group(ec, group) == 1
           && EC_POINT_oct2point(group, point, key->bytes, key->len, NULL) == 1
           && EC_KEY_set_public_key(ec, point) == 1;

    EC_POINT_free(point);
    if (ok)
        return with_ec(ec);
    EC_KEY_free(ec);
    return NULL;
}

static EVP_PKEY *rsa_pkey(const struct skf_public_key *key)
{
    BIGNUM *modulus = BN_bin2bn(key->bytes, key->len, NULL);
    BIGNUM *exponent = BN_new();
    RSA *rsa =
        modulus != NULL && exponent != NULL && BN_set_word(exponent, key->exponent) == 1
            ? RSA_new_public_key(modulus, exponent)
            : NULL;

    BN_free(exponent);
    BN_free(modulus);
    return with_rsa(rsa);
}

EVP_PKEY *skf_pkey_of(const struct skf_public_key *key)
{
    switch (key->kind) {
    case KEY_P256:
        return ec_pkey(key, EC_group_p256());
    case KEY_P384:
        return ec_pkey(key, EC_group_p384());
    case KEY_RSA:
        return rsa_pkey(key);
    case KEY_NONE:
        break;
    }
    return NULL;
}

EVP_PKEY *skf_pkey_make_p256(void)
{
    EC_KEY *ec = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);

    if (ec != NULL && EC_KEY_generate_key(ec) == 1)
        return with_ec(ec);
    EC_KEY_free(ec);
    return NULL;
}
