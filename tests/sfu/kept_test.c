/* kept_test.c - what is kept of packets and numbers, and how much of it: the history,
 * duplicates, repetitions, wishes for keyframes, the ring between workers, the table of
 * handles, the trace. */
#include "samples/sfu/duplicates.h"
#include "samples/sfu/feed.h"
#include "samples/sfu/handles.h"
#include "samples/sfu/history.h"
#include "samples/sfu/relay.h"
#include "samples/sfu/repeats.h"
#include "samples/sfu/session_trace.h"
#include "samples/sfu/wishes.h"
#include "suite.h"

static skiff_pool *pool_of(uint32_t packets)
{
    skiff_pool_config config = skiff_pool_defaults();
    skiff_pool *pool = NULL;

    config.packets = packets;
    config.limit = 64;
    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&config, &pool), SKIFF_OK);
    return pool;
}

static void keep(struct history *history, skiff_pool *pool, uint16_t sequence)
{
    const struct outline outline = { .sequence = sequence };
    skiff_packet *packet = skiff_pool_take(pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    history_keep(history, packet, &outline);
}

static void the_history_has_the_last_packets_and_no_more(void)
{
    static struct history history;
    skiff_pool *pool = pool_of(HISTORY_PACKETS + 1); /* one more would fail */

    for (unsigned i = 0; i < 3 * HISTORY_PACKETS; i++)
        keep(&history, pool, (uint16_t)(65000 + i));
    const uint16_t last = (uint16_t)(65000 + 3 * HISTORY_PACKETS - 1);
    CU_ASSERT_PTR_NOT_NULL(history_find(&history, last));
    CU_ASSERT_PTR_NOT_NULL(history_find(&history, (uint16_t)(last - HISTORY_PACKETS + 1)));
    CU_ASSERT_PTR_NULL(history_find(&history, (uint16_t)(last - HISTORY_PACKETS)));
    CU_ASSERT_PTR_NULL(history_find(&history, (uint16_t)(last + 1)));
    history_clear(&history);
    CU_ASSERT_PTR_NULL(history_find(&history, last));
    skiff_pool_free(pool);
}

static void the_history_lets_go_of_what_is_old(void)
{
    static struct history history;
    skiff_pool *pool = pool_of(20);
    struct outline outline = { 0 };

    for (uint16_t i = 0; i < 10; i++) {
        outline.sequence = (uint16_t)(65530 + 2 * i); /* every other one is lost */
        outline.arrived = i;
        history_keep(&history, skiff_pool_take(pool), &outline);
    }
    history_expire(&history, 5);
    CU_ASSERT_PTR_NULL(history_find(&history, (uint16_t)(65530 + 2 * 4)));
    CU_ASSERT_PTR_NOT_NULL(history_find(&history, (uint16_t)(65530 + 2 * 5)));
    history_drop_oldest(&history);
    CU_ASSERT_PTR_NULL(history_find(&history, (uint16_t)(65530 + 2 * 5)));
    CU_ASSERT_PTR_NOT_NULL(history_find(&history, (uint16_t)(65530 + 2 * 6)));
    history_clear(&history);
    skiff_pool_free(pool);
}

static void the_history_finds_its_last_keyframe(void)
{
    static struct history history;
    skiff_pool *pool = pool_of(20);
    struct outline outline = { 0 };

    CU_ASSERT_PTR_NULL(history_decodable(&history, 0));
    for (uint16_t i = 0; i < 10; i++) {
        outline.sequence = (uint16_t)(65530 + i);
        outline.timestamp = i * 3000u;
        outline.arrived = i;
        outline.decodable = i == 2 || i == 7;
        if (i != 8)
            history_keep(&history, skiff_pool_take(pool), &outline);
    }
    const struct kept_packet *kept = history_decodable(&history, 7);
    CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
    CU_ASSERT_EQUAL(kept->outline.arrived, 7);
    CU_ASSERT_PTR_NULL(history_decodable(&history, 8));
    history_expire(&history, 8);
    CU_ASSERT_PTR_NULL(history_decodable(&history, 0));
    history_clear(&history);
    skiff_pool_free(pool);
}

/* RFC 6184: parameter sets are in packets of their own, with the timestamp of their IDR
 * picture, of which the packet between them is lost. */
static void the_history_finds_the_parameter_sets_of_its_last_keyframe(void)
{
    static struct history history;
    skiff_pool *pool = pool_of(20);
    struct outline outline = { 0 };

    for (uint16_t i = 0; i < 10; i++) {
        outline.sequence = (uint16_t)(65530 + i);
        outline.timestamp = i / 5 * 3000u;
        outline.arrived = i;
        outline.decodable = i % 5 == 1 || i % 5 == 3;
        if (i != 7)
            history_keep(&history, skiff_pool_take(pool), &outline);
    }
    const struct kept_packet *kept = history_decodable(&history, 8);
    CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
    CU_ASSERT_EQUAL(kept->outline.arrived, 6);
    CU_ASSERT_PTR_NULL(history_earlier(&history, &kept->outline));
    CU_ASSERT_PTR_EQUAL(history_earlier(&history, &history_find(&history, 2)->outline),
                        kept);
    history_clear(&history);
    skiff_pool_free(pool);
}

/* A late packet finds its place; one that is too late is not kept. */
static void late_packets_and_jumps_leave_no_packet_behind(void)
{
    static struct history history;
    skiff_pool *pool = pool_of(20);
    const uint16_t sequences[] = { 1000, 1002, 1001, 999, 40, 5000, 5001, 4999, 65000 };

    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
        keep(&history, pool, sequences[i]);
    CU_ASSERT_PTR_NULL(history_find(&history, 1001));
    CU_ASSERT_PTR_NOT_NULL(history_find(&history, 5001));
    CU_ASSERT_PTR_NOT_NULL(history_find(&history, 4999));
    history_clear(&history);
    skiff_pool_free(pool);
}

/* So that there are packets for sending, whatever the histories of many streams want. */
static void histories_use_half_of_a_pool(void)
{
    skiff_pool *pool = pool_of(16);
    struct feed feed;
    struct outline outline = { .source = SOURCE_VIDEO, .edition = 1, .clock_rate = 90000 };
    bool spare;

    feed_init(&feed, pool);
    for (uint16_t i = 0; i < 100; i++) {
        outline.sequence = i;
        CU_ASSERT_TRUE(feed_packet(&feed, &outline, 10));
        skiff_packet *packet = feed_packet_for(&feed, SOURCE_VIDEO, &spare);
        CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
        CU_ASSERT_TRUE(spare);
        feed_keep(&feed, packet, &outline);
    }
    CU_ASSERT_PTR_NOT_NULL(history_find(feed.sources[SOURCE_VIDEO].history, 99));
    CU_ASSERT_PTR_NOT_NULL(history_find(feed.sources[SOURCE_VIDEO].history, 94));
    CU_ASSERT_PTR_NULL(history_find(feed.sources[SOURCE_VIDEO].history, 90));
    feed_clear(&feed);
    skiff_pool_free(pool);
}

static void a_number_counts_once(void)
{
    struct duplicates duplicates = { 0 };

    for (uint16_t i = 0; i < 2000; i += 2)
        CU_ASSERT_TRUE(duplicates_add(&duplicates, (uint16_t)(65000 + i)));
    CU_ASSERT_FALSE(duplicates_add(&duplicates, (uint16_t)(65000 + 1998)));
    CU_ASSERT_TRUE(duplicates_add(&duplicates, (uint16_t)(65000 + 1997)));
    CU_ASSERT_FALSE(duplicates_add(&duplicates, (uint16_t)(65000 + 1997)));
    CU_ASSERT_FALSE(
        duplicates_add(&duplicates, (uint16_t)(65000 + 1998 - DUPLICATES_NUMBERS)));
    CU_ASSERT_TRUE(duplicates_add(&duplicates, (uint16_t)(65000 + 1998 + 5000)));
    CU_ASSERT_TRUE(duplicates_add(&duplicates, (uint16_t)(65000 + 1998 + 4999)));
}

static void a_number_is_repeated_once_in_a_round_trip(void)
{
    struct repeats repeats = { 0 };
    skiff_time now = SKIFF_MSEC(100000);

    CU_ASSERT_TRUE(repeats_allow(&repeats, 7, now, SKIFF_MSEC(50)));
    CU_ASSERT_FALSE(repeats_allow(&repeats, 7, now + SKIFF_MSEC(49), SKIFF_MSEC(50)));
    CU_ASSERT_TRUE(repeats_allow(&repeats, 8, now + SKIFF_MSEC(49), SKIFF_MSEC(50)));
    CU_ASSERT_TRUE(repeats_allow(&repeats, 7, now + SKIFF_MSEC(50), SKIFF_MSEC(50)));
    CU_ASSERT_FALSE(repeats_allow(&repeats, 7, now + SKIFF_MSEC(51), 0));
}

/* Two numbers with the same place in the table could be asked for in turns. */
static void so_many_packets_are_repeated_in_a_second(void)
{
    struct repeats repeats = { 0 };
    skiff_time now = SKIFF_MSEC(100000);
    unsigned sent = 0;

    for (unsigned i = 0; i < 20000; i++)
        sent += repeats_allow(&repeats, (uint16_t)(i % 2 * REPEATS_TRACKED), now, 0);
    CU_ASSERT_EQUAL(sent, REPEATS_SECOND);
    for (unsigned i = 0; i < 20000; i++) {
        now += 100;
        sent += repeats_allow(&repeats, (uint16_t)(i * 31), now, 0);
    }
    CU_ASSERT_TRUE(sent <= 3 * REPEATS_SECOND + 1);
    CU_ASSERT_TRUE(sent >= 3 * REPEATS_SECOND - 1);
}

static void a_flood_of_wishes_for_keyframes_is_one_in_two_seconds(void)
{
    struct wishes wishes = { 0 };
    const skiff_time begin = SKIFF_MSEC(1000);
    unsigned granted = 0;

    for (unsigned ms = 0; ms < 60000; ms += 10)
        granted += wishes_allow(&wishes, begin + SKIFF_MSEC(ms));
    CU_ASSERT_TRUE(granted >= 30 && granted <= 30 + WISHES_AT_ONCE);
    granted = 0;
    for (unsigned ms = 0; ms < 2500; ms += 10) /* a minute later */
        granted += wishes_allow(&wishes, begin + SKIFF_MSEC(120000 + ms));
    CU_ASSERT_EQUAL(granted, WISHES_AT_ONCE);
}

static void a_wish_is_granted_again_when_its_keyframe_did_not_come(void)
{
    struct wishes wishes = { 0 };
    const skiff_time now = SKIFF_MSEC(1000);

    CU_ASSERT_TRUE(wishes_allow(&wishes, now));
    CU_ASSERT_FALSE(wishes_allow(&wishes, now + SKIFF_MSEC(499)));
    CU_ASSERT_TRUE(wishes_allow(&wishes, now + SKIFF_MSEC(500)));
}

static void a_full_ring_refuses_and_goes_on_when_one_is_dropped(void)
{
    struct relay *relay = relay_new();

    CU_ASSERT_PTR_NOT_NULL_FATAL(relay);
    CU_ASSERT_PTR_NULL(relay_next(relay));
    for (uint32_t i = 0; i < RELAY_ITEMS; i++) {
        relay_place(relay)->len = i;
        relay_put(relay);
    }
    CU_ASSERT_PTR_NULL(relay_place(relay));
    CU_ASSERT_EQUAL(relay_next(relay)->len, 0);
    relay_drop(relay);
    CU_ASSERT_PTR_NOT_NULL_FATAL(relay_place(relay));
    relay_put(relay);
    CU_ASSERT_EQUAL(relay_next(relay)->len, 1);
    CU_ASSERT_PTR_NULL(relay_place(relay));
    relay_free(relay);
}

static void handles_are_found_until_they_are_removed(void)
{
    static char all[400];
    struct handles handles;

    CU_ASSERT_TRUE_FATAL(handles_init(&handles, 200));
    for (size_t i = 0; i < 200; i++)
        CU_ASSERT_TRUE(handles_add(&handles, &all[i], &all[200 + i]));
    for (size_t i = 0; i < 200; i += 3)
        handles_remove(&handles, &all[i]);
    for (size_t i = 0; i < 200; i++)
        CU_ASSERT_PTR_EQUAL(handles_find(&handles, &all[i]),
                            i % 3 == 0 ? NULL : &all[200 + i]);
    handles_free(&handles);
}

static void a_full_table_of_handles_refuses(void)
{
    static char all[4000];
    struct handles handles;
    size_t num = 0;

    CU_ASSERT_TRUE_FATAL(handles_init(&handles, 100));
    while (num < sizeof all && handles_add(&handles, &all[num], &all[num]))
        num++;
    CU_ASSERT_TRUE(num >= 100);
    CU_ASSERT_TRUE(num < sizeof all);
    CU_ASSERT_PTR_NULL(handles_find(&handles, &all[num]));
    handles_free(&handles);
}

static skiff_trace event(skiff_trace_event kind, const char *what, uint64_t number)
{
    return (skiff_trace){ .event = kind, .what = what, .number = number };
}

static void stages_are_those_of_the_first_events(void)
{
    static struct session_trace trace;
    const skiff_trace wrong = event(SKIFF_TRACE_STUN_CHECK, "wrong password", 0);
    const skiff_trace good = event(SKIFF_TRACE_STUN_CHECK, "nominating", 0);
    const skiff_trace hello = event(SKIFF_TRACE_CLIENT_RANDOM, NULL, 0);
    const skiff_trace keys = event(SKIFF_TRACE_CONNECTED, NULL, 0);

    session_trace_begin(&trace, 1000);
    session_trace_add(&trace, 1500, &wrong);
    CU_ASSERT_EQUAL(trace.stages.check, SKIFF_NEVER);
    session_trace_add(&trace, 2000, &good);
    session_trace_add(&trace, 3000, &good);
    session_trace_add(&trace, 4000, &hello);
    session_trace_add(&trace, 5000, &keys);
    session_trace_media(&trace, 6000);
    session_trace_media(&trace, 7000);
    CU_ASSERT_EQUAL(trace.stages.check, 1000);
    CU_ASSERT_EQUAL(trace.stages.client_hello, 3000);
    CU_ASSERT_EQUAL(trace.stages.keys, 4000);
    CU_ASSERT_EQUAL(trace.stages.first_media, 5000);
}

static void a_run_counts_if_it_read_a_datagram_of_the_setup(void)
{
    static struct session_trace trace;
    const skiff_trace datagram = event(SKIFF_TRACE_DATAGRAM_IN, NULL, 0);
    const skiff_trace timer = event(SKIFF_TRACE_TIMER_FIRED, NULL, 0);

    session_trace_begin(&trace, 0);
    session_trace_add(&trace, 10, &timer);
    session_trace_end_run(&trace, 100);
    CU_ASSERT_EQUAL(trace.share, 0);
    session_trace_add(&trace, 20, &datagram);
    session_trace_end_run(&trace, 300);
    session_trace_end_run(&trace, 500);
    CU_ASSERT_EQUAL(trace.share, 300);
    session_trace_media(&trace, 30);
    session_trace_add(&trace, 40, &datagram);
    session_trace_end_run(&trace, 700);
    CU_ASSERT_EQUAL(trace.share, 300);
}

static void the_last_events_are_copied_some_at_a_time(void)
{
    static struct session_trace trace;
    skiff_trace copied[50];
    uint64_t from = 0;

    session_trace_begin(&trace, 0);
    for (uint64_t i = 0; i < TRACE_EVENTS + 10; i++) {
        const skiff_trace one = event(SKIFF_TRACE_RECORD_IN, NULL, i);
        session_trace_add(&trace, i, &one);
    }
    CU_ASSERT_EQUAL(session_trace_copy(&trace, &from, copied, 50), 50);
    CU_ASSERT_EQUAL(copied[0].number, 10);
    CU_ASSERT_EQUAL(from, 60);
    CU_ASSERT_EQUAL(session_trace_copy(&trace, &from, copied, 50), 50);
    CU_ASSERT_EQUAL(session_trace_copy(&trace, &from, copied, 50), TRACE_EVENTS - 100);
    CU_ASSERT_EQUAL(session_trace_copy(&trace, &from, copied, 50), 0);
    CU_ASSERT_EQUAL(from, TRACE_EVENTS + 10);
}

CU_TestInfo kept_tests[] = {
    TEST(the_history_has_the_last_packets_and_no_more),
    TEST(the_history_lets_go_of_what_is_old),
    TEST(the_history_finds_its_last_keyframe),
    TEST(the_history_finds_the_parameter_sets_of_its_last_keyframe),
    TEST(late_packets_and_jumps_leave_no_packet_behind),
    TEST(histories_use_half_of_a_pool),
    TEST(a_number_counts_once),
    TEST(a_number_is_repeated_once_in_a_round_trip),
    TEST(so_many_packets_are_repeated_in_a_second),
    TEST(a_flood_of_wishes_for_keyframes_is_one_in_two_seconds),
    TEST(a_wish_is_granted_again_when_its_keyframe_did_not_come),
    TEST(a_full_ring_refuses_and_goes_on_when_one_is_dropped),
    TEST(handles_are_found_until_they_are_removed),
    TEST(a_full_table_of_handles_refuses),
    TEST(stages_are_those_of_the_first_events),
    TEST(a_run_counts_if_it_read_a_datagram_of_the_setup),
    TEST(the_last_events_are_copied_some_at_a_time),
    CU_TEST_INFO_NULL,
};
