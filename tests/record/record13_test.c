/* record13_test.c - the ciphertext of 1.3 in all forms that a peer may give it (RFC 9147
 * section 4). */
#include "../suite.h"

#include "record/record.h"
#include "wire/record.h"
#include "world/world.h"

enum { TEXT = 70, SPACE = 400, EPOCH = 2, FORMS = 4 };

struct bench {
    struct skf_crypto *crypto;
    struct opening theirs;
    uint8_t bytes[SPACE];
    size_t len;
};

/* One record as a peer may write it. */
struct writing {
    unsigned form; /* bit 0: 16 bits of the number, bit 1: the length */
    uint64_t number;
    uint8_t type;
    size_t len, padding;
};

static void bench_begin(struct bench *b, int aead)
{
    memset(b, 0, sizeof *b);
    b->theirs.keys.aead = (uint8_t)aead;
    b->theirs.keys.unified = true;
    for (size_t i = 0; i < SKF_KEY_MAX; i++) {
        b->theirs.keys.key[i] = (uint8_t)(i + 1);
        b->theirs.keys.number_key[i] = (uint8_t)(i + 51);
    }
    for (size_t i = 0; i < SKF_NONCE; i++)
        b->theirs.keys.iv[i] = (uint8_t)(i + 101);
    CU_ASSERT_EQUAL_FATAL(skf_crypto_new(NULL, world_identity(0), &b->crypto), SKIFF_OK);
}

static void bench_end(struct bench *b)
{
    skf_crypto_free(b->crypto);
}

/* RFC 9147 section 4.2.3: the mask is of the ciphertext, the header is masked last. */
static void mask_number(struct bench *b, uint8_t *number, const uint8_t *sealed,
                        bool is_long)
{
    uint8_t mask[2];

    CU_ASSERT_TRUE(skf_number_mask(b->crypto, b->theirs.keys.aead,
                                   b->theirs.keys.number_key, sealed, mask));
    number[0] ^= mask[0];
    if (is_long)
        number[1] ^= mask[1];
}

/* Written down a second time, since skf_record_seal knows one form only. */
static void write_as(struct bench *b, struct writing r)
{
    bool is_long = (r.form & 1) != 0, has_length = (r.form & 2) != 0;
    size_t header = 1 + (is_long ? 2u : 1u) + (has_length ? 2u : 0u);
    size_t inner = r.len + 1 + r.padding, at = 0;
    uint8_t nonce[SKF_NONCE];

    memset(b->bytes, 0, sizeof b->bytes);
    b->bytes[at++] = (uint8_t)(0x20 | (is_long ? 8 : 0) | (has_length ? 4 : 0) | EPOCH);
    if (is_long)
        b->bytes[at++] = (uint8_t)(r.number >> 8);
    b->bytes[at++] = (uint8_t)r.number;
    if (has_length) {
        b->bytes[at++] = (uint8_t)((inner + SKF_TAG) >> 8);
        b->bytes[at++] = (uint8_t)(inner + SKF_TAG);
    }
    for (size_t i = 0; i < r.len; i++)
        b->bytes[at + i] = (uint8_t)i;
    b->bytes[at + r.len] = r.type;
    number_nonce(&b->theirs.keys, r.number, nonce);
    struct skf_aead aead = { .alg = b->theirs.keys.aead,
                             .key = b->theirs.keys.key,
                             .nonce = nonce,
                             .ad = { b->bytes, header } };
    CU_ASSERT_TRUE(skf_aead_seal(b->crypto, &aead, b->bytes + header, inner));
    mask_number(b, b->bytes + 1, b->bytes + header, is_long);
    b->len = header + inner + SKF_TAG;
}

static enum opened open_it(struct bench *b, struct incoming *record)
{
    uint8_t *at = b->bytes;
    size_t left = b->len;

    CU_ASSERT_TRUE_FATAL(skf_record_parse(&at, &left, 0, record));
    CU_ASSERT_EQUAL(left, 0);
    CU_ASSERT_EQUAL(record->epoch, EPOCH);
    return skf_record_open(b->crypto, &b->theirs, record);
}

static bool is_the_text(const struct incoming *record, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (record->body[i] != (uint8_t)i)
            return false;
    return record->len == len;
}

static bool is_there(int aead)
{
    return skf_aead_is_available((enum skf_aead_alg)aead);
}

static void every_form_of_header_opens_with_every_aead_length_and_padding(void)
{
    struct incoming record;
    struct bench b;

    for (int aead = 0; aead < AEAD_MASKED; aead++)
        for (unsigned form = 0; is_there(aead) && form < FORMS; form++) {
            bench_begin(&b, aead);
            for (size_t len = 0; len <= TEXT; len++)
                for (size_t padding = 0; padding < 50; padding += 7) {
                    write_as(&b, (struct writing){ form, b.theirs.window.next, 22, len,
                                                   padding });
                    CU_ASSERT_EQUAL(open_it(&b, &record), RECORD_OPENED);
                    CU_ASSERT_TRUE(is_the_text(&record, len) && record.type == 22);
                }
            bench_end(&b);
        }
}

