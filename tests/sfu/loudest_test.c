/* loudest_test.c - who of many is chosen by how loud they are. */
#include "samples/sfu/loudest.h"
#include "suite.h"

enum { PACKET = 20000, SECOND = 1000000, NO_SOUND = 127 };

struct talk {
    struct loudest loudest;
    uint64_t now;
};

static struct talk begin(size_t count, size_t speakers)
{
    struct talk talk = { .now = SECOND };

    loudest_init(&talk.loudest, count);
    for (size_t i = 0; i < speakers; i++)
        CU_ASSERT_EQUAL(loudest_join(&talk.loudest, talk.now), (int)i);
    return talk;
}

/* Each sends packets at its level for some milliseconds. Returns how often the choice
 * changed. */
static unsigned send_levels(struct talk *talk, const uint8_t *levels, size_t count,
                            unsigned msec)
{
    unsigned changes = 0;

    for (uint64_t end = talk->now + msec * 1000; talk->now < end; talk->now += PACKET)
        for (size_t i = 0; i < count; i++)
            changes +=
                loudest_level(&talk->loudest, (int)i, talk->now, levels[i], levels[i] < 60);
    return changes;
}

static void up_to_n_are_chosen_whether_they_speak_or_not(void)
{
    struct talk talk = begin(3, 3);

    for (int i = 0; i < 3; i++)
        CU_ASSERT_TRUE(loudest_is_chosen(&talk.loudest, i));
    CU_ASSERT_EQUAL(loudest_join(&talk.loudest, talk.now), 3);
    CU_ASSERT_FALSE(loudest_is_chosen(&talk.loudest, 3));
}

static void with_n_of_zero_all_are_chosen(void)
{
    struct talk talk = begin(0, 50);

    for (int i = 0; i < 50; i++)
        CU_ASSERT_TRUE(loudest_is_chosen(&talk.loudest, i));
}

static void a_speaker_replaces_a_silent_one_within_half_a_second(void)
{
    const uint8_t levels[] = { 30, NO_SOUND, 30 };
    struct talk talk = begin(2, 3);

    CU_ASSERT_EQUAL(send_levels(&talk, levels, 3, 500), 1);
    CU_ASSERT_TRUE(loudest_is_chosen(&talk.loudest, 0));
    CU_ASSERT_FALSE(loudest_is_chosen(&talk.loudest, 1));
    CU_ASSERT_TRUE(loudest_is_chosen(&talk.loudest, 2));
}

static void noise_replaces_nobody(void)
{
    const uint8_t levels[] = { NO_SOUND, NO_SOUND, 80 };
    struct talk talk = begin(2, 3);

    CU_ASSERT_EQUAL(send_levels(&talk, levels, 3, 5000), 0);
}

static void a_cough_replaces_nobody(void)
{
    const uint8_t before[] = { 40, 30, NO_SOUND }, cough[] = { 40, 30, 25 };
    struct talk talk = begin(2, 3);

    send_levels(&talk, before, 3, 1000);
    CU_ASSERT_EQUAL(send_levels(&talk, cough, 3, 60) + send_levels(&talk, before, 3, 2000),
                    0);
}

static void speakers_of_about_the_same_level_do_not_alternate(void)
{
    const uint8_t one[] = { 40, 36 }, other[] = { 36, 40 };
    unsigned changes = 0;
    struct talk talk = begin(1, 2);

    for (int i = 0; i < 20; i++)
        changes += send_levels(&talk, one, 2, 700) + send_levels(&talk, other, 2, 700);
    CU_ASSERT_EQUAL(changes, 0);
}

