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
    struct line line;

    tcp_call_new(&line);
    CU_ASSERT_TRUE(caller_checks(&line.fixture.caller, true));
    CU_ASSERT_TRUE(caller_info(&line.fixture.caller).open);
    CU_ASSERT_TRUE(caller_info(&line.fixture.caller).tcp);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).tcp_accepted, 1);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).frames_read, 1);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).frames_sent, 1);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).datagrams_sent, 0);
    tcp_call_free(&line);
}

static void a_call_is_made_through_a_connection(void)
{
    struct line line;

    tcp_call_new(&line);
    caller_connect(&line.fixture.caller);
    CU_ASSERT_EQUAL(fixture_send(&line.fixture, 20), 20);
    caller_send_media(&line.fixture.caller);
    caller_write(&line.fixture.caller, "through TCP");
    server_run(&line.fixture.server);
    CU_ASSERT_EQUAL(line.fixture.server.events.rtp, 1);
    CU_ASSERT_STRING_EQUAL(line.fixture.server.events.data, "through TCP");
    CU_ASSERT_EQUAL(tcp_call_counters(&line).datagrams_sent, 0);
    tcp_call_free(&line);
}

/* Of 17 packets the socket has 16, and the port keeps one. */
static void a_pool_that_is_dry_from_the_beginning_is_enough_for_frames(void)
{
    skiff_pool *pool = ends_pool(17, LIMIT);
    struct line line;

    server_new(&line.fixture.server);
    line.fixture.server.config.tcp_connections = PLACES;
    line.fixture.server.config.no_offload = true;
    line.fixture.server.config.pool = pool;
    server_open(&line.fixture.server);
    caller_new(&line.fixture.caller, &line.fixture.server);
    caller_set_credentials(&line.fixture.caller, &line.stream);
    caller_connect(&line.fixture.caller);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).drop_frame, 0);
    tcp_call_free(&line);
    skiff_pool_free(pool);
}

/* --- framing -------------------------------------------------------------------------- */

static void a_stream_may_be_cut_anywhere(void)
{
    static const size_t splits[] = { 1, 2, 3, 7, 100, 1399 };

    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        struct line line;
        tcp_call_new(&line);
        line.stream.split = splits[i];
        caller_connect(&line.fixture.caller);
        caller_write(&line.fixture.caller, "in pieces");
        server_run(&line.fixture.server);
        CU_ASSERT_STRING_EQUAL(line.fixture.server.events.data, "in pieces");
        tcp_call_free(&line);
    }
}

/* A run between any two bytes sees every part of a frame. */
static void a_frame_is_waited_for_byte_by_byte(void)
{
    struct line line;
    uint8_t bytes[2 + CALLER_DATAGRAM];

    tcp_call_new(&line);
    size_t len = caller_check(&line.fixture.caller, true, bytes + 2);
    bytes[0] = (uint8_t)(len >> 8);
    bytes[1] = (uint8_t)len;
    for (size_t i = 0; i < 2 + len; i++) {
        CU_ASSERT_EQUAL(tcp_call_counters(&line).checks_succeeded, 0);
        stream_write(&line.stream, bytes + i, 1);
        server_run(&line.fixture.server);
    }
    CU_ASSERT_EQUAL(tcp_call_counters(&line).checks_succeeded, 1);
    tcp_call_free(&line);
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
    struct line line;
    uint8_t bytes[8 * CALLER_DATAGRAM], sealed[CALLER_DATAGRAM];
    char text[] = "message 0";
    size_t at = 0;

    tcp_call_new(&line);
    caller_connect(&line.fixture.caller);
    uint64_t before = tcp_call_counters(&line).frames_read;
    for (int i = 1; i <= 9; i++) {
        text[8] = (char)('0' + i);
        at = add_frame(bytes, at, sealed, caller_seal(&line.fixture.caller, text, sealed));
        at = add_frame(bytes, at, "", 0);
    }
    stream_write(&line.stream, bytes, at);
    server_run(&line.fixture.server);
    CU_ASSERT_EQUAL(line.fixture.server.events.events[SKIFF_PEER_DATA], 9);
    CU_ASSERT_STRING_EQUAL(line.fixture.server.events.data, "message 9");
    CU_ASSERT_EQUAL(tcp_call_counters(&line).frames_read, before + 9);
    tcp_call_free(&line);
}

