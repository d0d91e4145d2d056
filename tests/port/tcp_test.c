/* tcp_test.c - peers of a port that are behind networks without UDP. */
#include "suite.h"

#include "count.h"
#include "ends.h"
#include "line.h"

#include <string.h>
#include <unistd.h>

/* --- calls ---------------------------------------------------------------------------- */

static void a_check_is_answered_through_its_connection(void)
{
    struct line line;

    line_new(&line);
    CU_ASSERT_TRUE(caller_checks(&line.desk.caller, true));
    CU_ASSERT_TRUE(caller_info(&line.desk.caller).open);
    CU_ASSERT_TRUE(caller_info(&line.desk.caller).tcp);
    CU_ASSERT_EQUAL(line_counters(&line).tcp_accepted, 1);
    CU_ASSERT_EQUAL(line_counters(&line).frames_read, 1);
    CU_ASSERT_EQUAL(line_counters(&line).frames_sent, 1);
    CU_ASSERT_EQUAL(line_counters(&line).datagrams_sent, 0);
    line_free(&line);
}

static void a_call_is_made_through_a_connection(void)
{
    struct line line;

    line_new(&line);
    caller_connect(&line.desk.caller);
    CU_ASSERT_EQUAL(desk_send(&line.desk, 20), 20);
    caller_speak(&line.desk.caller);
    caller_write(&line.desk.caller, "through TCP");
    office_run(&line.desk.office);
    CU_ASSERT_EQUAL(line.desk.office.told.rtp, 1);
    CU_ASSERT_STRING_EQUAL(line.desk.office.told.data, "through TCP");
    CU_ASSERT_EQUAL(line_counters(&line).datagrams_sent, 0);
    line_free(&line);
}


/* Of 17 packets the socket has 16, and the port keeps one. */
static void a_pool_that_is_dry_from_the_beginning_is_enough_for_frames(void)
{
    skiff_pool *pool = ends_pool(17, LIMIT);
    struct line line;

    office_new(&line.desk.office);
    line.desk.office.config.tcp_connections = PLACES;
    line.desk.office.config.no_offload = true;
    line.desk.office.config.pool = pool;
    office_open(&line.desk.office);
    caller_new(&line.desk.caller, &line.desk.office);
    caller_use(&line.desk.caller, &line.stream);
    caller_connect(&line.desk.caller);
    CU_ASSERT_EQUAL(line_counters(&line).drop_frame, 0);
    line_free(&line);
    skiff_pool_free(pool);
}

/* --- framing -------------------------------------------------------------------------- */

static void a_stream_may_be_cut_anywhere(void)
{
    static const size_t splits[] = { 1, 2, 3, 7, 100, 1399 };

    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        struct line line;
        line_new(&line);
        line.stream.split = splits[i];
        caller_connect(&line.desk.caller);
        caller_write(&line.desk.caller, "in pieces");
        office_run(&line.desk.office);
        CU_ASSERT_STRING_EQUAL(line.desk.office.told.data, "in pieces");
        line_free(&line);
    }
}

/* A run between any two bytes sees every part of a frame. */
static void a_frame_is_waited_for_byte_by_byte(void)
{
    struct line line;
    uint8_t bytes[2 + CALLER_DATAGRAM];

    line_new(&line);
    size_t len = caller_check(&line.desk.caller, true, bytes + 2);
    bytes[0] = (uint8_t)(len >> 8);
    bytes[1] = (uint8_t)len;
    for (size_t i = 0; i < 2 + len; i++) {
        CU_ASSERT_EQUAL(line_counters(&line).checks_answered, 0);
        stream_write(&line.stream, bytes + i, 1);
        office_run(&line.desk.office);
    }
    CU_ASSERT_EQUAL(line_counters(&line).checks_answered, 1);
    line_free(&line);
}

static size_t add_frame(uint8_t *bytes, size_t at, const void *data, size_t len)
{
    bytes[at] = (uint8_t)(len >> 8);
    bytes[at + 1] = (uint8_t)len;
    memcpy(bytes + at + 2, data, len);
    return at + 2 + len;
}

