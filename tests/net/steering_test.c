/* steering_test.c - a kernel that gives each datagram to the thread of its peer. Where it
 * refuses, the same must come about by handing over. */
#include "suite.h"

#include "ice/net/steering.h"

#include "../port/loopback.h"
#include "../port/server_pair.h"

#include <stdio.h>
#include <string.h>

static uint64_t forwarded(const struct server_pair *pair)
{
    return server_counters(&pair->here).forwarded + server_counters(&pair->there).forwarded;
}

static uint64_t unsteered(const struct server_pair *pair)
{
    return server_counters(&pair->here).unsteered + server_counters(&pair->there).unsteered;
}

static void open_both(struct server_pair *pair, const char *address)
{
    server_pair_new(pair);
    server_pair_steer(pair);
    pair->here.config.address = address;
    server_pair_open(pair, CALLERS);
}

/* Checks, DTLS and media of all; says how much of the media and of second checks was handed
 * over. */
static uint64_t handed_over_after_connecting(struct server_pair *pair)
{
    for (int i = 0; i < CALLERS; i++)
        caller_connect(&pair->callers[i]);

    uint64_t before = forwarded(pair);
    for (int i = 0; i < CALLERS; i++) {
        CU_ASSERT_TRUE(caller_checks(&pair->callers[i], false));
        caller_send_media(&pair->callers[i]);
    }
    server_run(&pair->here);
    CU_ASSERT_EQUAL(pair->here.events.rtp, CALLERS);
    return forwarded(pair) - before;
}

static void expect_steered(struct server_pair *pair, uint64_t after)
{
    if (skiff_port_group_steers(pair->group)) {
        CU_ASSERT_EQUAL(after, 0);
        CU_ASSERT_EQUAL(unsteered(pair), 0);
    } else {
        printf("(refused) ");
        CU_ASSERT_TRUE(after > 0);
        CU_ASSERT_EQUAL(unsteered(pair), CALLERS);
    }
}

static void only_first_checks_are_handed_over(void)
{
    struct server_pair pair;

    open_both(&pair, "127.0.0.1:0");
    expect_steered(&pair, handed_over_after_connecting(&pair));
    server_pair_close(&pair, CALLERS);
}

static void ipv4_through_a_socket_of_both_families_is_steered(void)
{
    struct server_pair pair;

    open_both(&pair, "[::]:0");
    expect_steered(&pair, handed_over_after_connecting(&pair));
    server_pair_close(&pair, CALLERS);
}

static void ipv6_is_steered(void)
{
    struct server_pair pair;

    open_both(&pair, "[::]:0");
    for (int i = 0; i < CALLERS; i++)
        caller_move_to_ipv6(&pair.callers[i]);
    expect_steered(&pair, handed_over_after_connecting(&pair));
    server_pair_close(&pair, CALLERS);
}

static void a_port_that_joins_later_is_steered_to_as_well(void)
{
    struct server_pair pair;

    open_both(&pair, "127.0.0.1:0");
    server_pair_leave(&pair);
    server_pair_join(&pair);
    expect_steered(&pair, handed_over_after_connecting(&pair));
    server_pair_leave(&pair);
    for (int i = 0; i < CALLERS; i++)
        caller_send_media(&pair.callers[i]);
    server_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.events.rtp, 2 * CALLERS);
    server_pair_close(&pair, CALLERS);
}

static void the_kernel_follows_an_address_that_passes_to_another_thread(void)
{
    struct server_pair pair;

    open_both(&pair, "127.0.0.1:0");
    for (int i = 0; i < CALLERS; i++)
        CU_ASSERT_TRUE(caller_checks(&pair.callers[i], true));
    pair.here.now += SKIFF_MSEC(13000);
    pair.there.now += SKIFF_MSEC(13000);
    for (int i = 0; i < CALLERS; i++) {
        struct caller other;
        server_pair_succeed(&pair, &pair.callers[i], &other);
        caller_connect(&other);
        uint64_t before = forwarded(&pair);
        caller_send_media(&other);
        server_run(&pair.there);
        if (skiff_port_group_steers(pair.group))
            CU_ASSERT_EQUAL(forwarded(&pair), before);
        caller_free(&other);
    }
    CU_ASSERT_EQUAL(pair.there.events.rtp, CALLERS);
    server_pair_close(&pair, CALLERS);
}

static void a_port_may_be_steered_to_beside_one_that_is_not(void)
{
    struct server_pair pair;

    server_pair_new(&pair);
    server_pair_steer(&pair);
    pair.here.config.no_steering = true;
    server_pair_open(&pair, CALLERS);
    CU_ASSERT_TRUE(handed_over_after_connecting(&pair) > 0);
    CU_ASSERT_EQUAL(unsteered(&pair), CALLERS);
    server_pair_close(&pair, CALLERS);
}

static void nobody_is_steered_to_a_port_that_does_not_want_it(void)
{
    struct server_pair pair;

    server_pair_new(&pair);
    server_pair_open(&pair, CALLERS);
    CU_ASSERT_FALSE(skiff_port_group_steers(pair.group));
    CU_ASSERT_TRUE(handed_over_after_connecting(&pair) > 0);
    server_pair_close(&pair, CALLERS);
}

/* --- the program alone ---------------------------------------------------------------- */

static struct path path_of(uint16_t port)
{
    struct path path;

    memset(&path, 0, sizeof path);
    CU_ASSERT_TRUE(skf_address_read("192.0.2.1:4000", &path.local));
    CU_ASSERT_TRUE(skf_address_read("192.0.2.2:0", &path.remote));
    path.remote.four.sin_port = htons(port);
    return path;
}

static void a_full_map_reports_it_and_accepts_more_when_some_are_removed(void)
{
    struct steering steering = { 0 };
    struct path first = path_of(1), second = path_of(2);

    if (!skf_steering_open(&steering, 1, 2)) {
        printf("(refused) ");
        return;
    }
    CU_ASSERT_TRUE(skf_steering_add(&steering, &first, 0));
    CU_ASSERT_FALSE(skf_steering_add(&steering, &second, 0));
    CU_ASSERT_TRUE(skf_steering_add(&steering, &first, 1));
    skf_steering_remove(&steering, &second);
    skf_steering_remove(&steering, &first);
    CU_ASSERT_TRUE(skf_steering_add(&steering, &second, 0));
    skf_steering_close(&steering);
}

static void what_was_never_opened_steers_nothing(void)
{
    struct steering steering = { 0 };
    struct path path = path_of(1);

    CU_ASSERT_FALSE(skf_steering_is_open(&steering));
    CU_ASSERT_FALSE(skf_steering_add(&steering, &path, 0));
    CU_ASSERT_FALSE(skf_steering_join(&steering, 0, 0));
    skf_steering_remove(&steering, &path);
    skf_steering_close(&steering);
}

CU_TestInfo steering_tests[] = {
    TEST(only_first_checks_are_handed_over),
    TEST(ipv4_through_a_socket_of_both_families_is_steered),
    TEST(ipv6_is_steered),
    TEST(a_port_that_joins_later_is_steered_to_as_well),
    TEST(the_kernel_follows_an_address_that_passes_to_another_thread),
    TEST(a_port_may_be_steered_to_beside_one_that_is_not),
    TEST(nobody_is_steered_to_a_port_that_does_not_want_it),
    TEST(a_full_map_reports_it_and_accepts_more_when_some_are_removed),
    TEST(what_was_never_opened_steers_nothing),
    CU_TEST_INFO_NULL,
};
