/* layers_test.c - which layer a watcher gets, question by question. */
#include "samples/sfu/layers.h"
#include "suite.h"

enum { SECOND = 1000000 };

static const struct layer three[] = { { true, 150000, 180 },
                                      { true, 500000, 360 },
                                      { true, 1700000, 720 } };

static struct layers_link link_of(uint32_t bps)
{
    return (struct layers_link){ .bps = bps, .known = true, .can_probe = true };
}

static int choose(struct layers *layers, uint64_t now, uint32_t bps)
{
    struct layers_link link = link_of(bps);

    return layers_choose(layers, now, three, 3, &link).layer;
}

static void the_first_choice_is_the_highest_that_fits(void)
{
    static const struct {
        uint32_t bps;
        int layer;
    } cases[] = { { 50000, 0 }, { 499999, 0 }, { 500000, 1 }, { 1700000, 2 } };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct layers layers = { 0 };

        CU_ASSERT_EQUAL(choose(&layers, SECOND, cases[i].bps), cases[i].layer);
    }
}

static void audio_and_the_rest_are_reckoned_before_video(void)
{
    struct layers layers = { 0 };
    struct layers_link link = link_of(520000);

    link.other = 40000;
    CU_ASSERT_EQUAL(layers_choose(&layers, SECOND, three, 3, &link).layer, 0);
}

static void where_no_layer_is_alive_none_is_chosen(void)
{
    struct layers layers = { 0 };
    struct layers_link link = link_of(5000000);
    struct layer dead[3] = { { false, 0, 0 } };

    CU_ASSERT_EQUAL(layers_choose(&layers, SECOND, dead, 3, &link).layer, -1);
    CU_ASSERT_EQUAL(layers_choose(&layers, SECOND, dead, 0, &link).layer, -1);
}

static void the_only_layer_is_chosen_however_narrow_the_link_is(void)
{
    struct layers layers = { 0 };
    struct layers_link link = link_of(50000);
    struct layer one = { true, 2500000, 720 };

    for (uint64_t now = SECOND; now < 30 * SECOND; now += SECOND / 10)
        CU_ASSERT_EQUAL(layers_choose(&layers, now, &one, 1, &link).layer, 0);
}

static void layers_in_any_order_are_ranked_by_height(void)
{
    const struct layer order[] = { three[2], three[0], three[1] };
    struct layers layers = { 0 };
    struct layers_link link = link_of(600000);

    CU_ASSERT_EQUAL(layers_choose(&layers, SECOND, order, 3, &link).layer, 2);
    link.bps = 100000;
    CU_ASSERT_EQUAL(layers_choose(&layers, 2 * SECOND, order, 3, &link).layer, 1);
}

static void layers_of_unknown_heights_are_ranked_by_rate(void)
{
    const struct layer order[] = { { true, 1700000, 0 }, { true, 150000, 0 } };
    struct layers layers = { 0 };
    struct layers_link link = link_of(5000000);

    CU_ASSERT_EQUAL(layers_choose(&layers, SECOND, order, 2, &link).layer, 0);
}

static void a_page_gets_the_lowest_layer_that_is_as_high_as_it_shows(void)
{
    struct layers layers = { 0 };

    layers_prefer(&layers, 200);
    CU_ASSERT_EQUAL(choose(&layers, SECOND, 5000000), 1);
    layers_prefer(&layers, 180);
    CU_ASSERT_EQUAL(choose(&layers, 2 * SECOND, 5000000), 0);
    layers_prefer(&layers, 10000);
    CU_ASSERT_EQUAL(choose(&layers, 4 * SECOND, 5000000), 1);
    CU_ASSERT_EQUAL(choose(&layers, 6 * SECOND, 5000000), 2);
}

