/* tcp_test.c - peers of a port that are behind networks without UDP. */
#include "suite.h"

#include "count.h"
#include "../port/ends.h"
#include "../port/tcp_call.h"

#include <string.h>
#include <unistd.h>

/* --- calls ---------------------------------------------------------------------------- */

static void a_check_gets_a_response_through_its_connection(void)
{
    struct tcp_call call;

    tcp_call_new(&call);
    CU_ASSERT_TRUE(caller_checks(&call.fixture.caller, true));
    CU_ASSERT_TRUE(caller_info(&call.fixture.caller).open);
    CU_ASSERT_TRUE(caller_info(&call.fixture.caller).tcp);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).tcp_accepted, 1);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).frames_read, 1);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).frames_sent, 1);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).datagrams_sent, 0);
    tcp_call_free(&call);
}

static void a_call_is_made_through_a_connection(void)
{
    struct tcp_call call;

    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    CU_ASSERT_EQUAL(fixture_send(&call.fixture, 20), 20);
    caller_send_media(&call.fixture.caller);
    caller_write(&call.fixture.caller, "through TCP");
    server_run(&call.fixture.server);
    CU_ASSERT_EQUAL(call.fixture.server.events.rtp, 1);
    CU_ASSERT_STRING_EQUAL(call.fixture.server.events.data, "through TCP");
    CU_ASSERT_EQUAL(tcp_call_counters(&call).datagrams_sent, 0);
    tcp_call_free(&call);
}

/* Of 17 packets the socket has 16, and the port keeps one. */
static void a_pool_that_is_dry_from_the_beginning_is_enough_for_frames(void)
{
    skiff_pool *pool = ends_pool(17, LIMIT);
    struct tcp_call call;

    server_new(&call.fixture.server);
    call.fixture.server.config.tcp_connections = PLACES;
    call.fixture.server.config.no_offload = true;
    call.fixture.server.config.pool = pool;
    server_open(&call.fixture.server);
    caller_new(&call.fixture.caller, &call.fixture.server);
    caller_use_stream(&call.fixture.caller, &call.stream);
    caller_connect(&call.fixture.caller);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).drop_frame, 0);
    tcp_call_free(&call);
    skiff_pool_free(pool);
}

/* --- framing -------------------------------------------------------------------------- */

static void a_stream_may_be_cut_anywhere(void)
{
    static const size_t splits[] = { 1, 2, 3, 7, 100, 1399 };

    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        struct tcp_call call;
        tcp_call_new(&call);
        call.stream.split = splits[i];
        caller_connect(&call.fixture.caller);
        caller_write(&call.fixture.caller, "in pieces");
        server_run(&call.fixture.server);
        CU_ASSERT_STRING_EQUAL(call.fixture.server.events.data, "in pieces");
        tcp_call_free(&call);
    }
}

/* A run between any two bytes sees every part of a frame. */
static void a_frame_is_waited_for_byte_by_byte(void)
{
    struct tcp_call call;
    uint8_t bytes[2 + CALLER_DATAGRAM];

    tcp_call_new(&call);
    size_t len = caller_check(&call.fixture.caller, true, bytes + 2);
    bytes[0] = (uint8_t)(len >> 8);
    bytes[1] = (uint8_t)len;
    for (size_t i = 0; i < 2 + len; i++) {
        CU_ASSERT_EQUAL(tcp_call_counters(&call).checks_succeeded, 0);
        stream_write(&call.stream, bytes + i, 1);
        server_run(&call.fixture.server);
    }
    CU_ASSERT_EQUAL(tcp_call_counters(&call).checks_succeeded, 1);
    tcp_call_free(&call);
}

static size_t add_frame(uint8_t *bytes, size_t at, const void *data, size_t len)
{
    bytes[at] = (uint8_t)(len >> 8);
    bytes[at + 1] = (uint8_t)len;
    memcpy(bytes + at + 2, data, len);
    return at + 2 + len;
}

