/* mask_test.c - what hides the numbers of records. */
#include "../suite.h"
#include "material.h"

static const struct {
    enum skf_aead_alg alg;
    const char *key, *sample;
    uint8_t mask[2];
} vectors[] = {
    /* RFC 9001 sections A.2 and A.3: QUIC masks its headers in the same way */
    { AEAD_AES_128_GCM,
      "9f50449e04a0e810283a1e9933adedd2",
      "d1b1c98dd7689fb8ec11d242b123dc9b",
      { 0x43, 0x7b } },
    { AEAD_AES_128_GCM,
      "c206b8d9b9f0f37644430b490eeaa314",
      "2cd0991cd25b0aac406a5816b6394100",
      { 0x2e, 0xc0 } },
    /* FIPS 197 section C.3 */
    { AEAD_AES_256_GCM,
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      "00112233445566778899aabbccddeeff",
      { 0x8e, 0xa2 } },
    /* RFC 9001 section A.5 */
    { AEAD_CHACHA20_POLY1305,
      "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4",
      "5e5cd55c41f69080575d7999c25a5bfb",
      { 0xae, 0xfe } },
};

/* Forwards and backwards: no mask depends on the one before. */
static void published_masks_come_out_in_any_order(void)
{
    enum { NUM = sizeof vectors / sizeof *vectors };
    struct skf_crypto *crypto = material_crypto(NULL);

    for (size_t i = 0; i < 2 * NUM; i++) {
        size_t at = i < NUM ? i : 2 * NUM - 1 - i;
        struct material key = material_hex(vectors[at].key);
        struct material sample = material_hex(vectors[at].sample);
        uint8_t mask[3] = { 0, 0, 0x77 };

        if (!skf_aead_is_available(vectors[at].alg))
            continue;
        CU_ASSERT_EQUAL(skf_aead_key_len(vectors[at].alg), key.len);
        CU_ASSERT_EQUAL(sample.len, SKF_SAMPLE);
        CU_ASSERT_TRUE(
            skf_number_mask(crypto, vectors[at].alg, key.bytes, sample.bytes, mask));
        CU_ASSERT_EQUAL(memcmp(mask, vectors[at].mask, 2), 0);
        CU_ASSERT_EQUAL(mask[2], 0x77);
    }
    CU_ASSERT_TRUE(material_no_errors());
    skf_crypto_free(crypto);
}

/* RFC 9147 section 4.2.3 in libcrypto's words, with a context of its own for each. */
static void ask_libcrypto(enum skf_aead_alg alg, const uint8_t *key, const uint8_t *sample,
                          uint8_t *block)
{
    static const uint8_t zeros[SKF_SAMPLE];
    bool stream = alg == AEAD_CHACHA20_POLY1305;
    const EVP_CIPHER *aes = alg == AEAD_AES_128_GCM ? EVP_aes_128_ecb() : EVP_aes_256_ecb();
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n;

    CU_ASSERT_EQUAL(EVP_EncryptInit_ex(ctx, stream ? EVP_chacha20() : aes, NULL, key,
                                       stream ? sample : NULL),
                    1);
    CU_ASSERT_EQUAL(EVP_EncryptUpdate(ctx, block, &n, stream ? zeros : sample, SKF_SAMPLE),
                    1);
    EVP_CIPHER_CTX_free(ctx);
}

static void any_key_and_sample_give_what_libcrypto_gives(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);
    uint8_t key[SKF_KEY_MAX], sample[SKF_SAMPLE], want[SKF_SAMPLE], got[2];

    for (int i = 0; i < 100 * AEAD_MASKED; i++) {
        enum skf_aead_alg alg = (enum skf_aead_alg)(i % AEAD_MASKED);

        if (!skf_aead_is_available(alg))
            continue;
        for (size_t at = 0; at < sizeof key; at++)
            key[at] = (uint8_t)((size_t)i * 31 + at * 7);
        for (size_t at = 0; at < sizeof sample; at++)
            sample[at] = (uint8_t)((size_t)i * 13 + at * 5);
        ask_libcrypto(alg, key, sample, want);
        CU_ASSERT_TRUE(skf_number_mask(crypto, alg, key, sample, got));
        CU_ASSERT_EQUAL(memcmp(got, want, 2), 0);
    }
    skf_crypto_free(crypto);
}

CU_TestInfo mask_tests[] = {
    TEST(published_masks_come_out_in_any_order),
    TEST(any_key_and_sample_give_what_libcrypto_gives),
    CU_TEST_INFO_NULL,
};
