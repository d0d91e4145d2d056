/* steering_test.c - a kernel that gives each datagram to the thread of its peer. Where it
 * refuses, the same must come about by handing over. */
#include "suite.h"

#include "ice/port/steering.h"

#include "loopback.h"
#include "offices.h"

#include <stdio.h>
#include <string.h>

static uint64_t handed_over(const struct offices *pair)
{
    return office_counters(&pair->here).handed_over
           + office_counters(&pair->there).handed_over;
}

static uint64_t unsteered(const struct offices *pair)
{
    return office_counters(&pair->here).unsteered + office_counters(&pair->there).unsteered;
}

static void open_both(struct offices *pair, const char *address)
{
    offices_new(pair);
    offices_steer(pair);
    pair->here.config.address = address;
    offices_open(pair, CALLERS);
}

/* Checks, DTLS and media of all; says how much of the media and of second checks was handed
 * over. */
static uint64_t handed_over_after_connecting(struct offices *pair)
{
    for (int i = 0; i < CALLERS; i++)
        caller_connect(&pair->callers[i]);

    uint64_t before = handed_over(pair);
    for (int i = 0; i < CALLERS; i++) {
        CU_ASSERT_TRUE(caller_checks(&pair->callers[i], false));
        caller_speak(&pair->callers[i]);
    }
    office_run(&pair->here);
    CU_ASSERT_EQUAL(pair->here.told.rtp, CALLERS);
    return handed_over(pair) - before;
}

static void expect_steered(struct offices *pair, uint64_t after)
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
    struct offices pair;

    open_both(&pair, "127.0.0.1:0");
    expect_steered(&pair, handed_over_after_connecting(&pair));
    offices_close(&pair, CALLERS);
}

static void ipv4_through_a_socket_of_both_families_is_steered(void)
{
    struct offices pair;

    open_both(&pair, "[::]:0");
    expect_steered(&pair, handed_over_after_connecting(&pair));
    offices_close(&pair, CALLERS);
}

static void ipv6_is_steered(void)
{
    struct offices pair;

    open_both(&pair, "[::]:0");
    for (int i = 0; i < CALLERS; i++)
        caller_move_to_ipv6(&pair.callers[i]);
    expect_steered(&pair, handed_over_after_connecting(&pair));
    offices_close(&pair, CALLERS);
}

static void whoever_joins_later_is_steered_to_as_well(void)
{
    struct offices pair;

    open_both(&pair, "127.0.0.1:0");
    offices_leave(&pair);
    offices_join(&pair);
    expect_steered(&pair, handed_over_after_connecting(&pair));
    offices_leave(&pair);
    for (int i = 0; i < CALLERS; i++)
        caller_speak(&pair.callers[i]);
    office_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.told.rtp, 2 * CALLERS);
    offices_close(&pair, CALLERS);
}

static void the_kernel_follows_an_address_that_passes_to_another_thread(void)
{
    struct offices pair;

    open_both(&pair, "127.0.0.1:0");
    for (int i = 0; i < CALLERS; i++)
        CU_ASSERT_TRUE(caller_checks(&pair.callers[i], true));
    pair.here.now += SKIFF_MSEC(13000);
    pair.there.now += SKIFF_MSEC(13000);
    for (int i = 0; i < CALLERS; i++) {
        struct caller other;
        offices_succeed(&pair, &pair.callers[i], &other);
        caller_connect(&other);
        uint64_t before = handed_over(&pair);
        caller_speak(&other);
        office_run(&pair.there);
        if (skiff_port_group_steers(pair.group))
            CU_ASSERT_EQUAL(handed_over(&pair), before);
        caller_free(&other);
    }
    CU_ASSERT_EQUAL(pair.there.told.rtp, CALLERS);
    offices_close(&pair, CALLERS);
}

static void a_port_may_be_steered_to_beside_one_that_is_not(void)
{
    struct offices pair;

    offices_new(&pair);
    offices_steer(&pair);
    pair.here.config.no_steering = true;
    offices_open(&pair, CALLERS);
    CU_ASSERT_TRUE(handed_over_after_connecting(&pair) > 0);
    CU_ASSERT_EQUAL(unsteered(&pair), CALLERS);
    offices_close(&pair, CALLERS);
}

static void nobody_is_steered_to_who_does_not_want_it(void)
{
    struct offices pair;

    offices_new(&pair);
    offices_open(&pair, CALLERS);
    CU_ASSERT_FALSE(skiff_port_group_steers(pair.group));
    CU_ASSERT_TRUE(handed_over_after_connecting(&pair) > 0);
    offices_close(&pair, CALLERS);
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

static void a_full_map_says_so_and_takes_more_when_some_are_removed(void)
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
    TEST(whoever_joins_later_is_steered_to_as_well),
    TEST(the_kernel_follows_an_address_that_passes_to_another_thread),
    TEST(a_port_may_be_steered_to_beside_one_that_is_not),
    TEST(nobody_is_steered_to_who_does_not_want_it),
    TEST(a_full_map_says_so_and_takes_more_when_some_are_removed),
    TEST(what_was_never_opened_steers_nothing),
    CU_TEST_INFO_NULL,
};
