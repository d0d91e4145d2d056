/* lost_path_test.c - a TCP connection that was the path has ended: where the peer is
 * reached then, and what somebody gains who copies its checks. */
#include "suite.h"

#include "pairs.h"
#include "stream.h"

static const struct pairs_check plain = { .priority = 2130706431 },
                                nominate = { .use = true, .priority = 2130706431 };

struct call {
    struct pairs pairs;
    struct stream stream;
};

/* The caller is connected by TCP; by its two pairs of UDP it has done nothing yet. */
static void begin(struct call *call)
{
    pairs_begin(&call->pairs, 2);
    call->pairs.fixture.server.config.tcp_connections = 2;
    pairs_open(&call->pairs);
    caller_use_stream(&call->pairs.fixture.caller, &call->stream);
    caller_connect(&call->pairs.fixture.caller);
    CU_ASSERT_TRUE(caller_info(&call->pairs.fixture.caller).tcp);
}

/* Whether a check by a pair of UDP is answered. */
static bool check_by_udp(struct call *call, int pair, struct pairs_check check)
{
    call->pairs.fixture.caller.stream = NULL;
    bool replied = pairs_check(&call->pairs, pair, check);
    call->pairs.fixture.caller.stream = &call->stream;
    return replied;
}

static void lose_connection(struct call *call)
{
    call->pairs.fixture.caller.stream = NULL;
    stream_close(&call->stream);
    server_run(&call->pairs.fixture.server);
}

/* The peer keeps its connection in use. */
static void pass_in_use(struct call *call, unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++) {
        pairs_pass(&call->pairs, SKIFF_MSEC(1000));
        CU_ASSERT_TRUE(caller_checks(&call->pairs.fixture.caller, true));
        caller_send_media(&call->pairs.fixture.caller);
        server_run(&call->pairs.fixture.server);
    }
}

static unsigned times(const struct call *call, skiff_peer_event event)
{
    return call->pairs.fixture.server.events.events[event];
}

static void a_pair_that_was_quiet_for_long_is_not_used(void)
{
    struct call call;

    begin(&call);
    CU_ASSERT_TRUE(check_by_udp(&call, 0, plain));
    pass_in_use(&call, 13);
    lose_connection(&call);
    CU_ASSERT_EQUAL(pairs_where(&call.pairs), PAIRS_NOWHERE);
    CU_ASSERT_EQUAL(pairs_receive(&call.pairs), PAIRS_NOWHERE);
    CU_ASSERT_TRUE(pairs_check(&call.pairs, 0, nominate));
    CU_ASSERT_EQUAL(pairs_receive(&call.pairs), 0);
    pairs_end(&call.pairs);
}

static void a_pair_that_was_checked_lately_is_used_at_once(void)
{
    struct call call;

    begin(&call);
    pass_in_use(&call, 13);
    CU_ASSERT_TRUE(check_by_udp(&call, 1, plain));
    CU_ASSERT_TRUE(check_by_udp(&call, 0, plain));
    lose_connection(&call);
    CU_ASSERT_EQUAL(pairs_receive(&call.pairs), 0); /* the one that was checked last */
    pairs_send_media(&call.pairs, 0);
    for (int i = 0; i < 150; i++) { /* it is proven, so that checks alone keep it alive */
        pairs_pass(&call.pairs, SKIFF_MSEC(1000));
        CU_ASSERT_TRUE(pairs_check(&call.pairs, 0, plain));
    }
    CU_ASSERT_EQUAL(times(&call, SKIFF_PEER_CONSENT_LOST), 0);
    pairs_end(&call.pairs);
}

static void a_proven_pair_is_used_before_one_that_was_checked_later(void)
{
    struct call call;

    begin(&call);
    CU_ASSERT_TRUE(check_by_udp(&call, 1, plain));
    call.pairs.fixture.caller.stream = NULL;
    pairs_send_media(&call.pairs, 1);
    call.pairs.fixture.caller.stream = &call.stream;
    pass_in_use(&call, 1);
    CU_ASSERT_TRUE(check_by_udp(&call, 0, plain));
    lose_connection(&call);
    CU_ASSERT_EQUAL(pairs_receive(&call.pairs), 1);
    pairs_end(&call.pairs);
}

