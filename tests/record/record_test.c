/* record_test.c - records sealed and opened, with every AEAD and every length. */
#include "../suite.h"

#include "count.h"
#include "record/record.h"
#include "world/world.h"

enum { TEXT = 70, SPACE = 200, NUMBER = 5 };

struct bench {
    struct skf_crypto *crypto;
    struct keys keys;
    uint8_t bytes[SPACE];
    size_t len;
    int next; /* AEAD, of bench_next */
};

static void bench_begin(struct bench *b, int aead)
{
    memset(b, 0, sizeof *b);
    b->keys.aead = (enum skf_aead_alg)aead;
    for (size_t i = 0; i < sizeof b->keys.key; i++)
        b->keys.key[i] = (uint8_t)(i + 1);
    for (size_t i = 0; i < sizeof b->keys.iv; i++)
        b->keys.iv[i] = (uint8_t)(i + 101);
    CU_ASSERT_EQUAL_FATAL(skf_crypto_new(NULL, world_identity(0), &b->crypto), SKIFF_OK);
}

static void bench_end(struct bench *b)
{
    skf_crypto_free(b->crypto);
    b->crypto = NULL;
}

/* Goes on to the next AEAD that libcrypto has, from a bench of zeros; false: that was all.
 */
static bool bench_next(struct bench *b)
{
    int aead = b->next;

    if (b->crypto != NULL)
        bench_end(b);
    while (aead < AEAD_COUNT && !skf_aead_is_available((enum skf_aead_alg)aead))
        aead++;
    if (aead == AEAD_COUNT)
        return false;
    bench_begin(b, aead);
    b->next = aead + 1;
    return true;
}

static void seal(struct bench *b, uint64_t number, size_t len)
{
    struct outgoing record = { .type = 23, .epoch = 1, .number = number, .keys = &b->keys };

    memset(b->bytes, 0, sizeof b->bytes);
    for (size_t i = 0; i < len; i++)
        b->bytes[skf_record_header_size(&b->keys, 0) + i] = (uint8_t)i;
    CU_ASSERT_TRUE(skf_record_seal(b->crypto, &record, b->bytes, len));
    b->len =
        skf_record_header_size(&b->keys, 0) + len + skf_record_trailer_size(&b->keys, 0);
}

static bool opens(struct bench *b, struct incoming *record)
{
    struct opening theirs = { .keys = b->keys };
    uint8_t *at = b->bytes;
    size_t left = b->len;

    return skf_record_parse(&at, &left, 0, record) && left == 0
        && skf_record_open(b->crypto, &theirs, record) == RECORD_OPENED;
}

static bool is_the_text(const struct incoming *record, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (record->body[i] != (uint8_t)i)
            return false;
    return record->len == len;
}

static void what_is_sealed_opens_with_every_aead_and_every_length(void)
{
    struct incoming record;
    struct bench b = { 0 };

    while (bench_next(&b)) {
        for (size_t len = 0; len <= TEXT; len++) {
            seal(&b, NUMBER, len);
            CU_ASSERT_TRUE(opens(&b, &record) && is_the_text(&record, len));
            CU_ASSERT_TRUE(record.type == 23 && record.epoch == 1
                           && record.number == NUMBER);
        }
    }
}

/* RFC 5288 and RFC 6655 section 3 send their nonce, RFC 7905 section 2 does not; RFC 6655
 * section 6.1 has a shorter tag. */
static void a_record_is_as_long_as_its_suite_makes_it(void)
{
    struct keys gcm = { .aead = AEAD_AES_128_GCM },
                chacha = { .aead = AEAD_CHACHA20_POLY1305 },
                ccm_8 = { .aead = AEAD_AES_128_CCM_8 };

    CU_ASSERT_EQUAL(skf_record_header_size(NULL, 0), 13);
    CU_ASSERT_EQUAL(skf_record_trailer_size(NULL, 0), 0);
    CU_ASSERT_EQUAL(skf_record_header_size(&gcm, 0), 13 + 8);
    CU_ASSERT_EQUAL(skf_record_header_size(&chacha, 0), 13);
    CU_ASSERT_EQUAL(skf_record_trailer_size(&gcm, 0), 16);
    CU_ASSERT_EQUAL(skf_record_header_size(&ccm_8, 0), 13 + 8);
    CU_ASSERT_EQUAL(skf_record_trailer_size(&ccm_8, 0), 8);
}