/* RFC 4571 section 2: a LENGTH of 0 is the null packet. */
static void many_frames_in_one_read_are_accepted_in_order_and_empty_ones_mean_nothing(void)
{
    struct tcp_call call;
    uint8_t bytes[8 * CALLER_DATAGRAM], sealed[CALLER_DATAGRAM];
    char text[] = "message 0";
    size_t at = 0;

    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    uint64_t before = tcp_call_counters(&call).frames_read;
    for (int i = 1; i <= 9; i++) {
        text[8] = (char)('0' + i);
        at = add_frame(bytes, at, sealed, caller_seal(&call.fixture.caller, text, sealed));
        at = add_frame(bytes, at, "", 0);
    }
    stream_write(&call.stream, bytes, at);
    server_run(&call.fixture.server);
    CU_ASSERT_EQUAL(call.fixture.server.events.events[SKIFF_PEER_DATA], 9);
    CU_ASSERT_STRING_EQUAL(call.fixture.server.events.data, "message 9");
    CU_ASSERT_EQUAL(tcp_call_counters(&call).frames_read, before + 9);
    tcp_call_free(&call);
}

/* Timers wait until all has been read, but not for who goes on and on. */
static void null_packets_without_an_end_stop_no_timer(void)
{
    static const uint8_t nothing[100000];
    struct tcp_call call;
    struct caller other;

    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    caller_new(&other, &call.fixture.server);
    stream_write(&call.stream, nothing, sizeof nothing);
    call.fixture.server.now += SKIFF_MSEC(30000);
    for (int i = 0; i < 100; i++) {
        skiff_port_run(call.fixture.server.port, call.fixture.server.now, 64);
        CU_ASSERT_TRUE(skiff_port_deadline(call.fixture.server.port)
                       <= call.fixture.server.now);
    }
    CU_ASSERT_EQUAL(call.fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 2);
    caller_free(&other);
    tcp_call_free(&call);
}

static void nobody_is_kept_waiting_by_the_peer_that_sends_much(void)
{
    struct tcp_call call;
    struct caller other;
    struct stream stream;
    uint8_t flood[3000], bytes[CALLER_DATAGRAM];

    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    caller_new(&other, &call.fixture.server);
    caller_use_stream(&other, &stream);
    skiff_port_run(call.fixture.server.port, call.fixture.server.now, 64);
    for (size_t i = 0; i < sizeof flood; i += 3)
        memcpy(flood + i, "\x00\x01\x80", 3);
    for (int i = 0; i < 10; i++)
        stream_write(&call.stream, flood, sizeof flood);
    caller_send(&other, bytes, caller_check(&other, true, bytes));
    skiff_port_run(call.fixture.server.port, call.fixture.server.now, 64);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).checks_succeeded, 2);
    CU_ASSERT_TRUE(skiff_port_deadline(call.fixture.server.port)
                   <= call.fixture.server.now);
    server_run(&call.fixture.server);
    CU_ASSERT_TRUE(tcp_call_counters(&call).frames_read > 10000);
    CU_ASSERT_EQUAL(fixture_send(&call.fixture, 5), 5);
    caller_free(&other);
    stream_close(&stream);
    tcp_call_free(&call);
}

/* --- what ends a connection ----------------------------------------------------------- */

static bool is_ended_by(const void *bytes, size_t len)
{
    struct tcp_call call;
    bool has_ended;

    tcp_call_new(&call);
    stream_write(&call.stream, bytes, len);
    server_run(&call.fixture.server);
    has_ended = stream_has_ended(&call.stream);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).drop_frame, has_ended ? 1 : 0);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).tcp_closed_half_open, has_ended ? 1 : 0);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).frames_sent, 0);
    tcp_call_free(&call);
    return has_ended;
}

