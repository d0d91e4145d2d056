/* tcp_limits_test.c - how many connections there may be, and what slow readers lose. */
#include "suite.h"

#include "ends.h"
#include "tcp_call.h"

#include <stdlib.h>
#include <unistd.h>

/* --- floods --------------------------------------------------------------------------- */

static void a_flood_harms_no_peer_and_keeps_no_new_one_out(void)
{
    enum { FLOOD = 400 };
    static struct stream flood[FLOOD];
    struct tcp_call call;
    struct caller other;
    struct stream stream;

    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    for (uint32_t i = 0; i < FLOOD; i++) {
        tcp_call_connect(&flood[i], &call.fixture.caller, 0x100 + i);
        if (i % 50 == 0)
            server_run(&call.fixture.server);
    }
    server_run(&call.fixture.server);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).tcp_accepted, 1 + FLOOD);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).tcp_closed_half_open, FLOOD - TCP_HALF_OPEN);
    CU_ASSERT_TRUE(stream_has_ended(&flood[0]));
    CU_ASSERT_FALSE(stream_has_ended(&flood[FLOOD - 1]));
    CU_ASSERT_EQUAL(fixture_send(&call.fixture, 5), 5);
    caller_new(&other, &call.fixture.server);
    caller_use_stream(&other, &stream);
    caller_connect(&other);
    for (uint32_t i = 0; i < FLOOD; i++)
        close(flood[i].fd);
    caller_free(&other);
    stream_close(&stream);
    tcp_call_free(&call);
}

static void one_address_has_only_so_many_that_wait(void)
{
    enum { FLOOD = TCP_OF_ADDRESS + 4 };
    static struct stream flood[FLOOD], elsewhere;
    struct tcp_call call;

    tcp_call_new(&call);
    tcp_call_connect(&elsewhere, &call.fixture.caller, 0x200);
    server_run(&call.fixture.server);
    for (uint32_t i = 0; i < FLOOD; i++)
        tcp_call_connect(&flood[i], &call.fixture.caller, 0x201);
    server_run(&call.fixture.server);
    for (uint32_t i = 0; i < FLOOD; i++) {
        CU_ASSERT_EQUAL(stream_has_ended(&flood[i]), i < FLOOD - TCP_OF_ADDRESS);
        close(flood[i].fd);
    }
    CU_ASSERT_FALSE(stream_has_ended(&elsewhere));
    close(elsewhere.fd);
    tcp_call_free(&call);
}

/* Two who come by TCP where there is a place for one. */
static void come_to_one_slot(struct fixture *fixture, struct caller *other,
                             struct stream *one, struct stream *two)
{
    tcp_call_open_server(&fixture->server, 1);
    caller_new(&fixture->caller, &fixture->server);
    caller_new(other, &fixture->server);
    caller_use_stream(&fixture->caller, one);
    caller_use_stream(other, two);
}

static void more_than_have_a_slot_are_refused(void)
{
    struct fixture fixture;
    struct caller other;
    struct stream one, two;

    come_to_one_slot(&fixture, &other, &one, &two);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    CU_ASSERT_FALSE(caller_checks(&other, true));
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_tcp_limit, 1);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_no_route, 1);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_address_in_use, 0);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CONFLICT], 0);
    CU_ASSERT_TRUE(caller_info(&fixture.caller).open);
    CU_ASSERT_FALSE(caller_info(&other).open);
    stream_close(&one);
    server_run(&fixture.server);
    CU_ASSERT_TRUE(caller_checks(&other, true));
    stream_close(&two);
    caller_free(&other);
    fixture_free(&fixture);
}

/* A peer has five places at most: each new connection makes the port leave an older one. */
static void connections_that_remain_are_not_waited_for_without_end(void)
{
    enum { FLOOD = PLACES + TCP_HALF_OPEN + 100 };
    struct stream *streams = calloc(FLOOD, sizeof *streams);
    struct tcp_call call;

    tcp_call_new(&call);
    for (uint32_t i = 0; i < FLOOD; i++) {
        tcp_call_connect(&streams[i], &call.fixture.caller, 0x100 + i);
        call.fixture.caller.stream = &streams[i];
        CU_ASSERT_TRUE(caller_checks(&call.fixture.caller, true));
    }
    CU_ASSERT_EQUAL(tcp_call_counters(&call).drop_tcp_limit, 0);
    for (uint32_t i = 0; i < FLOOD; i++)
        stream_close(&streams[i]);
    free(streams);
    tcp_call_free(&call);
}

/* --- slow readers --------------------------------------------------------------------- */

