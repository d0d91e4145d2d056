/* time_test.c - how long a loop may sleep. */
#include "../suite.h"

#include <skiff/base.h>

#include <limits.h>

static void without_a_deadline_there_is_no_end(void)
{
    CU_ASSERT_EQUAL(skiff_wait_ms(SKIFF_NEVER, 0), -1);
    CU_ASSERT_EQUAL(skiff_wait_ms(SKIFF_NEVER, SKIFF_NEVER), -1);
}

static void what_is_due_is_not_waited_for(void)
{
    CU_ASSERT_EQUAL(skiff_wait_ms(0, 0), 0);
    CU_ASSERT_EQUAL(skiff_wait_ms(5, 5), 0);
    CU_ASSERT_EQUAL(skiff_wait_ms(5, 6), 0);
    CU_ASSERT_EQUAL(skiff_wait_ms(0, SKIFF_NEVER), 0);
}

/* Who wakes before the deadline polls for nothing, again and again. */
static void nobody_wakes_too_early(void)
{
    for (skiff_time left = 1; left <= 5000; left++) {
        skiff_time waited = SKIFF_MSEC(skiff_wait_ms(777 + left, 777));
        CU_ASSERT_TRUE(waited >= left && waited < left + SKIFF_MSEC(1));
    }
}

static void a_time_too_far_away_is_the_longest_there_is(void)
{
    skiff_time longest = SKIFF_MSEC(INT_MAX);

    CU_ASSERT_EQUAL(skiff_wait_ms(longest - SKIFF_MSEC(1), 0), INT_MAX - 1);
    CU_ASSERT_EQUAL(skiff_wait_ms(longest - SKIFF_MSEC(1) + 1, 0), INT_MAX);
    CU_ASSERT_EQUAL(skiff_wait_ms(longest, 0), INT_MAX);
    CU_ASSERT_EQUAL(skiff_wait_ms(longest + 1, 0), INT_MAX);
    CU_ASSERT_EQUAL(skiff_wait_ms(SKIFF_NEVER - 1, 0), INT_MAX);
}

CU_TestInfo time_tests[] = {
    TEST(without_a_deadline_there_is_no_end),
    TEST(what_is_due_is_not_waited_for),
    TEST(nobody_wakes_too_early),
    TEST(a_time_too_far_away_is_the_longest_there_is),
    CU_TEST_INFO_NULL,
};
