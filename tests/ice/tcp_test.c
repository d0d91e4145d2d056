/* tcp_test.c - peers of a port that are behind networks without UDP. */
#include "suite.h"

#include "caller.h"
#include "count.h"
#include "stream.h"

#include "ice/tcp.h"

#include <string.h>
#include <unistd.h>

enum { PLACES = 8 };

/* A port that takes connections, one who calls it, and his connection. */
struct line {
    struct desk   desk;
    struct stream stream;
};

static void open_office(struct office *office, uint32_t connections)
{
    office_new(office);
    office->config.tcp_connections = connections;
    office_open(office);
}

static void line_new(struct line *line)
{
    open_office(&line->desk.office, PLACES);
    caller_new(&line->desk.caller, &line->desk.office);
    caller_use(&line->desk.caller, &line->stream);
}

static void line_free(struct line *line)
{
    desk_free(&line->desk);
    stream_close(&line->stream);
}

static skiff_port_counters counters(const struct line *line)
{
    return office_counters(&line->desk.office);
}

/* --- calls ---------------------------------------------------------------------------- */

static void a_check_is_answered_through_its_connection(void)
{
    struct line line;

    line_new(&line);
    CU_ASSERT_TRUE(caller_checks(&line.desk.caller, true));
    CU_ASSERT_TRUE(caller_info(&line.desk.caller).open);
    CU_ASSERT_TRUE(caller_info(&line.desk.caller).tcp);
    CU_ASSERT_EQUAL(counters(&line).tcp_accepted, 1);
    CU_ASSERT_EQUAL(counters(&line).frames_read, 1);
    CU_ASSERT_EQUAL(counters(&line).frames_sent, 1);
    CU_ASSERT_EQUAL(counters(&line).datagrams_sent, 0);
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
    CU_ASSERT_EQUAL(counters(&line).datagrams_sent, 0);
    line_free(&line);
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
        CU_ASSERT_EQUAL(counters(&line).checks_answered, 0);
        stream_write(&line.stream, bytes + i, 1);
        office_run(&line.desk.office);
    }
    CU_ASSERT_EQUAL(counters(&line).checks_answered, 1);
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
    uint64_t before = counters(&line).frames_read;
    for (int i = 1; i <= 9; i++) {
        text[8] = (char)('0' + i);
        at = add_frame(bytes, at, sealed, caller_seal(&line.desk.caller, text, sealed));
        at = add_frame(bytes, at, "", 0);
    }
    stream_write(&line.stream, bytes, at);
    office_run(&line.desk.office);
    CU_ASSERT_EQUAL(line.desk.office.told.events[SKIFF_PEER_DATA], 9);
    CU_ASSERT_STRING_EQUAL(line.desk.office.told.data, "message 9");
    CU_ASSERT_EQUAL(counters(&line).frames_read, before + 9);
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
    CU_ASSERT_EQUAL(counters(&line).checks_answered, 2);
    CU_ASSERT_TRUE(skiff_port_deadline(line.desk.office.port) <= line.desk.office.now);
    office_run(&line.desk.office);
    CU_ASSERT_TRUE(counters(&line).frames_read > 10000);
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
    CU_ASSERT_EQUAL(counters(&line).drop_frame, has_ended ? 1 : 0);
    CU_ASSERT_EQUAL(counters(&line).tcp_closed_half_open, has_ended ? 1 : 0);
    CU_ASSERT_EQUAL(counters(&line).frames_sent, 0);
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
    CU_ASSERT_EQUAL(counters(&line).drop_integrity, 1);
    CU_ASSERT_EQUAL(skiff_port_deadline(office->port), office->now + TCP_FIRST_CHECK);
    office->now += TCP_FIRST_CHECK - 1;
    office_run(office);
    CU_ASSERT_FALSE(stream_has_ended(&line.stream));
    office->now += 1;
    office_run(office);
    CU_ASSERT_TRUE(stream_has_ended(&line.stream));
    CU_ASSERT_EQUAL(counters(&line).tcp_closed_half_open, 1);
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
    CU_ASSERT_EQUAL(counters(&line).drop_frame, 1);
    CU_ASSERT_EQUAL(counters(&line).tcp_closed, 1);
    CU_ASSERT_FALSE(caller_info(&line.desk.caller).open);
    CU_ASSERT_EQUAL(line.desk.office.told.events[SKIFF_PEER_CLOSED], 0);
    line_free(&line);
}

/* --- floods --------------------------------------------------------------------------- */