/* Timers wait until all has been read, but not for who goes on and on. */
static void null_packets_without_an_end_stop_no_timer(void)
{
    static const uint8_t nothing[100000];
    struct line line;
    struct caller other;

    tcp_call_new(&line);
    caller_connect(&line.fixture.caller);
    caller_new(&other, &line.fixture.server);
    stream_write(&line.stream, nothing, sizeof nothing);
    line.fixture.server.now += SKIFF_MSEC(30000);
    for (int i = 0; i < 100; i++) {
        skiff_port_run(line.fixture.server.port, line.fixture.server.now, 64);
        CU_ASSERT_TRUE(skiff_port_deadline(line.fixture.server.port)
                       <= line.fixture.server.now);
    }
    CU_ASSERT_EQUAL(line.fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 2);
    caller_free(&other);
    tcp_call_free(&line);
}

static void nobody_is_kept_waiting_by_the_peer_that_sends_much(void)
{
    struct line line;
    struct caller other;
    struct stream stream;
    uint8_t flood[3000], bytes[CALLER_DATAGRAM];

    tcp_call_new(&line);
    caller_connect(&line.fixture.caller);
    caller_new(&other, &line.fixture.server);
    caller_set_credentials(&other, &stream);
    skiff_port_run(line.fixture.server.port, line.fixture.server.now, 64);
    for (size_t i = 0; i < sizeof flood; i += 3)
        memcpy(flood + i, "\x00\x01\x80", 3);
    for (int i = 0; i < 10; i++)
        stream_write(&line.stream, flood, sizeof flood);
    caller_send(&other, bytes, caller_check(&other, true, bytes));
    skiff_port_run(line.fixture.server.port, line.fixture.server.now, 64);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).checks_succeeded, 2);
    CU_ASSERT_TRUE(skiff_port_deadline(line.fixture.server.port)
                   <= line.fixture.server.now);
    server_run(&line.fixture.server);
    CU_ASSERT_TRUE(tcp_call_counters(&line).frames_read > 10000);
    CU_ASSERT_EQUAL(fixture_send(&line.fixture, 5), 5);
    caller_free(&other);
    stream_close(&stream);
    tcp_call_free(&line);
}

/* --- what nobody is heard for --------------------------------------------------------- */

static bool is_ended_by(const void *bytes, size_t len)
{
    struct line line;
    bool has_ended;

    tcp_call_new(&line);
    stream_write(&line.stream, bytes, len);
    server_run(&line.fixture.server);
    has_ended = stream_has_ended(&line.stream);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).drop_frame, has_ended ? 1 : 0);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).tcp_closed_half_open, has_ended ? 1 : 0);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).frames_sent, 0);
    tcp_call_free(&line);
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
    struct line line;
    struct server *server = &line.fixture.server;
    uint8_t bytes[CALLER_DATAGRAM];

    tcp_call_new(&line);
    line.fixture.caller.pwd = "not the password at all!";
    caller_send(&line.fixture.caller, bytes,
                caller_check(&line.fixture.caller, true, bytes));
    server_run(server);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).drop_integrity, 1);
    CU_ASSERT_EQUAL(skiff_port_deadline(server->port), server->now + TCP_FIRST_CHECK);
    server->now += TCP_FIRST_CHECK - 1;
    server_run(server);
    CU_ASSERT_FALSE(stream_has_ended(&line.stream));
    server->now += 1;
    server_run(server);
    CU_ASSERT_TRUE(stream_has_ended(&line.stream));
    CU_ASSERT_EQUAL(tcp_call_counters(&line).tcp_closed_half_open, 1);
    tcp_call_free(&line);
}

