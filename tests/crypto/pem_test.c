/* pem_test.c - identities read from PEM, and what is refused. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "../suite.h"
#include "material.h"
#include "keys.h"

static struct material chain_of(const char *key_pem, size_t num)
{
    EVP_PKEY *key = material_key(key_pem);
    struct material der = material_certificate(key, 3),
                    pem = material_pem("CERTIFICATE", VIEW(der));
    struct material chain = { .len = 0 };

    CU_ASSERT_FATAL(num * pem.len <= sizeof chain.bytes);
    for (size_t i = 0; i < num; i++) {
        memcpy(chain.bytes + chain.len, pem.bytes, pem.len);
        chain.len += pem.len;
    }
    EVP_PKEY_free(key);
    return chain;
}

static void keys_of_all_kinds_are_read(void)
{
    static const struct {
        const char *pem;
        enum skf_key_kind kind;
    } keys[] = {
        { p256_pem, KEY_P256 },   { p256_sec1_pem, KEY_P256 }, { p384_pem, KEY_P384 },
        { rsa2048_pem, KEY_RSA }, { rsa4096_pem, KEY_RSA },
    };

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        skiff_identity *identity = material_identity(keys[i].pem);

        CU_ASSERT_PTR_NOT_NULL_FATAL(identity);
        CU_ASSERT_EQUAL(skf_identity_kind(identity), keys[i].kind);
        skiff_identity_free(identity);
    }
    CU_ASSERT_TRUE(material_no_errors());
}

static void the_chain_is_kept_byte_for_byte_and_in_order(void)
{
    EVP_PKEY *key = material_key(p256_pem);
    struct material ders[] = { material_certificate(key, 3), material_certificate(key, 1) };
    struct material first = material_pem("CERTIFICATE", VIEW(ders[0]));
    struct material second = material_pem("CERTIFICATE", VIEW(ders[1]));
    skiff_identity *identity = NULL;

    memcpy(first.bytes + first.len, second.bytes, second.len);
    first.len += second.len;
    CU_ASSERT_EQUAL_FATAL(
        skiff_identity_from_pem(VIEW(first), material_text(p256_pem), &identity), SKIFF_OK);
    for (size_t i = 0; i < 2; i++) {
        skiff_bytes kept = skf_identity_certificate(identity, i);
        CU_ASSERT_EQUAL_FATAL(kept.len, ders[i].len);
        CU_ASSERT_EQUAL(memcmp(kept.ptr, ders[i].bytes, kept.len), 0);
    }
    CU_ASSERT_EQUAL(skf_identity_certificate(identity, 2).len, 0);
    skiff_identity_free(identity);
    EVP_PKEY_free(key);
}

/* Whether it is refused with ARGUMENT, the pointer untouched and no error left behind. */
static bool is_refused(skiff_bytes chain, skiff_bytes key)
{
    skiff_identity *const before = (skiff_identity *)(uintptr_t)16;
    skiff_identity *identity = before;
    skiff_status status = skiff_identity_from_pem(chain, key, &identity);

    return status == SKIFF_ERR_ARGUMENT && identity == before && material_no_errors();
}

static void a_key_that_is_not_the_certificates_is_refused(void)
{
    struct material p256 = chain_of(p256_pem, 1), rsa = chain_of(rsa2048_pem, 1);

    CU_ASSERT_TRUE(is_refused(VIEW(p256), material_text(p256_sec1_pem)));
    CU_ASSERT_TRUE(is_refused(VIEW(p256), material_text(p384_pem)));
    CU_ASSERT_TRUE(is_refused(VIEW(p256), material_text(rsa2048_pem)));
    CU_ASSERT_TRUE(is_refused(VIEW(rsa), material_text(rsa4096_pem)));
    CU_ASSERT_TRUE(is_refused(VIEW(rsa), material_text(p256_pem)));
}

/* The point of one key with the scalar of another. */
static EVP_PKEY *chimera_of(EVP_PKEY *point_from, EVP_PKEY *scalar_from)
{
    char curve[] = "P-256";
    uint8_t point[65];
    BIGNUM *scalar = NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;
    size_t len;

    EVP_PKEY_get_octet_string_param(point_from, OSSL_PKEY_PARAM_PUB_KEY, point, 65, &len);
    EVP_PKEY_get_bn_param(scalar_from, OSSL_PKEY_PARAM_PRIV_KEY, &scalar);
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, len);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    CU_ASSERT_EQUAL(EVP_PKEY_fromdata_init(ctx), 1);
    CU_ASSERT_EQUAL_FATAL(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(scalar);
    return key;
}

static void a_key_whose_parts_do_not_belong_together_is_refused(void)
{
    EVP_PKEY *a = material_key(p256_pem), *b = material_key(p256_sec1_pem);
    EVP_PKEY *chimera = chimera_of(a, b);
    struct material chain = chain_of(p256_pem, 1);
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;

    CU_ASSERT_EQUAL(PEM_write_bio_PrivateKey(bio, chimera, NULL, NULL, 0, NULL, NULL), 1);
    long len = BIO_get_mem_data(bio, &text);
    CU_ASSERT_TRUE(
        is_refused(VIEW(chain), (skiff_bytes){ (const uint8_t *)text, (size_t)len }));
    BIO_free(bio);
    EVP_PKEY_free(chimera);
    EVP_PKEY_free(b);
    EVP_PKEY_free(a);
}

