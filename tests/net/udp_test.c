/* udp_test.c - datagrams between two sockets on loopback. */
#include "../port/ends.h"

#include "count.h"
#include "suite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

static void run_one_datagram(bool no_offload)
{
    struct ends ends;
    struct udp_arrival arrival;

    ends_open(&ends, no_offload);
    ends_queue(&ends, 1, 333);
    skf_udp_flush(ends.a);
    if (await(ends.b, &arrival)) {
        CU_ASSERT_TRUE(is_numbered(arrival.packet, 1, 333));
        CU_ASSERT_EQUAL(arrival.packet->arrived, 7);
        CU_ASSERT_FALSE(arrival.no_tailroom);
        CU_ASSERT_TRUE(arrival.packet->limit >= LIMIT);
        CU_ASSERT_TRUE(address_equal(&arrival.path->remote, &ends.path.local));
        CU_ASSERT_TRUE(address_equal(&arrival.path->local, &ends.path.remote));
    }
    CU_ASSERT_TRUE(is_silent(ends.b));
    ends_close(&ends);
}

static void a_datagram_arrives_with_its_path(void)
{
    run_one_datagram(false);
    run_one_datagram(true);
}

static void a_reply_goes_back_on_the_path_of_the_request(void)
{
    struct ends ends;
    struct udp_arrival arrival;

    ends_open(&ends, false);
    ends_queue(&ends, 1, 60);
    skf_udp_flush(ends.a);
    if (await(ends.b, &arrival))
        CU_ASSERT_EQUAL(skf_udp_send(ends.b, arrival.path, &arrival.packet, 1), 1);
    CU_ASSERT_TRUE(await_numbered(ends.a, 1, 60));
    ends_close(&ends);
}

/* Sends to an address of a socket that is bound to none; the reply must be from there. */
static void run_the_wildcard(const char *bound, const char *destination)
{
    struct ends ends;
    struct udp_arrival arrival;
    char text[ADDRESS_TEXT + 8];

    ends_open(&ends, false);
    skf_udp_close(ends.b);
    ends.b = ends_socket(ends.pool, bound, false);
    snprintf(text, sizeof text, "%s:%u", destination,
             ntohs(skf_udp_address(ends.b)->four.sin_port));
    CU_ASSERT_TRUE(skf_address_read(text, &ends.path.remote));
    ends_queue(&ends, 1, 60);
    skf_udp_flush(ends.a);
    if (await(ends.b, &arrival)) {
        struct path back = { .local = ends.path.remote, .remote = ends.path.local };
        CU_ASSERT_TRUE(path_equal(arrival.path, &back));
        CU_ASSERT_EQUAL(skf_udp_send(ends.b, arrival.path, &arrival.packet, 1), 1);
    }
    if (await(ends.a, &arrival))
        CU_ASSERT_TRUE(address_equal(&arrival.path->remote, &ends.path.remote));
    ends_close(&ends);
}

static void a_reply_leaves_from_the_address_that_was_sent_to(void)
{
    run_the_wildcard("0.0.0.0:0", "127.0.0.1");
    run_the_wildcard("0.0.0.0:0", "127.1.2.3");
}

static void a_socket_of_both_families_reports_plain_ipv4_addresses(void)
{
    run_the_wildcard("[::]:0", "127.0.0.1");
    run_the_wildcard("[::]:0", "127.1.2.3");
}

static void a_local_address_of_no_family_leaves_the_choice_to_the_kernel(void)
{
    struct ends ends;
    struct udp *c;

    ends_open(&ends, false);
    c = ends_socket(ends.pool, "[::]:0", false);
    memset(&ends.path.local, 0, sizeof ends.path.local);
    skiff_packet *packet = numbered(ends.pool, 1, 60);
    CU_ASSERT_EQUAL(skf_udp_send(c, &ends.path, &packet, 1), 1);
    skiff_packet_release(&packet);
    CU_ASSERT_TRUE(await_numbered(ends.b, 1, 60));
    skf_udp_close(c);
    ends_close(&ends);
}

