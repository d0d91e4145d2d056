/* schedule13_test.c - the key schedule of 1.3 beside HKDF written down a second time. The
 * values of RFC 8448 hold for the prefix "tls13 " only, where there is a label. */
#include "../suite.h"

#include "handshake/schedule13.h"

enum { INFO_MAX = 200, OUT_MAX = 100 };

static const uint8_t secret[SKF_HASH_MAX] = { 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89 };

/* An HkdfLabel as RFC 8446 section 7.1 draws it. */
struct info {
    size_t len;
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
        CU_ASSERT_TRUE_FATAL(
            skf_hmac(alg, (skiff_bytes){ secret, whole }, parts, 3, block));
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
            CU_ASSERT_TRUE(
                skf_expand_label(algs[a], secret, "some label", none, out, lens[i]));
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
        CU_ASSERT_TRUE(skf_derive_secret(algs[a], secret, "c hs traffic", digest, out));
        CU_ASSERT_TRUE(is_expanded(algs[a], "dtls13c hs traffic",
                                   (skiff_bytes){ digest, len }, out, len));
        CU_ASSERT_TRUE(skf_digest(algs[a], NULL, 0, of_nothing));
        CU_ASSERT_TRUE(skf_derive_secret(algs[a], secret, "derived", NULL, out));
        CU_ASSERT_TRUE(is_expanded(algs[a], "dtls13derived",
                                   (skiff_bytes){ of_nothing, len }, out, len));
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
        CU_ASSERT_TRUE(skf_traffic_keys(hash, suites13[i].aead, secret, &keys));
        CU_ASSERT_TRUE(is_expanded(hash, "dtls13key", none, keys.key, len));
        CU_ASSERT_TRUE(is_expanded(hash, "dtls13iv", none, keys.iv, SKF_NONCE));
        CU_ASSERT_TRUE(is_expanded(hash, "dtls13sn", none, keys.number_key, len));
        CU_ASSERT_TRUE(keys.unified && keys.aead == suites13[i].aead);
    }
}

static void an_updated_secret_replaces_the_last(void)
{
    uint8_t traffic[SKF_HASH_MAX];

    for (size_t a = 0; a < 2; a++) {
        memcpy(traffic, secret, sizeof traffic);
        CU_ASSERT_TRUE(skf_next_traffic_secret(algs[a], traffic));
        CU_ASSERT_TRUE(is_expanded(algs[a], "dtls13traffic upd", none, traffic,
                                   skf_hash_len(algs[a])));
    }
}

static void a_label_that_has_no_space_is_refused(void)
{
    uint8_t out[SKF_HASH_MAX];
    char label[LABEL_MAX] = { 0 };

    memset(label, 'x', LABEL_MAX - strlen("dtls13"));
    CU_ASSERT_TRUE(skf_expand_label(HASH_SHA256, secret, label, none, out, 32));
    label[strlen(label)] = 'x';
    CU_ASSERT_FALSE(skf_expand_label(HASH_SHA256, secret, label, none, out, 32));
}