static void what_we_seal_opens(void)
{
    struct incoming record;
    struct bench b;

    for (int aead = 0; aead < AEAD_MASKED; aead++) {
        if (!is_there(aead))
            continue;
        bench_begin(&b, aead);
        for (size_t len = 0; len <= TEXT; len++) {
            struct outgoing out = {
                .type = 23, .epoch = EPOCH, .number = len, .keys = &b.theirs.keys
            };
            size_t before = skf_record_header_size(out.keys, 0);
            for (size_t i = 0; i < len; i++)
                b.bytes[before + i] = (uint8_t)i;
            CU_ASSERT_TRUE(skf_record_seal(b.crypto, &out, b.bytes, len));
            b.len = before + len + skf_record_trailer_size(out.keys, 0);
            CU_ASSERT_EQUAL(open_it(&b, &record), RECORD_OPENED);
            CU_ASSERT_TRUE(is_the_text(&record, len) && record.type == 23);
            CU_ASSERT_EQUAL(record.number, len);
        }
        bench_end(&b);
    }
}

/* --- numbers (RFC 9147 section 4.2.2) ------------------------------------------------- */

static uint64_t number_received(struct bench *b, unsigned form, uint64_t next,
                                uint64_t sent)
{
    struct incoming record;

    b->theirs.window = (struct window){ .next = next };
    write_as(b, (struct writing){ form, sent, 22, 1, 0 });
    return open_it(b, &record) == RECORD_OPENED ? record.number : UINT64_MAX;
}

static void a_number_is_the_one_nearest_to_the_next_expected(void)
{
    struct bench b;

    bench_begin(&b, AEAD_AES_128_GCM);
    for (unsigned form = 0; form < FORMS; form++) {
        const uint64_t half = (form & 1) != 0 ? 0x8000 : 0x80;
        const uint64_t nexts[] = {
            half,         3 * half,          4 * half - 1,           4 * half,
            4 * half + 1, UINT64_C(1) << 32, (UINT64_C(1) << 47) + 5
        };
        for (size_t i = 0; i < sizeof nexts / sizeof *nexts; i++) {
            uint64_t next = nexts[i], far = next + half - 1;
            CU_ASSERT_EQUAL(number_received(&b, form, next, next), next);
            CU_ASSERT_EQUAL(number_received(&b, form, next, far), far);
            CU_ASSERT_EQUAL(number_received(&b, form, next, next - 1), next - 1);
            CU_ASSERT_EQUAL(number_received(&b, form, next, next - 64), next - 64);
            CU_ASSERT_EQUAL(number_received(&b, form, next, next + half + 1), UINT64_MAX);
        }
    }
    bench_end(&b);
}

static void close_to_zero_no_number_is_negative(void)
{
    struct bench b;

    bench_begin(&b, AEAD_AES_128_GCM);
    for (unsigned form = 0; form < FORMS; form++)
        for (uint64_t next = 0; next < 5; next++) {
            CU_ASSERT_EQUAL(number_received(&b, form, next, 0), 0);
            CU_ASSERT_EQUAL(number_received(&b, form, next, 0x7f), 0x7f);
        }
    CU_ASSERT_EQUAL(number_received(&b, 1, 0, 0x7fff), 0x7fff);
    CU_ASSERT_EQUAL(number_received(&b, 1, 0, 0xfffe), 0xfffe); /* nothing lies nearer */
    bench_end(&b);
}

static void the_last_number_seals_and_the_one_behind_it_does_not(void)
{
    const uint64_t last = (UINT64_C(1) << 48) - 1;
    struct incoming record;
    struct bench b;

    bench_begin(&b, AEAD_AES_256_GCM);
    for (uint64_t n = last; n <= last + 1; n++) {
        struct outgoing out = {
            .type = 23, .epoch = EPOCH, .number = n, .keys = &b.theirs.keys
        };
        CU_ASSERT_EQUAL(skf_record_seal(b.crypto, &out, b.bytes, 1), n == last);
    }
    b.theirs.window.next = last - 3;
    write_as(&b, (struct writing){ 1, last, 23, 1, 0 });
    CU_ASSERT_EQUAL(open_it(&b, &record), RECORD_OPENED);
    CU_ASSERT_EQUAL(record.number, last);
    bench_end(&b);
}