static void one_bit_of_damage_anywhere_and_it_does_not_open(void)
{
    struct incoming record;
    struct bench b = { 0 };

    while (bench_next(&b)) {
        seal(&b, NUMBER, TEXT);
        for (size_t bit = 0; bit < 8 * b.len; bit++) {
            seal(&b, NUMBER, TEXT);
            b.bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            CU_ASSERT_FALSE(opens(&b, &record));
        }
    }
}

/* CVE-2026-75803: an empty plaintext has a tag, too. */
static void a_forged_empty_record_does_not_open(void)
{
    struct incoming record;
    struct bench b = { 0 };

    while (bench_next(&b)) {
        seal(&b, NUMBER, 0);
        size_t tag = skf_record_trailer_size(&b.keys, 0);
        memset(b.bytes + b.len - tag, 0, tag);
        CU_ASSERT_FALSE(opens(&b, &record));
    }
}

static void no_record_uses_memory(void)
{
    struct incoming record;
    struct bench b = { 0 };

    while (bench_next(&b)) {
        uint64_t before = count_now().allocs;
        for (uint64_t number = 0; number < 10; number++) {
            seal(&b, number, TEXT);
            CU_ASSERT_TRUE(opens(&b, &record));
        }
        CU_ASSERT_EQUAL(count_now().allocs, before);
    }
}

/* CVE-2026-75806: too short for nonce and tag. */
static void a_record_of_any_length_too_short_for_its_aead_does_not_open(void)
{
    struct incoming record;
    struct bench b = { 0 };

    while (bench_next(&b)) {
        for (size_t len = 0; len < 24; len++) {
            memset(b.bytes, 0, sizeof b.bytes);
            b.len = 13 + len;
            b.bytes[0] = 23;
            b.bytes[1] = 0xfe;
            b.bytes[12] = (uint8_t)len;
            CU_ASSERT_FALSE(opens(&b, &record));
        }
    }
}

static void no_two_numbers_have_the_same_nonce(void)
{
    struct bench b = { 0 }, other;

    while (bench_next(&b)) {
        bench_begin(&other, (int)b.keys.aead);
        for (uint64_t number = 0; number < 200; number++) {
            seal(&b, number, 16);
            seal(&other, number + 1, 16);
            size_t at = skf_record_header_size(&b.keys, 0);
            CU_ASSERT_NOT_EQUAL(memcmp(b.bytes + at, other.bytes + at, 16), 0);
        }
        bench_end(&other);
    }
}

static void the_last_number_seals_and_the_one_behind_it_does_not(void)
{
    struct bench b;
    struct outgoing record = {
        .type = 23, .epoch = 1, .keys = &b.keys, .number = UINT64_C(1) << 48
    };

    bench_begin(&b, AEAD_AES_128_GCM);
    seal(&b, (UINT64_C(1) << 48) - 1, 1);
    CU_ASSERT_FALSE(skf_record_seal(b.crypto, &record, b.bytes, 1));
    bench_end(&b);
}

/* CVE-2026-33845: nothing is read behind a datagram of any length. */
static void a_datagram_shorter_than_its_record_holds_none(void)
{
    struct incoming record;
    struct bench b;

    bench_begin(&b, AEAD_AES_128_GCM);
    seal(&b, NUMBER, TEXT);
    for (size_t len = 0; len < b.len; len++) {
        uint8_t *at = b.bytes;
        size_t left = len;
        CU_ASSERT_FALSE(skf_record_parse(&at, &left, 0, &record));
    }
    bench_end(&b);
}

static void records_lie_one_behind_the_other(void)
{
    uint8_t bytes[2 * 13 + 2] = { 21, 0xfe, 0xfd, [12] = 2 };
    uint8_t *at = bytes;
    size_t left = sizeof bytes;
    struct incoming record;

    bytes[15] = 20;
    CU_ASSERT_TRUE(skf_record_parse(&at, &left, 0, &record));
    CU_ASSERT_EQUAL(record.type, 21);
    CU_ASSERT_EQUAL(record.len, 2);
    CU_ASSERT_TRUE(skf_record_parse(&at, &left, 0, &record));
    CU_ASSERT_EQUAL(record.type, 20);
    CU_ASSERT_EQUAL(record.len, 0);
    CU_ASSERT_EQUAL(left, 0);
}