static void a_layer_that_ends_is_left_at_once(void)
{
    struct layers layers = { 0 };
    struct layers_link link = link_of(5000000);
    struct layer layer[] = { three[0], three[1], three[2] };

    CU_ASSERT_EQUAL(layers_choose(&layers, SECOND, layer, 3, &link).layer, 2);
    layer[2].alive = false;
    CU_ASSERT_EQUAL(layers_choose(&layers, SECOND + 1, layer, 3, &link).layer, 1);
    layer[2].alive = true;
    CU_ASSERT_EQUAL(layers_choose(&layers, 3 * SECOND, layer, 3, &link).layer, 2);
}

static void a_link_that_carries_much_less_is_left_at_once_and_paused_below_half(void)
{
    struct layers layers = { 0 };
    struct layers_link link = link_of(2000000);
    struct layers_choice choice;

    choose(&layers, SECOND, 2000000);
    link.bps = 1200000;
    choice = layers_choose(&layers, 2 * SECOND, three, 3, &link);
    CU_ASSERT_EQUAL(choice.layer, 1);
    CU_ASSERT_FALSE(choice.pause);
    link.bps = 200000;
    choice = layers_choose(&layers, 3 * SECOND, three, 3, &link);
    CU_ASSERT_EQUAL(choice.layer, 0);
    CU_ASSERT_TRUE(choice.pause);
}

static void a_link_that_carries_little_less_is_left_after_two_seconds(void)
{
    struct layers layers = { 0 };

    choose(&layers, SECOND, 1800000);
    for (uint64_t now = 2 * SECOND; now <= 4 * SECOND; now += SECOND / 10)
        CU_ASSERT_EQUAL(choose(&layers, now, 1600000), 2);
    CU_ASSERT_EQUAL(choose(&layers, 4 * SECOND + SECOND / 10, 1600000), 1);
}

static void a_short_dip_of_little_less_changes_nothing(void)
{
    struct layers layers = { 0 };

    choose(&layers, SECOND, 1800000);
    for (uint64_t now = 2 * SECOND; now < 20 * SECOND; now += SECOND / 10)
        CU_ASSERT_EQUAL(choose(&layers, now, now / SECOND % 2 == 0 ? 1600000 : 1750000), 2);
}

/* A margin of 15 percent, and a second in each layer. */
static void upward_goes_step_by_step_with_a_margin(void)
{
    struct layers layers = { 0 };

    CU_ASSERT_EQUAL(choose(&layers, SECOND, 100000), 0);
    CU_ASSERT_EQUAL(choose(&layers, SECOND + SECOND / 2, 5000000), 0);
    CU_ASSERT_EQUAL(choose(&layers, 2 * SECOND, 560000), 0);
    CU_ASSERT_EQUAL(choose(&layers, 2 * SECOND, 5000000), 1);
    CU_ASSERT_EQUAL(choose(&layers, 2 * SECOND + SECOND / 2, 5000000), 1);
    CU_ASSERT_EQUAL(choose(&layers, 3 * SECOND, 5000000), 2);
}

/* A picture that stands still needs little, until it moves. */
static void a_layer_that_needs_little_for_a_moment_is_not_chosen_for_that(void)
{
    struct layers layers = { 0 };
    struct layers_link link = link_of(300000);
    struct layer layer[] = { three[0], three[1], three[2] };

    CU_ASSERT_EQUAL(layers_choose(&layers, SECOND, layer, 3, &link).layer, 0);
    layer[1].bps = 200000;
    for (uint64_t now = 2 * SECOND; now < 5 * SECOND; now += SECOND / 10)
        CU_ASSERT_EQUAL(layers_choose(&layers, now, layer, 3, &link).layer, 0);
    for (uint64_t now = 5 * SECOND; now < 15 * SECOND; now += SECOND / 10)
        layers_choose(&layers, now, layer, 3, &link);
    CU_ASSERT_EQUAL(layers_choose(&layers, 15 * SECOND, layer, 3, &link).layer, 1);
}