static void a_frame_longer_than_packets_are_ends_a_connection_but_no_peer(void)
{
    struct line line;

    tcp_call_new(&line);
    caller_connect(&line.fixture.caller);
    stream_write(&line.stream, "\x05\xdd", 2); /* 1,501 */
    server_run(&line.fixture.server);
    CU_ASSERT_TRUE(stream_has_ended(&line.stream));
    CU_ASSERT_EQUAL(tcp_call_counters(&line).drop_frame, 1);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).tcp_closed, 1);
    CU_ASSERT_FALSE(caller_info(&line.fixture.caller).open);
    CU_ASSERT_EQUAL(line.fixture.server.events.events[SKIFF_PEER_CLOSED], 0);
    tcp_call_free(&line);
}

/* --- ends ----------------------------------------------------------------------------- */

static void a_peer_whose_connection_ends_lives_and_may_come_back(void)
{
    struct line line;
    struct stream again;
    struct caller *caller = &line.fixture.caller;

    tcp_call_new(&line);
    caller_connect(caller);
    stream_close(&line.stream);
    server_run(&line.fixture.server);
    CU_ASSERT_FALSE(caller_info(caller).open);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).tcp_closed, 1);
    CU_ASSERT_EQUAL(line.fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 0);
    caller_set_credentials(caller, &again);
    CU_ASSERT_TRUE(caller_checks(caller, true));
    CU_ASSERT_TRUE(caller_info(caller).open);
    CU_ASSERT_EQUAL(line.fixture.server.events.events[SKIFF_PEER_PATH], 2);
    CU_ASSERT_EQUAL(fixture_send(&line.fixture, 5), 5);
    fixture_free(&line.fixture);
    stream_close(&again);
}

static void a_peer_without_its_connection_is_silent_when_consent_ends(void)
{
    struct line line;
    struct server *server = &line.fixture.server;

    tcp_call_new(&line);
    caller_connect(&line.fixture.caller);
    stream_close(&line.stream);
    server_run(server);
    server->now += SKIFF_MSEC(29999);
    server_run(server);
    CU_ASSERT_EQUAL(server->events.events[SKIFF_PEER_CONSENT_LOST], 0);
    server->now += SKIFF_MSEC(1);
    server_run(server);
    CU_ASSERT_EQUAL(server->events.events[SKIFF_PEER_CONSENT_LOST], 1);
    fixture_free(&line.fixture);
}

static void a_peer_whose_connection_ends_is_reached_where_it_was_before(void)
{
    struct line line;
    struct caller *caller = &line.fixture.caller;

    tcp_call_new(&line);
    caller->stream = NULL;
    CU_ASSERT_TRUE(caller_checks(caller, false));
    caller->stream = &line.stream;
    caller_connect(caller);
    CU_ASSERT_TRUE(caller_info(caller).tcp);
    stream_close(&line.stream);
    unsigned before = line.fixture.server.events.events[SKIFF_PEER_PATH];
    server_run(&line.fixture.server);
    CU_ASSERT_TRUE(caller_info(caller).open);
    CU_ASSERT_FALSE(caller_info(caller).tcp);
    CU_ASSERT_EQUAL(line.fixture.server.events.events[SKIFF_PEER_PATH], before + 1);
    caller->stream = NULL;
    CU_ASSERT_EQUAL(fixture_send(&line.fixture, 5), 5);
    fixture_free(&line.fixture);
}

/* What it is sent last is read, though its own last words are not. */
static void the_connection_of_a_peer_that_is_freed_ends_after_close_notify(void)
{
    struct line line;

    tcp_call_new(&line);
    caller_connect(&line.fixture.caller);
    skiff_peer_free(line.fixture.caller.peer);
    CU_ASSERT_TRUE(skiff_port_deadline(line.fixture.server.port)
                   <= line.fixture.server.now);
    caller_write(&line.fixture.caller, "not heard");
    server_run(&line.fixture.server);
    caller_run(&line.fixture.caller);
    CU_ASSERT_TRUE(line.fixture.caller.closed);
    CU_ASSERT_TRUE(stream_has_ended(&line.stream));
    stream_close(&line.stream);
    server_run(&line.fixture.server);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).tcp_closed, 1);
    CU_ASSERT_TRUE(skiff_port_deadline(line.fixture.server.port) > line.fixture.server.now);
    fixture_free(&line.fixture);
}

