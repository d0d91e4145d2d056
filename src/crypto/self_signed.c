/* self_signed.c - an identity made on the spot: a P-256 key and a certificate it signs
 * itself. */
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/x509.h>

#include "crypto/internal.h"

enum { X509_V3 = 2, SERIAL_BITS = 127, DAY = 86400 };

/* 9999-12-31, the last day of GeneralizedTime (RFC 5280 4.1.2.5) */
static const int64_t LAST_SECOND = 253402300799;

/* RFC 5280 4.1.2.2: positive, and not one that was used before. */
static bool set_serial(X509 *x509)
{
    BIGNUM *serial = BN_new();
    bool ok = serial != NULL
           && BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
           && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x509)) != NULL;

    BN_free(serial);
    return ok;
}

static bool set_validity(X509 *x509, int64_t not_before, uint32_t days)
{
    time_t from = (time_t)not_before;

    return ASN1_TIME_set(X509_getm_notBefore(x509), from) != NULL
        && ASN1_TIME_adj(X509_getm_notAfter(x509), from, (int)days, 0) != NULL;
}

/* The name does not identify us: the fingerprint does. OpenSSL 4.0 does not allow to
 * write to the name in a certificate. */
static bool set_names(X509 *x509)
{
    static const unsigned char name[] = "skiff";
    X509_NAME *made = X509_NAME_new();
    bool ok = made != NULL
           && X509_NAME_add_entry_by_txt(made, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1
           && X509_set_subject_name(x509, made) == 1
           && X509_set_issuer_name(x509, made) == 1;

    X509_NAME_free(made);
    return ok;
}

static bool certify(X509 *x509, EVP_PKEY *key)
{
    return X509_set_version(x509, X509_V3) == 1 && set_serial(x509) && set_names(x509)
        && X509_set_pubkey(x509, key) == 1 && X509_sign(x509, key, EVP_sha256()) > 0;
}

static skiff_status make_from_x509(EVP_PKEY *key, X509 *x509, skiff_identity **identity)
{
    uint8_t *der = NULL;
    int len = i2d_X509(x509, &der);

    if (len <= 0)
        return SKIFF_ERR_CRYPTO;
    skiff_bytes chain = { der, (size_t)len };
    skiff_status status = skf_identity_make(key, &chain, 1, identity);
    OPENSSL_free(der);
    return status;
}

skiff_status skiff_identity_generate(int64_t not_before, uint32_t days,
                                     skiff_identity **identity)
{
    if (identity == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "identity: must not be NULL");
    if (not_before < 0 || not_before > LAST_SECOND)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "not_before: before 1970, or after the year 9999");
    if (days == 0 || days > (LAST_SECOND - not_before) / DAY)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "days: 0, or they end after the year 9999");

    EVP_PKEY *key = skf_pkey_make_p256();
    X509 *x509 = X509_new();
    skiff_status status = SKIFF_ERR_CRYPTO;
    if (key != NULL && x509 != NULL && set_validity(x509, not_before, days)
        && certify(x509, key))
        status = make_from_x509(key, x509, identity);
    X509_free(x509);
    EVP_PKEY_free(key);
    (void)clear_errors(status == SKIFF_OK);
    return status;
}