/* RFC 4571 section 2: a LENGTH of 0 is the null packet. */
static void many_frames_in_one_read_are_taken_in_order_and_null_ones_say_nothing(void)
{
    struct line line;
    uint8_t bytes[8 * CALLER_DATAGRAM], sealed[CALLER_DATAGRAM];
    char text[] = "message 0";
    size_t at = 0;

    line_new(&line);
    caller_connect(&line.desk.caller);
    uint64_t before = line_counters(&line).frames_read;
    for (int i = 1; i <= 9; i++) {
        text[8] = (char)('0' + i);
        at = add_frame(bytes, at, sealed, caller_seal(&line.desk.caller, text, sealed));
        at = add_frame(bytes, at, "", 0);
    }
    stream_write(&line.stream, bytes, at);
    office_run(&line.desk.office);
    CU_ASSERT_EQUAL(line.desk.office.told.events[SKIFF_PEER_DATA], 9);
    CU_ASSERT_STRING_EQUAL(line.desk.office.told.data, "message 9");
    CU_ASSERT_EQUAL(line_counters(&line).frames_read, before + 9);
    line_free(&line);
}

/* Timers wait until all has been read, but not for who goes on and on. */
static void null_packets_without_an_end_stop_no_timer(void)
{
    static const uint8_t nothing[100000];
    struct line line;
    struct caller other;

    line_new(&line);
    caller_connect(&line.desk.caller);
    caller_new(&other, &line.desk.office);
    stream_write(&line.stream, nothing, sizeof nothing);
    line.desk.office.now += SKIFF_MSEC(30000);
    for (int i = 0; i < 100; i++) {
        skiff_port_run(line.desk.office.port, line.desk.office.now, 64);
        CU_ASSERT_TRUE(skiff_port_deadline(line.desk.office.port) <= line.desk.office.now);
    }
    CU_ASSERT_EQUAL(line.desk.office.told.events[SKIFF_PEER_SILENT], 2);
    caller_free(&other);
    line_free(&line);
}

static void nobody_is_kept_waiting_by_who_sends_much(void)
{
    struct line line;
    struct caller other;
    struct stream stream;
    uint8_t flood[3000], bytes[CALLER_DATAGRAM];

    line_new(&line);
    caller_connect(&line.desk.caller);
    caller_new(&other, &line.desk.office);
    caller_use(&other, &stream);
    skiff_port_run(line.desk.office.port, line.desk.office.now, 64);
    for (size_t i = 0; i < sizeof flood; i += 3)
        memcpy(flood + i, "\x00\x01\x80", 3);
    for (int i = 0; i < 10; i++)
        stream_write(&line.stream, flood, sizeof flood);
    caller_send(&other, bytes, caller_check(&other, true, bytes));
    skiff_port_run(line.desk.office.port, line.desk.office.now, 64);
    CU_ASSERT_EQUAL(line_counters(&line).checks_answered, 2);
    CU_ASSERT_TRUE(skiff_port_deadline(line.desk.office.port) <= line.desk.office.now);
    office_run(&line.desk.office);
    CU_ASSERT_TRUE(line_counters(&line).frames_read > 10000);
    CU_ASSERT_EQUAL(desk_send(&line.desk, 5), 5);
    caller_free(&other);
    stream_close(&stream);
    line_free(&line);
}

/* --- what nobody is heard for --------------------------------------------------------- */

static bool is_ended_by(const void *bytes, size_t len)
{
    struct line line;
    bool has_ended;

    line_new(&line);
    stream_write(&line.stream, bytes, len);
    office_run(&line.desk.office);
    has_ended = stream_has_ended(&line.stream);
    CU_ASSERT_EQUAL(line_counters(&line).drop_frame, has_ended ? 1 : 0);
    CU_ASSERT_EQUAL(line_counters(&line).tcp_closed_half_open, has_ended ? 1 : 0);
    CU_ASSERT_EQUAL(line_counters(&line).frames_sent, 0);
    line_free(&line);
    return has_ended;
}

