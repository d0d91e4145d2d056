/* hmac_test.c - HMAC and the PRF of TLS 1.2. */
#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#include "../suite.h"
#include "material.h"

#define AA_20 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* RFC 4231 sections 4.2, 4.3 and 4.7 */
static const struct {
    const char *key, *text;
    const char *mac[3];
} cases[] = {
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
      "Hi There",
      { "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
        "faea9ea9076ede7f4af152e8b2fa9cb6",
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
        "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854" } },
    { "4a656665",
      "what do ya want for nothing?",
      { "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
        "8e2240ca5e69e2c78b3239ecfab21649",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" } },
    { AA_20 AA_20 AA_20 AA_20 AA_20 AA_20 "aaaaaaaaaaaaaaaaaaaaaa",
      "Test Using Larger Than Block-Size Key - Hash Key First",
      { "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
        "0c2ef6ab4030fe8296248df163f44952",
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
        "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598" } },
};

static const enum skf_hash_alg algs[] = { HASH_SHA256, HASH_SHA384, HASH_SHA512 };

static void the_cases_of_rfc_4231_come_out(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct material key = material_hex(cases[i].key);
        skiff_bytes text = material_text(cases[i].text);

        for (size_t a = 0; a < 3; a++) {
            struct material want = material_hex(cases[i].mac[a]);
            uint8_t mac[SKF_HASH_MAX];

            CU_ASSERT_TRUE(skf_hmac(algs[a], VIEW(key), &text, 1, mac));
            CU_ASSERT_EQUAL(memcmp(mac, want.bytes, want.len), 0);
        }
    }
}

static void keys_of_every_length_give_what_libcrypto_gives(void)
{
    const EVP_MD *const mds[] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };
    uint8_t key[200], want[SKF_HASH_MAX], got[SKF_HASH_MAX];

    memset(key, 0x3c, sizeof key);
    for (size_t len = 0; len <= sizeof key; len++) {
        const skiff_bytes parts[] = { { key, 5 }, { NULL, 0 }, { key, 150 } };

        for (size_t a = 0; a < 3; a++) {
            HMAC(mds[a], key, (int)len, key, 155, want, NULL);
            CU_ASSERT_TRUE(skf_hmac(algs[a], (skiff_bytes){ key, len }, parts, 3, got));
            CU_ASSERT_EQUAL(memcmp(got, want, skf_hash_len(algs[a])), 0);
        }
    }
}

static void a_key_of_nothing_is_a_key(void)
{
    skiff_bytes text = material_text("text");
    uint8_t want[32], got[32];

    HMAC(EVP_sha256(), "", 0, text.ptr, text.len, want, NULL);
    CU_ASSERT_TRUE(skf_hmac(HASH_SHA256, (skiff_bytes){ NULL, 0 }, &text, 1, got));
    CU_ASSERT_EQUAL(memcmp(got, want, 32), 0);
}

/* "Test vectors for TLS 1.2 PRF", IETF TLS mailing list, 2008 */
static const struct {
    enum skf_hash_alg alg;
    const char *secret, *seed, *output;
} vectors[] = {
    { HASH_SHA256, "9bbe436ba940f017b17652849a71db35", "a0ba9f936cda311827a6f796ffd5198c",
      "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
      "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
      "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
      "87347b66" },
    { HASH_SHA384, "b80b733d6ceefcdc71566ea48e5567df", "cd665cf6a8447dd6ff8b27555edb7465",
      "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd"
      "e9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd"
      "8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425"
      "9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee6"
      "91c8f3a26854308d5eaa3be85e0990703d73e56f" },
};

static void the_vectors_of_the_tls_list_come_out(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct material secret = material_hex(vectors[i].secret);
        struct material seed = material_hex(vectors[i].seed);
        struct material want = material_hex(vectors[i].output);
        struct skf_prf12 what = { .alg = vectors[i].alg,
                                  .secret = VIEW(secret),
                                  .label = "test label",
                                  .seed = { VIEW(seed) } };
        uint8_t got[148];

        CU_ASSERT_TRUE(skf_prf12(&what, got, want.len));
        CU_ASSERT_EQUAL(memcmp(got, want.bytes, want.len), 0);
    }
}

static void ask_libcrypto(const struct skf_prf12 *what, uint8_t *out, size_t len)
{
    char digest[] = "SHA384";
    uint8_t secret[64], seed[256];
    size_t at = strlen(what->label);

    memcpy(secret, what->secret.ptr, what->secret.len);
    memcpy(seed, what->label, at);
    for (size_t i = 0; i < 3; i++) {
        memcpy(seed + at, what->seed[i].ptr, what->seed[i].len);
        at += what->seed[i].len;
    }

    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, secret, what->secret.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, at),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
    CU_ASSERT_EQUAL(EVP_KDF_derive(ctx, out, len, params), 1);
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
}

static void outputs_of_every_length_give_what_libcrypto_gives(void)
{
    uint8_t bytes[64] = { 1, 2, 3 }, want[200], got[201];
    struct skf_prf12 what = {
        .alg = HASH_SHA384,
        .secret = { bytes, 48 },
        .label = "key expansion",
        .seed = { { bytes, 32 }, { bytes + 7, 32 }, { bytes, 3 } },
    };

    for (size_t len = 1; len <= sizeof want; len++) {
        got[len] = 0x77;
        ask_libcrypto(&what, want, len);
        CU_ASSERT_TRUE(skf_prf12(&what, got, len));
        CU_ASSERT_EQUAL(memcmp(got, want, len), 0);
        CU_ASSERT_EQUAL(got[len], 0x77);
    }
}

CU_TestInfo hmac_tests[] = {
    TEST(the_cases_of_rfc_4231_come_out),
    TEST(keys_of_every_length_give_what_libcrypto_gives),
    TEST(a_key_of_nothing_is_a_key),
    TEST(the_vectors_of_the_tls_list_come_out),
    TEST(outputs_of_every_length_give_what_libcrypto_gives),
    CU_TEST_INFO_NULL,
};
