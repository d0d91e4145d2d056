/* ack_list_test.c - what has arrived, theirs and ours, without a network (RFC 9147 section
 * 7).
 */
#include "../suite.h"

#include "association/ack_list.h"
#include "wire/control.h"

enum { BODY = 4096 };

/* --- theirs --------------------------------------------------------------------------- */

static struct record_number number_at(const uint8_t *body, size_t i)
{
    struct record_number n = { 0 };

    CU_ASSERT_TRUE(record_number_read(
        &n, (skiff_bytes){ body + 2 + i * RECORD_NUMBER, RECORD_NUMBER }));
    return n;
}

static void what_arrived_is_acknowledged_in_rising_order_and_once(void)
{
    static const struct {
        uint16_t epoch;
        uint64_t number;
    } arrived[] = {
        { 0, 7 }, { 2, 1 }, { 2, 0 }, { 2, 1 }, { 0, 5 }, { 2, 9 },
    };
    static const struct record_number acknowledged[] = {
        { 0, 5 }, { 0, 7 }, { 2, 0 }, { 2, 1 }, { 2, 9 }
    };
    struct ack_list ack_list = { .epochs = { 0 } };
    uint8_t body[BODY];

    for (size_t i = 0; i < sizeof arrived / sizeof *arrived; i++)
        skf_ack_list_add(&ack_list, arrived[i].epoch, arrived[i].number);
    CU_ASSERT_EQUAL(skf_ack_list_write(&ack_list, body, sizeof body),
                    2 + 5 * RECORD_NUMBER);
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(number_at(body, i).epoch, acknowledged[i].epoch);
        CU_ASSERT_EQUAL(number_at(body, i).sequence_number,
                        acknowledged[i].sequence_number);
    }
}

static void a_third_epoch_drives_the_first_one_out(void)
{
    struct ack_list ack_list = { .epochs = { 0 } };
    uint8_t body[BODY];

    for (uint16_t epoch = 0; epoch < 4; epoch++)
        skf_ack_list_add(&ack_list, epoch, 1);
    skf_ack_list_add(&ack_list, 0, 2); /* too old to count again */
    CU_ASSERT_EQUAL(skf_ack_list_write(&ack_list, body, sizeof body),
                    2 + 2 * RECORD_NUMBER);
    CU_ASSERT_EQUAL(number_at(body, 0).epoch, 2);
    CU_ASSERT_EQUAL(number_at(body, 1).epoch, 3);
}

/* RFC 9147 section 7: an ACK is one record, and names as many as fit. */
static void without_space_for_all_the_newest_are_acknowledged(void)
{
    struct ack_list ack_list = { .epochs = { 0 } };
    uint8_t body[BODY];

    for (uint64_t n = 0; n < 200; n++)
        skf_ack_list_add(&ack_list, n < 100 ? 0 : 2, n);
    for (size_t space = 0; space < 3000; space++) {
        size_t most = space < 2 ? 0 : (space - 2) / RECORD_NUMBER;
        size_t num = most < 2 * WINDOW_BITS ? most : 2 * WINDOW_BITS;
        memset(body, 0x77, sizeof body);
        size_t len = skf_ack_list_write(&ack_list, body, space);
        CU_ASSERT_EQUAL(len, num == 0 ? 0 : 2 + num * RECORD_NUMBER);
        CU_ASSERT_TRUE(len <= space && body[space] == 0x77);
        if (num > 0)
            CU_ASSERT_EQUAL(number_at(body, num - 1).sequence_number, 199);
    }
}

static void nothing_that_arrived_is_no_ack(void)
{
    struct ack_list ack_list = { .epochs = { 0 } };
    uint8_t body[BODY];

    CU_ASSERT_EQUAL(skf_ack_list_write(&ack_list, body, sizeof body), 0);
}

/* --- ours ----------------------------------------------------------------------------- */

static struct flight_message messages[FLIGHT_MESSAGES];

/* A flight of two messages of 100 bytes, each said in records of 50: epoch 2, numbers 10..
 */
static void sent(struct sent_records *c, struct flight *f)
{
    uint64_t number = 10;

    skf_flight_begin(f, messages, 1);
    skf_sent_records_begin(c);
    for (uint8_t m = 0; m < 2; m++) {
        CU_ASSERT_TRUE(skf_flight_add(f, &(struct flight_message){ .len = 100 }));
        for (uint32_t from = 0; from < 100; from += 50)
            skf_sent_records_add(c, packed_record_number(2, number++),
                                 &(struct part){ m, from, from + 50 });
    }
}

