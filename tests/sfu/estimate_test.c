/* estimate_test.c - what the estimate of a link and the choice of a layer do together, on
 * links that behave well and badly. */
#include "samples/sfu/estimate.h"
#include "suite.h"
#include "viewing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEEDS = 10, SECOND = 1000000, LOW = 0, MIDDLE = 1, HIGH = 2 };

/* Large, and of one test at a time. */
static struct viewing *begin(uint64_t seed)
{
    struct viewing *viewing = malloc(sizeof *viewing);

    CU_ASSERT_PTR_NOT_NULL_FATAL(viewing);
    viewing_init(viewing, seed);
    return viewing;
}

static void end(struct viewing *viewing, const char *name, uint64_t seed, bool good)
{
    if (!good)
        printf("%s: seed %" PRIu64 "\n", name, seed);
    if (seed == 1)
        viewing_write(viewing, name);
    free(viewing);
}

#define EACH_SEED(seed) for (uint64_t seed = 1; seed <= suite_rounds(SEEDS); seed++)

/* --- rates ---------------------------------------------------------------------------- */

static void a_link_of_5_mbits_has_the_highest_layer_and_keeps_it(void)
{
    EACH_SEED(seed)
    {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.jitter = 3000;
        viewing_run(viewing, 5);
        viewing_run(viewing, 60);
        good = viewing->shown == HIGH
            && viewing_switches(viewing, viewing->started + 5 * SECOND) == 0;
        CU_ASSERT_TRUE(good);
        end(viewing, "wide", seed, good);
    }
}

/* Nothing above the lowest layer is seen in the minute that follows. */
static bool stays_low(const struct viewing *viewing, uint64_t cut)
{
    uint64_t down = viewing_time_until(viewing, cut, LOW);

    return down <= 2 * SECOND && viewing_switches(viewing, cut + down) == 0
        && viewing->shown == LOW;
}

static bool is_cut_and_restored_by(struct viewing *viewing, uint64_t up)
{
    uint64_t cut, restored;
    bool low;

    viewing_run(viewing, 20);
    cut = viewing->now;
    viewing->link.bps = 300e3;
    viewing_run(viewing, 60);
    low = stays_low(viewing, cut);
    restored = viewing->now;
    viewing->link.bps = 5e6;
    viewing_run(viewing, 40);
    return low && viewing_time_until(viewing, restored, HIGH) <= up
        && viewing_switches(viewing, restored) == 2 && viewing->shown == HIGH;
}

static bool is_cut_and_restored(struct viewing *viewing)
{
    return is_cut_and_restored_by(viewing, 15 * SECOND);
}

static void a_cut_to_300_kbits_lowers_the_layer_in_2_s_and_restored_it_is_back_in_15(void)
{
    EACH_SEED(seed)
    {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.jitter = 3000;
        good = is_cut_and_restored(viewing);
        CU_ASSERT_TRUE(good);
        end(viewing, "cut", seed, good);
    }
}

static void a_cut_is_seen_where_the_queue_is_short_and_loses_instead(void)
{
    EACH_SEED(seed)
    {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.queue = 40000;
        good = is_cut_and_restored(viewing);
        CU_ASSERT_TRUE(good);
        end(viewing, "short_queue", seed, good);
    }
}

static void a_cut_is_seen_where_the_queue_is_long_and_loses_nothing(void)
{
    EACH_SEED(seed)
    {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.queue = 3000000;
        viewing->link.delay = 60000;
        good = is_cut_and_restored(viewing);
        CU_ASSERT_TRUE(good);
        end(viewing, "long_queue", seed, good);
    }
}

/* With a keyframe for each switch a watcher sees each of them. */
static void links_of_all_rates_have_one_layer_for_a_minute(void)
{
    EACH_SEED(seed)
    for (double bps = 120e3; bps < 4e6; bps *= 1.25) {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.bps = bps;
        viewing->link.jitter = 3000;
        viewing_run(viewing, 65);
        good = viewing_switches(viewing, viewing->started + 5 * SECOND) <= 2;
        CU_ASSERT_TRUE(good);
        if (!good)
            printf("%.0f bit/s\n", bps);
        end(viewing, "rates", seed, good);
    }
}

