/* selection_test.c - each of the loudest speakers has a place, and keeps it. */
#include "samples/sfu/selection.h"
#include "suite.h"

enum { LOUD = 20, QUIET = 100, PACKET = 20000 };

static struct selection selection;

/* All speak for a while; the last places are written. */
static void let_talk(const uint8_t *levels, size_t num, unsigned packets, skiff_time *now,
                     int *places)
{
    for (unsigned i = 0; i < packets; i++, *now += PACKET)
        for (size_t k = 0; k < num; k++)
            places[k] = selection_place(&selection, (uint32_t)k + 1, *now, levels[k],
                                        levels[k] == LOUD);
}

static void two_of_four_have_places_and_no_two_the_same(void)
{
    const uint8_t levels[] = { QUIET, LOUD, QUIET, LOUD };
    skiff_time now = 1000000;
    int places[4];

    selection_init(&selection, 2);
    let_talk(levels, 4, 100, &now, places);
    CU_ASSERT_EQUAL(places[0], -1);
    CU_ASSERT_EQUAL(places[2], -1);
    CU_ASSERT_TRUE(places[1] >= 0 && places[1] < 2);
    CU_ASSERT_TRUE(places[3] >= 0 && places[3] < 2);
    CU_ASSERT_NOT_EQUAL(places[1], places[3]);
}

static void who_gets_loud_gets_the_place_of_one_that_got_quiet(void)
{
    const uint8_t before[] = { LOUD, LOUD, QUIET }, after[] = { QUIET, LOUD, LOUD };
    skiff_time now = 1000000;
    int places[3], later[3];

    selection_init(&selection, 2);
    let_talk(before, 3, 100, &now, places);
    CU_ASSERT_EQUAL(places[2], -1);
    let_talk(after, 3, 300, &now, later);
    CU_ASSERT_EQUAL(later[1], places[1]); /* who speaks on stays where it is */
    CU_ASSERT_EQUAL(later[2], places[0]);
    CU_ASSERT_EQUAL(later[0], -1);
}

static void who_has_gone_leaves_its_place_to_others(void)
{
    const uint8_t levels[] = { LOUD, LOUD, LOUD };
    skiff_time now = 1000000;
    int places[3];

    selection_init(&selection, 2);
    let_talk(levels, 2, 10, &now, places);
    now += 2 * SPEAKER_GONE;
    CU_ASSERT_TRUE(selection_place(&selection, 3, now, QUIET, false) >= 0);
    CU_ASSERT_TRUE(selection_place(&selection, 4, now, QUIET, false) >= 0);
}

static void more_than_can_be_known_get_none(void)
{
    selection_init(&selection, 2);
    for (uint32_t i = 1; i <= LOUDEST_MAX; i++)
        (void)selection_place(&selection, i, 1000000, QUIET, false);
    CU_ASSERT_EQUAL(selection_place(&selection, LOUDEST_MAX + 1, 1000000, LOUD, true), -1);
}

CU_TestInfo selection_tests[] = {
    TEST(two_of_four_have_places_and_no_two_the_same),
    TEST(who_gets_loud_gets_the_place_of_one_that_got_quiet),
    TEST(who_has_gone_leaves_its_place_to_others),
    TEST(more_than_can_be_known_get_none),
    CU_TEST_INFO_NULL,
};