static void what_cannot_be_a_check_ends_a_connection_at_its_first_bytes(void)
{
    CU_ASSERT_TRUE(is_ended_by("\x00\x00", 2));
    CU_ASSERT_TRUE(is_ended_by("\x00\x13", 2));
    CU_ASSERT_TRUE(is_ended_by("\xff\xff", 2));
    CU_ASSERT_TRUE(is_ended_by("\x16\x03", 2));             /* TLS */
    CU_ASSERT_TRUE(is_ended_by("GET / HTTP/1.1\r\n", 16));
    CU_ASSERT_TRUE(is_ended_by("\x00\x20\x01", 3));
    CU_ASSERT_TRUE(is_ended_by("\x00\x20\x00\x11", 4));     /* an indication */
    CU_ASSERT_TRUE(is_ended_by("\x00\x20\x80", 3));
    CU_ASSERT_FALSE(is_ended_by("\x00", 1));
    CU_ASSERT_FALSE(is_ended_by("\x00\x20\x00\x01", 4));
}

static void a_connection_without_a_good_check_ends_in_time(void)
{
    struct line line;
    struct office *office = &line.desk.office;
    uint8_t bytes[CALLER_DATAGRAM];

    line_new(&line);
    line.desk.caller.pwd = "not the password at all!";
    caller_send(&line.desk.caller, bytes, caller_check(&line.desk.caller, true, bytes));
    office_run(office);
    CU_ASSERT_EQUAL(line_counters(&line).drop_integrity, 1);
    CU_ASSERT_EQUAL(skiff_port_deadline(office->port), office->now + TCP_FIRST_CHECK);
    office->now += TCP_FIRST_CHECK - 1;
    office_run(office);
    CU_ASSERT_FALSE(stream_has_ended(&line.stream));
    office->now += 1;
    office_run(office);
    CU_ASSERT_TRUE(stream_has_ended(&line.stream));
    CU_ASSERT_EQUAL(line_counters(&line).tcp_closed_half_open, 1);
    line_free(&line);
}

static void a_frame_longer_than_packets_are_ends_a_connection_but_no_peer(void)
{
    struct line line;

    line_new(&line);
    caller_connect(&line.desk.caller);
    stream_write(&line.stream, "\x05\xdd", 2);               /* 1,501 */
    office_run(&line.desk.office);
    CU_ASSERT_TRUE(stream_has_ended(&line.stream));
    CU_ASSERT_EQUAL(line_counters(&line).drop_frame, 1);
    CU_ASSERT_EQUAL(line_counters(&line).tcp_closed, 1);
    CU_ASSERT_FALSE(caller_info(&line.desk.caller).open);
    CU_ASSERT_EQUAL(line.desk.office.told.events[SKIFF_PEER_CLOSED], 0);
    line_free(&line);
}

/* --- ends ----------------------------------------------------------------------------- */

static void a_peer_whose_connection_ends_lives_and_may_come_back(void)
{
    struct line line;
    struct stream again;
    struct caller *caller = &line.desk.caller;

    line_new(&line);
    caller_connect(caller);
    stream_close(&line.stream);
    office_run(&line.desk.office);
    CU_ASSERT_FALSE(caller_info(caller).open);
    CU_ASSERT_EQUAL(line_counters(&line).tcp_closed, 1);
    CU_ASSERT_EQUAL(line.desk.office.told.events[SKIFF_PEER_SILENT], 0);
    caller_use(caller, &again);
    CU_ASSERT_TRUE(caller_checks(caller, true));
    CU_ASSERT_TRUE(caller_info(caller).open);
    CU_ASSERT_EQUAL(line.desk.office.told.events[SKIFF_PEER_PATH], 2);
    CU_ASSERT_EQUAL(desk_send(&line.desk, 5), 5);
    desk_free(&line.desk);
    stream_close(&again);
}

static void a_peer_without_its_connection_is_silent_when_consent_ends(void)
{
    struct line line;
    struct office *office = &line.desk.office;

    line_new(&line);
    caller_connect(&line.desk.caller);
    stream_close(&line.stream);
    office_run(office);
    office->now += SKIFF_MSEC(29999);
    office_run(office);
    CU_ASSERT_EQUAL(office->told.events[SKIFF_PEER_SILENT], 0);
    office->now += SKIFF_MSEC(1);
    office_run(office);
    CU_ASSERT_EQUAL(office->told.events[SKIFF_PEER_SILENT], 1);
    desk_free(&line.desk);
}

