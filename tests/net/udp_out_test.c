/* udp_out_test.c - what becomes of what the socket does not take. */
#include "../port/ends.h"

#include "suite.h"

#include <errno.h>

static void a_full_socket_loses_the_rest_and_reports_it(void)
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
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a).sent, 3);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a).lost_full, 7);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a).sends, 2);
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
    struct udp_counters counters;
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
        counters = skf_udp_counters(ends.a);
        memcpy(&lost, (const char *)&counters + cases[round].counter, sizeof lost);
        CU_ASSERT_EQUAL(lost, 1);
        CU_ASSERT_EQUAL(counters.sent, 2);
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
    CU_ASSERT_EQUAL(skf_udp_counters(ends.a).lost_oversized, 1);
    skiff_packet_release(&packet);
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

/* 100 runs of 8: tried again after 0, 64, 128, 256 and 512 single datagrams. */
static void an_address_that_refuses_runs_is_tried_with_one_ever_more_seldom(void)
{
    static const int errors[] = { EINVAL, EIO };
    struct ends ends;

    for (unsigned round = 0; round < 2; round++) {
        ends_open(&ends, false);
        ends_refuse((struct refusal){ errors[round], 0, UINT32_MAX, .only_runs = true });
        for (unsigned i = 0; i < 100; i++)
            send_equal(&ends, 8);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a).sent, 800);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a).runs, 0);
        CU_ASSERT_TRUE(skf_udp_counters(ends.a).unsegmented <= 5);
        ends_refuse((struct refusal){ 0 });
        ends_close(&ends);
    }
}

/* Also where the narrow one was the first of all. */
static void one_narrow_address_does_not_end_runs_to_others_nor_to_itself(void)
{
    struct ends narrow;

    ends_open(&narrow, false);
    if (ends_offload(&narrow)) {
        struct udp *other = ends_socket(narrow.pool, "127.0.0.1:0", false);
        struct path path = { .remote = *skf_udp_address(other) };
        struct udp_counters before = skf_udp_counters(narrow.a);
        for (unsigned round = 0; round < 3; round++) {
            ends_refuse((struct refusal){ EINVAL, .times = 1, .only_runs = true });
            send_equal(&narrow, 8);
        }
        CU_ASSERT_EQUAL(skf_udp_counters(narrow.a).runs, before.runs);
        for (unsigned i = 0; i < 8; i++) {
            skiff_packet *packet = numbered(narrow.pool, i, 200);
            skf_udp_queue(narrow.a, &path, &packet);
        }
        ends_refuse((struct refusal){ 0 });
        skf_udp_flush(narrow.a);
        CU_ASSERT_EQUAL(skf_udp_counters(narrow.a).runs, before.runs + 1);
        for (unsigned round = 0; round < 64; round++)
            send_equal(&narrow, 8);
        CU_ASSERT_TRUE(skf_udp_counters(narrow.a).runs > before.runs + 32);
        skf_udp_close(other);
    }
    ends_close(&narrow);
}

static void a_path_narrower_than_a_segment_costs_only_its_own_run(void)
{
    struct ends ends;

    ends_open(&ends, false);
    if (ends_offload(&ends)) {
        ends_refuse((struct refusal){ EINVAL, .times = 1 });
        send_equal(&ends, 8);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a).unsegmented, 1);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a).runs, 1);
        send_equal(&ends, 8);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a).runs, 2);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a).sent, 18);
    }
    ends_close(&ends);
}

CU_TestInfo udp_out_tests[] = {
    TEST(a_full_socket_loses_the_rest_and_reports_it),
    TEST(what_is_refused_for_one_datagram_leaves_the_others),
    TEST(a_datagram_too_long_for_udp_is_counted),
    TEST(an_address_that_refuses_runs_is_tried_with_one_ever_more_seldom),
    TEST(one_narrow_address_does_not_end_runs_to_others_nor_to_itself),
    TEST(a_path_narrower_than_a_segment_costs_only_its_own_run),
    CU_TEST_INFO_NULL,
};
