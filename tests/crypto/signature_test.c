/* signature_test.c - signatures made and checked, by us and by libcrypto's own way. */
#include <openssl/rsa.h>
#include <pthread.h>

#include "../suite.h"
#include "material.h"
#include "keys.h"

static const struct {
    uint16_t number;
    enum skf_key_kind kind;
    const char *key_pem;
} skf_signature_schemes[] = {
    { SCHEME_ECDSA_SECP256R1_SHA256, KEY_P256, p256_pem },
    { SCHEME_ECDSA_SECP384R1_SHA384, KEY_P384, p384_pem },
    { SCHEME_RSA_PSS_RSAE_SHA256, KEY_RSA, rsa2048_pem },
    { SCHEME_RSA_PKCS1_SHA256, KEY_RSA, rsa2048_pem },
    { SCHEME_RSA_PSS_RSAE_SHA256, KEY_RSA, rsa4096_pem },
    { SCHEME_RSA_PKCS1_SHA256, KEY_RSA, rsa4096_pem },
    { SCHEME_RSA_PKCS1_SHA384, KEY_RSA, rsa2048_pem },
};

enum { NUM_SCHEMES = sizeof skf_signature_schemes / sizeof *skf_signature_schemes };

static const uint8_t message[] = "what is signed";

/* Somebody with a key: an identity, its context, its public key and what is signed. */
struct signer {
    skiff_identity *identity;
    struct skf_crypto *crypto;
    struct skf_public_key key;
    uint8_t digest[SKF_HASH_MAX];
    uint8_t sig[SKF_SIGNATURE_MAX];
    size_t sig_len;
};

static struct signer signer_of(size_t scheme)
{
    struct signer s = { .identity =
                            material_identity(skf_signature_schemes[scheme].key_pem) };
    skiff_bytes text = { message, sizeof message };
    const char *why;

    CU_ASSERT_PTR_NOT_NULL_FATAL(s.identity);
    s.crypto = material_crypto(s.identity);
    CU_ASSERT_TRUE(
        skf_certificate_key(skf_identity_certificate(s.identity, 0), &s.key, &why));
    CU_ASSERT_TRUE(skf_digest(skf_scheme_hash(skf_signature_schemes[scheme].number), &text,
                              1, s.digest));
    return s;
}

static void signer_free(struct signer *s)
{
    skf_crypto_free(s->crypto);
    skiff_identity_free(s->identity);
}

static bool sign(struct signer *s, uint16_t number)
{
    return skf_sign(s->crypto, number, s->digest, s->sig, &s->sig_len);
}

static bool verify(struct signer *s, uint16_t number)
{
    return skf_verify(s->crypto, &s->key, number, s->digest,
                      (skiff_bytes){ s->sig, s->sig_len });
}

static void what_we_sign_we_verify(void)
{
    for (size_t i = 0; i < NUM_SCHEMES; i++) {
        struct signer s = signer_of(i);

        CU_ASSERT_EQUAL(s.key.kind, skf_signature_schemes[i].kind);
        CU_ASSERT_TRUE(sign(&s, skf_signature_schemes[i].number));
        CU_ASSERT_TRUE(verify(&s, skf_signature_schemes[i].number));
        signer_free(&s);
    }
    CU_ASSERT_TRUE(material_no_errors());
}

static EVP_MD_CTX *libcrypto_ctx(EVP_PKEY *key, uint16_t number, bool signing)
{
    bool sha384 =
        number == SCHEME_ECDSA_SECP384R1_SHA384 || number == SCHEME_RSA_PKCS1_SHA384;
    const EVP_MD *md = sha384 ? EVP_sha384() : EVP_sha256();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL;

    CU_ASSERT_EQUAL(signing ? EVP_DigestSignInit(ctx, &options, md, NULL, key)
                            : EVP_DigestVerifyInit(ctx, &options, md, NULL, key),
                    1);
    if (number == SCHEME_RSA_PSS_RSAE_SHA256) {
        CU_ASSERT_TRUE(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) > 0);
        CU_ASSERT_TRUE(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, 32) > 0);
    }
    return ctx;
}

static void what_we_sign_libcrypto_verifies(void)
{
    for (size_t i = 0; i < NUM_SCHEMES; i++) {
        struct signer s = signer_of(i);
        EVP_PKEY *key = material_key(skf_signature_schemes[i].key_pem);
        EVP_MD_CTX *ctx = libcrypto_ctx(key, skf_signature_schemes[i].number, false);

        CU_ASSERT_TRUE(sign(&s, skf_signature_schemes[i].number));
        CU_ASSERT_EQUAL(EVP_DigestVerify(ctx, s.sig, s.sig_len, message, sizeof message),
                        1);
        EVP_MD_CTX_free(ctx);
        EVP_PKEY_free(key);
        signer_free(&s);
    }
}

