/* path_test.c - transports that may not send yet, or no longer. */
#include "suite.h"

#include "network.h"
#include "world/world.h"

static struct network network;

static struct network_end *alice(void)
{
    return &network.ends[0][0];
}

static struct network_end *bob(void)
{
    return &network.ends[1][0];
}

static void begin(bool strangers)
{
    struct network_config config = { .strangers = strangers };

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
}

static void set_path(struct network_end *end, bool open)
{
    skiff_transport_set_path(end->transport, network.now, open);
}

static void a_first_flight_is_kept_until_the_path_is_open(void)
{
    begin(false);
    set_path(bob(), false);
    network_pass(&network, SKIFF_MSEC(15));
    CU_ASSERT_EQUAL(alice()->sent, 1);
    CU_ASSERT_EQUAL(bob()->sent, 0);
    CU_ASSERT_EQUAL(network_counters(bob()).records_opened, 1);
    set_path(bob(), true);
    CU_ASSERT_EQUAL(skiff_context_deadline(network.context[1]), network.now);
    CU_ASSERT_TRUE(network_connect(&network));
    CU_ASSERT_EQUAL(alice()->sent, 2);
    network_end(&network);
}

static void repeats_of_it_change_nothing(void)
{
    begin(false);
    set_path(bob(), false);
    network_pass(&network, SKIFF_MSEC(5000));
    CU_ASSERT_TRUE(alice()->sent > 3);
    CU_ASSERT_EQUAL(bob()->sent, 0);
    CU_ASSERT_EQUAL(network_counters(bob()).drop_retransmitted, alice()->sent - 1);
    set_path(bob(), true);
    CU_ASSERT_TRUE(network_connect(&network));
    network_end(&network);
}

static void a_client_without_a_path_does_not_begin(void)
{
    begin(false);
    set_path(alice(), false);
    CU_ASSERT_EQUAL(skiff_context_deadline(network.context[0]), SKIFF_NEVER);
    CU_ASSERT_EQUAL(skiff_transport_deadline(alice()->transport), SKIFF_NEVER);
    network_pass(&network, SKIFF_MSEC(3600000));
    CU_ASSERT_EQUAL(alice()->sent, 0);
    set_path(alice(), true);
    CU_ASSERT_EQUAL(skiff_transport_deadline(alice()->transport), network.now);
    CU_ASSERT_TRUE(network_connect(&network));
    CU_ASSERT_FALSE(alice()->failed || bob()->failed);
    network_end(&network);
}

/* Closes one path or both after so many steps; false when it was over by then. */
static bool survives_a_gap(unsigned after, bool alice_too, bool bob_too)
{
    begin(false);
    for (unsigned i = 0; i < after; i++)
        (void)network_step(&network, SKIFF_NEVER - 1);
    bool in_time = !alice()->connected || !bob()->connected;
    unsigned sent[NETWORK_SIDES] = { alice()->sent, bob()->sent };
    set_path(alice(), !alice_too);
    set_path(bob(), !bob_too);
    network_pass(&network, SKIFF_MSEC(2000));
    CU_ASSERT_TRUE(!alice_too || alice()->sent == sent[0]);
    CU_ASSERT_TRUE(!bob_too || bob()->sent == sent[1]);
    set_path(alice(), true);
    set_path(bob(), true);
    CU_ASSERT_TRUE(network_connect(&network));
    network_end(&network);
    return in_time;
}

static void the_path_may_close_and_open_after_every_step(void)
{
    unsigned after = 0;

    while (survives_a_gap(after, true, false) && survives_a_gap(after, false, true)
           && survives_a_gap(after, true, true))
        after++;
    CU_ASSERT_TRUE(after >= 5);
}

static void news_need_no_path(void)
{
    begin(true);
    network_pass(&network, SKIFF_MSEC(1000));
    set_path(alice(), false);
    CU_ASSERT_EQUAL(network_introduce(alice()), SKIFF_OK);
    network_pass(&network, SKIFF_MSEC(10));
    CU_ASSERT_TRUE(alice()->connected);
    CU_ASSERT_PTR_NOT_NULL(skiff_transport_srtp(alice()->transport));
    network_end(&network);
}

static void a_failure_is_reported_at_once_and_its_alert_waits(void)
{
    skiff_fingerprint wrong;

    begin(true);
    CU_ASSERT_EQUAL(network_introduce(bob()), SKIFF_OK);
    network_pass(&network, SKIFF_MSEC(1000));
    set_path(alice(), false);
    unsigned sent = alice()->sent;
    skiff_identity_fingerprint(world_identity(0), &wrong);
    CU_ASSERT_EQUAL(skiff_dtls_expect(skiff_transport_dtls(alice()->transport), &wrong, 1),
                    SKIFF_OK);
    network_pass(&network, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(alice()->failed);
    CU_ASSERT_EQUAL(alice()->sent, sent);
    CU_ASSERT_FALSE(bob()->failed);
    set_path(alice(), true);
    network_pass(&network, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(alice()->sent, sent + 1);
    CU_ASSERT_TRUE(bob()->failed);
    network_end(&network);
}

static void an_attempt_is_abandoned_without_a_path_too(void)
{
    begin(false);
    network_pass(&network, 0);
    set_path(alice(), false);
    set_path(bob(), false);
    network_pass(&network, SKIFF_MSEC(29000));
    CU_ASSERT_FALSE(alice()->failed);
    network_pass(&network, SKIFF_MSEC(2000));
    CU_ASSERT_TRUE(alice()->failed && bob()->failed);
    network_end(&network);
}

CU_TestInfo path_tests[] = {
    TEST(a_first_flight_is_kept_until_the_path_is_open),
    TEST(repeats_of_it_change_nothing),
    TEST(a_client_without_a_path_does_not_begin),
    TEST(the_path_may_close_and_open_after_every_step),
    TEST(news_need_no_path),
    TEST(a_failure_is_reported_at_once_and_its_alert_waits),
    TEST(an_attempt_is_abandoned_without_a_path_too),
    CU_TEST_INFO_NULL,
};