/* Neither half a frame nor the order is lost: what is read then opens. */
static void an_end_that_reads_slowly_loses_media_and_no_part_of_a_frame(void)
{
    struct tcp_call call;
    struct caller *caller = &call.fixture.caller;

    tcp_call_new(&call);
    caller_connect(caller);
    uint64_t before = tcp_call_counters(&call).frames_sent;
    for (int i = 0; i < 40; i++)
        tcp_call_send(&call.fixture, 100);
    uint64_t lost = tcp_call_counters(&call).drop_slow;
    CU_ASSERT_TRUE(lost > 0 && lost < 4000);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).frames_sent - before, 4000 - lost);
    for (int i = 0; i < 100; i++) {
        caller_run(caller);
        server_run(&call.fixture.server);
    }
    CU_ASSERT_EQUAL(caller->rtp, 4000 - lost);
    CU_ASSERT_TRUE(caller_checks(caller, false));
    tcp_call_send(&call.fixture, 5);
    caller_run(caller);
    CU_ASSERT_EQUAL(caller->rtp, 4000 - lost + 5);
    tcp_call_free(&call);
}

static void checks_get_responses_where_media_finds_no_space(void)
{
    struct tcp_call call;
    struct caller *caller = &call.fixture.caller;
    uint8_t bytes[CALLER_DATAGRAM];

    tcp_call_new(&call);
    caller_connect(caller);
    for (int i = 0; i < 40; i++)
        tcp_call_send(&call.fixture, 100);
    uint64_t lost = tcp_call_counters(&call).drop_slow;
    unsigned before = caller->replies;
    caller_send(caller, bytes, caller_check(caller, false, bytes));
    server_run(&call.fixture.server);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).drop_slow, lost);
    for (int i = 0; i < 100; i++) {
        caller_run(caller);
        server_run(&call.fixture.server);
    }
    CU_ASSERT_EQUAL(caller->replies, before + 1);
    tcp_call_free(&call);
}

static void the_slowest_reader_is_replaced_by_a_connection_that_has_no_slot(void)
{
    struct fixture fixture;
    struct caller other;
    struct stream one, two;

    come_to_one_slot(&fixture, &other, &one, &two);
    caller_connect(&fixture.caller);
    for (int i = 0; i < 40; i++)
        tcp_call_send(&fixture, 100);
    CU_ASSERT_TRUE(caller_checks(&other, true));
    CU_ASSERT_FALSE(caller_info(&fixture.caller).open);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).tcp_closed, 1);
    stream_close(&one);
    stream_close(&two);
    caller_free(&other);
    fixture_free(&fixture);
}

/* A packet may be of a larger pool than the port's. What the socket has begun has to wait
 * for it, to the last byte. */
static void a_frame_that_could_not_wait_is_not_begun(void)
{
    enum { FRAMES = 20, BYTES = 50000 };
    skiff_pool *pool = ends_pool(1, BYTES);
    struct tcp_call call;

    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    for (int i = 0; i < FRAMES; i++) {
        skiff_packet *packet = skiff_pool_take(pool);
        write_rtp_packet(packet, call.fixture.caller.sequence++);
        packet->len = BYTES;
        CU_ASSERT_EQUAL(skiff_peer_send(call.fixture.caller.peer, &packet, 1), SKIFF_OK);
        skiff_port_flush(call.fixture.server.port);
    }
    CU_ASSERT_EQUAL(tcp_call_counters(&call).drop_unsent, FRAMES);
    tcp_call_send(&call.fixture, 5);
    caller_run(&call.fixture.caller);
    CU_ASSERT_EQUAL(call.fixture.caller.rtp, 5);
    tcp_call_free(&call);
    skiff_pool_free(pool);
}

/* --- descriptors ---------------------------------------------------------------------- */

static void a_port_without_descriptors_waits_and_accepts_later(void)
{
    struct tcp_call call;
    struct server *server = &call.fixture.server;

    tcp_call_new(&call);
    ends_refuse_accepts(true);
    skiff_port_run(server->port, server->now, 64);
    ends_refuse_accepts(false);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).tcp_accepted, 0);
    CU_ASSERT_TRUE(skiff_port_deadline(server->port) > server->now);
    server_run(server);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).tcp_accepted, 0);
    server->now = skiff_port_deadline(server->port);
    CU_ASSERT_TRUE(caller_checks(&call.fixture.caller, true));
    tcp_call_free(&call);
}

CU_TestInfo tcp_limits_tests[] = {
    TEST(a_flood_harms_no_peer_and_keeps_no_new_one_out),
    TEST(one_address_has_only_so_many_that_wait),
    TEST(more_than_have_a_slot_are_refused),
    TEST(connections_that_remain_are_not_waited_for_without_end),
    TEST(an_end_that_reads_slowly_loses_media_and_no_part_of_a_frame),
    TEST(checks_get_responses_where_media_finds_no_space),
    TEST(the_slowest_reader_is_replaced_by_a_connection_that_has_no_slot),
    TEST(a_frame_that_could_not_wait_is_not_begun),
    TEST(a_port_without_descriptors_waits_and_accepts_later),
    CU_TEST_INFO_NULL,
};
