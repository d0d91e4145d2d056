/* missing_test.c - what is missing, when it is asked for, and when it is given up. In
 * virtual time. */
#include "../suite.h"

#include "dice.h"
#include "samples/rtp/missing.h"

enum { ROUND_TRIP = 80000, AGAIN = ROUND_TRIP * 5 / 4, MAX = 300 };

static struct missing missing;
static uint16_t asked[MAX];

static void begin_at(uint16_t sequence)
{
    memset(&missing, 0, sizeof missing);
    CU_ASSERT_EQUAL(missing_add(&missing, sequence, 0), MISSING_NEXT);
}

static size_t due(int64_t now_us)
{
    return missing_due(&missing, now_us, ROUND_TRIP, asked, MAX);
}

static void nothing_is_missing_of_what_follows(void)
{
    begin_at(65530);
    for (uint16_t i = 1; i < 20; i++)
        CU_ASSERT_EQUAL(missing_add(&missing, (uint16_t)(65530 + i), 0), MISSING_NEXT);
    CU_ASSERT_EQUAL(due(INT64_MAX / 2), 0);
    CU_ASSERT_EQUAL(missing_deadline(&missing), INT64_MAX);
}

static void a_gap_is_asked_for_when_reordering_cannot_explain_it(void)
{
    begin_at(65534);
    CU_ASSERT_EQUAL(missing_add(&missing, 1, 1000), MISSING_GAP);
    CU_ASSERT_EQUAL(due(1000 + MISSING_REORDER_US - 1), 0);
    CU_ASSERT_EQUAL(missing_deadline(&missing), 1000 + MISSING_REORDER_US);
    CU_ASSERT_EQUAL_FATAL(due(1000 + MISSING_REORDER_US), 2);
    CU_ASSERT_EQUAL(asked[0], 65535);
    CU_ASSERT_EQUAL(asked[1], 0);
}

static void what_arrives_late_is_not_asked_for(void)
{
    begin_at(10);
    missing_add(&missing, 13, 0);
    CU_ASSERT_EQUAL(missing_add(&missing, 11, 500), MISSING_FILLED);
    CU_ASSERT_EQUAL(missing_add(&missing, 11, 600), MISSING_OLD);
    CU_ASSERT_EQUAL_FATAL(due(MISSING_REORDER_US), 1);
    CU_ASSERT_EQUAL(asked[0], 12);
    CU_ASSERT_EQUAL(missing_add(&missing, 12, 90000), MISSING_FILLED);
    CU_ASSERT_EQUAL(missing_deadline(&missing), INT64_MAX);
}

static void a_number_is_asked_for_again_after_a_round_trip(void)
{
    begin_at(10);
    missing_add(&missing, 12, 0);
    CU_ASSERT_EQUAL(due(MISSING_REORDER_US), 1);
    CU_ASSERT_EQUAL(due(MISSING_REORDER_US + AGAIN - 1), 0);
    CU_ASSERT_EQUAL(missing_deadline(&missing), MISSING_REORDER_US + AGAIN);
    CU_ASSERT_EQUAL(due(MISSING_REORDER_US + AGAIN), 1);
}

static void a_short_round_trip_does_not_repeat_at_once(void)
{
    begin_at(10);
    missing_add(&missing, 12, 0);
    CU_ASSERT_EQUAL(missing_due(&missing, MISSING_REORDER_US, 100, asked, MAX), 1);
    CU_ASSERT_EQUAL(missing_deadline(&missing),
                    MISSING_REORDER_US + MISSING_LEAST_AGAIN_US);
}

static void a_request_has_as_many_numbers_as_fit_and_the_next_has_the_rest(void)
{
    begin_at(0);
    missing_add(&missing, 11, 0);
    CU_ASSERT_EQUAL(missing_due(&missing, MISSING_REORDER_US, ROUND_TRIP, asked, 6), 6);
    CU_ASSERT_EQUAL(asked[5], 6);
    CU_ASSERT_EQUAL(missing_due(&missing, MISSING_REORDER_US, ROUND_TRIP, asked, 6), 4);
    CU_ASSERT_EQUAL(asked[0], 7);
    CU_ASSERT_EQUAL(missing_due(&missing, MISSING_REORDER_US, ROUND_TRIP, asked, 6), 0);
}

static void what_does_not_arrive_is_given_up_in_time(void)
{
    begin_at(10);
    missing_add(&missing, 12, 5);
    CU_ASSERT_EQUAL(missing_give_up(&missing, 5 + MISSING_GIVE_UP_US - 1), 0);
    CU_ASSERT_EQUAL(missing_give_up(&missing, 5 + MISSING_GIVE_UP_US), 1);
    CU_ASSERT_EQUAL(missing_deadline(&missing), INT64_MAX);
    CU_ASSERT_EQUAL(missing_add(&missing, 11, 5 + MISSING_GIVE_UP_US), MISSING_OLD);
}