/* RFC 9147 section 4.5.3: 2^23 and 2^23.5. The bound for tags of 8 bytes is ours. */
static void keys_of_ccm_do_less_than_the_others(void)
{
    CU_ASSERT_EQUAL(skf_sealing_limit(AEAD_AES_128_CCM), 1 << 23);
    CU_ASSERT_EQUAL(skf_sealing_limit(AEAD_AES_128_CCM_8), 1 << 23);
    CU_ASSERT_EQUAL(skf_forgery_limit(AEAD_AES_128_CCM), 11863283);
    CU_ASSERT_EQUAL(skf_forgery_limit(AEAD_AES_128_CCM_8), 1 << 20);
}

static void limits_are_below_where_numbers_wrap(void)
{
    for (int aead = 0; aead < AEAD_COUNT; aead++) {
        if (!skf_aead_is_available((enum skf_aead_alg)aead))
            continue;
        CU_ASSERT_TRUE(skf_sealing_limit((enum skf_aead_alg)aead) < UINT64_C(1) << 48);
        CU_ASSERT_TRUE(skf_forgery_limit((enum skf_aead_alg)aead) <= UINT64_C(1) << 36);
    }
}

/* --- connection ids (RFC 9146) -------------------------------------------------------- */

static const uint8_t id[RECORD_CID_MAX] = { 0xc0, 0xff, 0xee };

static struct outgoing outgoing_with_cid(const struct bench *b, size_t id_len)
{
    return (struct outgoing){
        .type = 23, .epoch = 1, .number = NUMBER, .keys = &b->keys, .cid = { id, id_len }
    };
}

/* Returns the length of the record. */
static size_t seal_with_cid(struct bench *b, size_t id_len, size_t len)
{
    struct outgoing out = outgoing_with_cid(b, id_len);
    size_t before = skf_record_header_size(out.keys, id_len);

    for (size_t i = 0; i < len; i++)
        b->bytes[before + i] = (uint8_t)i;
    CU_ASSERT_TRUE(skf_record_seal(b->crypto, &out, b->bytes, len));
    return before + len + skf_record_trailer_size(out.keys, id_len);
}

static enum opened open_with_cid(struct bench *b, size_t id_len, size_t len,
                                 struct incoming *record)
{
    struct opening theirs = { .keys = b->keys };
    uint8_t *at = b->bytes;

    return skf_record_parse(&at, &len, id_len, record) && len == 0
             ? skf_record_open(b->crypto, &theirs, record)
             : RECORD_FORGED;
}

static void what_is_sealed_with_an_id_opens_with_every_aead_and_every_length(void)
{
    struct incoming record;
    struct bench b = { 0 };

    while (bench_next(&b)) {
        for (size_t id_len = 1; id_len <= RECORD_CID_MAX; id_len++)
            for (size_t len = 0; len <= TEXT; len += 7) {
                size_t size = seal_with_cid(&b, id_len, len);
                CU_ASSERT_EQUAL(open_with_cid(&b, id_len, size, &record), RECORD_OPENED);
                CU_ASSERT_TRUE(is_the_text(&record, len) && record.type == 23);
                CU_ASSERT_TRUE(record.epoch == 1 && record.number == NUMBER);
            }
    }
}

/* Figure 3 of section 4, written down a second time. */
static void the_id_lies_between_number_and_length_and_the_type_inside(void)
{
    static const uint8_t expected[] = {
        25, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, NUMBER, 0xc0, 0xff, 0xee, 0, 8 + 5 + 1 + 16
    };
    struct bench b;

    bench_begin(&b, AEAD_AES_128_GCM);
    CU_ASSERT_EQUAL(seal_with_cid(&b, 3, 5), sizeof expected + 8 + 5 + 1 + 16);
    CU_ASSERT_EQUAL(memcmp(b.bytes, expected, sizeof expected), 0);
    bench_end(&b);
}

