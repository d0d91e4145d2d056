/* dry_test.c - a pool that is dry, at each moment in turn: what is told is what was sent.
 *
 * The linker puts a wrapper before skiff_pool_take: from a chosen call on it gives nothing.
 */
#include "suite.h"

#include "../port/caller.h"
#include "../port/loopback.h"
#include "pair.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGES = 4, PACKETS = 3, FOREVER = 1 << 20, MOMENTS = 200 };

static struct {
    const skiff_pool *pool; /* which one is limited; NULL: none */
    unsigned calls;         /* takes seen */
    unsigned first, num;    /* which of them give nothing */
} pool_limit;

skiff_packet *__real_skiff_pool_take(skiff_pool *pool);
skiff_packet *__wrap_skiff_pool_take(skiff_pool *pool);

skiff_packet *__wrap_skiff_pool_take(skiff_pool *pool)
{
    if (pool != pool_limit.pool)
        return __real_skiff_pool_take(pool);

    unsigned call = pool_limit.calls++;
    return call >= pool_limit.first && call - pool_limit.first < pool_limit.num
             ? NULL
             : __real_skiff_pool_take(pool);
}

/* --- a port --------------------------------------------------------------------------- */

/* What the peers have told and shown, compared with what was sent. */
struct story {
    struct fixture fixture;
    skiff_pool *pool; /* of the port */
    unsigned messages, packets, wrong;
};

static void on_event(struct server *server, skiff_peer *peer, skiff_peer_event event)
{
    struct story *story = server->user;
    char expected[sizeof server->events.data] = "";

    (void)peer;
    if (event != SKIFF_PEER_DATA)
        return;
    snprintf(expected, sizeof expected, "genuine message %u", story->messages++);
    story->wrong += memcmp(server->events.data, expected, strlen(expected)) != 0;
}

static void on_media(struct server *server, skiff_peer *peer, skiff_packet *packet)
{
    struct story *story = server->user;
    bool good = packet->len == 100 && packet->data[0] == 0x80;

    (void)peer;
    for (uint32_t i = 12; good && i < packet->len; i++)
        good = packet->data[i] == packet->data[3];
    story->packets++;
    story->wrong += good ? 0 : 1;
}

/* Anybody can send these; they would be read over a datagram that is still borrowed. */
static void send_many(int stranger, const struct caller *caller)
{
    char evil[300];

    memset(evil, 'X', sizeof evil);
    evil[0] = (char)0x80;
    for (int i = 0; i < 40; i++)
        stranger_send(stranger, evil, sizeof evil);
    server_run(caller->server);
}

static void open_story(struct story *story, bool no_offload)
{
    skiff_pool_config pool = skiff_pool_defaults();
    struct server *server = &story->fixture.server;

    memset(story, 0, sizeof *story);
    pool.packets = 64;
    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&pool, &story->pool), SKIFF_OK);
    server_new(server);
    server->config.pool = story->pool;
    server->config.no_offload = no_offload;
    server->on_event = on_event;
    server->on_media = on_media;
    server->user = story;
    server_open(server);
    caller_new(&story->fixture.caller, server);
}

static void close_story(struct story *story)
{
    pool_limit.pool = NULL;
    fixture_free(&story->fixture);
    skiff_pool_free(story->pool);
}

/* Tells it with the pool dry from call `first` on for `num` calls; how many calls. */
static unsigned run_story(unsigned first, unsigned num, bool no_offload)
{
    struct story story;
    struct caller *caller = &story.fixture.caller;
    unsigned failures = CU_get_number_of_failures();
    char text[32];

    open_story(&story, no_offload);
    int stranger = stranger_open(caller);
    pool_limit.pool = story.pool;
    pool_limit.first = first;
    pool_limit.num = num;
    pool_limit.calls = 0;
    caller_connect(caller);
    for (unsigned i = 0; i < MESSAGES; i++) {
        snprintf(text, sizeof text, "genuine message %u", i);
        caller_write(caller, text);
        loopback_wait();
        skiff_port_run(caller->server->port, caller->server->now, 1);
        send_many(stranger, caller);
        for (unsigned k = 0; k < PACKETS; k++)
            caller_send_media(caller);
        server_run(caller->server);
    }
    CU_ASSERT_EQUAL(story.messages, MESSAGES);
    CU_ASSERT_EQUAL(story.packets, MESSAGES * PACKETS);
    CU_ASSERT_EQUAL(story.wrong, 0);
    CU_ASSERT_EQUAL(fixture_send(&story.fixture, 8), 8);
    unsigned calls = pool_limit.calls;
    close(stranger);
    close_story(&story);
    if (CU_get_number_of_failures() > failures)
        fprintf(stderr, "dry from take %u on, for %u\n", first, num);
    return calls;
}

static void a_port_whose_pool_is_dry_at_any_moment_reports_what_was_sent(void)
{
    for (unsigned round = 0; round < 2; round++) {
        bool no_offload = round == 1;
        unsigned calls = run_story(FOREVER, 0, no_offload);
        CU_ASSERT_TRUE(calls > 0 && calls < MOMENTS);
        for (unsigned moment = 0; moment < calls; moment++) {
            (void)run_story(moment, 1, no_offload);
            (void)run_story(moment, FOREVER, no_offload);
        }
    }
}

/* --- agents --------------------------------------------------------------------------- */

static bool all_was_received(const struct pair *pair)
{
    return pair->a.rtp + pair->b.rtp == 2 * PACKETS;
}

static unsigned call(unsigned first, unsigned num)
{
    static const char *const address[] = { "127.0.0.1" };
    unsigned failures = CU_get_number_of_failures();
    skiff_pool_config config = skiff_pool_defaults();
    skiff_pool *pool = NULL;
    struct pair pair;

    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&config, &pool), SKIFF_OK);
    pair_new(&pair, address);
    pair.config_a.pool = pair.config_b.pool = pool;
    pool_limit.pool = pool;
    pool_limit.first = first;
    pool_limit.num = num;
    pool_limit.calls = 0;
    pair_start(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, both_connected));
    CU_ASSERT_EQUAL(end_send(&pair.a, PACKETS), PACKETS);
    CU_ASSERT_EQUAL(end_send(&pair.b, PACKETS), PACKETS);
    CU_ASSERT_TRUE(pair_until(&pair, all_was_received));
    CU_ASSERT_EQUAL(pair.a.wrong + pair.b.wrong, 0);
    unsigned calls = pool_limit.calls;
    pool_limit.pool = NULL;
    pair_free(&pair);
    skiff_pool_free(pool);
    if (CU_get_number_of_failures() > failures)
        fprintf(stderr, "dry from take %u on, for %u\n", first, num);
    return calls;
}

static void agents_whose_pool_is_dry_at_any_moment_talk(void)
{
    unsigned calls = call(FOREVER, 0);

    CU_ASSERT_TRUE(calls > 0 && calls < MOMENTS);
    for (unsigned moment = 0; moment < suite_rounds(calls); moment++)
        (void)call(moment, moment % 2 == 0 ? FOREVER : 1);
}

CU_TestInfo dry_tests[] = {
    TEST(a_port_whose_pool_is_dry_at_any_moment_reports_what_was_sent),
    TEST(agents_whose_pool_is_dry_at_any_moment_talk),
    CU_TEST_INFO_NULL,
};