static void packets_of_equal_length_leave_and_come_as_one(void)
{
    struct ends ends;
    struct udp_arrival arrival;

    ends_open(&ends, false);
    if (ends_offload(&ends)) {
        for (unsigned i = 0; i < 10; i++)
            ends_queue(&ends, i, i < 9 ? 1200 : 700);
        skf_udp_flush(ends.a);
        for (unsigned i = 0; i < 10; i++) {
            if (!await(ends.b, &arrival))
                break;
            CU_ASSERT_TRUE(is_numbered(arrival.packet, i, i < 9 ? 1200 : 700));
            CU_ASSERT_EQUAL(arrival.no_tailroom, i < 9);
            CU_ASSERT_TRUE(i == 9 || arrival.packet->limit == 1200);
        }
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a).runs, 2);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a).sends, 2);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.a).sent, 12);
        CU_ASSERT_EQUAL(skf_udp_counters(ends.b).coalesced, 2);
    }
    ends_close(&ends);
}

static void what_differs_in_length_keeps_its_order(void)
{
    static const uint32_t lengths[] = { 700, 700, 1200, 1200, 60, 60, 60, 1, 1500, 1499 };
    struct ends ends;

    ends_open(&ends, false);
    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++)
        ends_queue(&ends, i, lengths[i]);
    skf_udp_flush(ends.a);
    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++)
        CU_ASSERT_TRUE(await_numbered(ends.b, i, lengths[i]));
    CU_ASSERT_TRUE(is_silent(ends.b));
    ends_close(&ends);
}

static void a_run_is_for_one_peer_only(void)
{
    struct ends ends;
    struct path other;

    ends_open(&ends, false);
    bool offload = ends_offload(&ends);
    uint64_t runs = skf_udp_counters(ends.a).runs;
    other = ends.path;
    other.remote = *skf_udp_address(ends.a);
    for (unsigned i = 0; i < 6; i++) {
        skiff_packet *packet = numbered(ends.pool, i, 300);
        skf_udp_queue(ends.a, i % 2 == 0 ? &ends.path : &other, &packet);
    }
    skf_udp_flush(ends.a);
    for (unsigned i = 0; i < 6; i++)
        CU_ASSERT_TRUE(await_numbered(i % 2 == 0 ? ends.b : ends.a, i, 300));
    CU_ASSERT_TRUE(is_silent(ends.a) && is_silent(ends.b));
    CU_ASSERT_EQUAL(skf_udp_counters(ends.a).runs, runs + (offload ? 2 : 0));
    ends_close(&ends);
}

static void more_than_a_queue_and_more_than_a_message_hold_go_too(void)
{
    struct ends ends;
    skiff_packet *packets[600];

    ends_open(&ends, false);
    for (unsigned i = 0; i < 600; i++)
        packets[i] = numbered(ends.pool, i, 90);
    CU_ASSERT_EQUAL(skf_udp_send(ends.a, &ends.path, packets, 600), 600);
    for (unsigned i = 0; i < 600; i++) {
        CU_ASSERT_TRUE(await_numbered(ends.b, i, 90));
        skiff_packet_release(&packets[i]);
    }
    ends_close(&ends);
}

static void a_pool_without_packets_to_read_into_opens_nothing(void)
{
    skiff_pool *pool = ends_pool(15, LIMIT);
    struct udp_options options = { .pool = pool, .no_offload = true };
    struct udp *udp = NULL;
    skiff_packet *packet;

    CU_ASSERT_TRUE(skf_address_read("127.0.0.1:0", &options.address));
    CU_ASSERT_EQUAL(skf_udp_open(&options, &udp), SKIFF_ERR_MEMORY);
    for (unsigned i = 0; i < 15; i++)
        CU_ASSERT_PTR_NOT_NULL(skiff_pool_take(pool));
    packet = skiff_pool_take(pool);
    CU_ASSERT_PTR_NULL(packet);
    skiff_pool_free(pool);
}

