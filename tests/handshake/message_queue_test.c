/* message_queue_test.c - fragments in any order, cut anyhow, contradicting one another. */
#include "../suite.h"

#include "handshake/message_queue.h"

enum { SIZE = 1000, FILLER = 0xee };

static uint8_t message[SIZE]; /* byte i is i mod 251 */

struct fixture {
    struct message_queue queue;
    uint8_t space[SIZE + 8];
};

static void fixture_begin(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    memset(fixture->space + SIZE, FILLER, 8);
    fixture->queue.buffer = fixture->space;
    fixture->queue.size = SIZE;
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i % 251);
}

static bool space_is_kept(const struct fixture *fixture)
{
    for (int i = 0; i < 8; i++)
        if (fixture->space[SIZE + i] != FILLER)
            return false;
    return fixture->queue.used <= SIZE;
}

static struct fragment piece(uint16_t seq, uint32_t length, uint32_t offset, uint32_t len)
{
    return (struct fragment){ .header = { .msg_type = 11,
                                          .length = length,
                                          .message_seq = seq,
                                          .fragment_offset = offset,
                                          .fragment_length = len },
                              .bytes = message + offset };
}

static enum queue_result add_fragment(struct fixture *fixture, struct fragment f)
{
    return skf_queue_add(&fixture->queue, &f);
}

static bool next_is_whole(const struct fixture *fixture, uint32_t length)
{
    const struct reassembly *next = skf_queue_next(&fixture->queue);

    return next != NULL && next->length == length
        && memcmp(next->body, message, length) == 0;
}

static void fragments_come_in_any_order(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    CU_ASSERT_EQUAL(add_fragment(&fixture, piece(0, 300, 200, 100)), QUEUE_ADDED);
    CU_ASSERT_EQUAL(add_fragment(&fixture, piece(0, 300, 0, 100)), QUEUE_ADDED);
    CU_ASSERT_PTR_NULL(skf_queue_next(&fixture.queue));
    CU_ASSERT_EQUAL(add_fragment(&fixture, piece(0, 300, 100, 100)), QUEUE_ADDED);
    CU_ASSERT_TRUE(next_is_whole(&fixture, 300));
}

static void fragments_overlap_and_are_cut_differently_the_second_time(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    (void)add_fragment(&fixture, piece(0, 300, 0, 120));
    (void)add_fragment(&fixture, piece(0, 300, 60, 120));
    (void)add_fragment(&fixture, piece(0, 300, 60, 120));
    CU_ASSERT_PTR_NULL(skf_queue_next(&fixture.queue));
    (void)add_fragment(&fixture, piece(0, 300, 170, 130));
    CU_ASSERT_TRUE(next_is_whole(&fixture, 300));
}

static void byte_by_byte_backwards_is_a_message_too(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    for (uint32_t at = 77; at-- > 0;)
        CU_ASSERT_EQUAL(add_fragment(&fixture, piece(0, 77, at, 1)), QUEUE_ADDED);
    CU_ASSERT_TRUE(next_is_whole(&fixture, 77));
}

static void what_is_there_already_stays(void)
{
    struct fixture fixture;
    struct fragment forged = piece(0, 100, 0, 60);

    fixture_begin(&fixture);
    (void)add_fragment(&fixture, piece(0, 100, 0, 60));
    forged.bytes = message + 500;
    (void)add_fragment(&fixture, forged);
    (void)add_fragment(&fixture, piece(0, 100, 60, 40));
    CU_ASSERT_TRUE(next_is_whole(&fixture, 100));
}

static void a_message_without_bytes_is_whole_at_once(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    CU_ASSERT_EQUAL(add_fragment(&fixture, piece(0, 0, 0, 0)), QUEUE_ADDED);
    CU_ASSERT_TRUE(next_is_whole(&fixture, 0));
}