/* The seconds at which a probe is asked for, up to the fifth. */
static void probes_that_show_nothing_come_after_2_4_8_and_8_seconds(void)
{
    static const uint64_t expected[] = { 2, 4, 8, 16, 24 };
    struct layers layers = { 0 };
    struct layers_link link = link_of(200000);
    size_t probes = 0;

    for (uint64_t now = SECOND; now < 30 * SECOND && probes < 5; now += SECOND / 10)
        if (layers_choose(&layers, now, three, 3, &link).probe_bps != 0)
            CU_ASSERT_EQUAL(now / SECOND, expected[probes++]);
    CU_ASSERT_EQUAL(probes, 5);
}

static void a_probe_asks_for_more_than_the_next_layer_needs(void)
{
    struct layers layers = { 0 };
    struct layers_link link = link_of(200000);

    link.other = 50000;
    layers_choose(&layers, SECOND, three, 3, &link);
    CU_ASSERT_EQUAL(layers_choose(&layers, 2 * SECOND, three, 3, &link).probe_bps, 825000);
}

/* A try is given up after three seconds, and the next one comes later each time. */
static void without_probes_a_layer_is_tried_and_left_again(void)
{
    struct layers layers = { 0 };
    struct layers_link link = link_of(200000);
    unsigned ups = 0, high = 0;
    int last = 0;

    link.can_probe = false;
    for (uint64_t now = SECOND; now < 121 * SECOND; now += SECOND / 10) {
        int layer = layers_choose(&layers, now, three, 3, &link).layer;

        ups += layer > last;
        high += layer > 0;
        last = layer;
    }
    CU_ASSERT_EQUAL(ups, 4);
    CU_ASSERT_TRUE(high <= 4 * 31);
}

static void a_try_that_makes_the_estimate_fall_ends_at_once(void)
{
    struct layers layers = { 0 };
    struct layers_link link = link_of(200000);

    link.can_probe = false;
    layers_choose(&layers, SECOND, three, 3, &link);
    CU_ASSERT_EQUAL(layers_choose(&layers, 2 * SECOND, three, 3, &link).layer, 1);
    link.bps = 170000;
    CU_ASSERT_EQUAL(layers_choose(&layers, 3 * SECOND, three, 3, &link).layer, 0);
}

static void while_nothing_is_known_of_a_link_nothing_is_tried(void)
{
    struct layers layers = { 0 };
    struct layers_link link = { .bps = 500000 };

    for (uint64_t now = SECOND; now < 30 * SECOND; now += SECOND / 10) {
        struct layers_choice choice = layers_choose(&layers, now, three, 3, &link);

        CU_ASSERT_EQUAL(choice.layer, 1);
        CU_ASSERT_EQUAL(choice.probe_bps, 0);
    }
}

CU_TestInfo layers_tests[] = {
    TEST(the_first_choice_is_the_highest_that_fits),
    TEST(audio_and_the_rest_are_reckoned_before_video),
    TEST(where_no_layer_is_alive_none_is_chosen),
    TEST(the_only_layer_is_chosen_however_narrow_the_link_is),
    TEST(layers_in_any_order_are_ranked_by_height),
    TEST(layers_of_unknown_heights_are_ranked_by_rate),
    TEST(a_page_gets_the_lowest_layer_that_is_as_high_as_it_shows),
    TEST(a_layer_that_ends_is_left_at_once),
    TEST(a_link_that_carries_much_less_is_left_at_once_and_paused_below_half),
    TEST(a_link_that_carries_little_less_is_left_after_two_seconds),
    TEST(a_short_dip_of_little_less_changes_nothing),
    TEST(upward_goes_step_by_step_with_a_margin),
    TEST(a_layer_that_needs_little_for_a_moment_is_not_chosen_for_that),
    TEST(probes_that_show_nothing_come_after_2_4_8_and_8_seconds),
    TEST(a_probe_asks_for_more_than_the_next_layer_needs),
    TEST(without_probes_a_layer_is_tried_and_left_again),
    TEST(a_try_that_makes_the_estimate_fall_ends_at_once),
    TEST(while_nothing_is_known_of_a_link_nothing_is_tried),
    CU_TEST_INFO_NULL,
};
