/* hkdf_test.c - HKDF, with published vectors and with libcrypto's own. */
#include <openssl/core_names.h>
#include <openssl/kdf.h>

#include "../suite.h"
#include "material.h"

/* RFC 5869 sections A.1 to A.3, all SHA-256 */
static const struct {
    const char *ikm, *salt, *info, *prk, *okm;
} vectors[] = {
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
      "f0f1f2f3f4f5f6f7f8f9",
      "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
      "34007208d5b887185865" },
    { "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
      "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
      "404142434445464748494a4b4c4d4e4f",
      "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
      "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
      "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
      "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
      "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
      "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
      "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
      "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
      "cc30c58179ec3e87c14c01d5c1f3434f1d87" },
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
      "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
      "9d201395faa4b61a96c8" },
};

static void the_vectors_of_rfc_5869_come_out(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct material ikm = material_hex(vectors[i].ikm),
                        salt = material_hex(vectors[i].salt);
        struct material info = material_hex(vectors[i].info),
                        prk = material_hex(vectors[i].prk);
        struct material okm = material_hex(vectors[i].okm);
        uint8_t got[100];

        CU_ASSERT_TRUE(skf_hkdf_extract(HASH_SHA256, VIEW(salt), VIEW(ikm), got));
        CU_ASSERT_EQUAL(memcmp(got, prk.bytes, prk.len), 0);
        CU_ASSERT_TRUE(skf_hkdf_expand(HASH_SHA256, VIEW(prk), VIEW(info), got, okm.len));
        CU_ASSERT_EQUAL(memcmp(got, okm.bytes, okm.len), 0);
    }
}

/* Extract and expand in one, as libcrypto does it. */
static void ask_libcrypto(skiff_bytes salt, skiff_bytes ikm, skiff_bytes info, uint8_t *out,
                          size_t len)
{
    char digest[] = "SHA384";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt.ptr,
                                          salt.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)ikm.ptr,
                                          ikm.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info.ptr,
                                          info.len),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
    CU_ASSERT_EQUAL(EVP_KDF_derive(ctx, out, len, params), 1);
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
}

static void outputs_of_every_length_give_what_libcrypto_gives(void)
{
    const skiff_bytes salt = material_text("a salt"),
                      ikm = material_text("a secret of ours");
    const skiff_bytes info = material_text("what it is for");
    uint8_t prk[48], want[200], got[201];

    CU_ASSERT_TRUE_FATAL(skf_hkdf_extract(HASH_SHA384, salt, ikm, prk));
    for (size_t len = 1; len <= sizeof want; len++) {
        got[len] = 0x77;
        ask_libcrypto(salt, ikm, info, want, len);
        CU_ASSERT_TRUE(
            skf_hkdf_expand(HASH_SHA384, (skiff_bytes){ prk, sizeof prk }, info, got, len));
        CU_ASSERT_EQUAL(memcmp(got, want, len), 0);
        CU_ASSERT_EQUAL(got[len], 0x77);
    }
}

static void an_output_has_at_most_255_digests(void)
{
    const skiff_bytes prk = material_text("not longer than it must be"), none = { NULL, 0 };
    static uint8_t out[255 * 32 + 1];

    CU_ASSERT_TRUE(skf_hkdf_expand(HASH_SHA256, prk, none, out, sizeof out - 1));
    CU_ASSERT_FALSE(skf_hkdf_expand(HASH_SHA256, prk, none, out, sizeof out));
}

static void outputs_of_one_key_are_what_each_is_alone(void)
{
    static const enum skf_hash_alg algs[] = { HASH_SHA256, HASH_SHA384 };
    const skiff_bytes infos[] = { material_text("key"),
                                  material_text("an iv"),
                                  { NULL, 0 } };
    static const uint8_t secret[SKF_HASH_MAX] = { 1, 2, 3 };

    for (size_t a = 0; a < sizeof algs / sizeof *algs; a++) {
        const skiff_bytes prk = { secret, skf_hash_len(algs[a]) };
        uint8_t got[SKF_EXPANSIONS][SKF_HASH_MAX] = { { 0 } }, alone[SKF_HASH_MAX];
        struct skf_expansion each[SKF_EXPANSIONS];
        for (size_t i = 0; i < SKF_EXPANSIONS; i++)
            each[i] = (struct skf_expansion){ infos[i], got[i], prk.len - 10 * i };
        CU_ASSERT_TRUE(skf_hkdf_expand_each(algs[a], prk, each, SKF_EXPANSIONS));
        for (size_t i = 0; i < SKF_EXPANSIONS; i++) {
            CU_ASSERT_TRUE(skf_hkdf_expand(algs[a], prk, infos[i], alone, each[i].len));
            CU_ASSERT_EQUAL(memcmp(got[i], alone, each[i].len), 0);
            CU_ASSERT_EQUAL(got[i][each[i].len], 0);
        }
    }
}

static void of_too_long_an_output_of_several_none_is_written(void)
{
    const skiff_bytes prk = material_text("not longer than it must be"), none = { NULL, 0 };
    uint8_t got[SKF_EXPANSIONS + 1][SKF_HASH_MAX] = { { 0 } };
    struct skf_expansion each[SKF_EXPANSIONS + 1];

    for (size_t i = 0; i <= SKF_EXPANSIONS; i++)
        each[i] = (struct skf_expansion){ none, got[i], 12 };
    CU_ASSERT_FALSE(skf_hkdf_expand_each(HASH_SHA256, prk, each, SKF_EXPANSIONS + 1));
    each[1].len = 33;
    CU_ASSERT_FALSE(skf_hkdf_expand_each(HASH_SHA256, prk, each, 2));
    for (size_t i = 0; i < sizeof got; i++)
        CU_ASSERT_EQUAL(((const uint8_t *)got)[i], 0);
}

CU_TestInfo hkdf_tests[] = {
    TEST(the_vectors_of_rfc_5869_come_out),
    TEST(outputs_of_every_length_give_what_libcrypto_gives),
    TEST(an_output_has_at_most_255_digests),
    TEST(outputs_of_one_key_are_what_each_is_alone),
    TEST(of_too_long_an_output_of_several_none_is_written),
    CU_TEST_INFO_NULL,
};
