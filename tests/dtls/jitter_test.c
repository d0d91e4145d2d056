/* jitter_test.c - repetitions come a little later than they are due, by chance that a seed
 * repeats. Told in both versions. */
#include "../suite.h"

#include "association/association_state.h"
#include "story.h"

enum { TIMES = 6 };

/* When a client whose server is silent says its hello, from the first time on. */
struct times {
    size_t num;
    skiff_time at[TIMES];
};

static void note_and_lose(struct world *world, struct world_datagram *d)
{
    struct times *times = world->config.user;

    if (d->from == CLIENT_END && times->num < TIMES)
        times->at[times->num++] = world->now - world->began;
    d->copies = 0;
}

static struct times times_by(uint64_t seed)
{
    struct times times = { 0 };
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].resend_jitter = seed;
    s.network.meddler = note_and_lose;
    s.network.user = &times;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(5000));
    CU_ASSERT_EQUAL(times.num, TIMES);
    story_end(&s);
    return times;
}

static bool are_same(const struct times *a, const struct times *b)
{
    return memcmp(a->at, b->at, sizeof a->at) == 0;
}

static void without_it_each_wait_is_as_long_as_it_is_due(void)
{
    struct times times = times_by(SKIFF_NO_JITTER);
    skiff_time wait = SKIFF_MSEC(50);

    for (size_t i = 1; i < TIMES; i++, wait *= 2)
        CU_ASSERT_EQUAL(times.at[i] - times.at[i - 1], wait);
}

static void with_it_each_wait_is_longer_by_an_eighth_at_most(void)
{
    bool longer[TIMES] = { 0 };

    for (uint64_t seed = 1; seed < 20; seed++) {
        struct times times = times_by(seed);
        skiff_time wait = SKIFF_MSEC(50);
        for (size_t i = 1; i < TIMES; i++, wait *= 2) {
            skiff_time waited = times.at[i] - times.at[i - 1];
            CU_ASSERT_TRUE(waited >= wait && waited < wait + wait / 8);
            longer[i] = longer[i] || waited > wait + wait / 16;
        }
    }
    for (size_t i = 1; i < TIMES; i++)
        CU_ASSERT_TRUE(longer[i]);
}

static void a_seed_gives_the_same_story_again(void)
{
    struct times first = times_by(7), again = times_by(7), other = times_by(8);

    CU_ASSERT_TRUE(are_same(&first, &again));
    CU_ASSERT_FALSE(are_same(&first, &other));
}

static skiff_time first_repetition(skiff_context *context)
{
    skiff_dtls *dtls = NULL;
    skiff_pool_config config = skiff_pool_defaults();
    skiff_pool *pool = NULL;
    skiff_bytes bytes;

    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&config, &pool), SKIFF_OK);
    skiff_packet *packet = skiff_pool_take(pool);
    CU_ASSERT_EQUAL_FATAL(skiff_dtls_new(context, SKIFF_ROLE_ACTIVE, SKIFF_MSEC(1), &dtls),
                          SKIFF_OK);
    while (skiff_dtls_poll(dtls, SKIFF_MSEC(1), packet, &bytes) == SKIFF_DTLS_SEND)
        continue;
    skiff_time due = skiff_dtls_deadline(dtls);
    skiff_dtls_free(dtls);
    skiff_packet_release(&packet);
    skiff_pool_free(pool);
    return due;
}

/* Neither those of one context nor those of contexts that are made alike. */
static void ends_that_start_together_do_not_repeat_in_step(void)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_time due[8];
    unsigned same = 0;

    config.identity = world_identity(0);
    for (int i = 0; i < 4; i++) {
        skiff_context *context = NULL;
        CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &context), SKIFF_OK);
        due[2 * i] = first_repetition(context);
        due[2 * i + 1] = first_repetition(context);
        skiff_context_free(context);
    }
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < i; j++)
            same += due[i] == due[j];
    CU_ASSERT_TRUE(same < 4); /* two of 8 meet by chance once in 200 times */
}

CU_TestInfo jitter_tests[] = {
    TEST(without_it_each_wait_is_as_long_as_it_is_due),
    TEST(with_it_each_wait_is_longer_by_an_eighth_at_most),
    TEST(a_seed_gives_the_same_story_again),
    TEST(ends_that_start_together_do_not_repeat_in_step),
    CU_TEST_INFO_NULL,
};