static void what_libcrypto_signs_we_verify(void)
{
    for (size_t i = 0; i < NUM_SCHEMES; i++) {
        struct signer s = signer_of(i);
        EVP_PKEY *key = material_key(skf_signature_schemes[i].key_pem);
        EVP_MD_CTX *ctx = libcrypto_ctx(key, skf_signature_schemes[i].number, true);

        s.sig_len = sizeof s.sig;
        CU_ASSERT_EQUAL(EVP_DigestSign(ctx, s.sig, &s.sig_len, message, sizeof message), 1);
        CU_ASSERT_TRUE(verify(&s, skf_signature_schemes[i].number));
        EVP_MD_CTX_free(ctx);
        EVP_PKEY_free(key);
        signer_free(&s);
    }
}

static void another_digest_signature_or_length_is_refused(void)
{
    for (size_t i = 0; i < NUM_SCHEMES; i++) {
        struct signer s = signer_of(i);

        CU_ASSERT_TRUE(sign(&s, skf_signature_schemes[i].number));
        s.digest[0] ^= 1;
        CU_ASSERT_FALSE(verify(&s, skf_signature_schemes[i].number));
        s.digest[0] ^= 1;
        s.sig[s.sig_len / 2] ^= 1;
        CU_ASSERT_FALSE(verify(&s, skf_signature_schemes[i].number));
        s.sig[s.sig_len / 2] ^= 1;
        s.sig_len--;
        CU_ASSERT_FALSE(verify(&s, skf_signature_schemes[i].number));
        s.sig_len = 0;
        CU_ASSERT_FALSE(verify(&s, skf_signature_schemes[i].number));
        signer_free(&s);
    }
    CU_ASSERT_TRUE(material_no_errors());
}

static void a_signature_with_a_tail_is_refused(void)
{
    for (size_t i = 0; i < 4; i++) {
        struct signer s = signer_of(i);

        CU_ASSERT_TRUE(sign(&s, skf_signature_schemes[i].number));
        s.sig[s.sig_len++] = 0;
        CU_ASSERT_FALSE(verify(&s, skf_signature_schemes[i].number));
        s.sig_len = SIZE_MAX;
        CU_ASSERT_FALSE(verify(&s, skf_signature_schemes[i].number));
        signer_free(&s);
    }
}

static void a_scheme_of_the_other_algorithm_neither_signs_nor_verifies(void)
{
    for (size_t i = 0; i < 4; i++) {
        struct signer s = signer_of(i);

        CU_ASSERT_TRUE(sign(&s, skf_signature_schemes[i].number));
        for (size_t k = i < 2 ? 2 : 0, end = k + 2; k < end; k++) {
            CU_ASSERT_FALSE(verify(&s, skf_signature_schemes[k].number));
            CU_ASSERT_FALSE(sign(&s, skf_signature_schemes[k].number));
        }
        signer_free(&s);
    }
    CU_ASSERT_TRUE(material_no_errors());
}

static void pss_is_not_pkcs1(void)
{
    struct signer s = signer_of(2);

    CU_ASSERT_TRUE(sign(&s, SCHEME_RSA_PSS_RSAE_SHA256));
    CU_ASSERT_FALSE(verify(&s, SCHEME_RSA_PKCS1_SHA256));
    CU_ASSERT_TRUE(sign(&s, SCHEME_RSA_PKCS1_SHA256));
    CU_ASSERT_FALSE(verify(&s, SCHEME_RSA_PSS_RSAE_SHA256));
    signer_free(&s);
}

/* RFC 5246 7.4.1.4.1: in TLS 1.2 ECDSA binds no curve; skf_scheme_fits speaks of 1.3. */
static void an_ecdsa_scheme_accepts_keys_of_both_curves(void)
{
    struct signer s = signer_of(1);

    CU_ASSERT_TRUE(sign(&s, SCHEME_ECDSA_SECP256R1_SHA256));
    CU_ASSERT_TRUE(verify(&s, SCHEME_ECDSA_SECP256R1_SHA256));
    CU_ASSERT_FALSE(skf_scheme_fits(SCHEME_ECDSA_SECP256R1_SHA256, KEY_P384));
    signer_free(&s);
}

