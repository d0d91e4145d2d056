/* udp_runs_test.c - what leaves in runs where packets for many are queued in turns. */
#include "../port/ends.h"

#include "../port/draw.h"
#include "suite.h"

#include <errno.h>
#include <stdio.h>

enum { RECEIVERS = 5, FRAME = 8 };

/* Socket a of `ends` sends to all of them. */
struct crowd {
    struct ends ends;
    struct udp *receivers[RECEIVERS];
    struct path paths[RECEIVERS];
    bool offload;
};

static void crowd_open(struct crowd *crowd)
{
    ends_open(&crowd->ends, false);
    crowd->offload = ends_offload(&crowd->ends);
    for (unsigned i = 0; i < RECEIVERS; i++) {
        crowd->receivers[i] = ends_socket(crowd->ends.pool, "127.0.0.1:0", false);
        crowd->paths[i].local = crowd->ends.path.local;
        crowd->paths[i].remote = *skf_udp_address(crowd->receivers[i]);
        crowd->paths[i].connection = 0;
    }
    (void)ends_sent();
}

static void crowd_close(struct crowd *crowd)
{
    for (unsigned i = 0; i < RECEIVERS; i++)
        skf_udp_close(crowd->receivers[i]);
    ends_close(&crowd->ends);
}

static void queue_for(struct crowd *crowd, unsigned receiver, unsigned number, uint32_t len)
{
    skiff_packet *packet = numbered(crowd->ends.pool, number, len);

    skf_udp_queue(crowd->ends.a, &crowd->paths[receiver], &packet);
}

static void queue_frames(struct crowd *crowd)
{
    for (unsigned i = 0; i < FRAME; i++)
        for (unsigned receiver = 0; receiver < RECEIVERS; receiver++)
            queue_for(crowd, receiver, i, i < FRAME - 1 ? 1200 : 700);
}

static void await_frame(struct crowd *crowd, unsigned receiver)
{
    for (unsigned i = 0; i < FRAME; i++)
        CU_ASSERT_TRUE(
            await_numbered(crowd->receivers[receiver], i, i < FRAME - 1 ? 1200 : 700));
    CU_ASSERT_TRUE(is_silent(crowd->receivers[receiver]));
}

static void packets_for_each_in_turn_leave_in_a_run_for_each(void)
{
    struct crowd crowd;

    crowd_open(&crowd);
    queue_frames(&crowd);
    skf_udp_flush(crowd.ends.a);
    struct sent sent = ends_sent();
    CU_ASSERT_EQUAL(sent.calls, 1);
    CU_ASSERT_EQUAL(sent.packets, RECEIVERS * FRAME);
    CU_ASSERT_EQUAL(sent.messages, crowd.offload ? RECEIVERS : RECEIVERS * FRAME);
    for (unsigned receiver = 0; receiver < RECEIVERS; receiver++)
        await_frame(&crowd, receiver);
    crowd_close(&crowd);
}

static void any_lengths_in_any_turns_keep_the_order_of_each(void)
{
    static const uint32_t lengths[] = { 60, 100, 1200, 1200, 1200, 1 };
    struct crowd crowd;

    crowd_open(&crowd);
    for (uint64_t seed = 0; seed < suite_rounds(20); seed++) {
        uint32_t queued[RECEIVERS][PACKETS / 2], num[RECEIVERS] = { 0 };
        uint64_t state = seed;
        bool arrived = true;
        for (unsigned i = 0; i < PACKETS / 2; i++) {
            uint32_t receiver = draw(&state) % RECEIVERS, len = lengths[draw(&state) % 6];
            queue_for(&crowd, receiver, num[receiver], len);
            queued[receiver][num[receiver]++] = len;
        }
        skf_udp_flush(crowd.ends.a);
        for (unsigned receiver = 0; receiver < RECEIVERS; receiver++)
            for (unsigned i = 0; i < num[receiver]; i++)
                arrived &=
                    await_numbered(crowd.receivers[receiver], i, queued[receiver][i]);
        if (!arrived)
            printf("seed %u\n", (unsigned)seed);
        CU_ASSERT_TRUE(arrived);
    }
    crowd_close(&crowd);
}

/* The first run is refused for good, the others are not. */
static void one_refused_run_leaves_one_by_one_and_the_others_as_runs(void)
{
    struct crowd crowd;

    crowd_open(&crowd);
    if (crowd.offload) {
        queue_frames(&crowd);
        ends_refuse((struct refusal){ EINVAL, .times = 1, .only_runs = true });
        skf_udp_flush(crowd.ends.a);
        struct sent sent = ends_sent();
        CU_ASSERT_EQUAL(sent.messages, FRAME + RECEIVERS - 1);
        CU_ASSERT_EQUAL(sent.packets, RECEIVERS * FRAME);
        for (unsigned receiver = 0; receiver < RECEIVERS; receiver++)
            await_frame(&crowd, receiver);
        CU_ASSERT_EQUAL(skf_udp_counters(crowd.ends.a).unsegmented, 1);
    }
    crowd_close(&crowd);
}

