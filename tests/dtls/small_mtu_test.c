/* small_mtu_test.c - paths that lose what is too large for them: flights shrink (RFC 9147
 * section 4.4, RFC 6347 section 4.1.1.1). Told in both versions. */
#include "../suite.h"

#include <stdio.h>

#include "association/association_state.h"
#include "story.h"
#include "vector.h"

enum { MTU = 1200, SMALL_MTU = 1024, NARROWEST = 508, REPEATS = 8 };

/* What the path takes, and what each end sent at most after how many repetitions. */
struct path {
    size_t most;
    bool no_server;
    size_t largest[2][REPEATS];
};

static void pass_what_fits(struct world *world, struct world_datagram *d)
{
    struct path *path = world->config.user;
    uint32_t resent = world->ends[d->from].dtls->counters.flights_resent;
    size_t *largest = &path->largest[d->from][resent < REPEATS ? resent : REPEATS - 1];

    if (d->len > *largest)
        *largest = d->len;
    if (d->len > path->most || (path->no_server && d->from == SERVER_END))
        d->copies = 0;
}

static void prepare(struct story *s, struct path *path)
{
    story_prepare(s);
    s->settings[CLIENT_END].identity = vector_identity("chain");
    s->settings[SERVER_END].identity = vector_identity("rsa2048");
    s->network.meddler = pass_what_fits;
    s->network.user = path;
}

static bool connects_through(size_t most, int longest)
{
    struct path path = { .most = most };
    struct story s;

    prepare(&s, &path);
    s.settings[longest].identity = vector_identity("chain");
    s.settings[1 - longest].identity = vector_identity("rsa2048");
    story_begin(&s);
    bool good = story_connects(&s);
    if (!good)
        fprintf(stderr, "through %u bytes, longest %d\n", (unsigned)most, longest);
    story_end(&s);
    return good;
}

static void a_tunnel_costs_time_and_nothing_else(void)
{
    static const size_t mosts[] = { 1172, 1152, 1100, 1024, 1000, 548, 508 };

    for (size_t i = 0; i < sizeof mosts / sizeof *mosts; i++)
        for (int longest = 0; longest < 2; longest++)
            CU_ASSERT_TRUE(connects_through(mosts[i], longest));
}

/* What is cut anew is acknowledged and said again in other pieces. */
static void losses_in_a_tunnel_cost_more_time(void)
{
    const uint64_t seeds = suite_rounds(100);
    unsigned bad = 0;

    for (uint64_t seed = 1; seed <= seeds && bad < 3; seed++) {
        struct path path = { .most = seed % 2 ? 1172 : 600 };
        struct story s;
        prepare(&s, &path);
        s.network.seed = seed;
        s.network.loss = s.network.duplicate = s.network.reorder = 150;
        for (int i = 0; i < 2; i++) {
            s.settings[i].handshake_timeout = SKIFF_MSEC(300000);
            s.settings[i].resend_jitter = seed;
        }
        story_begin(&s);
        if (!story_connects(&s)) {
            fprintf(stderr, "seed %u\n", (unsigned)seed);
            bad++;
        }
        story_end(&s);
    }
    CU_ASSERT_EQUAL(bad, 0);
}

static void the_third_repetition_is_smaller_and_the_next_the_smallest(void)
{
    struct path path = { .most = MTU, .no_server = true };
    struct story s;

    prepare(&s, &path);
    s.settings[SERVER_END].identity = vector_identity("chain");
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(5000));
    const size_t *largest = path.largest[SERVER_END];
    for (int i = 0; i < 3; i++)
        CU_ASSERT_TRUE(largest[i] > SMALL_MTU && largest[i] <= MTU);
    CU_ASSERT_TRUE(largest[3] > NARROWEST && largest[3] <= SMALL_MTU);
    CU_ASSERT_TRUE(largest[4] > NARROWEST / 2 && largest[4] <= NARROWEST);
    CU_ASSERT_TRUE(largest[5] > NARROWEST / 2 && largest[5] <= NARROWEST);
    story_end(&s);
}

/* The path is the same, and so is who is told a smaller one by the caller. */
static void the_next_flight_begins_as_small(void)
{
    struct path path = { .most = MTU, .no_server = true };
    struct story s;

    prepare(&s, &path);
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(360)); /* 50, 150, 350 */
    uint32_t resent = story_info(&s, CLIENT_END).flights_resent;
    CU_ASSERT_EQUAL(resent, 3);
    path.no_server = false;
    memset(path.largest, 0, sizeof path.largest);
    CU_ASSERT_TRUE(story_connects(&s));
    for (int i = 3; i < REPEATS; i++)
        CU_ASSERT_TRUE(path.largest[CLIENT_END][i] <= SMALL_MTU);
    story_end(&s);
}

static void an_mtu_that_is_small_already_stays(void)
{
    struct path path = { .most = MTU, .no_server = true };
    struct story s;

    prepare(&s, &path);
    s.settings[SERVER_END].mtu = 300;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(5000));
    for (int i = 0; i < 6; i++)
        CU_ASSERT_TRUE(path.largest[SERVER_END][i] > 228
                       && path.largest[SERVER_END][i] <= 300);
    story_end(&s);
}

CU_TestInfo small_mtu_tests[] = {
    TEST(a_tunnel_costs_time_and_nothing_else),
    TEST(losses_in_a_tunnel_cost_more_time),
    TEST(the_third_repetition_is_smaller_and_the_next_the_smallest),
    TEST(the_next_flight_begins_as_small),
    TEST(an_mtu_that_is_small_already_stays),
    CU_TEST_INFO_NULL,
};