static void a_peer_whose_connection_ends_is_reached_where_it_was_before(void)
{
    struct line line;
    struct caller *caller = &line.desk.caller;

    line_new(&line);
    caller->stream = NULL;
    CU_ASSERT_TRUE(caller_checks(caller, false));
    caller->stream = &line.stream;
    caller_connect(caller);
    CU_ASSERT_TRUE(caller_info(caller).tcp);
    stream_close(&line.stream);
    unsigned before = line.desk.office.told.events[SKIFF_PEER_PATH];
    office_run(&line.desk.office);
    CU_ASSERT_TRUE(caller_info(caller).open);
    CU_ASSERT_FALSE(caller_info(caller).tcp);
    CU_ASSERT_EQUAL(line.desk.office.told.events[SKIFF_PEER_PATH], before + 1);
    caller->stream = NULL;
    CU_ASSERT_EQUAL(desk_send(&line.desk, 5), 5);
    desk_free(&line.desk);
}

/* What it is sent last is read, though its own last words are not. */
static void the_connection_of_a_peer_that_is_freed_ends_after_close_notify(void)
{
    struct line line;

    line_new(&line);
    caller_connect(&line.desk.caller);
    skiff_peer_free(line.desk.caller.peer);
    CU_ASSERT_TRUE(skiff_port_deadline(line.desk.office.port) <= line.desk.office.now);
    caller_write(&line.desk.caller, "not heard");
    office_run(&line.desk.office);
    caller_run(&line.desk.caller);
    CU_ASSERT_TRUE(line.desk.caller.closed);
    CU_ASSERT_TRUE(stream_has_ended(&line.stream));
    stream_close(&line.stream);
    office_run(&line.desk.office);
    CU_ASSERT_EQUAL(line_counters(&line).tcp_closed, 1);
    CU_ASSERT_TRUE(skiff_port_deadline(line.desk.office.port) > line.desk.office.now);
    desk_free(&line.desk);
}

/* Noise of every kind from one who has proven who he is: it ends his connection at most. */
static void noise_through_a_settled_connection_harms_nobody(void)
{
    uint32_t seed = (uint32_t)getpid();

    for (unsigned round = 0; round < suite_rounds(200); round++) {
        struct line line;
        uint8_t noise[600];
        line_new(&line);
        CU_ASSERT_TRUE(caller_checks(&line.desk.caller, true));
        uint32_t start = seed + round, random = start;
        for (size_t i = 0; i < sizeof noise; i++) {
            random = random * 1664525 + 1013904223;
            noise[i] = (uint8_t)(random >> 24);
            if (random >> 16 & 1)
                noise[i] = 0;                               /* also short frames */
        }
        line.stream.split = 1 + start % 97;
        stream_write(&line.stream, noise, sizeof noise);
        office_run(&line.desk.office);
        if (line_counters(&line).checks_answered != 1)
            printf("seed %u\n", start);
        CU_ASSERT_EQUAL(line_counters(&line).checks_answered, 1);
        line_free(&line);
    }
}

static void a_check_is_answered_while_the_pool_is_dry(void)
{
    struct line line;
    skiff_packet *taken[1024];
    size_t num = 0;

    line_new(&line);
    while ((taken[num] = skiff_pool_take(line.desk.office.pool)) != NULL)
        num++;
    uint8_t bytes[CALLER_DATAGRAM];
    caller_send(&line.desk.caller, bytes, caller_check(&line.desk.caller, true, bytes));
    office_run(&line.desk.office);
    CU_ASSERT_EQUAL(line_counters(&line).checks_answered, 1);
    CU_ASSERT_EQUAL(line_counters(&line).frames_sent, 1);
    while (num > 0)
        skiff_packet_give(&taken[--num]);
    caller_run(&line.desk.caller);
    CU_ASSERT_EQUAL(line.desk.caller.replies, 1);
    line_free(&line);
}