/* Noise of every kind from one who has proven who he is: it ends his connection at most. */
static void noise_through_a_chosen_connection_harms_nobody(void)
{
    uint32_t seed = (uint32_t)getpid();

    for (unsigned round = 0; round < suite_rounds(200); round++) {
        struct line line;
        uint8_t noise[600];
        tcp_call_new(&line);
        CU_ASSERT_TRUE(caller_checks(&line.fixture.caller, true));
        uint32_t start = seed + round, random = start;
        for (size_t i = 0; i < sizeof noise; i++) {
            random = random * 1664525 + 1013904223;
            noise[i] = (uint8_t)(random >> 24);
            if (random >> 16 & 1)
                noise[i] = 0; /* also short frames */
        }
        line.stream.split = 1 + start % 97;
        stream_write(&line.stream, noise, sizeof noise);
        server_run(&line.fixture.server);
        if (tcp_call_counters(&line).checks_succeeded != 1)
            printf("seed %u\n", start);
        CU_ASSERT_EQUAL(tcp_call_counters(&line).checks_succeeded, 1);
        tcp_call_free(&line);
    }
}

static void a_check_gets_a_response_while_the_pool_is_dry(void)
{
    struct line line;
    skiff_packet *packets[1024];
    size_t num = 0;

    tcp_call_new(&line);
    while ((packets[num] = skiff_pool_take(line.fixture.server.pool)) != NULL)
        num++;
    uint8_t bytes[CALLER_DATAGRAM];
    caller_send(&line.fixture.caller, bytes,
                caller_check(&line.fixture.caller, true, bytes));
    server_run(&line.fixture.server);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).checks_succeeded, 1);
    CU_ASSERT_EQUAL(tcp_call_counters(&line).frames_sent, 1);
    while (num > 0)
        skiff_packet_release(&packets[--num]);
    caller_run(&line.fixture.caller);
    CU_ASSERT_EQUAL(line.fixture.caller.replies, 1);
    tcp_call_free(&line);
}

static void copies_go_through_a_connection_too(void)
{
    struct line line;
    skiff_packet *packet;

    tcp_call_new(&line);
    caller_connect(&line.fixture.caller);
    packet = skiff_pool_take(line.fixture.server.pool);
    write_rtp_packet(packet, 1);
    const skiff_packet *const plain[] = { packet };
    CU_ASSERT_EQUAL(skiff_peer_send_copies(line.fixture.caller.peer, plain, 1, NULL, NULL),
                    SKIFF_OK);
    skiff_port_flush(line.fixture.server.port);
    skiff_packet_release(&packet);
    caller_run(&line.fixture.caller);
    CU_ASSERT_EQUAL(line.fixture.caller.rtp, 1);
    tcp_call_free(&line);
}

/* --- what it costs, and where it listens ---------------------------------------------- */

static void media_through_a_connection_uses_no_memory(void)
{
    struct line line;

    if (!count_works())
        return;
    tcp_call_new(&line);
    caller_connect(&line.fixture.caller);
    tcp_call_send(&line.fixture, 1);
    caller_send_media(&line.fixture.caller);
    server_run(&line.fixture.server);
    caller_send_media(&line.fixture.caller);
    uint64_t allocs = count_now().allocs;
    tcp_call_send(&line.fixture, 500);
    server_run(&line.fixture.server);
    CU_ASSERT_EQUAL(count_now().allocs, allocs);
    CU_ASSERT_EQUAL(line.fixture.server.events.rtp, 2);
    tcp_call_free(&line);
}

static void a_port_at_any_address_listens_at_each(void)
{
    struct line line;
    struct server *server = &line.fixture.server;

    server_new(server);
    server->config.tcp_connections = PLACES;
    server->config.address = "[::]:0";
    server_open(server);
    caller_new(&line.fixture.caller, server);
    caller_set_credentials(&line.fixture.caller, &line.stream);
    caller_connect(&line.fixture.caller);
    CU_ASSERT_EQUAL(fixture_send(&line.fixture, 5), 5);
    CU_ASSERT_EQUAL(strncmp(caller_info(&line.fixture.caller).remote, "127.0.0.1:", 10), 0);
    tcp_call_free(&line);
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
