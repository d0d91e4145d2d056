/* aead_test.c - records sealed and opened in place. */
#include "../suite.h"
#include "material.h"

#define GCM_TEXT                                                                           \
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"                       \
  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define GCM_AD "feedfacedeadbeeffeedfacedeadbeefabaddad2"

static const struct {
    enum skf_aead_alg alg;
    const char *key, *nonce, *ad, *text, *sealed;
} vectors[] = {
    /* McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 1, 4 and 16 */
    { AEAD_AES_128_GCM, "00000000000000000000000000000000", "000000000000000000000000", "",
      "", "58e2fccefa7e3061367f1d57a4e7455a" },
    { AEAD_AES_128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
      GCM_AD, GCM_TEXT,
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
      "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
      "5bc94fbc3221a5db94fae95ae7121a47" },
    { AEAD_AES_256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      "cafebabefacedbaddecaf888", GCM_AD, GCM_TEXT,
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
      "76fc6ece0f4e1768cddf8853bb2d551b" },
    /* RFC 8439 section 2.8.2 */
    { AEAD_CHACHA20_POLY1305,
      "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
      "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
      "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
      "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
      "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
      "637265656e20776f756c642062652069742e",
      "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
      "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
      "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
      "3ff4def08e4b7a9de576d26586cec64b6116"
      "1ae10b594f09e26a7e902ecbd0600691" },
    /* NIST CAVP, CCM, VNT128, the first of [Nlen = 12] */
    { AEAD_AES_128_CCM, "005e8f4d8e0cbf4e1ceeb5d87a275848", "0ec3ac452b547b9062aac8fa",
      "2f1821aa57e5278ffd33c17d46615b77363149dbc98470413f6543a6b749f2ca",
      "b6f345204526439daf84998f380dcfb4b4167c959c04ff65",
      "9575e16f35da3c88a19c26a7b762044f4d7bbbafeff05d75"
      "4829e2a7752fa3a14890972884b511d8" },
    /* NIST SP 800-38C, example 3 */
    { AEAD_AES_128_CCM_8, "404142434445464748494a4b4c4d4e4f", "101112131415161718191a1b",
      "000102030405060708090a0b0c0d0e0f10111213",
      "202122232425262728292a2b2c2d2e2f3031323334353637",
      "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5"
      "484392fbc1b09951" },
};

static void published_records_are_sealed_and_opened(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        if (!skf_aead_is_available(vectors[i].alg))
            continue;
        struct material key = material_hex(vectors[i].key),
                        nonce = material_hex(vectors[i].nonce);
        struct material ad = material_hex(vectors[i].ad),
                        text = material_hex(vectors[i].text);
        struct material plain = text, sealed = material_hex(vectors[i].sealed);
        struct skf_aead with = { vectors[i].alg, key.bytes, nonce.bytes, VIEW(ad) };

        CU_ASSERT_EQUAL(skf_aead_key_len(with.alg), key.len);
        CU_ASSERT_EQUAL(skf_aead_tag_len(with.alg), sealed.len - text.len);
        CU_ASSERT_TRUE(skf_aead_seal(crypto, &with, text.bytes, text.len));
        CU_ASSERT_EQUAL(memcmp(text.bytes, sealed.bytes, sealed.len), 0);
        CU_ASSERT_TRUE(skf_aead_open(crypto, &with, text.bytes, sealed.len));
        CU_ASSERT_EQUAL(memcmp(text.bytes, plain.bytes, plain.len), 0);
    }
    skf_crypto_free(crypto);
}

static const uint8_t a_key[SKF_KEY_MAX] = { 9, 8, 7 };
static const uint8_t a_nonce[SKF_NONCE] = { 6, 5, 4 };
static const uint8_t an_ad[13] = { 3, 2, 1 };

static struct skf_aead with_alg(enum skf_aead_alg alg)
{
    return (struct skf_aead){ alg, a_key, a_nonce, { an_ad, sizeof an_ad } };
}

/* CVE-2026-75803: a forged tag on an empty text was taken. */
static void every_forged_bit_of_an_empty_record_is_seen(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (int alg = 0; alg < AEAD_COUNT; alg++) {
        if (!skf_aead_is_available((enum skf_aead_alg)alg))
            continue;
        struct skf_aead with = with_alg((enum skf_aead_alg)alg);
        size_t tag = skf_aead_tag_len(with.alg);

        for (size_t bit = 0; bit < 8 * tag; bit++) {
            uint8_t record[SKF_TAG];

            CU_ASSERT_TRUE(skf_aead_seal(crypto, &with, record, 0));
            record[bit / 8] ^= (uint8_t)(1u << bit % 8);
            CU_ASSERT_FALSE(skf_aead_open(crypto, &with, record, tag));
        }
    }
    CU_ASSERT_TRUE(material_no_errors());
    skf_crypto_free(crypto);
}