static void no_two_numbers_have_the_same_nonce_or_mask(void)
{
    uint8_t before[SPACE] = { 0 };
    struct bench b;

    bench_begin(&b, AEAD_CHACHA20_POLY1305);
    for (uint64_t n = 0; n < 300; n++) {
        write_as(&b, (struct writing){ 3, n, 23, 30, 0 });
        CU_ASSERT_NOT_EQUAL(memcmp(b.bytes + 5, before + 5, 30), 0);
        memcpy(before, b.bytes, sizeof before);
    }
    bench_end(&b);
}

static void what_was_opened_is_not_opened_twice(void)
{
    uint8_t copy[SPACE];
    struct incoming record;
    struct bench b;

    bench_begin(&b, AEAD_AES_128_GCM);
    write_as(&b, (struct writing){ 3, 5, 23, 10, 0 });
    memcpy(copy, b.bytes, sizeof copy);
    CU_ASSERT_EQUAL(open_it(&b, &record), RECORD_OPENED);
    memcpy(b.bytes, copy, sizeof copy);
    CU_ASSERT_EQUAL(open_it(&b, &record), RECORD_SEEN);
    bench_end(&b);
}

/* --- what does not open --------------------------------------------------------------- */

static void one_bit_of_damage_anywhere_and_it_does_not_open(void)
{
    struct bench b;

    for (int aead = 0; aead < AEAD_MASKED; aead++)
        for (unsigned form = 0; is_there(aead) && form < FORMS; form++) {
            bench_begin(&b, aead);
            write_as(&b, (struct writing){ form, 5, 23, 20, 3 });
            for (size_t bit = 0; bit < 8 * b.len; bit++) {
                struct incoming record;
                size_t left = b.len;
                uint8_t *at = b.bytes;
                write_as(&b, (struct writing){ form, 5, 23, 20, 3 });
                b.bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
                b.theirs.window = (struct window){ 0 };
                CU_ASSERT_FALSE(
                    skf_record_parse(&at, &left, 0, &record) && record.epoch == EPOCH
                    && skf_record_open(b.crypto, &b.theirs, &record) == RECORD_OPENED);
                CU_ASSERT_EQUAL(b.theirs.window.next, 0); /* RFC 9147 section 4.5.1 */
            }
            bench_end(&b);
        }
}

/* RFC 9147 section 4.2.3: less than 16 bytes of ciphertext have no mask. */
static void a_record_too_short_for_its_mask_and_tag_does_not_open(void)
{
    struct incoming record;
    struct bench b;

    for (unsigned form = 0; form < FORMS; form++)
        for (size_t len = 0; len < SKF_TAG + 1; len++) {
            size_t header = 2 + (form & 1) + (form & 2);
            bench_begin(&b, AEAD_AES_128_GCM);
            b.bytes[0] = (uint8_t)(0x20 | (form & 1) << 3 | (form & 2) << 1 | EPOCH);
            if ((form & 2) != 0)
                b.bytes[header - 1] = (uint8_t)len;
            b.len = header + len;
            CU_ASSERT_EQUAL(open_it(&b, &record), RECORD_UNFIT);
            bench_end(&b);
        }
}

/* RFC 8446 section 5.4: who has sealed it has broken the rules. */
static void a_record_of_padding_alone_is_distinguished_from_a_forged_one(void)
{
    struct incoming record;
    struct bench b;

    bench_begin(&b, AEAD_AES_128_GCM);
    for (size_t padding = 0; padding < 40; padding++) {
        write_as(&b, (struct writing){ 3, padding, 0, 0, padding });
        CU_ASSERT_EQUAL(open_it(&b, &record), RECORD_EMPTY);
    }
    bench_end(&b);
}

static void a_datagram_shorter_than_its_record_holds_none(void)
{
    struct incoming record;
    struct bench b;

    bench_begin(&b, AEAD_AES_128_GCM);
    for (unsigned form = 2; form < FORMS; form++) {
        write_as(&b, (struct writing){ form, 5, 23, 20, 0 });
        for (size_t len = 0; len < b.len; len++) {
            uint8_t *at = b.bytes;
            size_t left = len;
            CU_ASSERT_FALSE(skf_record_parse(&at, &left, 0, &record));
        }
    }
    bench_end(&b);
}

/* RFC 9147 section 4: without a length a record is the last of its datagram. */
static void records_lie_one_behind_the_other_and_the_last_needs_no_length(void)
{
    uint8_t both[2 * SPACE];
    struct incoming record;
    struct bench b;

    bench_begin(&b, AEAD_AES_128_GCM);
    write_as(&b, (struct writing){ 3, 0, 23, 20, 0 });
    size_t left = b.len;
    memcpy(both, b.bytes, left);
    write_as(&b, (struct writing){ 0, 1, 23, 30, 0 });
    memcpy(both + left, b.bytes, b.len);
    left += b.len;
    uint8_t *at = both;
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_TRUE(skf_record_parse(&at, &left, 0, &record));
        CU_ASSERT_EQUAL(skf_record_open(b.crypto, &b.theirs, &record), RECORD_OPENED);
        CU_ASSERT_TRUE(is_the_text(&record, i == 0 ? 20 : 30));
    }
    CU_ASSERT_EQUAL(left, 0);
    bench_end(&b);
}

