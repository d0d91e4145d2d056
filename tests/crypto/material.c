/* material.c - what the tests of this folder begin with. */
#include "material.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "../suite.h"
#include "by_hand.h"

static int digit(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

struct material material_hex(const char *digits)
{
    struct material material = { .len = 0 };

    for (; *digits != '\0'; digits++) {
        if (*digits == ' ')
            continue;
        material.bytes[material.len++] =
            (uint8_t)(digit(digits[0]) << 4 | digit(digits[1]));
        digits++;
    }
    return material;
}

skiff_bytes material_text(const char *text)
{
    return (skiff_bytes){ (const uint8_t *)text, strlen(text) };
}

EVP_PKEY *material_key(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(key);
    BIO_free(bio);
    ERR_clear_error();
    return key;
}

static void extend(X509 *x509, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    CU_ASSERT_EQUAL_FATAL(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

struct material material_certificate(EVP_PKEY *key, int version)
{
    struct material material = { .len = 0 };
    X509 *x509 = X509_new();
    X509_NAME *name = X509_NAME_new();
    uint8_t *at = material.bytes;

    X509_set_version(x509, version - 1);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 12345678);
    ASN1_TIME_set(X509_getm_notBefore(x509), 1700000000);
    ASN1_TIME_set(X509_getm_notAfter(x509), 1800000000);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"given", -1, -1,
                               0);
    X509_set_subject_name(x509, name);
    X509_set_issuer_name(x509, name);
    X509_NAME_free(name);
    X509_set_pubkey(x509, key);
    if (version == 3) {
        extend(x509, NID_basic_constraints, "critical,CA:FALSE");
        extend(x509, NID_subject_alt_name, "DNS:given.example");
    }
    CU_ASSERT_FATAL(X509_sign(x509, key, EVP_sha256()) > 0);
    CU_ASSERT_FATAL(i2d_X509(x509, NULL) <= (int)sizeof material.bytes);
    material.len = (size_t)i2d_X509(x509, &at);
    X509_free(x509);
    return material;
}

struct material material_pem(const char *name, skiff_bytes bytes)
{
    struct material material = { .len = 0 };
    BIO *bio = BIO_new(BIO_s_mem());

    PEM_write_bio(bio, name, "", bytes.ptr, (long)bytes.len);
    material.len = (size_t)BIO_read(bio, material.bytes, sizeof material.bytes);
    BIO_free(bio);
    return material;
}

skiff_identity *material_identity(const char *key_pem)
{
    EVP_PKEY *key = material_key(key_pem);
    struct material der = material_certificate(key, 3);
    struct material pem = material_pem("CERTIFICATE", VIEW(der));
    skiff_identity *identity = NULL;

    EVP_PKEY_free(key);
    if (skiff_identity_from_pem(VIEW(pem), material_text(key_pem), &identity) != SKIFF_OK)
        return NULL;
    return identity;
}

struct skf_crypto *material_crypto(const skiff_identity *identity)
{
    struct skf_crypto *crypto = NULL;

    CU_ASSERT_EQUAL_FATAL(skf_crypto_new(NULL, identity, &crypto), SKIFF_OK);
    return crypto;
}

bool material_no_errors(void)
{
    return ERR_peek_error() == 0 && by_hand_no_errors();
}
