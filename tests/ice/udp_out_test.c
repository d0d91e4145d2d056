/* udp_out_test.c - what becomes of what the socket does not take. */
#include "ends.h"

#include "suite.h"

#include <errno.h>

static void a_full_socket_loses_the_rest_and_says_so(void)
{
    static const int errors[] = { EAGAIN, ENOBUFS };
    struct ends ends;

    for (unsigned round = 0; round < 2; round++) {
        ends_open(&ends, true);
        ends_refuse((struct refusal){ errors[round], .after = 3, .times = 1 });
        for (unsigned i = 0; i < 10; i++)
            ends_queue(&ends, i, 50 + i);
        skf_udp_flush(ends.a);
        for (unsigned i = 0; i < 3; i++)
            CU_ASSERT_TRUE(await_numbered(ends.b, i, 50 + i));
        CU_ASSERT_TRUE(is_silent(ends.b));
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a)->sent, 3);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a)->lost_full, 7);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a)->sends, 2);
        ends_close(&ends);
    }
}

static void what_is_refused_for_one_datagram_leaves_the_others(void)
{
    static const struct {
        int error;
        size_t counter;
    } cases[] = {
        { EMSGSIZE, offsetof(struct udp_counters, lost_oversized) },
        { ECONNREFUSED, offsetof(struct udp_counters, lost_refused) },
        { EPERM, offsetof(struct udp_counters, lost_refused) },
        { ENETUNREACH, offsetof(struct udp_counters, lost_unreached) },
        { ENODEV, offsetof(struct udp_counters, lost_unreached) },
        { EINVAL, offsetof(struct udp_counters, lost_unreached) },
        { EPROTO, offsetof(struct udp_counters, lost_otherwise) },
    };
    struct ends ends;
    uint64_t lost;

    for (unsigned round = 0; round < sizeof cases / sizeof *cases; round++) {
        ends_open(&ends, true);
        ends_refuse((struct refusal){ cases[round].error, .after = 1, .times = 1 });
        for (unsigned i = 0; i < 3; i++)
            ends_queue(&ends, i, 50);
        skf_udp_flush(ends.a);
        CU_ASSERT_TRUE(await_numbered(ends.b, 0, 50));
        CU_ASSERT_TRUE(await_numbered(ends.b, 2, 50));
        memcpy(&lost, (const char *)skf_udp_counters(ends.a) + cases[round].counter,
               sizeof lost);
        CU_ASSERT_EQUAL(lost, 1);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a)->sent, 2);
        ends_close(&ends);
    }
}

static void a_datagram_too_long_for_udp_is_counted(void)
{
    struct ends ends;
    skiff_pool *wide = ends_pool(1, 65535);
    skiff_packet *packet = numbered(wide, 1, 65535);

    ends_open(&ends, false);
    CU_ASSERT_EQUAL(skf_udp_send(ends.a, &ends.path, &packet, 1), 0);
    CU_ASSERT_EQUAL(skf_udp_counters(ends.a)->lost_oversized, 1);
    skiff_packet_give(&packet);
    skiff_pool_free(wide);
    ends_close(&ends);
}

static void send_equal(struct ends *ends, unsigned num)
{
    for (unsigned i = 0; i < num; i++)
        ends_queue(ends, i, 200);
    skf_udp_flush(ends->a);
    for (unsigned i = 0; i < num; i++)
        CU_ASSERT_TRUE(await_numbered(ends->b, i, 200));
}

static void a_kernel_that_cannot_segment_gets_single_datagrams_for_good(void)
{
    static const int errors[] = { EINVAL, EIO };
    struct ends ends;

    for (unsigned round = 0; round < 2; round++) {
        ends_open(&ends, false);
        ends_refuse((struct refusal){ errors[round], 0, UINT32_MAX, .only_runs = true });
        send_equal(&ends, 8);
        send_equal(&ends, 8);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a)->sent, 16);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a)->runs, 0);
        CU_ASSERT_TRUE(skf_udp_counters(ends.a)->unsegmented <= 1);
        ends_close(&ends);
    }
}

static void a_path_narrower_than_a_segment_costs_only_its_own_run(void)
{
    struct ends ends;

    ends_open(&ends, false);
    if (ends_offload(&ends)) {
        ends_refuse((struct refusal){ EINVAL, .times = 1 });
        send_equal(&ends, 8);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a)->unsegmented, 1);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a)->runs, 1);
        send_equal(&ends, 8);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a)->runs, 2);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a)->sent, 18);
    }
    ends_close(&ends);
}

CU_TestInfo udp_out_tests[] = {
    TEST(a_full_socket_loses_the_rest_and_says_so),
    TEST(what_is_refused_for_one_datagram_leaves_the_others),
    TEST(a_datagram_too_long_for_udp_is_counted),
    TEST(a_kernel_that_cannot_segment_gets_single_datagrams_for_good),
    TEST(a_path_narrower_than_a_segment_costs_only_its_own_run),
    CU_TEST_INFO_NULL,
};