/* --- connection ids ------------------------------------------------------------------- */

/* How long its id is nobody knows: nothing behind it can be told apart. */
static void a_record_with_an_id_where_we_have_none_goes_with_all_that_remains(void)
{
    struct incoming record;
    struct bench b;

    bench_begin(&b, AEAD_AES_128_GCM);
    for (unsigned form = 0; form < FORMS; form++) {
        uint8_t *at = b.bytes;
        size_t left = sizeof b.bytes;
        write_as(&b, (struct writing){ form, 5, 23, 20, 0 });
        b.bytes[0] |= UNIFIED_HAS_CID;
        CU_ASSERT_TRUE(skf_record_parse(&at, &left, 0, &record));
        CU_ASSERT_TRUE(record.has_cid && record.cid.len == 0 && left == 0);
    }
    bench_end(&b);
}

static void what_we_seal_with_an_id_of_any_length_opens(void)
{
    static const uint8_t id[RECORD_CID_MAX] = { 1, 2, 3 };
    struct incoming record;
    struct bench b;

    for (int aead = 0; aead <= AEAD_CHACHA20_POLY1305; aead++) {
        if (!is_there(aead))
            continue;
        bench_begin(&b, aead);
        for (size_t len = 1; len <= RECORD_CID_MAX; len++) {
            struct outgoing out = { .type = 23,
                                    .epoch = EPOCH,
                                    .number = len,
                                    .keys = &b.theirs.keys,
                                    .cid = { id, len } };
            size_t left = skf_record_header_size(out.keys, len) + 1
                        + skf_record_trailer_size(out.keys, len);
            uint8_t *at = b.bytes;
            b.bytes[skf_record_header_size(out.keys, len)] = 0;
            CU_ASSERT_TRUE(skf_record_seal(b.crypto, &out, b.bytes, 1));
            CU_ASSERT_TRUE(skf_record_parse(&at, &left, len, &record) && left == 0);
            CU_ASSERT_TRUE(record.cid.len == len && memcmp(record.cid.ptr, id, len) == 0);
            CU_ASSERT_EQUAL(skf_record_open(b.crypto, &b.theirs, &record), RECORD_OPENED);
            CU_ASSERT_TRUE(is_the_text(&record, 1) && record.type == 23);
        }
        bench_end(&b);
    }
}

/* RFC 9147 section 4: all of the header is covered by the tag. */
static void an_id_that_was_changed_on_its_way_does_not_open(void)
{
    struct incoming record;
    struct bench b;

    bench_begin(&b, AEAD_AES_128_GCM);
    struct outgoing out = { .type = 23,
                            .epoch = EPOCH,
                            .keys = &b.theirs.keys,
                            .cid = { (const uint8_t *)"id", 2 } };
    CU_ASSERT_TRUE(skf_record_seal(b.crypto, &out, b.bytes, 1));
    size_t left =
        skf_record_header_size(out.keys, 2) + 1 + skf_record_trailer_size(out.keys, 2);
    uint8_t *at = b.bytes;
    b.bytes[2] ^= 1;
    CU_ASSERT_TRUE(skf_record_parse(&at, &left, 2, &record));
    CU_ASSERT_EQUAL(skf_record_open(b.crypto, &b.theirs, &record), RECORD_FORGED);
    bench_end(&b);
}

CU_TestInfo record13_tests[] = {
    TEST(every_form_of_header_opens_with_every_aead_length_and_padding),
    TEST(what_we_seal_opens),
    TEST(a_number_is_the_one_nearest_to_the_next_expected),
    TEST(close_to_zero_no_number_is_negative),
    TEST(the_last_number_seals_and_the_one_behind_it_does_not),
    TEST(no_two_numbers_have_the_same_nonce_or_mask),
    TEST(what_was_opened_is_not_opened_twice),
    TEST(one_bit_of_damage_anywhere_and_it_does_not_open),
    TEST(a_record_too_short_for_its_mask_and_tag_does_not_open),
    TEST(a_record_of_padding_alone_is_distinguished_from_a_forged_one),
    TEST(a_datagram_shorter_than_its_record_holds_none),
    TEST(records_lie_one_behind_the_other_and_the_last_needs_no_length),
    TEST(a_record_with_an_id_where_we_have_none_goes_with_all_that_remains),
    TEST(what_we_seal_with_an_id_of_any_length_opens),
    TEST(an_id_that_was_changed_on_its_way_does_not_open),
    CU_TEST_INFO_NULL,
};