/* The peer has gone. Copies of checks that it has sent come from elsewhere, one in 10 s. */
static void copies_of_checks_keep_a_pair_that_nothing_has_proven_for_150_s(void)
{
    struct call call;
    struct captured copy;
    unsigned seconds = 0;

    begin(&call);
    CU_ASSERT_TRUE(check_by_udp(&call, 0, plain));
    lose_connection(&call);
    while (seconds < 600 && caller_info(&call.pairs.fixture.caller).open) {
        pairs_pass(&call.pairs, SKIFF_MSEC(10000));
        seconds += 10;
        pairs_write(&call.pairs, plain, &copy);
        (void)pairs_send(&call.pairs, 0, &copy);
    }
    CU_ASSERT_TRUE(seconds <= 150);
    for (int i = 0; i < 30; i++) { /* nor do they open it again */
        pairs_pass(&call.pairs, SKIFF_MSEC(10000));
        pairs_write(&call.pairs, plain, &copy);
        (void)pairs_send(&call.pairs, 0, &copy);
        CU_ASSERT_FALSE(caller_info(&call.pairs.fixture.caller).open);
    }
    CU_ASSERT_EQUAL(times(&call, SKIFF_PEER_CONSENT_LOST), 1);
    pairs_send_media(&call.pairs, 0); /* but the peer does */
    CU_ASSERT_EQUAL(pairs_receive(&call.pairs), 0);
    pairs_end(&call.pairs);
}

/* The peer has no other pair. A copied check is the first that comes from anywhere. */
static void media_leaves_a_copier_when_the_peer_sends_from_another_pair(void)
{
    struct call call;
    struct captured copy;

    begin(&call);
    pairs_write(&call.pairs, plain, &copy);
    lose_connection(&call);
    CU_ASSERT_TRUE(pairs_replay(&call.pairs, &copy));
    CU_ASSERT_EQUAL(pairs_receive(&call.pairs), PAIRS_NOWHERE);
    CU_ASSERT_TRUE(pairs_check(&call.pairs, 0, plain));
    pairs_send_media(&call.pairs, 0);
    CU_ASSERT_EQUAL(pairs_receive(&call.pairs), PAIRS_NOWHERE);
    pairs_pass(&call.pairs, SKIFF_MSEC(2000));
    pairs_send_media(&call.pairs, 0);
    CU_ASSERT_EQUAL(pairs_receive(&call.pairs), 0);
    CU_ASSERT_EQUAL(pairs_counters(&call.pairs).paths_reverted, 1);
    pairs_end(&call.pairs);
}

/* The peer sends more by another pair, and checks no more. */
static void media_on_the_path_keeps_consent_beside_media_from_elsewhere(void)
{
    struct pairs pairs;

    pairs_begin(&pairs, 2);
    pairs.fixture.server.config.media_keeps_consent = true;
    pairs_open(&pairs);
    caller_connect(&pairs.fixture.caller);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, plain));
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    for (int i = 0; i < 100; i++) {
        pairs_pass(&pairs, SKIFF_MSEC(500));
        pairs_send_media(&pairs, 1);
        pairs_pass(&pairs, SKIFF_MSEC(500));
        pairs_send_media(&pairs, i % 4 == 1 ? 0 : 1);
    }
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    CU_ASSERT_EQUAL(pairs.fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 0);
    pairs_end(&pairs);
}

CU_TestInfo lost_path_tests[] = {
    TEST(a_pair_that_was_quiet_for_long_is_not_used),
    TEST(a_pair_that_was_checked_lately_is_used_at_once),
    TEST(a_proven_pair_is_used_before_one_that_was_checked_later),
    TEST(copies_of_checks_keep_a_pair_that_nothing_has_proven_for_150_s),
    TEST(media_leaves_a_copier_when_the_peer_sends_from_another_pair),
    TEST(media_on_the_path_keeps_consent_beside_media_from_elsewhere),
    CU_TEST_INFO_NULL,
};