/* Connects from 127.x.y.z: every address of 127.0.0.0/8 is on loopback. */
static void flood_from(const struct caller *caller, uint32_t host, struct stream *stream)
{
    struct sockaddr_in from = { .sin_family = AF_INET,
                                .sin_addr = { htonl(0x7f000000 + host) } };

    *stream = (struct stream){ .fd = socket(AF_INET, SOCK_STREAM, 0) };
    CU_ASSERT_EQUAL_FATAL(bind(stream->fd, (const struct sockaddr *)&from, sizeof from), 0);
    CU_ASSERT_EQUAL_FATAL(connect(stream->fd, (const struct sockaddr *)&caller->port,
                                  caller->port_len), 0);
}

static void a_flood_harms_no_peer_and_keeps_no_new_one_out(void)
{
    enum { FLOOD = 400 };
    static struct stream flood[FLOOD];
    struct line line;
    struct caller other;
    struct stream stream;

    line_new(&line);
    caller_connect(&line.desk.caller);
    for (uint32_t i = 0; i < FLOOD; i++) {
        flood_from(&line.desk.caller, 0x100 + i, &flood[i]);
        if (i % 50 == 0)
            office_run(&line.desk.office);
    }
    office_run(&line.desk.office);
    CU_ASSERT_EQUAL(counters(&line).tcp_accepted, 1 + FLOOD);
    CU_ASSERT_EQUAL(counters(&line).tcp_closed_half_open, FLOOD - TCP_HALF_OPEN);
    CU_ASSERT_TRUE(stream_has_ended(&flood[0]));
    CU_ASSERT_FALSE(stream_has_ended(&flood[FLOOD - 1]));
    CU_ASSERT_EQUAL(desk_send(&line.desk, 5), 5);
    caller_new(&other, &line.desk.office);
    caller_use(&other, &stream);
    caller_connect(&other);
    for (uint32_t i = 0; i < FLOOD; i++)
        close(flood[i].fd);
    caller_free(&other);
    stream_close(&stream);
    line_free(&line);
}

static void one_address_has_only_so_many_that_wait(void)
{
    enum { FLOOD = TCP_OF_ADDRESS + 4 };
    static struct stream flood[FLOOD], elsewhere;
    struct line line;

    line_new(&line);
    flood_from(&line.desk.caller, 0x200, &elsewhere);
    office_run(&line.desk.office);
    for (uint32_t i = 0; i < FLOOD; i++)
        flood_from(&line.desk.caller, 0x201, &flood[i]);
    office_run(&line.desk.office);
    for (uint32_t i = 0; i < FLOOD; i++) {
        CU_ASSERT_EQUAL(stream_has_ended(&flood[i]), i < FLOOD - TCP_OF_ADDRESS);
        close(flood[i].fd);
    }
    CU_ASSERT_FALSE(stream_has_ended(&elsewhere));
    close(elsewhere.fd);
    line_free(&line);
}

static void more_than_have_a_place_are_refused(void)
{
    struct desk desk;
    struct caller other;
    struct stream one, two;

    open_office(&desk.office, 1);
    caller_new(&desk.caller, &desk.office);
    caller_new(&other, &desk.office);
    caller_use(&desk.caller, &one);
    caller_use(&other, &two);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    CU_ASSERT_FALSE(caller_checks(&other, true));
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_place, 1);
    CU_ASSERT_TRUE(caller_info(&desk.caller).open);
    CU_ASSERT_FALSE(caller_info(&other).open);
    stream_close(&one);
    office_run(&desk.office);
    CU_ASSERT_TRUE(caller_checks(&other, true));
    stream_close(&two);
    caller_free(&other);
    desk_free(&desk);
}

/* --- slow readers --------------------------------------------------------------------- */

static void send_media(struct desk *desk, unsigned num)
{
    for (unsigned i = 0; i < num; i++) {
        skiff_packet *packet = skiff_pool_take(desk->office.pool);
        write_rtp_packet(packet, desk->caller.sequence++);
        packet->len = 1200;
        CU_ASSERT_EQUAL(skiff_peer_send(desk->caller.peer, &packet, 1), SKIFF_OK);
        skiff_packet_give(&packet);
    }
    skiff_port_flush(desk->office.port);
}

/* Neither half a frame nor the order is lost: what is read then opens. */
static void who_reads_slowly_loses_media_and_no_half_of_a_frame(void)
{
    struct line line;
    struct caller *caller = &line.desk.caller;

    line_new(&line);
    caller_connect(caller);
    uint64_t before = counters(&line).frames_sent;
    for (int i = 0; i < 40; i++)
        send_media(&line.desk, 100);
    uint64_t lost = counters(&line).drop_slow;
    CU_ASSERT_TRUE(lost > 0 && lost < 4000);
    CU_ASSERT_EQUAL(counters(&line).frames_sent - before, 4000 - lost);
    for (int i = 0; i < 100; i++) {
        caller_run(caller);
        office_run(&line.desk.office);
    }
    CU_ASSERT_EQUAL(caller->rtp, 4000 - lost);
    CU_ASSERT_TRUE(caller_checks(caller, false));
    send_media(&line.desk, 5);
    caller_run(caller);
    CU_ASSERT_EQUAL(caller->rtp, 4000 - lost + 5);
    line_free(&line);
}