static void a_refused_run_loses_its_packets_and_no_others(void)
{
    struct crowd crowd;

    crowd_open(&crowd);
    if (crowd.offload) {
        uint64_t before = skf_udp_counters(crowd.ends.a).sent;
        queue_frames(&crowd);
        ends_refuse((struct refusal){ ECONNREFUSED, .after = 2, .times = 1 });
        skf_udp_flush(crowd.ends.a);
        for (unsigned receiver = 0; receiver < RECEIVERS; receiver++)
            if (receiver != 2)
                await_frame(&crowd, receiver);
        CU_ASSERT_TRUE(is_silent(crowd.receivers[2]));
        CU_ASSERT_EQUAL(skf_udp_counters(crowd.ends.a).lost_refused, FRAME);
        CU_ASSERT_EQUAL(skf_udp_counters(crowd.ends.a).sent,
                        before + (RECEIVERS - 1) * FRAME);
    }
    crowd_close(&crowd);
}

static void a_full_socket_loses_what_is_left_of_the_queue(void)
{
    static const int errors[] = { EAGAIN, ENOBUFS };
    struct crowd crowd;

    for (unsigned round = 0; round < 2; round++) {
        crowd_open(&crowd);
        queue_frames(&crowd);
        ends_refuse((struct refusal){ errors[round], .after = 1, .times = 1 });
        skf_udp_flush(crowd.ends.a);
        struct sent sent = ends_sent();
        CU_ASSERT_EQUAL(sent.messages, 1);
        CU_ASSERT_EQUAL(skf_udp_counters(crowd.ends.a).lost_full,
                        RECEIVERS * FRAME - sent.packets);
        queue_frames(&crowd); /* all are sent again */
        skf_udp_flush(crowd.ends.a);
        for (unsigned receiver = 1; receiver < RECEIVERS; receiver++)
            await_frame(&crowd, receiver);
        crowd_close(&crowd);
    }
}

/* --- queues of another size ----------------------------------------------------------- */

static struct udp *socket_with(const struct crowd *crowd, uint32_t queue)
{
    struct udp_options options = { .pool = crowd->ends.pool, .queue = queue };
    struct udp *udp = NULL;

    CU_ASSERT_TRUE(skf_address_read("127.0.0.1:0", &options.address));
    CU_ASSERT_EQUAL_FATAL(skf_udp_open(&options, &udp), SKIFF_OK);
    return udp;
}

static void queue_for_two(const struct crowd *crowd, struct udp *udp, unsigned number)
{
    skiff_packet *packet = numbered(crowd->ends.pool, number / 2, 90);

    skf_udp_queue(udp, &crowd->paths[number % 2], &packet);
}

/* Three packets for each of two receivers fill it. */
static void a_full_queue_is_sent_before_the_next_packet(void)
{
    struct crowd crowd;

    crowd_open(&crowd);
    struct udp *udp = socket_with(&crowd, 6);
    for (unsigned i = 0; i < 13; i++) {
        queue_for_two(&crowd, udp, i);
        CU_ASSERT_EQUAL(skf_udp_counters(udp).sent, i / 6 * 6);
    }
    for (unsigned i = 0; i < 12; i++)
        CU_ASSERT_TRUE(await_numbered(crowd.receivers[i % 2], i / 2, 90));
    CU_ASSERT_EQUAL(skf_udp_counters(udp).sends, 2);
    CU_ASSERT_EQUAL(skf_udp_counters(udp).runs, crowd.offload ? 4 : 0);
    skf_udp_close(udp);
    crowd_close(&crowd);
}

/* A call has space for 512 packets, and for the run that exceeds them. */
static void a_queue_longer_than_a_call_leaves_in_two(void)
{
    enum { NUM = 560 };
    struct crowd crowd;

    crowd_open(&crowd);
    struct udp *udp = socket_with(&crowd, NUM);
    for (unsigned i = 0; i < NUM; i++)
        queue_for_two(&crowd, udp, i);
    CU_ASSERT_EQUAL(skf_udp_counters(udp).sends, 0);
    skf_udp_flush(udp);
    for (unsigned i = 0; i < NUM; i++)
        CU_ASSERT_TRUE(await_numbered(crowd.receivers[i % 2], i / 2, 90));
    CU_ASSERT_EQUAL(skf_udp_counters(udp).sent, NUM);
    CU_ASSERT_EQUAL(skf_udp_counters(udp).sends, crowd.offload ? 2 : (NUM + 63) / 64);
    skf_udp_close(udp);
    crowd_close(&crowd);
}

static void a_queue_of_too_many_packets_is_refused(void)
{
    struct udp_options options = { .queue = UDP_MAX_QUEUE + 1 };
    struct udp *udp = NULL;

    CU_ASSERT_TRUE(skf_address_read("127.0.0.1:0", &options.address));
    CU_ASSERT_EQUAL(skf_udp_open(&options, &udp), SKIFF_ERR_ARGUMENT);
}

CU_TestInfo udp_runs_tests[] = {
    TEST(packets_for_each_in_turn_leave_in_a_run_for_each),
    TEST(any_lengths_in_any_turns_keep_the_order_of_each),
    TEST(one_refused_run_leaves_one_by_one_and_the_others_as_runs),
    TEST(a_refused_run_loses_its_packets_and_no_others),
    TEST(a_full_socket_loses_what_is_left_of_the_queue),
    TEST(a_full_queue_is_sent_before_the_next_packet),
    TEST(a_queue_longer_than_a_call_leaves_in_two),
    TEST(a_queue_of_too_many_packets_is_refused),
    CU_TEST_INFO_NULL,
};