static void what_is_asked_for_often_enough_is_given_up_before(void)
{
    int64_t now_us = MISSING_REORDER_US;

    begin_at(10);
    missing_add(&missing, 12, 0);
    for (unsigned i = 0; i < MISSING_MAX_REQUESTS; i++, now_us += MISSING_LEAST_AGAIN_US) {
        CU_ASSERT_EQUAL(missing_give_up(&missing, now_us), 0);
        CU_ASSERT_EQUAL(missing_due(&missing, now_us, 0, asked, MAX), 1);
    }
    CU_ASSERT_TRUE(now_us < MISSING_GIVE_UP_US);
    CU_ASSERT_EQUAL(missing_due(&missing, now_us, 0, asked, MAX), 0);
    CU_ASSERT_EQUAL(missing_deadline(&missing), now_us);
    CU_ASSERT_EQUAL(missing_give_up(&missing, now_us), 1);
}

static void a_gap_that_is_too_wide_forgets_everything(void)
{
    begin_at(0);
    CU_ASSERT_EQUAL(missing_add(&missing, 2, 0), MISSING_GAP);
    CU_ASSERT_EQUAL(missing_add(&missing, 2 + MISSING_MAX, 0), MISSING_GAP);
    CU_ASSERT_EQUAL(missing.num, MISSING_MAX);
    CU_ASSERT_EQUAL(missing_add(&missing, 4 + MISSING_MAX, 0), MISSING_TOO_MANY);
    CU_ASSERT_EQUAL(missing_deadline(&missing), INT64_MAX);
    CU_ASSERT_EQUAL(missing_add(&missing, 5 + MISSING_MAX, 0), MISSING_NEXT);
}

static void a_source_that_restarts_is_followed(void)
{
    begin_at(20000);
    CU_ASSERT_EQUAL(missing_add(&missing, 20000 - MISSING_MAX_STEP_BACK, 0), MISSING_OLD);
    CU_ASSERT_EQUAL(missing_add(&missing, 20000 - MISSING_MAX_STEP_BACK - 1, 0),
                    MISSING_TOO_MANY);
    CU_ASSERT_EQUAL(missing_add(&missing, 20000 - MISSING_MAX_STEP_BACK, 0), MISSING_NEXT);
    CU_ASSERT_EQUAL(missing_add(&missing, 60000, 0), MISSING_TOO_MANY);
    CU_ASSERT_EQUAL(missing_add(&missing, 60001, 0), MISSING_NEXT);
}

/* Whatever is lost, is asked for until it arrives, and nothing else is. */
static void each_lost_number_is_asked_for_and_no_other(void)
{
    for (uint32_t seed = 1; seed <= suite_rounds(200); seed++) {
        uint32_t state = seed;
        uint16_t first = (uint16_t)dice(&state, 65536);
        uint8_t is_lost[600] = { 0 };
        int64_t now_us = 0;

        begin_at(first);
        for (uint16_t i = 1; i < 600; i++, now_us += 5000) {
            is_lost[i] = i < 599 && dice(&state, 8) == 0;
            if (is_lost[i] == 0)
                missing_add(&missing, (uint16_t)(first + i), now_us);
            for (size_t n = due(now_us), k = 0; k < n; k++) {
                uint16_t index = (uint16_t)(asked[k] - first);
                HOLDS(seed, index < 600 && is_lost[index] == 1);
                if (dice(&state, 3) != 0) { /* sent again, and arrives */
                    HOLDS(seed, missing_add(&missing, asked[k], now_us) == MISSING_FILLED);
                    is_lost[index] = 2;
                }
            }
            HOLDS(seed,
                  missing_give_up(&missing, now_us) == 0 || now_us >= MISSING_GIVE_UP_US);
        }
        for (unsigned i = 0; i < 20; i++, now_us += AGAIN)
            for (size_t n = due(now_us), k = 0; k < n; k++)
                is_lost[(uint16_t)(asked[k] - first)] =
                    missing_add(&missing, asked[k], now_us) == MISSING_FILLED ? 2 : 1;
        HOLDS(seed, missing.num == 0 && memchr(is_lost, 1, sizeof is_lost) == NULL);
    }
}

CU_TestInfo missing_tests[] = {
    TEST(nothing_is_missing_of_what_follows),
    TEST(a_gap_is_asked_for_when_reordering_cannot_explain_it),
    TEST(what_arrives_late_is_not_asked_for),
    TEST(a_number_is_asked_for_again_after_a_round_trip),
    TEST(a_short_round_trip_does_not_repeat_at_once),
    TEST(a_request_has_as_many_numbers_as_fit_and_the_next_has_the_rest),
    TEST(what_does_not_arrive_is_given_up_in_time),
    TEST(what_is_asked_for_often_enough_is_given_up_before),
    TEST(a_gap_that_is_too_wide_forgets_everything),
    TEST(a_source_that_restarts_is_followed),
    TEST(each_lost_number_is_asked_for_and_no_other),
    CU_TEST_INFO_NULL,
};