/* RFC 8448 sections 3 and 4: no label is in it, so its values hold here too. */
static void an_early_secret_is_extracted_from_the_psk(void)
{
    static const uint8_t psk[] = {
        0x4e, 0xcd, 0x0e, 0xb6, 0xec, 0x3b, 0x4d, 0x87, 0xf5, 0xd6, 0x02,
        0x8f, 0x92, 0x2c, 0xa4, 0xc5, 0x85, 0x1a, 0x27, 0x7f, 0xd4, 0x13,
        0x11, 0xc9, 0xe6, 0x2d, 0x2c, 0x94, 0x92, 0xe1, 0xc4, 0xf3,
    };
    static const uint8_t with_psk[] = {
        0x9b, 0x21, 0x88, 0xe9, 0xb2, 0xfc, 0x6d, 0x64, 0xd7, 0x1d, 0xc3,
        0x29, 0x90, 0x0e, 0x20, 0xbb, 0x41, 0x91, 0x50, 0x00, 0xf6, 0x78,
        0xaa, 0x83, 0x9c, 0xbb, 0x79, 0x7c, 0xb7, 0xd8, 0x33, 0x2c,
    };
    static const uint8_t without[] = {
        0x33, 0xad, 0x0a, 0x1c, 0x60, 0x7e, 0xc0, 0x3b, 0x09, 0xe6, 0xcd,
        0x98, 0x93, 0x68, 0x0c, 0xe2, 0x10, 0xad, 0xf3, 0x00, 0xaa, 0x1f,
        0x26, 0x60, 0xe1, 0xb2, 0x2e, 0x10, 0xf1, 0x70, 0xf9, 0x2a,
    };
    uint8_t early[SKF_HASH_MAX];

    CU_ASSERT_TRUE(skf_early_secret(HASH_SHA256, psk, early));
    CU_ASSERT_EQUAL(memcmp(early, with_psk, sizeof with_psk), 0);
    CU_ASSERT_TRUE(skf_early_secret(HASH_SHA256, NULL, early));
    CU_ASSERT_EQUAL(memcmp(early, without, sizeof without), 0);
}

static void the_psk_of_a_ticket_is_bound_to_its_nonce(void)
{
    static const uint8_t bytes[255] = { 3, 1, 4, 1, 5 };
    static const size_t lens[] = { 0, 1, 2, 100 };
    uint8_t psk[SKF_HASH_MAX];

    for (size_t a = 0; a < 2; a++)
        for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
            const skiff_bytes nonce = { bytes, lens[i] };
            CU_ASSERT_TRUE(skf_resumption_psk(algs[a], secret, nonce, psk));
            CU_ASSERT_TRUE(is_expanded(algs[a], "dtls13resumption", nonce, psk,
                                       skf_hash_len(algs[a])));
        }
    CU_ASSERT_TRUE(
        skf_resumption_psk(HASH_SHA256, secret, (skiff_bytes){ bytes, 255 }, psk));
}

/* RFC 8446 section 4.2.11.2: as a Finished, with a key of its own. */
static void a_binder_is_a_mac_with_the_key_for_binders(void)
{
    uint8_t early[SKF_HASH_MAX], key[SKF_HASH_MAX], expected[SKF_HASH_MAX];
    uint8_t nothing[SKF_HASH_MAX], finished[SKF_HASH_MAX], binder[SKF_HASH_MAX];
    static const uint8_t digest[SKF_HASH_MAX] = { 1, 6, 1, 8 };

    for (size_t a = 0; a < 2; a++) {
        size_t len = skf_hash_len(algs[a]);
        const skiff_bytes over = { digest, len };
        CU_ASSERT_TRUE(
            skf_early_secret(algs[a], secret, early)
            && skf_digest(algs[a], NULL, 0, nothing)
            && skf_expand_label(algs[a], early, "res binder", (skiff_bytes){ nothing, len },
                                key, len)
            && skf_expand_label(algs[a], key, "finished", none, finished, len)
            && skf_hmac(algs[a], (skiff_bytes){ finished, len }, &over, 1, expected));
        CU_ASSERT_TRUE(skf_resumption_binder(algs[a], secret, digest, binder));
        CU_ASSERT_EQUAL(memcmp(binder, expected, len), 0);
    }
}

CU_TestInfo schedule13_tests[] = {
    TEST(a_label_begins_with_dtls13_and_no_space),
    TEST(a_derived_secret_is_bound_to_the_transcript),
    TEST(a_direction_has_a_key_an_iv_and_a_key_for_numbers),
    TEST(an_updated_secret_replaces_the_last),
    TEST(a_label_that_has_no_space_is_refused),
    TEST(an_early_secret_is_extracted_from_the_psk),
    TEST(the_psk_of_a_ticket_is_bound_to_its_nonce),
    TEST(a_binder_is_a_mac_with_the_key_for_binders),
    CU_TEST_INFO_NULL,
};