static void a_datagram_longer_than_a_packet_is_dropped(void)
{
    struct ends ends;
    skiff_pool *wide = ends_pool(1, 4000);
    skiff_packet *packet = numbered(wide, 1, 3000);

    ends_open(&ends, true);
    CU_ASSERT_EQUAL(skf_udp_send(ends.a, &ends.path, &packet, 1), 1);
    ends_queue(&ends, 2, 40);
    skf_udp_flush(ends.a);
    CU_ASSERT_TRUE(await_numbered(ends.b, 2, 40));
    CU_ASSERT_EQUAL(skf_udp_counters(ends.b).drop_truncated, 1);
    skiff_packet_release(&packet);
    skiff_pool_free(wide);
    ends_close(&ends);
}

/* Without the size that UDP_GRO says, several datagrams would be taken for one. */
static void a_read_whose_control_messages_were_cut_is_dropped_and_counted(void)
{
    struct ends ends;

    ends_open(&ends, false);
    ends_cut_control(ends_offload(&ends));
    for (unsigned i = 0; i < 4; i++)
        ends_queue(&ends, i, 60);
    skf_udp_flush(ends.a);
    CU_ASSERT_TRUE(is_silent(ends.b));
    bool cut = skf_udp_counters(ends.b).drop_control > 0;
    ends_cut_control(false);
    CU_ASSERT_TRUE(cut || !ends_offload(&ends));
    ends_queue(&ends, 9, 60);
    skf_udp_flush(ends.a);
    CU_ASSERT_TRUE(await_numbered(ends.b, 9, 60));
    ends_close(&ends);
}

static void what_the_kernel_drops_for_want_of_buffer_space_is_counted(void)
{
    struct ends ends;
    struct udp_options options = { .receive_buffer = 4096, .no_offload = true };
    struct udp_arrival arrival;
    struct udp *small = NULL;

    ends_open(&ends, false);
    CU_ASSERT_TRUE(skf_address_read("127.0.0.1:0", &options.address));
    CU_ASSERT_EQUAL_FATAL(skf_udp_open(&options, &small), SKIFF_OK);
    struct path path = { .remote = *skf_udp_address(small) };
    for (unsigned i = 0; i < 200; i++) {
        skiff_packet *packet = numbered(ends.pool, i, 60);
        CU_ASSERT_EQUAL(skf_udp_send(ends.a, &path, &packet, 1), 1);
        skiff_packet_release(&packet);
    }
    uint64_t dropped = skf_udp_counters(small).drop_receive_buffer;
    CU_ASSERT_TRUE(dropped > 0 && dropped < 200);
    while (skf_udp_next(small, 1, &arrival))
        continue;
    CU_ASSERT_EQUAL(skf_udp_counters(small).received + dropped, 200);
    CU_ASSERT_TRUE(skf_udp_counters(small).received <= skf_udp_backlog(small));
    skf_udp_close(small);
    ends_close(&ends);
}

static int option_of(const char *text, bool no_fragments, int level, int name)
{
    struct udp_options options = { .no_fragments = no_fragments };
    struct udp *udp = NULL;
    socklen_t size = sizeof(int);
    int value = -1;

    CU_ASSERT_TRUE(skf_address_read(text, &options.address));
    CU_ASSERT_EQUAL_FATAL(skf_udp_open(&options, &udp), SKIFF_OK);
    CU_ASSERT_EQUAL(getsockopt(skf_udp_fd(udp), level, name, &value, &size), 0);
    skf_udp_close(udp);
    return value;
}

static void datagrams_are_fragmented_unless_that_is_forbidden(void)
{
    CU_ASSERT_NOT_EQUAL(option_of("127.0.0.1:0", false, IPPROTO_IP, IP_MTU_DISCOVER),
                        IP_PMTUDISC_PROBE);
    CU_ASSERT_EQUAL(option_of("127.0.0.1:0", true, IPPROTO_IP, IP_MTU_DISCOVER),
                    IP_PMTUDISC_PROBE);
    CU_ASSERT_EQUAL(option_of("[::1]:0", true, IPPROTO_IP, IP_MTU_DISCOVER),
                    IP_PMTUDISC_PROBE);
    CU_ASSERT_EQUAL(option_of("[::1]:0", true, IPPROTO_IPV6, IPV6_MTU_DISCOVER),
                    IPV6_PMTUDISC_PROBE);
}

