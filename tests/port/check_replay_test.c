/* check_replay_test.c - which transactions a peer's marks know, from where, and whether a
 * nomination was applied since. */
#include "suite.h"

#include "ice/stun/check_replay.h"

#include <stdbool.h>

static uint32_t mark(unsigned i)
{
    return check_replay_mark(((uint64_t)i * UINT64_C(0x9e3779b97f4a7c15))
                             | UINT64_C(1) << 40);
}

static void sixty_four_transactions_are_known_and_the_next_replaces_the_first(void)
{
    struct check_replay replay = { 0 };

    for (unsigned i = 0; i <= REPLAY_MARKS; i++) {
        CU_ASSERT_EQUAL(check_replay_find(&replay, mark(i)), REPLAY_NONE);
        check_replay_add(&replay, mark(i), 1);
    }
    CU_ASSERT_EQUAL(check_replay_find(&replay, mark(0)), REPLAY_NONE);
    for (unsigned i = 1; i <= REPLAY_MARKS; i++)
        CU_ASSERT_EQUAL(check_replay_find(&replay, mark(i)), i % REPLAY_MARKS);
}

/* Each bit of a mark counts. */
static void marks_that_differ_in_one_bit_are_two(void)
{
    struct check_replay replay = { 0 };

    check_replay_add(&replay, 0x123456, 1);
    CU_ASSERT_EQUAL(check_replay_find(&replay, 0x123456), 0);
    for (unsigned bit = 0; bit < 24; bit++)
        CU_ASSERT_EQUAL(check_replay_find(&replay, 0x123456u ^ 1u << bit), REPLAY_NONE);
    CU_ASSERT_EQUAL(check_replay_mark(0), 1);
    CU_ASSERT_EQUAL(check_replay_source(0), 1);
}

static void a_transaction_is_from_where_it_was_first_good(void)
{
    struct check_replay replay = { 0 };

    for (unsigned i = 0; i < 2 * REPLAY_SOURCES; i++)
        check_replay_add(&replay, mark(i), 100 + i % REPLAY_SOURCES);
    for (unsigned i = 0; i < 2 * REPLAY_SOURCES; i++)
        for (unsigned source = 0; source < REPLAY_SOURCES; source++)
            CU_ASSERT_EQUAL(check_replay_is_from(&replay, i, 100 + source),
                            source == i % REPLAY_SOURCES);
}

static void of_more_than_eight_addresses_the_first_is_forgotten(void)
{
    struct check_replay replay = { 0 };

    for (unsigned i = 0; i <= REPLAY_SOURCES; i++)
        check_replay_add(&replay, mark(i), 100 + i);
    for (unsigned source = 0; source <= REPLAY_SOURCES; source++)
        CU_ASSERT_FALSE(check_replay_is_from(&replay, 0, 100 + source));
    for (unsigned i = 1; i <= REPLAY_SOURCES; i++)
        CU_ASSERT_TRUE(check_replay_is_from(&replay, i, 100 + i));
    check_replay_add(&replay, mark(9), 100); /* from there again: another transaction */
    CU_ASSERT_TRUE(check_replay_is_from(&replay, 9, 100));
    CU_ASSERT_FALSE(check_replay_is_from(&replay, 0, 100));
}

static void after_a_nomination_what_was_before_it_is_not_the_latest(void)
{
    struct check_replay replay = { 0 };

    check_replay_add(&replay, mark(0), 1);
    check_replay_add(&replay, mark(1), 1);
    CU_ASSERT_TRUE(check_replay_is_latest(&replay, 0));
    check_replay_nominated(&replay);
    check_replay_add(&replay, mark(2), 1);
    CU_ASSERT_FALSE(check_replay_is_latest(&replay, 0));
    CU_ASSERT_FALSE(check_replay_is_latest(&replay, 1));
    CU_ASSERT_TRUE(check_replay_is_latest(&replay, 2));
    check_replay_set_latest(&replay, 1);
    CU_ASSERT_TRUE(check_replay_is_latest(&replay, 1));
}

CU_TestInfo check_replay_tests[] = {
    TEST(sixty_four_transactions_are_known_and_the_next_replaces_the_first),
    TEST(marks_that_differ_in_one_bit_are_two),
    TEST(a_transaction_is_from_where_it_was_first_good),
    TEST(of_more_than_eight_addresses_the_first_is_forgotten),
    TEST(after_a_nomination_what_was_before_it_is_not_the_latest),
    CU_TEST_INFO_NULL,
};