static void what_cannot_be_a_check_ends_a_connection_at_its_first_bytes(void)
{
    CU_ASSERT_TRUE(is_ended_by("\x00\x00", 2));
    CU_ASSERT_TRUE(is_ended_by("\x00\x13", 2));
    CU_ASSERT_TRUE(is_ended_by("\xff\xff", 2));
    CU_ASSERT_TRUE(is_ended_by("\x16\x03", 2)); /* TLS */
    CU_ASSERT_TRUE(is_ended_by("GET / HTTP/1.1\r\n", 16));
    CU_ASSERT_TRUE(is_ended_by("\x00\x20\x01", 3));
    CU_ASSERT_TRUE(is_ended_by("\x00\x20\x00\x11", 4)); /* an indication */
    CU_ASSERT_TRUE(is_ended_by("\x00\x20\x80", 3));
    CU_ASSERT_FALSE(is_ended_by("\x00", 1));
    CU_ASSERT_FALSE(is_ended_by("\x00\x20\x00\x01", 4));
}

static void a_connection_without_a_good_check_ends_in_time(void)
{
    struct tcp_call call;
    struct server *server = &call.fixture.server;
    uint8_t bytes[CALLER_DATAGRAM];

    tcp_call_new(&call);
    call.fixture.caller.pwd = "not the password at all!";
    caller_send(&call.fixture.caller, bytes,
                caller_check(&call.fixture.caller, true, bytes));
    server_run(server);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).drop_integrity, 1);
    CU_ASSERT_EQUAL(skiff_port_deadline(server->port), server->now + TCP_FIRST_CHECK);
    server->now += TCP_FIRST_CHECK - 1;
    server_run(server);
    CU_ASSERT_FALSE(stream_has_ended(&call.stream));
    server->now += 1;
    server_run(server);
    CU_ASSERT_TRUE(stream_has_ended(&call.stream));
    CU_ASSERT_EQUAL(tcp_call_counters(&call).tcp_closed_half_open, 1);
    tcp_call_free(&call);
}

static void a_frame_longer_than_packets_are_ends_a_connection_but_no_peer(void)
{
    struct tcp_call call;

    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    stream_write(&call.stream, "\x05\xdd", 2); /* 1,501 */
    server_run(&call.fixture.server);
    CU_ASSERT_TRUE(stream_has_ended(&call.stream));
    CU_ASSERT_EQUAL(tcp_call_counters(&call).drop_frame, 1);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).tcp_closed, 1);
    CU_ASSERT_FALSE(caller_info(&call.fixture.caller).open);
    CU_ASSERT_EQUAL(call.fixture.server.events.events[SKIFF_PEER_CLOSED], 0);
    tcp_call_free(&call);
}

/* --- ends ----------------------------------------------------------------------------- */

static void a_peer_whose_connection_ends_lives_and_may_come_back(void)
{
    struct tcp_call call;
    struct stream again;
    struct caller *caller = &call.fixture.caller;

    tcp_call_new(&call);
    caller_connect(caller);
    stream_close(&call.stream);
    server_run(&call.fixture.server);
    CU_ASSERT_FALSE(caller_info(caller).open);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).tcp_closed, 1);
    CU_ASSERT_EQUAL(call.fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 0);
    caller_use_stream(caller, &again);
    CU_ASSERT_TRUE(caller_checks(caller, true));
    CU_ASSERT_TRUE(caller_info(caller).open);
    CU_ASSERT_EQUAL(call.fixture.server.events.events[SKIFF_PEER_PATH], 2);
    CU_ASSERT_EQUAL(fixture_send(&call.fixture, 5), 5);
    fixture_free(&call.fixture);
    stream_close(&again);
}

static void a_peer_without_its_connection_is_silent_when_consent_ends(void)
{
    struct tcp_call call;
    struct server *server = &call.fixture.server;

    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    stream_close(&call.stream);
    server_run(server);
    server->now += SKIFF_MSEC(29999);
    server_run(server);
    CU_ASSERT_EQUAL(server->events.events[SKIFF_PEER_CONSENT_LOST], 0);
    server->now += SKIFF_MSEC(1);
    server_run(server);
    CU_ASSERT_EQUAL(server->events.events[SKIFF_PEER_CONSENT_LOST], 1);
    fixture_free(&call.fixture);
}