static void checks_are_answered_where_media_finds_no_room(void)
{
    struct line line;
    struct caller *caller = &line.desk.caller;
    uint8_t bytes[CALLER_DATAGRAM];

    line_new(&line);
    caller_connect(caller);
    for (int i = 0; i < 40; i++)
        send_media(&line.desk, 100);
    uint64_t lost = counters(&line).drop_slow;
    unsigned before = caller->replies;
    caller_send(caller, bytes, caller_check(caller, false, bytes));
    office_run(&line.desk.office);
    CU_ASSERT_EQUAL(counters(&line).drop_slow, lost);
    for (int i = 0; i < 100; i++) {
        caller_run(caller);
        office_run(&line.desk.office);
    }
    CU_ASSERT_EQUAL(caller->replies, before + 1);
    line_free(&line);
}

static void the_slowest_reader_makes_place_for_who_has_none(void)
{
    struct desk desk;
    struct caller other;
    struct stream one, two;

    open_office(&desk.office, 1);
    caller_new(&desk.caller, &desk.office);
    caller_new(&other, &desk.office);
    caller_use(&desk.caller, &one);
    caller_use(&other, &two);
    caller_connect(&desk.caller);
    for (int i = 0; i < 40; i++)
        send_media(&desk, 100);
    CU_ASSERT_TRUE(caller_checks(&other, true));
    CU_ASSERT_FALSE(caller_info(&desk.caller).open);
    CU_ASSERT_EQUAL(office_counters(&desk.office).tcp_closed, 1);
    stream_close(&one);
    stream_close(&two);
    caller_free(&other);
    desk_free(&desk);
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
    CU_ASSERT_EQUAL(counters(&line).tcp_closed, 1);
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
    CU_ASSERT_EQUAL(counters(&line).tcp_closed, 1);
    CU_ASSERT_TRUE(skiff_port_deadline(line.desk.office.port) > line.desk.office.now);
    desk_free(&line.desk);
}

/* --- what it costs, and where it listens ---------------------------------------------- */

static void media_through_a_connection_takes_no_memory(void)
{
    struct line line;

    if (!count_works())
        return;
    line_new(&line);
    caller_connect(&line.desk.caller);
    send_media(&line.desk, 1);
    caller_speak(&line.desk.caller);
    office_run(&line.desk.office);
    caller_speak(&line.desk.caller);
    uint64_t allocs = count_now().allocs;
    send_media(&line.desk, 500);
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

    open_office(&desk.office, 1);
    skiff_port_config config = desk.office.config;
    config.address = skiff_port_address(desk.office.port);
    CU_ASSERT_EQUAL(skiff_port_new(&config, &port), SKIFF_ERR_STATE);
    config.tcp_connections = TCP_MOST + 1;
    config.address = "127.0.0.1:0";
    CU_ASSERT_EQUAL(skiff_port_new(&config, &port), SKIFF_ERR_ARGUMENT);
    office_free(&desk.office);
}

CU_TestInfo tcp_tests[] = {
    TEST(a_check_is_answered_through_its_connection),
    TEST(a_call_is_made_through_a_connection),
    TEST(a_stream_may_be_cut_anywhere),
    TEST(a_frame_is_waited_for_byte_by_byte),
    TEST(many_frames_in_one_read_are_taken_in_order_and_null_ones_say_nothing),
    TEST(nobody_is_kept_waiting_by_who_sends_much),
    TEST(what_cannot_be_a_check_ends_a_connection_at_its_first_bytes),
    TEST(a_connection_without_a_good_check_ends_in_time),
    TEST(a_frame_longer_than_packets_are_ends_a_connection_but_no_peer),
    TEST(a_flood_harms_no_peer_and_keeps_no_new_one_out),
    TEST(one_address_has_only_so_many_that_wait),
    TEST(more_than_have_a_place_are_refused),
    TEST(who_reads_slowly_loses_media_and_no_half_of_a_frame),
    TEST(checks_are_answered_where_media_finds_no_room),
    TEST(the_slowest_reader_makes_place_for_who_has_none),
    TEST(a_peer_whose_connection_ends_lives_and_may_come_back),
    TEST(a_peer_without_its_connection_is_silent_when_consent_ends),
    TEST(a_peer_whose_connection_ends_is_reached_where_it_was_before),
    TEST(the_connection_of_a_peer_that_is_freed_ends_after_close_notify),
    TEST(media_through_a_connection_takes_no_memory),
    TEST(a_port_at_any_address_listens_at_each),
    TEST(a_number_that_is_taken_for_tcp_is_said),
    CU_TEST_INFO_NULL,
};
