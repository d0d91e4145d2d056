/* feed_test.c - the times of the sources of a stream. Time is the test's. */
#include "samples/sfu/feed.h"
#include "suite.h"

enum { LAYER = SOURCE_VIDEO, OTHER_LAYER = SOURCE_VIDEO + 1, CLOCK = 90000 };

static struct feed feed;

static struct outline outline_of(uint8_t source, uint32_t edition, uint32_t timestamp,
                                 skiff_time arrived)
{
    return (struct outline){ .source = source,
                             .edition = edition,
                             .timestamp = timestamp,
                             .clock_rate = CLOCK,
                             .arrived = arrived };
}

/* A packet arrives, and an SR that gives its timestamp this time, in seconds. */
static struct outline receive(struct outline outline, uint64_t seconds)
{
    const struct source_time time = { true, seconds << 32, outline.timestamp,
                                      outline.arrived };

    CU_ASSERT_TRUE(feed_packet(&feed, &outline, 100));
    feed_time(&feed, &outline, &time);
    return outline;
}

/* A track on which this was sent last. */
static struct numbering sent(const struct outline *outline)
{
    struct numbering numbering;

    numbering_init(&numbering, 0);
    numbering_change(&numbering, outline, 0);
    (void)numbering_use(&numbering, outline);
    return numbering;
}

static void the_time_between_two_layers_is_the_publishers(void)
{
    feed_init(&feed, NULL);
    const struct outline first = receive(outline_of(LAYER, 1, 500, SKIFF_MSEC(1000)), 7);
    const struct outline other =
        receive(outline_of(OTHER_LAYER, 2, 4000000000u, SKIFF_MSEC(1100)), 9);
    const struct numbering before = sent(&first);
    CU_ASSERT_EQUAL(feed_elapsed(&feed, &other, &before), SKIFF_MSEC(2000));
    feed_clear(&feed);
}

static void the_time_to_another_publisher_is_that_of_arrival(void)
{
    feed_init(&feed, NULL);
    const struct outline first = receive(outline_of(LAYER, 1, 500, SKIFF_MSEC(1000)), 7);
    const struct numbering before = sent(&first);
    const struct outline next =
        receive(outline_of(LAYER, 2, 4000000000u, SKIFF_MSEC(1250)), 9);
    CU_ASSERT_EQUAL(feed_elapsed(&feed, &next, &before), SKIFF_MSEC(250));
    const struct outline other =
        receive(outline_of(OTHER_LAYER, 3, 77, SKIFF_MSEC(1300)), 9);
    CU_ASSERT_EQUAL(feed_elapsed(&feed, &other, &before), SKIFF_MSEC(300));
    feed_clear(&feed);
}

/* A layer that the next publisher does not have stays as it was. */
static void two_publishers_have_two_clocks(void)
{
    const uint32_t next_edition = (1u << EDITION_BITS) + 1;

    feed_init(&feed, NULL);
    const struct outline old =
        receive(outline_of(OTHER_LAYER, 2, 500, SKIFF_MSEC(1000)), 70000);
    const struct numbering before = sent(&old);
    const struct outline next =
        receive(outline_of(LAYER, next_edition, 77, SKIFF_MSEC(1250)), 70009);
    CU_ASSERT_EQUAL(feed_elapsed(&feed, &next, &before), SKIFF_MSEC(250));
    feed_clear(&feed);
}

/* With several threads: its worker read the clock after ours had. */
static void a_layer_whose_packet_is_later_than_now_is_alive(void)
{
    struct layer layers[MAX_LAYERS];

    feed_init(&feed, NULL);
    (void)receive(outline_of(LAYER, 1, 500, SKIFF_MSEC(1000) + 1), 7);
    CU_ASSERT_EQUAL(feed_layers(&feed, SKIFF_MSEC(1000), layers), 1);
    CU_ASSERT_TRUE(layers[0].alive);
    CU_ASSERT_EQUAL(feed_layers(&feed, SKIFF_MSEC(1001) + SOURCE_ALIVE, layers), 1);
    CU_ASSERT_FALSE(layers[0].alive);
    feed_clear(&feed);
}

CU_TestInfo feed_tests[] = {
    TEST(the_time_between_two_layers_is_the_publishers),
    TEST(the_time_to_another_publisher_is_that_of_arrival),
    TEST(two_publishers_have_two_clocks),
    TEST(a_layer_whose_packet_is_later_than_now_is_alive),
    CU_TEST_INFO_NULL,
};
