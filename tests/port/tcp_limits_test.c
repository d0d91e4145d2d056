/* tcp_limits_test.c - how many connections there may be, and what slow readers lose. */
#include "suite.h"

#include "ends.h"
#include "line.h"

#include <stdlib.h>
#include <unistd.h>

/* --- floods --------------------------------------------------------------------------- */

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
        line_open(&flood[i], &line.desk.caller, 0x100 + i);
        if (i % 50 == 0)
            office_run(&line.desk.office);
    }
    office_run(&line.desk.office);
    CU_ASSERT_EQUAL(line_counters(&line).tcp_accepted, 1 + FLOOD);
    CU_ASSERT_EQUAL(line_counters(&line).tcp_closed_half_open, FLOOD - TCP_HALF_OPEN);
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
    line_open(&elsewhere, &line.desk.caller, 0x200);
    office_run(&line.desk.office);
    for (uint32_t i = 0; i < FLOOD; i++)
        line_open(&flood[i], &line.desk.caller, 0x201);
    office_run(&line.desk.office);
    for (uint32_t i = 0; i < FLOOD; i++) {
        CU_ASSERT_EQUAL(stream_has_ended(&flood[i]), i < FLOOD - TCP_OF_ADDRESS);
        close(flood[i].fd);
    }
    CU_ASSERT_FALSE(stream_has_ended(&elsewhere));
    close(elsewhere.fd);
    line_free(&line);
}

/* Two who come by TCP where there is a place for one. */
static void come_to_one_place(struct desk *desk, struct caller *other, struct stream *one,
                              struct stream *two)
{
    line_open_office(&desk->office, 1);
    caller_new(&desk->caller, &desk->office);
    caller_new(other, &desk->office);
    caller_use(&desk->caller, one);
    caller_use(other, two);
}

static void more_than_have_a_place_are_refused(void)
{
    struct desk desk;
    struct caller other;
    struct stream one, two;

    come_to_one_place(&desk, &other, &one, &two);
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

/* A peer has five places at most: each new connection makes the port leave an older one. */
static void connections_that_are_left_are_not_waited_for_without_end(void)
{
    enum { FLOOD = PLACES + TCP_HALF_OPEN + 100 };
    struct stream *streams = calloc(FLOOD, sizeof *streams);
    struct line line;

    line_new(&line);
    for (uint32_t i = 0; i < FLOOD; i++) {
        line_open(&streams[i], &line.desk.caller, 0x100 + i);
        line.desk.caller.stream = &streams[i];
        CU_ASSERT_TRUE(caller_checks(&line.desk.caller, true));
    }
    CU_ASSERT_EQUAL(line_counters(&line).drop_place, 0);
    for (uint32_t i = 0; i < FLOOD; i++)
        stream_close(&streams[i]);
    free(streams);
    line_free(&line);
}

/* --- slow readers --------------------------------------------------------------------- */

/* Neither half a frame nor the order is lost: what is read then opens. */
static void who_reads_slowly_loses_media_and_no_half_of_a_frame(void)
{
    struct line line;
    struct caller *caller = &line.desk.caller;

    line_new(&line);
    caller_connect(caller);
    uint64_t before = line_counters(&line).frames_sent;
    for (int i = 0; i < 40; i++)
        line_send(&line.desk, 100);
    uint64_t lost = line_counters(&line).drop_slow;
    CU_ASSERT_TRUE(lost > 0 && lost < 4000);
    CU_ASSERT_EQUAL(line_counters(&line).frames_sent - before, 4000 - lost);
    for (int i = 0; i < 100; i++) {
        caller_run(caller);
        office_run(&line.desk.office);
    }
    CU_ASSERT_EQUAL(caller->rtp, 4000 - lost);
    CU_ASSERT_TRUE(caller_checks(caller, false));
    line_send(&line.desk, 5);
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
        line_send(&line.desk, 100);
    uint64_t lost = line_counters(&line).drop_slow;
    unsigned before = caller->replies;
    caller_send(caller, bytes, caller_check(caller, false, bytes));
    office_run(&line.desk.office);
    CU_ASSERT_EQUAL(line_counters(&line).drop_slow, lost);
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

    come_to_one_place(&desk, &other, &one, &two);
    caller_connect(&desk.caller);
    for (int i = 0; i < 40; i++)
        line_send(&desk, 100);
    CU_ASSERT_TRUE(caller_checks(&other, true));
    CU_ASSERT_FALSE(caller_info(&desk.caller).open);
    CU_ASSERT_EQUAL(office_counters(&desk.office).tcp_closed, 1);
    stream_close(&one);
    stream_close(&two);
    caller_free(&other);
    desk_free(&desk);
}

/* A packet may be of a larger pool than the port's. What the socket has begun has to wait
 * for it, to the last byte. */
static void a_frame_that_could_not_wait_is_not_begun(void)
{
    enum { FRAMES = 20, BYTES = 50000 };
    skiff_pool *pool = ends_pool(1, BYTES);
    struct line line;

    line_new(&line);
    caller_connect(&line.desk.caller);
    for (int i = 0; i < FRAMES; i++) {
        skiff_packet *packet = skiff_pool_take(pool);
        write_rtp_packet(packet, line.desk.caller.sequence++);
        packet->len = BYTES;
        CU_ASSERT_EQUAL(skiff_peer_send(line.desk.caller.peer, &packet, 1), SKIFF_OK);
        skiff_port_flush(line.desk.office.port);
    }
    CU_ASSERT_EQUAL(line_counters(&line).drop_unsent, FRAMES);
    line_send(&line.desk, 5);
    caller_run(&line.desk.caller);
    CU_ASSERT_EQUAL(line.desk.caller.rtp, 5);
    line_free(&line);
    skiff_pool_free(pool);
}

/* --- descriptors ---------------------------------------------------------------------- */

static void a_port_without_descriptors_waits_and_accepts_later(void)
{
    struct line line;
    struct office *office = &line.desk.office;

    line_new(&line);
    ends_refuse_accepts(true);
    skiff_port_run(office->port, office->now, 64);
    ends_refuse_accepts(false);
    CU_ASSERT_EQUAL(line_counters(&line).tcp_accepted, 0);
    CU_ASSERT_TRUE(skiff_port_deadline(office->port) > office->now);
    office_run(office);
    CU_ASSERT_EQUAL(line_counters(&line).tcp_accepted, 0);
    office->now = skiff_port_deadline(office->port);
    CU_ASSERT_TRUE(caller_checks(&line.desk.caller, true));
    line_free(&line);
}

CU_TestInfo tcp_limits_tests[] = {
    TEST(a_flood_harms_no_peer_and_keeps_no_new_one_out),
    TEST(one_address_has_only_so_many_that_wait),
    TEST(more_than_have_a_place_are_refused),
    TEST(connections_that_are_left_are_not_waited_for_without_end),
    TEST(who_reads_slowly_loses_media_and_no_half_of_a_frame),
    TEST(checks_are_answered_where_media_finds_no_room),
    TEST(the_slowest_reader_makes_place_for_who_has_none),
    TEST(a_frame_that_could_not_wait_is_not_begun),
    TEST(a_port_without_descriptors_waits_and_accepts_later),
    CU_TEST_INFO_NULL,
};