static void a_peer_whose_connection_ends_is_reached_where_it_was_before(void)
{
    struct tcp_call call;
    struct caller *caller = &call.fixture.caller;

    tcp_call_new(&call);
    caller->stream = NULL;
    CU_ASSERT_TRUE(caller_checks(caller, false));
    caller->stream = &call.stream;
    caller_connect(caller);
    CU_ASSERT_TRUE(caller_info(caller).tcp);
    stream_close(&call.stream);
    unsigned before = call.fixture.server.events.events[SKIFF_PEER_PATH];
    server_run(&call.fixture.server);
    CU_ASSERT_TRUE(caller_info(caller).open);
    CU_ASSERT_FALSE(caller_info(caller).tcp);
    CU_ASSERT_EQUAL(call.fixture.server.events.events[SKIFF_PEER_PATH], before + 1);
    caller->stream = NULL;
    CU_ASSERT_EQUAL(fixture_send(&call.fixture, 5), 5);
    fixture_free(&call.fixture);
}

/* What it is sent last is read, though its own last words are not. */
static void the_connection_of_a_peer_that_is_freed_ends_after_close_notify(void)
{
    struct tcp_call call;

    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    skiff_peer_free(call.fixture.caller.peer);
    CU_ASSERT_TRUE(skiff_port_deadline(call.fixture.server.port)
                   <= call.fixture.server.now);
    caller_write(&call.fixture.caller, "not heard");
    server_run(&call.fixture.server);
    caller_run(&call.fixture.caller);
    CU_ASSERT_TRUE(call.fixture.caller.closed);
    CU_ASSERT_TRUE(stream_has_ended(&call.stream));
    stream_close(&call.stream);
    server_run(&call.fixture.server);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).tcp_closed, 1);
    CU_ASSERT_TRUE(skiff_port_deadline(call.fixture.server.port) > call.fixture.server.now);
    fixture_free(&call.fixture);
}

/* Noise of every kind from one who has proven who he is: it ends his connection at most. */
static void noise_through_a_chosen_connection_harms_nobody(void)
{
    uint32_t seed = (uint32_t)getpid();

    for (unsigned round = 0; round < suite_rounds(200); round++) {
        struct tcp_call call;
        uint8_t noise[600];
        tcp_call_new(&call);
        CU_ASSERT_TRUE(caller_checks(&call.fixture.caller, true));
        uint32_t start = seed + round, random = start;
        for (size_t i = 0; i < sizeof noise; i++) {
            random = random * 1664525 + 1013904223;
            noise[i] = (uint8_t)(random >> 24);
            if (random >> 16 & 1)
                noise[i] = 0; /* also short frames */
        }
        call.stream.split = 1 + start % 97;
        stream_write(&call.stream, noise, sizeof noise);
        server_run(&call.fixture.server);
        if (tcp_call_counters(&call).checks_succeeded != 1)
            printf("seed %u\n", start);
        CU_ASSERT_EQUAL(tcp_call_counters(&call).checks_succeeded, 1);
        tcp_call_free(&call);
    }
}

static void a_check_gets_a_response_while_the_pool_is_dry(void)
{
    struct tcp_call call;
    skiff_packet *packets[1024];
    size_t num = 0;

    tcp_call_new(&call);
    while ((packets[num] = skiff_pool_take(call.fixture.server.pool)) != NULL)
        num++;
    uint8_t bytes[CALLER_DATAGRAM];
    caller_send(&call.fixture.caller, bytes,
                caller_check(&call.fixture.caller, true, bytes));
    server_run(&call.fixture.server);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).checks_succeeded, 1);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).frames_sent, 1);
    while (num > 0)
        skiff_packet_release(&packets[--num]);
    caller_run(&call.fixture.caller);
    CU_ASSERT_EQUAL(call.fixture.caller.replies, 1);
    tcp_call_free(&call);
}

static void copies_go_through_a_connection_too(void)
{
    struct tcp_call call;
    skiff_packet *packet;

    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    packet = skiff_pool_take(call.fixture.server.pool);
    write_rtp_packet(packet, 1);
    const skiff_packet *const plain[] = { packet };
    CU_ASSERT_EQUAL(skiff_peer_send_copies(call.fixture.caller.peer, plain, 1, NULL, NULL),
                    SKIFF_OK);
    skiff_port_flush(call.fixture.server.port);
    skiff_packet_release(&packet);
    caller_run(&call.fixture.caller);
    CU_ASSERT_EQUAL(call.fixture.caller.rtp, 1);
    tcp_call_free(&call);
}