static void every_forged_byte_of_a_record_is_seen_and_nothing_is_given(void)
{
    static const uint8_t nothing[40 + SKF_TAG];
    struct skf_crypto *crypto = material_crypto(NULL);

    for (int alg = 0; alg < AEAD_COUNT; alg++) {
        if (!skf_aead_is_available((enum skf_aead_alg)alg))
            continue;
        struct skf_aead with = with_alg((enum skf_aead_alg)alg);
        size_t len = 40 + skf_aead_tag_len(with.alg);

        for (size_t i = 0; i < len; i++) {
            uint8_t record[40 + SKF_TAG] = { 1, 2, 3 };

            CU_ASSERT_TRUE(skf_aead_seal(crypto, &with, record, 40));
            record[i] ^= 0x10;
            CU_ASSERT_FALSE(skf_aead_open(crypto, &with, record, len));
            CU_ASSERT_EQUAL(memcmp(record, nothing, len), 0);
        }
    }
    skf_crypto_free(crypto);
}

static void another_key_nonce_or_additional_data_opens_nothing(void)
{
    static const uint8_t other[32] = { 1 };
    struct skf_crypto *crypto = material_crypto(NULL);

    for (int alg = 0; alg < AEAD_COUNT; alg++) {
        if (!skf_aead_is_available((enum skf_aead_alg)alg))
            continue;
        struct skf_aead with = with_alg((enum skf_aead_alg)alg);
        struct skf_aead wrong[] = { with, with, with, with };
        size_t len = 10 + skf_aead_tag_len(with.alg);
        wrong[0].key = other;
        wrong[1].nonce = other;
        wrong[2].ad.ptr = other;
        wrong[3].ad.len = 0;

        for (size_t i = 0; i < 4; i++) {
            uint8_t record[10 + SKF_TAG] = { 1, 2, 3 };

            CU_ASSERT_TRUE(skf_aead_seal(crypto, &with, record, 10));
            CU_ASSERT_FALSE(skf_aead_open(crypto, &wrong[i], record, len));
        }
    }
    skf_crypto_free(crypto);
}

/* CVE-2026-75806: an undersized record ended the association. */
static void every_length_below_a_tag_is_refused(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (int alg = 0; alg < AEAD_COUNT; alg++) {
        if (!skf_aead_is_available((enum skf_aead_alg)alg))
            continue;
        struct skf_aead with = with_alg((enum skf_aead_alg)alg);
        uint8_t record[SKF_TAG] = { 0 };

        for (size_t len = 0; len < skf_aead_tag_len(with.alg); len++)
            CU_ASSERT_FALSE(skf_aead_open(crypto, &with, record, len));
    }
    skf_crypto_free(crypto);
}

static void a_forged_record_leaves_the_next_one_readable(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (int alg = 0; alg < AEAD_COUNT; alg++) {
        if (!skf_aead_is_available((enum skf_aead_alg)alg))
            continue;
        struct skf_aead with = with_alg((enum skf_aead_alg)alg);
        size_t len = 4 + skf_aead_tag_len(with.alg);
        uint8_t forged[30] = { 0 }, record[4 + SKF_TAG] = "abc";

        CU_ASSERT_TRUE(skf_aead_seal(crypto, &with, record, 4));
        CU_ASSERT_FALSE(skf_aead_open(crypto, &with, forged, sizeof forged));
        CU_ASSERT_TRUE(skf_aead_open(crypto, &with, record, len));
        CU_ASSERT_STRING_EQUAL((const char *)record, "abc");
    }
    skf_crypto_free(crypto);
}

static void nothing_is_written_behind_the_tag(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (int alg = 0; alg < AEAD_COUNT; alg++) {
        if (!skf_aead_is_available((enum skf_aead_alg)alg))
            continue;
        struct skf_aead with = with_alg((enum skf_aead_alg)alg);
        size_t tag = skf_aead_tag_len(with.alg);
        uint8_t space[100];

        for (size_t len = 0; len < 64; len++) {
            memset(space, 0x77, sizeof space);
            CU_ASSERT_TRUE(skf_aead_seal(crypto, &with, space, len));
            for (size_t i = len + tag; i < sizeof space; i++)
                CU_ASSERT_EQUAL(space[i], 0x77);
            CU_ASSERT_TRUE(skf_aead_open(crypto, &with, space, len + tag));
        }
    }
    skf_crypto_free(crypto);
}

CU_TestInfo aead_tests[] = {
    TEST(published_records_are_sealed_and_opened),
    TEST(every_forged_bit_of_an_empty_record_is_seen),
    TEST(every_forged_byte_of_a_record_is_seen_and_nothing_is_given),
    TEST(another_key_nonce_or_additional_data_opens_nothing),
    TEST(every_length_below_a_tag_is_refused),
    TEST(a_forged_record_leaves_the_next_one_readable),
    TEST(nothing_is_written_behind_the_tag),
    CU_TEST_INFO_NULL,
};