/* Section 5.3, written down a second time. */
static void the_tag_covers_what_rfc_9146_states(void)
{
    static const uint8_t ad[] = { 255, 255, 255,    255,  255,  255,  255, 255,  25,
                                  3,   25,  0xfe,   0xfd, 0,    1,    0,   0,    0,
                                  0,   0,   NUMBER, 0xc0, 0xff, 0xee, 0,   5 + 1 };
    static const uint8_t inner[] = { 0, 1, 2, 3, 4, 23 };
    uint8_t nonce[SKF_NONCE];
    struct bench b;

    for (int aead = 0; aead <= AEAD_AES_256_GCM; aead++) {
        bench_begin(&b, aead);
        uint8_t *text = b.bytes + skf_record_header_size(&b.keys, 3);
        CU_ASSERT_EQUAL(seal_with_cid(&b, 3, 5), 13 + 3 + 8 + sizeof inner + 16);
        memcpy(nonce, b.keys.iv, 4);
        memcpy(nonce + 4, text - 8, 8);
        struct skf_aead by_hand = { .alg = (enum skf_aead_alg)aead,
                                    .key = b.keys.key,
                                    .nonce = nonce,
                                    .ad = { ad, sizeof ad } };
        CU_ASSERT_TRUE(skf_aead_open(b.crypto, &by_hand, text, sizeof inner + 16));
        CU_ASSERT_EQUAL(memcmp(text, inner, sizeof inner), 0);
        bench_end(&b);
    }
}

static void padding_behind_the_inner_type_is_removed(void)
{
    struct incoming record;
    struct bench b;

    bench_begin(&b, AEAD_CHACHA20_POLY1305);
    struct outgoing out = outgoing_with_cid(&b, 2);
    memcpy(b.bytes + skf_record_header_size(out.keys, 2), "text\x17\0\0", 7);
    out.type = 0; /* one byte more of padding */
    CU_ASSERT_TRUE(skf_record_seal(b.crypto, &out, b.bytes, 7));
    size_t size =
        skf_record_header_size(out.keys, 2) + 7 + skf_record_trailer_size(out.keys, 2);
    CU_ASSERT_EQUAL(open_with_cid(&b, 2, size, &record), RECORD_OPENED);
    CU_ASSERT_TRUE(record.type == 23 && record.len == 4);
    CU_ASSERT_EQUAL(memcmp(record.body, "text", 4), 0);
    bench_end(&b);
}

static void one_bit_of_damage_to_id_or_record_and_it_does_not_open(void)
{
    struct incoming record;
    struct bench b = { 0 };

    while (bench_next(&b)) {
        size_t size = seal_with_cid(&b, 3, 10);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            (void)seal_with_cid(&b, 3, 10);
            b.bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            CU_ASSERT_NOT_EQUAL(open_with_cid(&b, 3, size, &record), RECORD_OPENED);
        }
    }
}

static void an_id_longer_than_we_keep_is_not_sealed_with(void)
{
    static const uint8_t longer[RECORD_CID_MAX + 1];
    struct bench b;

    bench_begin(&b, AEAD_AES_128_GCM);
    struct outgoing out = outgoing_with_cid(&b, 3);
    out.cid = (skiff_bytes){ longer, sizeof longer };
    CU_ASSERT_FALSE(skf_record_seal(b.crypto, &out, b.bytes, 1));
    bench_end(&b);
}

CU_TestInfo record_tests[] = {
    TEST(what_is_sealed_opens_with_every_aead_and_every_length),
    TEST(a_record_is_as_long_as_its_suite_makes_it),
    TEST(one_bit_of_damage_anywhere_and_it_does_not_open),
    TEST(a_forged_empty_record_does_not_open),
    TEST(no_record_uses_memory),
    TEST(a_record_of_any_length_too_short_for_its_aead_does_not_open),
    TEST(no_two_numbers_have_the_same_nonce),
    TEST(the_last_number_seals_and_the_one_behind_it_does_not),
    TEST(a_datagram_shorter_than_its_record_holds_none),
    TEST(records_lie_one_behind_the_other),
    TEST(keys_of_ccm_do_less_than_the_others),
    TEST(limits_are_below_where_numbers_wrap),
    TEST(what_is_sealed_with_an_id_opens_with_every_aead_and_every_length),
    TEST(the_id_lies_between_number_and_length_and_the_type_inside),
    TEST(the_tag_covers_what_rfc_9146_states),
    TEST(padding_behind_the_inner_type_is_removed),
    TEST(one_bit_of_damage_to_id_or_record_and_it_does_not_open),
    TEST(an_id_longer_than_we_keep_is_not_sealed_with),
    CU_TEST_INFO_NULL,
};