static void a_key_under_a_password_is_refused_and_nobody_is_asked(void)
{
    struct material chain = chain_of(p256_pem, 1);

    CU_ASSERT_TRUE(is_refused(VIEW(chain), material_text(p256_locked_pem)));
    CU_ASSERT_TRUE(is_refused(VIEW(chain), material_text(p256_locked8_pem)));
}

static void keys_we_do_not_use_are_refused(void)
{
    struct material p521 = chain_of(p521_pem, 1), rsa1024 = chain_of(rsa1024_pem, 1);

    CU_ASSERT_TRUE(is_refused(VIEW(p521), material_text(p521_pem)));
    CU_ASSERT_TRUE(is_refused(VIEW(rsa1024), material_text(rsa1024_pem)));
}

static void text_that_is_no_pem_is_refused(void)
{
    struct material chain = chain_of(p256_pem, 1);
    skiff_bytes key = material_text(p256_pem), nothing = { NULL, 0 };

    CU_ASSERT_TRUE(is_refused(material_text("garbage"), key));
    CU_ASSERT_TRUE(is_refused(VIEW(chain), material_text("garbage")));
    CU_ASSERT_TRUE(is_refused(nothing, key));
    CU_ASSERT_TRUE(is_refused(VIEW(chain), nothing));
    CU_ASSERT_TRUE(is_refused(material_text(""), material_text("")));
    CU_ASSERT_TRUE(is_refused(key, VIEW(chain)));
    CU_ASSERT_EQUAL(skiff_identity_from_pem(VIEW(chain), key, NULL), SKIFF_ERR_ARGUMENT);
}

static void a_chain_with_something_else_in_it_is_refused(void)
{
    struct material chain = chain_of(p256_pem, 1), junk = material_hex("3003 020101");
    struct material request = material_pem("CERTIFICATE REQUEST", VIEW(junk));
    struct material no_certificate = material_pem("CERTIFICATE", VIEW(junk));
    skiff_bytes key = material_text(p256_pem);

    CU_ASSERT_TRUE(is_refused(VIEW(no_certificate), key));
    memcpy(chain.bytes + chain.len, request.bytes, request.len);
    chain.len += request.len;
    CU_ASSERT_TRUE(is_refused(VIEW(chain), key));
}

static void every_text_cut_off_in_its_block_is_refused(void)
{
    struct material chain = chain_of(p256_pem, 1);
    skiff_bytes key = material_text(p256_pem);

    for (size_t len = 0; len + 2 < chain.len; len += 7)
        CU_ASSERT_TRUE(is_refused((skiff_bytes){ chain.bytes, len }, key));
    for (size_t len = 0; len + 2 < key.len; len += 7)
        CU_ASSERT_TRUE(is_refused(VIEW(chain), (skiff_bytes){ key.ptr, len }));
}

static void eight_certificates_are_a_chain_and_nine_are_not(void)
{
    struct material eight = chain_of(p256_pem, 8), nine = chain_of(p256_pem, 9);
    skiff_identity *identity = NULL;

    CU_ASSERT_EQUAL(
        skiff_identity_from_pem(VIEW(eight), material_text(p256_pem), &identity), SKIFF_OK);
    CU_ASSERT_TRUE(skf_identity_certificate(identity, 7).len > 0);
    CU_ASSERT_EQUAL(skf_identity_certificate(identity, 8).len, 0);
    CU_ASSERT_TRUE(is_refused(VIEW(nine), material_text(p256_pem)));
    skiff_identity_free(identity);
}

static void errors_of_the_program_stay_in_its_queue(void)
{
    skiff_identity *identity = NULL;
    struct material chain = chain_of(p256_pem, 1);

    ERR_raise(ERR_LIB_USER, 42);
    CU_ASSERT_EQUAL(
        skiff_identity_from_pem(VIEW(chain), material_text(p256_pem), &identity), SKIFF_OK);
    CU_ASSERT_EQUAL(ERR_GET_REASON(ERR_get_error()), 42);
    CU_ASSERT_TRUE(material_no_errors());
    skiff_identity_free(identity);
}

CU_TestInfo pem_tests[] = {
    TEST(keys_of_all_kinds_are_read),
    TEST(the_chain_is_kept_byte_for_byte_and_in_order),
    TEST(a_key_that_is_not_the_certificates_is_refused),
    TEST(a_key_whose_parts_do_not_belong_together_is_refused),
    TEST(a_key_under_a_password_is_refused_and_nobody_is_asked),
    TEST(keys_we_do_not_use_are_refused),
    TEST(text_that_is_no_pem_is_refused),
    TEST(a_chain_with_something_else_in_it_is_refused),
    TEST(every_text_cut_off_in_its_block_is_refused),
    TEST(eight_certificates_are_a_chain_and_nine_are_not),
    TEST(errors_of_the_program_stay_in_its_queue),
    CU_TEST_INFO_NULL,
};