static void a_datagram_of_no_bytes_is_dropped(void)
{
    struct ends ends;

    ends_open(&ends, false);
    ends_queue(&ends, 1, 0);
    ends_queue(&ends, 2, 40);
    skf_udp_flush(ends.a);
    CU_ASSERT_TRUE(await_numbered(ends.b, 2, 40));
    CU_ASSERT_EQUAL(skf_udp_counters(ends.b).drop_no_address, 1);
    ends_close(&ends);
}

static void a_read_that_fills_no_batch_is_the_last_one(void)
{
    struct ends ends;
    struct udp_arrival arrival;

    ends_open(&ends, false);
    ends_queue(&ends, 1, 40);
    skf_udp_flush(ends.a);
    (void)await(ends.b, &arrival);
    uint64_t reads = skf_udp_counters(ends.b).reads;
    CU_ASSERT_FALSE(skf_udp_next(ends.b, 7, &arrival));
    CU_ASSERT_EQUAL(skf_udp_counters(ends.b).reads, reads);
    ends_close(&ends);
}

static void an_address_in_use_is_reported_as_such(void)
{
    struct ends ends;
    struct udp_options options = { 0 };
    struct udp *udp = NULL;

    ends_open(&ends, false);
    options.pool = ends.pool;
    CU_ASSERT_EQUAL(skf_udp_open(&options, &udp), SKIFF_ERR_ARGUMENT);
    options.address = *skf_udp_address(ends.a);
    CU_ASSERT_EQUAL(skf_udp_open(&options, &udp), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(errno, EADDRINUSE);
    ends_close(&ends);
}

static void nothing_is_allocated_for_a_datagram(void)
{
    struct ends ends;
    struct count before;

    ends_open(&ends, false);
    before = count_now();
    for (unsigned i = 0; i < 800; i++) {
        ends_queue(&ends, i, 200);
        if (i % 8 < 7)
            continue;
        skf_udp_flush(ends.a);
        for (unsigned k = i - 7; k <= i; k++)
            CU_ASSERT_TRUE(await_numbered(ends.b, k, 200));
    }
    CU_ASSERT_EQUAL(count_now().allocs, before.allocs);
    ends_close(&ends);
}

CU_TestInfo udp_tests[] = {
    TEST(a_datagram_arrives_with_its_path),
    TEST(a_reply_goes_back_on_the_path_of_the_request),
    TEST(a_reply_leaves_from_the_address_that_was_sent_to),
    TEST(a_socket_of_both_families_reports_plain_ipv4_addresses),
    TEST(a_local_address_of_no_family_leaves_the_choice_to_the_kernel),
    TEST(packets_of_equal_length_leave_and_come_as_one),
    TEST(what_differs_in_length_keeps_its_order),
    TEST(a_run_is_for_one_peer_only),
    TEST(more_than_a_queue_and_more_than_a_message_hold_go_too),
    TEST(a_pool_without_packets_to_read_into_opens_nothing),
    TEST(a_datagram_longer_than_a_packet_is_dropped),
    TEST(a_read_whose_control_messages_were_cut_is_dropped_and_counted),
    TEST(what_the_kernel_drops_for_want_of_buffer_space_is_counted),
    TEST(datagrams_are_fragmented_unless_that_is_forbidden),
    TEST(a_datagram_of_no_bytes_is_dropped),
    TEST(a_read_that_fills_no_batch_is_the_last_one),
    TEST(an_address_in_use_is_reported_as_such),
    TEST(nothing_is_allocated_for_a_datagram),
    CU_TEST_INFO_NULL,
};