/* CVE-2022-29190: no progress is no message, and no loop either. */
static void a_fragment_without_bytes_brings_a_message_no_further(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    for (int i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL(add_fragment(&fixture, piece(0, 100, 50, 0)), QUEUE_ADDED);
    CU_ASSERT_PTR_NULL(skf_queue_next(&fixture.queue));
    CU_ASSERT_EQUAL(fixture.queue.used, reassembly_size(100));
}

/* CVE-2026-33846: lengths that differ from fragment to fragment. */
static void of_lengths_that_contradict_the_newest_counts(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    (void)add_fragment(&fixture, piece(0, 100, 0, 50));
    CU_ASSERT_EQUAL(add_fragment(&fixture, piece(0, 200, 50, 150)), QUEUE_ADDED);
    CU_ASSERT_PTR_NULL(skf_queue_next(&fixture.queue));
    CU_ASSERT_EQUAL(fixture.queue.used, reassembly_size(200));
    (void)add_fragment(&fixture, piece(0, 200, 0, 50));
    CU_ASSERT_TRUE(next_is_whole(&fixture, 200));
    CU_ASSERT_TRUE(space_is_kept(&fixture));
}

static void lengths_that_contradict_in_messages_side_by_side_stay_apart(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    (void)add_fragment(&fixture, piece(0, 100, 0, 50));
    (void)add_fragment(&fixture, piece(1, 200, 50, 150));
    (void)add_fragment(&fixture, piece(0, 100, 50, 50));
    CU_ASSERT_TRUE(next_is_whole(&fixture, 100));
    skf_queue_processed(&fixture.queue);
    CU_ASSERT_PTR_NULL(skf_queue_next(&fixture.queue));
    skf_queue_sweep(&fixture.queue);
    (void)add_fragment(&fixture, piece(1, 200, 0, 50));
    CU_ASSERT_TRUE(next_is_whole(&fixture, 200));
}

/* CVE-2026-42009, CVE-2021-42141: the same number with another type, or in another epoch.
 */
static void another_type_or_epoch_is_another_message(void)
{
    struct fixture fixture;
    struct fragment type = piece(0, 100, 50, 50), epoch = piece(0, 100, 50, 50);

    type.header.msg_type = 12;
    epoch.epoch = 1;
    fixture_begin(&fixture);
    (void)add_fragment(&fixture, piece(0, 100, 0, 50));
    (void)add_fragment(&fixture, type);
    CU_ASSERT_PTR_NULL(skf_queue_next(&fixture.queue));
    fixture_begin(&fixture);
    (void)add_fragment(&fixture, piece(0, 100, 0, 50));
    (void)add_fragment(&fixture, epoch);
    CU_ASSERT_PTR_NULL(skf_queue_next(&fixture.queue));
}

/* CVE-2014-3506: what a length claims is not taken for its word. */
static void a_giant_length_finds_no_space(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    for (uint16_t seq = 0; seq < QUEUE_AHEAD; seq++)
        CU_ASSERT_EQUAL(add_fragment(&fixture, piece(seq, 0xffffff, 0, 10)), QUEUE_REFUSED);
    CU_ASSERT_EQUAL(fixture.queue.used, 0);
    CU_ASSERT_TRUE(space_is_kept(&fixture));
}

static void the_space_is_the_bound_for_all_together(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    for (uint16_t seq = 1; seq < QUEUE_AHEAD; seq++)
        (void)add_fragment(&fixture, piece(seq, 400, 0, 10));
    CU_ASSERT_EQUAL(fixture.queue.used, 2 * reassembly_size(400));
    CU_ASSERT_TRUE(space_is_kept(&fixture));
}

static void what_lies_ahead_gives_way_to_what_is_next(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    (void)add_fragment(&fixture, piece(2, 400, 0, 400));
    (void)add_fragment(&fixture, piece(1, 400, 0, 400));
    CU_ASSERT_EQUAL(add_fragment(&fixture, piece(0, 400, 0, 400)), QUEUE_ADDED);
    CU_ASSERT_TRUE(next_is_whole(&fixture, 400));
    skf_queue_processed(&fixture.queue);
    CU_ASSERT_TRUE(next_is_whole(&fixture, 400));
    skf_queue_processed(&fixture.queue);
    CU_ASSERT_PTR_NULL(skf_queue_next(&fixture.queue));
}

/* RFC 9147 section 7: what is acknowledged does not come again, so it must not be lost. */
static void what_is_kept_ahead_never_gives_way(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    fixture.queue.reserved = reassembly_size(100); /* of 1000: 887 are for what is next */
    (void)add_fragment(&fixture, piece(3, 60, 0, 30));
    (void)add_fragment(&fixture, piece(2, 400, 0, 400));
    (void)add_fragment(&fixture, piece(1, 20, 0, 10));
    CU_ASSERT_TRUE(skf_queue_keeps(&fixture.queue, 1));
    CU_ASSERT_FALSE(skf_queue_keeps(&fixture.queue, 2));
    CU_ASSERT_TRUE(skf_queue_keeps(&fixture.queue, 3));
    CU_ASSERT_EQUAL(add_fragment(&fixture, piece(0, 788, 0, 788)), QUEUE_ADDED);
    CU_ASSERT_TRUE(skf_queue_keeps(&fixture.queue, 0));
    CU_ASSERT_TRUE(next_is_whole(&fixture, 788));
    skf_queue_processed(&fixture.queue);
    skf_queue_sweep(&fixture.queue);
    (void)add_fragment(&fixture, piece(1, 20, 10, 10));
    CU_ASSERT_TRUE(next_is_whole(&fixture, 20));
    skf_queue_processed(&fixture.queue);
    CU_ASSERT_PTR_NULL(skf_queue_next(&fixture.queue));
    (void)add_fragment(&fixture, piece(3, 60, 30, 30));
    CU_ASSERT_EQUAL(add_fragment(&fixture, piece(2, 400, 0, 400)), QUEUE_ADDED);
    skf_queue_processed(&fixture.queue);
    CU_ASSERT_TRUE(next_is_whole(&fixture, 60));
}

/* The edges of the window, where an implementation once aborted. */
static void messages_too_far_ahead_are_refused_and_old_ones_repeated(void)
{
    static const struct {
        uint16_t next, seq;
        enum queue_result result;
    } edges[] = {
        { 0, QUEUE_AHEAD - 1, QUEUE_ADDED },
        { 0, QUEUE_AHEAD, QUEUE_REFUSED },
        { 0, QUEUE_AHEAD + 1, QUEUE_REFUSED },
        { 0, 0x7fff, QUEUE_REFUSED },
        { 5, 4, QUEUE_REPEATED },
        { 5, 0, QUEUE_REPEATED },
        { 0xfffe, 1, QUEUE_ADDED },
        { 0, 0xffff, QUEUE_REPEATED },
    };
    struct fixture fixture;

    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        fixture_begin(&fixture);
        fixture.queue.next = edges[i].next;
        CU_ASSERT_EQUAL(add_fragment(&fixture, piece(edges[i].seq, 10, 0, 5)),
                        edges[i].result);
    }
}