static bool receives(struct sent_records *c, uint16_t epoch, uint64_t of_epoch,
                     uint64_t number)
{
    struct record_number n = { of_epoch, number };
    uint8_t body[RECORD_NUMBER];
    size_t size;

    CU_ASSERT_TRUE(record_number_write(&n, body, sizeof body, &size));
    return skf_sent_records_acknowledge(c, epoch, (skiff_bytes){ body, size });
}

static void a_flight_is_done_when_all_its_records_were_acknowledged(void)
{
    static const uint64_t order[] = { 12, 10, 13, 11 };
    struct sent_records c;
    struct flight f;

    sent(&c, &f);
    for (size_t i = 0; i < 4; i++) {
        CU_ASSERT_FALSE(skf_sent_records_all_acknowledged(&c, &f));
        CU_ASSERT_TRUE(receives(&c, 2, 2, order[i]));
    }
    CU_ASSERT_TRUE(skf_sent_records_all_acknowledged(&c, &f));
}

static void a_record_that_carried_two_messages_is_acknowledged_once(void)
{
    struct sent_records c;
    struct flight f;

    skf_flight_begin(&f, messages, 1);
    skf_sent_records_begin(&c);
    for (uint8_t m = 0; m < 3; m++)
        CU_ASSERT_TRUE(skf_flight_add(&f, &(struct flight_message){ .len = 100 }));
    skf_sent_records_add(&c, packed_record_number(2, 5), &(struct part){ 0, 0, 100 });
    skf_sent_records_add(&c, packed_record_number(2, 5), &(struct part){ 1, 0, 60 });
    skf_sent_records_add(&c, packed_record_number(2, 6), &(struct part){ 1, 60, 100 });
    skf_sent_records_add(&c, packed_record_number(2, 6), &(struct part){ 2, 0, 100 });
    CU_ASSERT_TRUE(receives(&c, 2, 2, 5));
    CU_ASSERT_EQUAL(skf_sent_records_skip(&c, 0, 0), 100);
    CU_ASSERT_EQUAL(skf_sent_records_skip(&c, 1, 0), 60);
    CU_ASSERT_EQUAL(skf_sent_records_skip(&c, 2, 0), 0);
    CU_ASSERT_FALSE(receives(&c, 2, 2, 5));
    CU_ASSERT_TRUE(receives(&c, 2, 2, 6));
    CU_ASSERT_TRUE(skf_sent_records_all_acknowledged(&c, &f));
}

static void what_was_never_sent_or_acknowledged_before_is_no_news(void)
{
    struct sent_records c;
    struct flight f;

    sent(&c, &f);
    CU_ASSERT_TRUE(receives(&c, 2, 2, 10));
    CU_ASSERT_FALSE(receives(&c, 2, 2, 10));
    CU_ASSERT_FALSE(receives(&c, 2, 2, 9));
    CU_ASSERT_FALSE(receives(&c, 2, 2, 14));
    CU_ASSERT_FALSE(receives(&c, 2, 0, 11));
    CU_ASSERT_FALSE(receives(&c, 2, 0, 0)); /* as an empty place would be */
    CU_ASSERT_FALSE(skf_sent_records_acknowledge(&c, 2, (skiff_bytes){ NULL, 0 }));
    CU_ASSERT_EQUAL(skf_sent_records_skip(&c, 0, 0), 50);
    CU_ASSERT_EQUAL(skf_sent_records_skip(&c, 1, 0), 0);
}

/* RFC 9147 section 7: an ACK counts for its own epoch and lower ones. */
static void an_ack_lists_no_record_of_a_higher_epoch_than_its_own(void)
{
    struct sent_records c;
    struct flight f;

    sent(&c, &f);
    CU_ASSERT_FALSE(receives(&c, 0, 2, 10));
    CU_ASSERT_FALSE(receives(&c, 1, 2, 10));
    CU_ASSERT_TRUE(receives(&c, 2, 2, 10));
    CU_ASSERT_TRUE(receives(&c, 3, 2, 11));
    CU_ASSERT_FALSE(receives(&c, 2, UINT64_C(0x10002), 12));       /* epochs end at 2^16, */
    CU_ASSERT_FALSE(receives(&c, 2, 2, (UINT64_C(1) << 48) + 12)); /* numbers at 2^48 */
    CU_ASSERT_FALSE(receives(&c, 2, UINT64_MAX, UINT64_MAX));
}