/* --- what it costs, and where it listens ---------------------------------------------- */

static void media_through_a_connection_uses_no_memory(void)
{
    struct tcp_call call;

    if (!count_works())
        return;
    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    tcp_call_send(&call.fixture, 1);
    caller_send_media(&call.fixture.caller);
    server_run(&call.fixture.server);
    caller_send_media(&call.fixture.caller);
    uint64_t allocs = count_now().allocs;
    tcp_call_send(&call.fixture, 500);
    server_run(&call.fixture.server);
    CU_ASSERT_EQUAL(count_now().allocs, allocs);
    CU_ASSERT_EQUAL(call.fixture.server.events.rtp, 2);
    tcp_call_free(&call);
}

static void a_port_at_any_address_listens_at_each(void)
{
    struct tcp_call call;
    struct server *server = &call.fixture.server;

    server_new(server);
    server->config.tcp_connections = PLACES;
    server->config.address = "[::]:0";
    server_open(server);
    caller_new(&call.fixture.caller, server);
    caller_use_stream(&call.fixture.caller, &call.stream);
    caller_connect(&call.fixture.caller);
    CU_ASSERT_EQUAL(fixture_send(&call.fixture, 5), 5);
    CU_ASSERT_EQUAL(strncmp(caller_info(&call.fixture.caller).remote, "127.0.0.1:", 10), 0);
    tcp_call_free(&call);
}

static void a_port_number_that_is_in_use_for_tcp_is_reported(void)
{
    struct fixture fixture;
    skiff_port *port = NULL;

    tcp_call_open_server(&fixture.server, 1);
    skiff_port_config config = fixture.server.config;
    config.address = skiff_port_address(fixture.server.port);
    config.context = fixture.server.callers_context; /* nobody has it */
    CU_ASSERT_EQUAL(skiff_port_new(&config, &port), SKIFF_ERR_STATE);
    config.tcp_connections = TCP_MAX_CONNECTIONS + 1;
    config.address = "127.0.0.1:0";
    CU_ASSERT_EQUAL(skiff_port_new(&config, &port), SKIFF_ERR_ARGUMENT);
    server_free(&fixture.server);
}

CU_TestInfo tcp_tests[] = {
    TEST(a_check_gets_a_response_through_its_connection),
    TEST(a_call_is_made_through_a_connection),
    TEST(a_pool_that_is_dry_from_the_beginning_is_enough_for_frames),
    TEST(a_stream_may_be_cut_anywhere),
    TEST(a_frame_is_waited_for_byte_by_byte),
    TEST(many_frames_in_one_read_are_accepted_in_order_and_empty_ones_mean_nothing),
    TEST(null_packets_without_an_end_stop_no_timer),
    TEST(nobody_is_kept_waiting_by_the_peer_that_sends_much),
    TEST(what_cannot_be_a_check_ends_a_connection_at_its_first_bytes),
    TEST(a_connection_without_a_good_check_ends_in_time),
    TEST(a_frame_longer_than_packets_are_ends_a_connection_but_no_peer),
    TEST(a_peer_whose_connection_ends_lives_and_may_come_back),
    TEST(a_peer_without_its_connection_is_silent_when_consent_ends),
    TEST(a_peer_whose_connection_ends_is_reached_where_it_was_before),
    TEST(the_connection_of_a_peer_that_is_freed_ends_after_close_notify),
    TEST(noise_through_a_chosen_connection_harms_nobody),
    TEST(a_check_gets_a_response_while_the_pool_is_dry),
    TEST(copies_go_through_a_connection_too),
    TEST(media_through_a_connection_uses_no_memory),
    TEST(a_port_at_any_address_listens_at_each),
    TEST(a_port_number_that_is_in_use_for_tcp_is_reported),
    CU_TEST_INFO_NULL,
};