static void a_message_that_was_dropped_may_come_again(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    (void)add_fragment(&fixture, piece(0, 100, 0, 100));
    (void)add_fragment(&fixture, piece(1, 300, 0, 300));
    skf_queue_drop(&fixture.queue);
    CU_ASSERT_PTR_NULL(skf_queue_next(&fixture.queue));
    (void)add_fragment(&fixture, piece(0, 200, 0, 200));
    CU_ASSERT_TRUE(next_is_whole(&fixture, 200));
    skf_queue_processed(&fixture.queue);
    CU_ASSERT_TRUE(next_is_whole(&fixture, 300));
}

static void the_bytes_of_a_message_stay_until_it_is_swept(void)
{
    struct fixture fixture;

    fixture_begin(&fixture);
    (void)add_fragment(&fixture, piece(0, 100, 0, 100));
    const struct reassembly *next = skf_queue_next(&fixture.queue);
    const uint8_t *body = next->body;
    skf_queue_processed(&fixture.queue);
    CU_ASSERT_EQUAL(memcmp(body, message, 100), 0);
    CU_ASSERT_EQUAL(fixture.queue.used, reassembly_size(100));
    skf_queue_sweep(&fixture.queue);
    CU_ASSERT_EQUAL(fixture.queue.used, 0);
}

CU_TestInfo message_queue_tests[] = {
    TEST(fragments_come_in_any_order),
    TEST(fragments_overlap_and_are_cut_differently_the_second_time),
    TEST(byte_by_byte_backwards_is_a_message_too),
    TEST(what_is_there_already_stays),
    TEST(a_message_without_bytes_is_whole_at_once),
    TEST(a_fragment_without_bytes_brings_a_message_no_further),
    TEST(of_lengths_that_contradict_the_newest_counts),
    TEST(lengths_that_contradict_in_messages_side_by_side_stay_apart),
    TEST(another_type_or_epoch_is_another_message),
    TEST(a_giant_length_finds_no_space),
    TEST(the_space_is_the_bound_for_all_together),
    TEST(what_lies_ahead_gives_way_to_what_is_next),
    TEST(what_is_kept_ahead_never_gives_way),
    TEST(messages_too_far_ahead_are_refused_and_old_ones_repeated),
    TEST(a_message_that_was_dropped_may_come_again),
    TEST(the_bytes_of_a_message_stay_until_it_is_swept),
    CU_TEST_INFO_NULL,
};
