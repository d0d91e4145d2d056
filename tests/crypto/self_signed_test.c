/* self_signed_test.c - identities made on the spot. */
#include <openssl/x509.h>

#include "../suite.h"
#include "material.h"

enum { DAY = 86400 };

static const int64_t NOW = 1790000000;

static skiff_identity *made(void)
{
    skiff_identity *identity = NULL;

    CU_ASSERT_EQUAL_FATAL(skiff_identity_generate(NOW, 30, &identity), SKIFF_OK);
    return identity;
}

static X509 *parsed(const skiff_identity *identity)
{
    skiff_bytes der = skf_identity_certificate(identity, 0);
    const uint8_t *at = der.ptr;
    X509 *x509 = d2i_X509(NULL, &at, (long)der.len);

    CU_ASSERT_PTR_NOT_NULL_FATAL(x509);
    return x509;
}

static void the_certificate_is_one_for_libcrypto_and_signs_itself(void)
{
    skiff_identity *identity = made();
    X509 *x509 = parsed(identity);

    CU_ASSERT_EQUAL(X509_get_version(x509), 2);
    CU_ASSERT_EQUAL(X509_verify(x509, X509_get0_pubkey(x509)), 1);
    CU_ASSERT_EQUAL(X509_get_signature_nid(x509), NID_ecdsa_with_SHA256);
    CU_ASSERT_EQUAL(X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)),
                    0);
    CU_ASSERT_EQUAL(ASN1_TIME_cmp_time_t(X509_get0_notBefore(x509), NOW), 0);
    CU_ASSERT_EQUAL(ASN1_TIME_cmp_time_t(X509_get0_notAfter(x509), NOW + 30 * DAY), 0);
    X509_free(x509);
    skiff_identity_free(identity);
}

static void it_is_one_p256_certificate_that_our_walk_accepts(void)
{
    skiff_identity *identity = made();
    struct skf_public_key key;
    const char *why;

    CU_ASSERT_EQUAL(skf_identity_kind(identity), KEY_P256);
    CU_ASSERT_TRUE(skf_certificate_key(skf_identity_certificate(identity, 0), &key, &why));
    CU_ASSERT_EQUAL(key.kind, KEY_P256);
    CU_ASSERT_EQUAL(skf_identity_certificate(identity, 1).len, 0);
    CU_ASSERT_PTR_NULL(skf_identity_certificate(identity, 1).ptr);
    CU_ASSERT_EQUAL(skf_identity_certificate(identity, SIZE_MAX).len, 0);
    skiff_identity_free(identity);
}

static void two_of_them_have_neither_key_nor_serial_number_in_common(void)
{
    skiff_identity *a = made(), *b = made();
    X509 *x = parsed(a), *y = parsed(b);

    CU_ASSERT_NOT_EQUAL(EVP_PKEY_eq(X509_get0_pubkey(x), X509_get0_pubkey(y)), 1);
    CU_ASSERT_NOT_EQUAL(
        ASN1_INTEGER_cmp(X509_get0_serialNumber(x), X509_get0_serialNumber(y)), 0);
    X509_free(x);
    X509_free(y);
    skiff_identity_free(a);
    skiff_identity_free(b);
}

static void the_fingerprint_is_the_sha_256_of_the_certificate(void)
{
    skiff_identity *identity = made();
    skiff_bytes der = skf_identity_certificate(identity, 0);
    skiff_fingerprint print;
    uint8_t digest[32];

    EVP_Digest(der.ptr, der.len, digest, NULL, EVP_sha256(), NULL);
    skiff_identity_fingerprint(identity, &print);
    CU_ASSERT_EQUAL(print.hash, 256);
    CU_ASSERT_EQUAL(print.len, 32);
    CU_ASSERT_EQUAL(memcmp(print.bytes, digest, 32), 0);
    skiff_identity_free(identity);
}

static void times_that_no_certificate_can_state_are_refused(void)
{
    static const int64_t LAST_SECOND = 253402300799;
    skiff_identity *identity = NULL;

    CU_ASSERT_EQUAL(skiff_identity_generate(-1, 1, &identity), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_identity_generate(NOW, 0, &identity), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_identity_generate(NOW, UINT32_MAX, &identity),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_identity_generate(LAST_SECOND, 1, &identity), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_identity_generate(INT64_MAX, 1, &identity), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_identity_generate(NOW, 1, NULL), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_PTR_NULL(identity);
    CU_ASSERT_EQUAL(skiff_identity_generate(LAST_SECOND - DAY, 1, &identity), SKIFF_OK);
    skiff_identity_free(identity);
}

static void no_identity_can_be_freed(void)
{
    skiff_identity_free(NULL);
    CU_ASSERT_TRUE(material_no_errors());
}

CU_TestInfo self_signed_tests[] = {
    TEST(the_certificate_is_one_for_libcrypto_and_signs_itself),
    TEST(it_is_one_p256_certificate_that_our_walk_accepts),
    TEST(two_of_them_have_neither_key_nor_serial_number_in_common),
    TEST(the_fingerprint_is_the_sha_256_of_the_certificate),
    TEST(times_that_no_certificate_can_state_are_refused),
    TEST(no_identity_can_be_freed),
    CU_TEST_INFO_NULL,
};
