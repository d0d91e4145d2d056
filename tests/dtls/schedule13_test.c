/* schedule13_test.c - the key schedule of 1.3 beside HKDF written down a second time. The
 * values of RFC 8448 hold for the prefix "tls13 " only. */
#include "../suite.h"

#include "dtls/schedule13.h"

enum { INFO_MAX = 200, OUT_MAX = 100 };

static const uint8_t secret[SKF_HASH_MAX] = { 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89 };

/* An HkdfLabel as RFC 8446 section 7.1 draws it. */
struct info {
    size_t  len;
    uint8_t bytes[INFO_MAX];
};

static void add(struct info *info, const void *bytes, size_t len)
{
    memcpy(info->bytes + info->len, bytes, len);
    info->len += len;
}

static void add_byte(struct info *info, size_t byte)
{
    info->bytes[info->len++] = (uint8_t)byte;
}

static struct info info_of(size_t len, const char *whole_label, skiff_bytes context)
{
    struct info info = { .len = 0 };

    add_byte(&info, len >> 8);
    add_byte(&info, len);
    add_byte(&info, strlen(whole_label));
    add(&info, whole_label, strlen(whole_label));
    add_byte(&info, context.len);
    if (context.len > 0)
        add(&info, context.ptr, context.len);
    return info;
}

/* RFC 5869 section 2.3: T(i) = HMAC(PRK, T(i-1) | info | i). */
static void expand(enum skf_hash_alg alg, const struct info *info, uint8_t *out, size_t len)
{
    uint8_t block[SKF_HASH_MAX];
    size_t whole = skf_hash_len(alg), before = 0;

    for (uint8_t i = 1; len > 0; i++) {
        skiff_bytes parts[] = { { block, before }, { info->bytes, info->len }, { &i, 1 } };
        size_t piece = len < whole ? len : whole;
        CU_ASSERT_TRUE_FATAL(skf_hmac(alg, (skiff_bytes){ secret, whole }, parts, 3, block));
        memcpy(out, block, piece);
        out += piece;
        len -= piece;
        before = whole;
    }
}

static bool is_expanded(enum skf_hash_alg alg, const char *whole_label, skiff_bytes context,
                        const uint8_t *got, size_t len)
{
    uint8_t expected[OUT_MAX];
    struct info info = info_of(len, whole_label, context);

    expand(alg, &info, expected, len);
    return memcmp(expected, got, len) == 0;
}

static const enum skf_hash_alg algs[] = { HASH_SHA256, HASH_SHA384 };
static const skiff_bytes none = { NULL, 0 };

static void a_label_begins_with_dtls13_and_no_space(void)
{
    static const size_t lens[] = { 12, 16, 32, 48, 60, OUT_MAX };
    uint8_t out[OUT_MAX];

    for (size_t a = 0; a < 2; a++)
        for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
            CU_ASSERT_TRUE(expand_label(algs[a], secret, "some label", none, out, lens[i]));
            CU_ASSERT_TRUE(is_expanded(algs[a], "dtls13some label", none, out, lens[i]));
            CU_ASSERT_FALSE(is_expanded(algs[a], "tls13 some label", none, out, lens[i]));
        }
}

static void a_derived_secret_is_bound_to_the_transcript(void)
{
    static const uint8_t digest[SKF_HASH_MAX] = { 2, 7, 1, 8, 2, 8 };
    uint8_t out[SKF_HASH_MAX], of_nothing[SKF_HASH_MAX];

    for (size_t a = 0; a < 2; a++) {
        size_t len = skf_hash_len(algs[a]);
        CU_ASSERT_TRUE(derive_secret(algs[a], secret, "c hs traffic", digest, out));
        CU_ASSERT_TRUE(is_expanded(algs[a], "dtls13c hs traffic", (skiff_bytes){ digest, len },
                                   out, len));
        CU_ASSERT_TRUE(skf_digest(algs[a], NULL, 0, of_nothing));
        CU_ASSERT_TRUE(derive_secret(algs[a], secret, "derived", NULL, out));
        CU_ASSERT_TRUE(is_expanded(algs[a], "dtls13derived", (skiff_bytes){ of_nothing, len },
                                   out, len));
    }
}

static void a_direction_has_a_key_an_iv_and_a_key_for_numbers(void)
{
    static const struct {
        enum skf_aead_alg aead;
        enum skf_hash_alg hash;
    } suites13[] = { { AEAD_AES_128_GCM, HASH_SHA256 },
                     { AEAD_AES_256_GCM, HASH_SHA384 },
                     { AEAD_CHACHA20_POLY1305, HASH_SHA256 } };

    for (size_t i = 0; i < 3; i++) {
        enum skf_hash_alg hash = suites13[i].hash;
        size_t len = skf_aead_key_len(suites13[i].aead);
        struct keys keys = { .unified = false };
        CU_ASSERT_TRUE(traffic_keys(hash, suites13[i].aead, secret, &keys));
        CU_ASSERT_TRUE(is_expanded(hash, "dtls13key", none, keys.key, len));
        CU_ASSERT_TRUE(is_expanded(hash, "dtls13iv", none, keys.iv, SKF_NONCE));
        CU_ASSERT_TRUE(is_expanded(hash, "dtls13sn", none, keys.number_key, len));
        CU_ASSERT_TRUE(keys.unified && keys.aead == suites13[i].aead);
    }
}

static void an_updated_secret_takes_the_place_of_the_last(void)
{
    uint8_t traffic[SKF_HASH_MAX];

    for (size_t a = 0; a < 2; a++) {
        memcpy(traffic, secret, sizeof traffic);
        CU_ASSERT_TRUE(next_traffic_secret(algs[a], traffic));
        CU_ASSERT_TRUE(is_expanded(algs[a], "dtls13traffic upd", none, traffic,
                                   skf_hash_len(algs[a])));
    }
}

static void a_label_that_has_no_place_is_refused(void)
{
    uint8_t out[SKF_HASH_MAX];
    char label[LABEL_MAX] = { 0 };

    memset(label, 'x', LABEL_MAX - strlen("dtls13"));
    CU_ASSERT_TRUE(expand_label(HASH_SHA256, secret, label, none, out, 32));
    label[strlen(label)] = 'x';
    CU_ASSERT_FALSE(expand_label(HASH_SHA256, secret, label, none, out, 32));
}

CU_TestInfo schedule13_tests[] = {
    TEST(a_label_begins_with_dtls13_and_no_space),
    TEST(a_derived_secret_is_bound_to_the_transcript),
    TEST(a_direction_has_a_key_an_iv_and_a_key_for_numbers),
    TEST(an_updated_secret_takes_the_place_of_the_last),
    TEST(a_label_that_has_no_place_is_refused),
    CU_TEST_INFO_NULL,
};