static void an_unknown_scheme_has_no_hash_and_fits_no_key(void)
{
    struct signer s = signer_of(0);

    CU_ASSERT_EQUAL(skf_scheme_hash(0x0201), 0);
    CU_ASSERT_FALSE(skf_scheme_fits(0x0201, KEY_RSA));
    CU_ASSERT_FALSE(skf_scheme_fits(0x0403, KEY_NONE));
    CU_ASSERT_FALSE(sign(&s, 0x0201));
    CU_ASSERT_FALSE(verify(&s, 0x0201));
    signer_free(&s);
}

static void a_scheme_fits_the_kind_of_its_key_alone(void)
{
    for (size_t i = 0; i < NUM_SCHEMES; i++) {
        CU_ASSERT_EQUAL(skf_scheme_fits(skf_signature_schemes[i].number, KEY_P256),
                        skf_signature_schemes[i].kind == KEY_P256);
        CU_ASSERT_EQUAL(skf_scheme_fits(skf_signature_schemes[i].number, KEY_P384),
                        skf_signature_schemes[i].kind == KEY_P384);
        CU_ASSERT_EQUAL(skf_scheme_fits(skf_signature_schemes[i].number, KEY_RSA),
                        skf_signature_schemes[i].kind == KEY_RSA);
    }
}

static void a_key_that_is_no_point_of_its_curve_verifies_nothing(void)
{
    struct signer s = signer_of(0);

    CU_ASSERT_TRUE(sign(&s, skf_signature_schemes[0].number));
    s.key.bytes[64] ^= 1;
    CU_ASSERT_FALSE(verify(&s, skf_signature_schemes[0].number));
    CU_ASSERT_TRUE(material_no_errors());
    signer_free(&s);
}

static void a_context_without_identity_does_not_sign(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);
    uint8_t digest[32] = { 0 }, sig[SKF_SIGNATURE_MAX];
    size_t len;

    CU_ASSERT_FALSE(skf_sign(crypto, SCHEME_ECDSA_SECP256R1_SHA256, digest, sig, &len));
    skf_crypto_free(crypto);
}

/* One of two threads; each has a context of its own, and both the same identity. */
static void *sign_fifty_times(void *identity)
{
    struct skf_crypto *crypto = NULL;
    uint8_t digest[32] = { 7 }, sig[SKF_SIGNATURE_MAX];
    struct skf_public_key key;
    const char *why;
    size_t len;
    bool ok = skf_crypto_new(NULL, identity, &crypto) == SKIFF_OK
           && skf_certificate_key(skf_identity_certificate(identity, 0), &key, &why);
    uint16_t scheme = skf_identity_kind(identity) == KEY_RSA
                        ? SCHEME_RSA_PSS_RSAE_SHA256
                        : SCHEME_ECDSA_SECP256R1_SHA256;

    for (int i = 0; ok && i < 50; i++)
        ok = skf_sign(crypto, scheme, digest, sig, &len)
          && skf_verify(crypto, &key, scheme, digest, (skiff_bytes){ sig, len });
    skf_crypto_free(crypto);
    return ok ? identity : NULL;
}

static void check_two_threads(const char *key_pem)
{
    skiff_identity *identity = material_identity(key_pem);
    pthread_t other;
    void *sent = NULL;

    CU_ASSERT_EQUAL_FATAL(pthread_create(&other, NULL, sign_fifty_times, identity), 0);
    CU_ASSERT_PTR_NOT_NULL(sign_fifty_times(identity));
    CU_ASSERT_EQUAL(pthread_join(other, &sent), 0);
    CU_ASSERT_PTR_NOT_NULL(sent);
    skiff_identity_free(identity);
}

static void two_threads_sign_with_one_identity(void)
{
    check_two_threads(p256_pem);
    check_two_threads(rsa2048_pem);
}

CU_TestInfo signature_tests[] = {
    TEST(what_we_sign_we_verify),
    TEST(what_we_sign_libcrypto_verifies),
    TEST(what_libcrypto_signs_we_verify),
    TEST(another_digest_signature_or_length_is_refused),
    TEST(a_signature_with_a_tail_is_refused),
    TEST(a_scheme_of_the_other_algorithm_neither_signs_nor_verifies),
    TEST(pss_is_not_pkcs1),
    TEST(an_ecdsa_scheme_accepts_keys_of_both_curves),
    TEST(an_unknown_scheme_has_no_hash_and_fits_no_key),
    TEST(a_scheme_fits_the_kind_of_its_key_alone),
    TEST(a_key_that_is_no_point_of_its_curve_verifies_nothing),
    TEST(a_context_without_identity_does_not_sign),
    TEST(two_threads_sign_with_one_identity),
    CU_TEST_INFO_NULL,
};