static void a_speaker_that_stops_stays_until_another_speaks(void)
{
    const uint8_t first[] = { 30, NO_SOUND }, silence[] = { NO_SOUND, NO_SOUND },
                  second[] = { NO_SOUND, 40 };
    struct talk talk = begin(1, 2);

    send_levels(&talk, first, 2, 1000);
    CU_ASSERT_EQUAL(send_levels(&talk, silence, 2, 10000), 0);
    CU_ASSERT_TRUE(loudest_is_chosen(&talk.loudest, 0));
    CU_ASSERT_EQUAL(send_levels(&talk, second, 2, 500), 1);
    CU_ASSERT_TRUE(loudest_is_chosen(&talk.loudest, 1));
}

static void a_speaker_that_sends_nothing_any_more_gets_softer(void)
{
    const uint8_t levels[] = { 10, 40 };
    struct talk talk = begin(1, 2);

    send_levels(&talk, levels, 1, 2000);
    for (uint64_t end = talk.now + 2 * SECOND; talk.now < end; talk.now += PACKET)
        loudest_level(&talk.loudest, 1, talk.now, 40, true);
    CU_ASSERT_TRUE(loudest_is_chosen(&talk.loudest, 1));
}

static void a_speaker_that_leaves_is_replaced_by_the_one_that_spoke_last(void)
{
    const uint8_t spoke[] = { 30, 30, NO_SOUND, 45 }, silence[] = { 127, 127, 127, 127 };
    struct talk talk = begin(2, 4);

    send_levels(&talk, spoke, 4, 1000);
    send_levels(&talk, silence, 4, 10000);
    loudest_leave(&talk.loudest, 0, talk.now);
    CU_ASSERT_FALSE(loudest_is_chosen(&talk.loudest, 0));
    CU_ASSERT_FALSE(loudest_is_chosen(&talk.loudest, 2));
    CU_ASSERT_TRUE(loudest_is_chosen(&talk.loudest, 3));
}

static void of_a_hundred_the_three_that_speak_are_chosen(void)
{
    uint8_t levels[100];

    struct talk talk = begin(3, 100);

    memset(levels, NO_SOUND, sizeof levels);
    levels[17] = levels[55] = levels[99] = 35;

    send_levels(&talk, levels, 100, 1000);
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(loudest_is_chosen(&talk.loudest, i), i == 17 || i == 55 || i == 99);
}

static void numbers_that_are_nobodys_change_nothing(void)
{
    struct talk talk = begin(1, LOUDEST_MAX);

    CU_ASSERT_EQUAL(loudest_join(&talk.loudest, talk.now), -1);
    CU_ASSERT_FALSE(loudest_level(&talk.loudest, -1, talk.now, 0, true));
    CU_ASSERT_FALSE(loudest_level(&talk.loudest, LOUDEST_MAX, talk.now, 0, true));
    CU_ASSERT_FALSE(loudest_is_chosen(&talk.loudest, -1));
    loudest_leave(&talk.loudest, 5, talk.now);
    loudest_leave(&talk.loudest, 5, talk.now);
    CU_ASSERT_FALSE(loudest_level(&talk.loudest, 5, talk.now, 0, true));
    CU_ASSERT_EQUAL(loudest_join(&talk.loudest, talk.now), 5);
    CU_ASSERT_FALSE(loudest_level(&talk.loudest, 5, talk.now, 255, true));
}

CU_TestInfo loudest_tests[] = {
    TEST(up_to_n_are_chosen_whether_they_speak_or_not),
    TEST(with_n_of_zero_all_are_chosen),
    TEST(a_speaker_replaces_a_silent_one_within_half_a_second),
    TEST(noise_replaces_nobody),
    TEST(a_cough_replaces_nobody),
    TEST(speakers_of_about_the_same_level_do_not_alternate),
    TEST(a_speaker_that_stops_stays_until_another_speaks),
    TEST(a_speaker_that_sends_nothing_any_more_gets_softer),
    TEST(a_speaker_that_leaves_is_replaced_by_the_one_that_spoke_last),
    TEST(of_a_hundred_the_three_that_speak_are_chosen),
    TEST(numbers_that_are_nobodys_change_nothing),
    CU_TEST_INFO_NULL,
};