static void a_layer_that_fits_with_a_margin_of_a_third_is_shown(void)
{
    static const double fits[] = { 250e3, 730e3, 2400e3 };

    EACH_SEED(seed)
    for (int layer = LOW; layer <= HIGH; layer++) {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.bps = fits[layer];
        viewing_run(viewing, 30);
        good = viewing->shown == layer;
        CU_ASSERT_TRUE(good);
        end(viewing, "fits", seed, good);
    }
}

/* --- loss and jitter without congestion ----------------------------------------------- */

static void a_random_loss_of_5_percent_leaves_the_highest_layer(void)
{
    EACH_SEED(seed)
    {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.loss = 0.05;
        viewing_run(viewing, 65);
        good = viewing->shown == HIGH
            && viewing_switches(viewing, viewing->started + 15 * SECOND) == 0;
        CU_ASSERT_TRUE(good);
        end(viewing, "loss", seed, good);
    }
}

static void a_cut_is_seen_on_a_link_that_loses_5_percent(void)
{
    EACH_SEED(seed)
    {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.loss = 0.05;
        good = is_cut_and_restored(viewing);
        CU_ASSERT_TRUE(good);
        end(viewing, "loss_cut", seed, good);
    }
}

static void a_loss_of_a_third_lowers_the_estimate(void)
{
    struct viewing *viewing = begin(1);
    uint32_t before;

    viewing_run(viewing, 10);
    before = estimate_bps(&viewing->estimate, viewing->now);
    viewing->link.loss = 0.33;
    viewing_run(viewing, 10);
    CU_ASSERT_TRUE(estimate_bps(&viewing->estimate, viewing->now) < before / 2);
    end(viewing, "third", 1, true);
}

static void jitter_of_20_ms_is_no_congestion(void)
{
    EACH_SEED(seed)
    {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.jitter = 20000;
        viewing_run(viewing, 65);
        good = viewing->shown == HIGH
            && viewing_switches(viewing, viewing->started + 15 * SECOND) == 0;
        CU_ASSERT_TRUE(good);
        end(viewing, "jitter", seed, good);
    }
}

/* Then all packets of a probe arrive at once, however narrow the link is. */
static void a_busy_watcher_that_reads_late_is_no_wide_link(void)
{
    EACH_SEED(seed)
    {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.bps = 300e3;
        viewing->link.busy = 50000 + 50000 * seed;
        viewing_run(viewing, 65);
        good = viewing->shown == LOW
            && viewing_switches(viewing, viewing->started + 5 * SECOND) == 0;
        CU_ASSERT_TRUE(good);
        end(viewing, "busy", seed, good);
    }
}

/* --- feedback ------------------------------------------------------------------------- */

static void feedback_that_is_doubled_or_swapped_changes_nothing(void)
{
    EACH_SEED(seed)
    for (int kind = 0; kind < 2; kind++) {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.feedback_twice = kind == 0 ? 1 : 0;
        viewing->link.feedback_swapped = kind == 1;
        good = is_cut_and_restored(viewing);
        CU_ASSERT_TRUE(good);
        end(viewing, kind == 0 ? "doubled" : "swapped", seed, good);
    }
}

/* A probe whose feedback is lost shows nothing, and the next one comes 8 seconds later. */
static void where_a_tenth_of_the_feedback_is_lost_a_cut_is_seen_as_soon(void)
{
    EACH_SEED(seed)
    {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.feedback_loss = 0.1;
        good = is_cut_and_restored_by(viewing, 30 * SECOND);
        CU_ASSERT_TRUE(good);
        end(viewing, "feedback_loss", seed, good);
    }
}

static void without_feedback_the_estimate_falls_and_comes_back_with_it(void)
{
    struct viewing *viewing = begin(1);
    uint32_t before;

    viewing_run(viewing, 10);
    before = estimate_bps(&viewing->estimate, viewing->now);
    viewing->link.feedback = false;
    viewing_run(viewing, 4);
    CU_ASSERT_TRUE(estimate_bps(&viewing->estimate, viewing->now) < before / 4);
    viewing->link.feedback = true;
    viewing_run(viewing, 10);
    CU_ASSERT_EQUAL(viewing->shown, HIGH);
    end(viewing, "silence", 1, true);
}

