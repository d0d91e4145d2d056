/* window_test.c - the replay window. */
#include "../suite.h"

#include <string.h>

#include "base/window.h"

static const uint64_t LAST = (UINT64_C(1) << 48) - 1;

static void an_empty_window_accepts_any_number(void)
{
    struct window w = { 0 };

    CU_ASSERT_EQUAL(sizeof w, 16);
    CU_ASSERT_TRUE(window_is_new(&w, 0));
    CU_ASSERT_TRUE(window_is_new(&w, 1));
    CU_ASSERT_TRUE(window_is_new(&w, LAST));
}

static void a_number_is_new_once(void)
{
    struct window w = { 0 };

    window_mark(&w, 0);
    CU_ASSERT_FALSE(window_is_new(&w, 0));
    CU_ASSERT_TRUE(window_is_new(&w, 1));
    window_mark(&w, 1);
    CU_ASSERT_FALSE(window_is_new(&w, 0));
    CU_ASSERT_FALSE(window_is_new(&w, 1));
    CU_ASSERT_TRUE(window_is_new(&w, 2));
}

static void what_was_skipped_is_new_until_it_leaves_the_window(void)
{
    struct window w = { 0 };

    window_mark(&w, 1000);
    CU_ASSERT_FALSE(window_is_new(&w, 1000));
    CU_ASSERT_TRUE(window_is_new(&w, 999));
    CU_ASSERT_TRUE(window_is_new(&w, 1000 - 62));
    CU_ASSERT_TRUE(window_is_new(&w, 1000 - 63));
    CU_ASSERT_FALSE(window_is_new(&w, 1000 - 64));
    CU_ASSERT_FALSE(window_is_new(&w, 0));
}

static void the_oldest_number_of_the_window_can_be_accepted(void)
{
    struct window w = { 0 };

    window_mark(&w, 63);
    window_mark(&w, 0);
    CU_ASSERT_FALSE(window_is_new(&w, 0));
    CU_ASSERT_TRUE(window_is_new(&w, 1));
    CU_ASSERT_FALSE(window_is_new(&w, 63));
    CU_ASSERT_TRUE(window_is_new(&w, 64));
}

/* Takes 100 and 99, then one that is `ahead` of 100, and says what is known of 100 then. */
static bool is_remembered_after_a_jump_of(uint64_t ahead, uint64_t *bits)
{
    struct window w = { 0 };

    window_mark(&w, 100);
    window_mark(&w, 99);
    window_mark(&w, 100 + ahead);
    *bits = w.seen;
    return !window_is_new(&w, 100) && !window_is_new(&w, 99)
        && !window_is_new(&w, 100 + ahead);
}

static void a_jump_of_any_length_forgets_nothing_it_should_know(void)
{
    uint64_t bits;

    CU_ASSERT_TRUE(is_remembered_after_a_jump_of(1, &bits));
    CU_ASSERT_EQUAL(bits, 7);
    CU_ASSERT_TRUE(is_remembered_after_a_jump_of(62, &bits));
    CU_ASSERT_EQUAL(bits, UINT64_C(0xc000000000000001));
    CU_ASSERT_TRUE(is_remembered_after_a_jump_of(63, &bits));
    CU_ASSERT_EQUAL(bits, UINT64_C(0x8000000000000001));
    CU_ASSERT_TRUE(is_remembered_after_a_jump_of(64, &bits));
    CU_ASSERT_EQUAL(bits, 1);
    CU_ASSERT_TRUE(is_remembered_after_a_jump_of(65, &bits));
    CU_ASSERT_EQUAL(bits, 1);
    CU_ASSERT_TRUE(is_remembered_after_a_jump_of(LAST - 100, &bits));
    CU_ASSERT_EQUAL(bits, 1);
}

static void asking_about_a_forged_number_moves_nothing(void)
{
    struct window w = { 0 };

    window_mark(&w, 5);
    struct window before = w;
    CU_ASSERT_TRUE(window_is_new(&w, LAST));
    CU_ASSERT_EQUAL(w.next, before.next);
    CU_ASSERT_EQUAL(w.seen, before.seen);
    CU_ASSERT_TRUE(window_is_new(&w, 4));
    CU_ASSERT_TRUE(window_is_new(&w, 6));
}

static void the_last_number_of_48_bits_can_be_accepted_and_its_neighbours(void)
{
    struct window w = { 0 };

    window_mark(&w, LAST);
    CU_ASSERT_FALSE(window_is_new(&w, LAST));
    CU_ASSERT_TRUE(window_is_new(&w, LAST - 63));
    CU_ASSERT_FALSE(window_is_new(&w, LAST - 64));
    window_mark(&w, LAST - 1);
    CU_ASSERT_FALSE(window_is_new(&w, LAST - 1));
}

/* Every number in a random order near the edge, against a plain list of what was taken. */
static void the_window_agrees_with_a_list(void)
{
    enum { NUMBERS = 4000, STEPS = 20000 };
    static bool marked[NUMBERS];
    struct window w = { 0 };
    uint64_t highest = 0, random = 1;

    memset(marked, 0, sizeof marked);
    for (int step = 0; step < STEPS; step++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t base = (uint64_t)step * (NUMBERS - 200) / STEPS;
        uint64_t number = base + (random >> 33) % 150;
        bool old = highest >= WINDOW_BITS && number <= highest - WINDOW_BITS;
        CU_ASSERT_EQUAL(window_is_new(&w, number), !old && !marked[number]);
        if (!window_is_new(&w, number))
            continue;
        window_mark(&w, number);
        marked[number] = true;
        highest = number > highest ? number : highest;
    }
}

CU_TestInfo window_tests[] = {
    TEST(an_empty_window_accepts_any_number),
    TEST(a_number_is_new_once),
    TEST(what_was_skipped_is_new_until_it_leaves_the_window),
    TEST(the_oldest_number_of_the_window_can_be_accepted),
    TEST(a_jump_of_any_length_forgets_nothing_it_should_know),
    TEST(asking_about_a_forged_number_moves_nothing),
    TEST(the_last_number_of_48_bits_can_be_accepted_and_its_neighbours),
    TEST(the_window_agrees_with_a_list),
    CU_TEST_INFO_NULL,
};