static void copies_go_through_a_connection_too(void)
{
    struct line line;
    skiff_packet *packet;

    line_new(&line);
    caller_connect(&line.desk.caller);
    packet = skiff_pool_take(line.desk.office.pool);
    write_rtp_packet(packet, 1);
    const skiff_packet *const plain[] = { packet };
    CU_ASSERT_EQUAL(skiff_peer_send_copies(line.desk.caller.peer, plain, 1, NULL, NULL),
                    SKIFF_OK);
    skiff_port_flush(line.desk.office.port);
    skiff_packet_give(&packet);
    caller_run(&line.desk.caller);
    CU_ASSERT_EQUAL(line.desk.caller.rtp, 1);
    line_free(&line);
}

/* --- what it costs, and where it listens ---------------------------------------------- */

static void media_through_a_connection_takes_no_memory(void)
{
    struct line line;

    if (!count_works())
        return;
    line_new(&line);
    caller_connect(&line.desk.caller);
    line_send(&line.desk, 1);
    caller_speak(&line.desk.caller);
    office_run(&line.desk.office);
    caller_speak(&line.desk.caller);
    uint64_t allocs = count_now().allocs;
    line_send(&line.desk, 500);
    office_run(&line.desk.office);
    CU_ASSERT_EQUAL(count_now().allocs, allocs);
    CU_ASSERT_EQUAL(line.desk.office.told.rtp, 2);
    line_free(&line);
}

static void a_port_at_any_address_listens_at_each(void)
{
    struct line line;
    struct office *office = &line.desk.office;

    office_new(office);
    office->config.tcp_connections = PLACES;
    office->config.address = "[::]:0";
    office_open(office);
    caller_new(&line.desk.caller, office);
    caller_use(&line.desk.caller, &line.stream);
    caller_connect(&line.desk.caller);
    CU_ASSERT_EQUAL(desk_send(&line.desk, 5), 5);
    CU_ASSERT_EQUAL(strncmp(caller_info(&line.desk.caller).remote, "127.0.0.1:", 10), 0);
    line_free(&line);
}

static void a_number_that_is_taken_for_tcp_is_said(void)
{
    struct desk desk;
    skiff_port *port = NULL;

    line_open_office(&desk.office, 1);
    skiff_port_config config = desk.office.config;
    config.address = skiff_port_address(desk.office.port);
    config.shared = desk.office.callers_context;       /* nobody has it */
    CU_ASSERT_EQUAL(skiff_port_new(&config, &port), SKIFF_ERR_STATE);
    config.tcp_connections = TCP_MOST + 1;
    config.address = "127.0.0.1:0";
    CU_ASSERT_EQUAL(skiff_port_new(&config, &port), SKIFF_ERR_ARGUMENT);
    office_free(&desk.office);
}

CU_TestInfo tcp_tests[] = {
    TEST(a_check_is_answered_through_its_connection),
    TEST(a_call_is_made_through_a_connection),
    TEST(a_pool_that_is_dry_from_the_beginning_is_enough_for_frames),
    TEST(a_stream_may_be_cut_anywhere),
    TEST(a_frame_is_waited_for_byte_by_byte),
    TEST(many_frames_in_one_read_are_taken_in_order_and_null_ones_say_nothing),
    TEST(null_packets_without_an_end_stop_no_timer),
    TEST(nobody_is_kept_waiting_by_who_sends_much),
    TEST(what_cannot_be_a_check_ends_a_connection_at_its_first_bytes),
    TEST(a_connection_without_a_good_check_ends_in_time),
    TEST(a_frame_longer_than_packets_are_ends_a_connection_but_no_peer),
    TEST(a_peer_whose_connection_ends_lives_and_may_come_back),
    TEST(a_peer_without_its_connection_is_silent_when_consent_ends),
    TEST(a_peer_whose_connection_ends_is_reached_where_it_was_before),
    TEST(the_connection_of_a_peer_that_is_freed_ends_after_close_notify),
    TEST(noise_through_a_settled_connection_harms_nobody),
    TEST(a_check_is_answered_while_the_pool_is_dry),
    TEST(copies_go_through_a_connection_too),
    TEST(media_through_a_connection_takes_no_memory),
    TEST(a_port_at_any_address_listens_at_each),
    TEST(a_number_that_is_taken_for_tcp_is_said),
    CU_TEST_INFO_NULL,
};