static void the_clock_of_the_watcher_and_the_numbers_may_wrap_around(void)
{
    struct viewing *viewing = begin(1);
    uint64_t period = (uint64_t)64000 << 24;

    viewing->seq = viewing->reported = 63000;
    viewing->ahead = period / 2 - viewing->now + 10 * (uint64_t)SECOND;
    viewing_run(viewing, 40);
    CU_ASSERT_TRUE(viewing->seq < 63000);
    CU_ASSERT_EQUAL(viewing->shown, HIGH);
    CU_ASSERT_EQUAL(viewing_switches(viewing, viewing->started + 5 * SECOND), 0);
    end(viewing, "wrap", 1, true);
}

static void feedback_of_what_was_never_sent_changes_nothing(void)
{
    static struct estimate estimate, before;

    estimate_init(&estimate);
    estimate_sent(&estimate, SECOND, 7, 1200);
    before = estimate;
    estimate_reported(&estimate, 8, true, 5000);
    estimate_reported(&estimate, 7 + ESTIMATE_PACKETS, true, 5000);
    estimate_reported(&estimate, 7 + ESTIMATE_PACKETS, false, 0);
    CU_ASSERT_EQUAL(memcmp(&estimate, &before, sizeof before), 0);
}

static uint64_t next(uint64_t *chance)
{
    *chance = *chance * 6364136223846793005u + 1442695040888963407u;
    return *chance >> 11;
}

/* Any numbers, any times, in any order: bounds hold, and it ends. */
static void whatever_feedback_states_the_estimate_keeps_its_bounds(void)
{
    static struct estimate estimate;
    uint64_t chance = 12, now = SECOND;
    uint16_t seq = 0;

    estimate_init(&estimate);
    for (unsigned i = 0; i < suite_rounds(200000); i++) {
        now += next(&chance) % 3000;
        estimate_sent(&estimate, now, seq++, (size_t)(next(&chance) % 70000));
        estimate_reported(&estimate, (uint16_t)next(&chance), next(&chance) % 3 != 0,
                          (int64_t)next(&chance) - (int64_t)next(&chance));
        estimate_reported(&estimate, (uint16_t)(seq - next(&chance) % 50), true,
                          i % 2 == 0 ? INT64_MAX : INT64_MIN);
        if (i % 7 == 0)
            estimate_update(&estimate, now);
        if (i % 100 == 0)
            estimate_probe(&estimate, now, (uint32_t)next(&chance));
        CU_ASSERT_TRUE_FATAL(estimate_bps(&estimate, now) >= ESTIMATE_MIN
                             && estimate_bps(&estimate, now) <= ESTIMATE_MAX);
        CU_ASSERT_TRUE_FATAL(estimate_padding(&estimate, now)
                             <= (size_t)(ESTIMATE_MAX / 8.0 * 0.15));
    }
}

/* --- REMB and receiver reports -------------------------------------------------------- */

static void remb_is_the_estimate_where_nothing_else_is_known(void)
{
    static struct estimate estimate;

    estimate_init(&estimate);
    CU_ASSERT_EQUAL(estimate_bps(&estimate, SECOND), ESTIMATE_START);
    CU_ASSERT_FALSE(estimate_is_known(&estimate, SECOND));
    estimate_remb(&estimate, SECOND, 1234567);
    CU_ASSERT_EQUAL(estimate_bps(&estimate, SECOND), 1234567);
    CU_ASSERT_TRUE(estimate_is_known(&estimate, SECOND));
    CU_ASSERT_FALSE(estimate_can_probe(&estimate, SECOND));
    estimate_remb(&estimate, SECOND, UINT64_MAX);
    CU_ASSERT_EQUAL(estimate_bps(&estimate, SECOND), ESTIMATE_MAX);
}