static void only_what_is_missing_remains_to_be_sent(void)
{
    struct sent_records c;
    struct flight f;

    sent(&c, &f);
    CU_ASSERT_TRUE(receives(&c, 2, 2, 11));
    CU_ASSERT_EQUAL(skf_sent_records_skip(&c, 0, 0), 0);
    CU_ASSERT_EQUAL(skf_sent_records_until(&c, 0, 0), 50);
    CU_ASSERT_EQUAL(skf_sent_records_skip(&c, 0, 50), 100);
    CU_ASSERT_EQUAL(skf_sent_records_until(&c, 1, 0), UINT32_MAX);
}

/* Cut anew each time: parts overlap. */
static void parts_that_overlap_join(void)
{
    struct sent_records c;
    struct flight f;

    sent(&c, &f);
    skf_sent_records_add(&c, packed_record_number(2, 20), &(struct part){ 0, 20, 70 });
    skf_sent_records_add(&c, packed_record_number(2, 21), &(struct part){ 0, 0, 30 });
    skf_sent_records_add(&c, packed_record_number(2, 22), &(struct part){ 0, 70, 100 });
    CU_ASSERT_TRUE(receives(&c, 2, 2, 21));
    CU_ASSERT_EQUAL(skf_sent_records_skip(&c, 0, 0), 30);
    CU_ASSERT_TRUE(receives(&c, 2, 2, 22));
    CU_ASSERT_EQUAL(skf_sent_records_until(&c, 0, 30), 70);
    CU_ASSERT_TRUE(receives(&c, 2, 2, 20));
    CU_ASSERT_EQUAL(skf_sent_records_skip(&c, 0, 0), 100);
}

static void an_ack_in_plaintext_ends_no_flight(void)
{
    struct sent_records c;
    struct flight f;

    skf_flight_begin(&f, messages, 1);
    skf_sent_records_begin(&c);
    CU_ASSERT_TRUE(skf_flight_add(&f, &(struct flight_message){ .len = 100 }));
    skf_sent_records_add(&c, packed_record_number(0, 0), &(struct part){ 0, 0, 100 });
    CU_ASSERT_TRUE(receives(&c, 0, 0, 0));
    CU_ASSERT_TRUE(c.by_plain_ack);
    CU_ASSERT_EQUAL(skf_sent_records_skip(&c, 0, 0), 100);
    CU_ASSERT_FALSE(skf_sent_records_all_acknowledged(&c, &f));
}

/* What is forgotten is sent again: that is all. */
static void more_records_and_parts_than_are_kept_do_no_harm(void)
{
    struct sent_records c;
    struct flight f;

    skf_flight_begin(&f, messages, 1);
    skf_sent_records_begin(&c);
    CU_ASSERT_TRUE(skf_flight_add(&f, &(struct flight_message){ .len = 1000 }));
    for (uint32_t n = 0; n < 500; n++)
        skf_sent_records_add(&c, packed_record_number(2, n),
                             &(struct part){ 0, 2 * n, 2 * n + 1 });
    for (uint32_t n = 0; n < 500; n++)
        CU_ASSERT_EQUAL(receives(&c, 2, 2, n),
                        n >= 500 - SENT_RECORDS
                            && n < 500 - SENT_RECORDS + ACKNOWLEDGED_PARTS);
    CU_ASSERT_EQUAL(c.num_acknowledged, ACKNOWLEDGED_PARTS);
    CU_ASSERT_FALSE(skf_sent_records_all_acknowledged(&c, &f));
}

static void a_flight_of_nothing_is_never_done(void)
{
    struct sent_records c;
    struct flight f;

    skf_flight_begin(&f, messages, 1);
    skf_sent_records_begin(&c);
    CU_ASSERT_FALSE(skf_sent_records_all_acknowledged(&c, &f));
}

CU_TestInfo ack_list_tests[] = {
    TEST(what_arrived_is_acknowledged_in_rising_order_and_once),
    TEST(a_third_epoch_drives_the_first_one_out),
    TEST(without_space_for_all_the_newest_are_acknowledged),
    TEST(nothing_that_arrived_is_no_ack),
    TEST(a_flight_is_done_when_all_its_records_were_acknowledged),
    TEST(a_record_that_carried_two_messages_is_acknowledged_once),
    TEST(what_was_never_sent_or_acknowledged_before_is_no_news),
    TEST(an_ack_lists_no_record_of_a_higher_epoch_than_its_own),
    TEST(only_what_is_missing_remains_to_be_sent),
    TEST(parts_that_overlap_join),
    TEST(an_ack_in_plaintext_ends_no_flight),
    TEST(more_records_and_parts_than_are_kept_do_no_harm),
    TEST(a_flight_of_nothing_is_never_done),
    CU_TEST_INFO_NULL,
};