static void remb_bounds_what_feedback_shows_and_grows_old(void)
{
    struct viewing *viewing = begin(1);

    viewing_run(viewing, 10);
    CU_ASSERT_TRUE(estimate_bps(&viewing->estimate, viewing->now) > 1000000);
    estimate_remb(&viewing->estimate, viewing->now, 1000000);
    CU_ASSERT_EQUAL(estimate_bps(&viewing->estimate, viewing->now), 1000000);
    CU_ASSERT_TRUE(estimate_bps(&viewing->estimate, viewing->now + 6 * SECOND) != 1000000);
    end(viewing, "remb_bound", 1, true);
}

static void reports_of_loss_lower_remb(void)
{
    static struct estimate estimate;

    estimate_init(&estimate);
    estimate_remb(&estimate, SECOND, 2000000);
    estimate_receiver_report(&estimate, SECOND, 4);
    CU_ASSERT_EQUAL(estimate_bps(&estimate, SECOND), 2000000);
    estimate_receiver_report(&estimate, SECOND, 128);
    CU_ASSERT_EQUAL(estimate_bps(&estimate, SECOND), 1500000);
    for (int i = 0; i < 6; i++)
        estimate_receiver_report(&estimate, SECOND, 0);
    CU_ASSERT_EQUAL(estimate_bps(&estimate, SECOND), 2000000);
}

static void with_remb_alone_a_watcher_goes_up_and_down_too(void)
{
    EACH_SEED(seed)
    {
        struct viewing *viewing = begin(seed);
        bool good;

        viewing->link.feedback = false;
        viewing->link.remb = true;
        viewing_run(viewing, 60);
        good = viewing->shown == HIGH;
        viewing->link.bps = 300e3;
        viewing_run(viewing, 10);
        good = good && viewing->shown == LOW;
        CU_ASSERT_TRUE(good);
        end(viewing, "remb", seed, good);
    }
}

/* With several threads: a worker read the clock for the first after another had for the
 * second. */
static void a_packet_sent_earlier_than_the_one_before_counts_as_sent_with_it(void)
{
    const uint64_t now = 3600ull * SECOND;
    struct estimate estimate;

    estimate_init(&estimate);
    estimate_sent(&estimate, now + 1000, 0, 1200);
    estimate_sent(&estimate, now, 1, 1200);
    estimate_reported(&estimate, 0, true, 5000);
    CU_ASSERT_EQUAL(estimate.acknowledged, now + 1000);
    estimate_reported(&estimate, 1, true, 5000);
    CU_ASSERT_EQUAL(estimate.acknowledged, now + 1000);
}

CU_TestInfo estimate_tests[] = {
    TEST(a_link_of_5_mbits_has_the_highest_layer_and_keeps_it),
    TEST(a_cut_to_300_kbits_lowers_the_layer_in_2_s_and_restored_it_is_back_in_15),
    TEST(a_cut_is_seen_where_the_queue_is_short_and_loses_instead),
    TEST(a_cut_is_seen_where_the_queue_is_long_and_loses_nothing),
    TEST(links_of_all_rates_have_one_layer_for_a_minute),
    TEST(a_layer_that_fits_with_a_margin_of_a_third_is_shown),
    TEST(a_random_loss_of_5_percent_leaves_the_highest_layer),
    TEST(a_cut_is_seen_on_a_link_that_loses_5_percent),
    TEST(a_loss_of_a_third_lowers_the_estimate),
    TEST(jitter_of_20_ms_is_no_congestion),
    TEST(a_busy_watcher_that_reads_late_is_no_wide_link),
    TEST(feedback_that_is_doubled_or_swapped_changes_nothing),
    TEST(where_a_tenth_of_the_feedback_is_lost_a_cut_is_seen_as_soon),
    TEST(without_feedback_the_estimate_falls_and_comes_back_with_it),
    TEST(the_clock_of_the_watcher_and_the_numbers_may_wrap_around),
    TEST(feedback_of_what_was_never_sent_changes_nothing),
    TEST(whatever_feedback_states_the_estimate_keeps_its_bounds),
    TEST(remb_is_the_estimate_where_nothing_else_is_known),
    TEST(remb_bounds_what_feedback_shows_and_grows_old),
    TEST(reports_of_loss_lower_remb),
    TEST(with_remb_alone_a_watcher_goes_up_and_down_too),
    TEST(a_packet_sent_earlier_than_the_one_before_counts_as_sent_with_it),
    CU_TEST_INFO_NULL,
};
