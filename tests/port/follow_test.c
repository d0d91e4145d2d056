/* follow_test.c - peers that move and nominate nothing, those that only keep pairs warm,
 * and when our client may speak. */
#include "suite.h"

#include "pairs.h"

#include <skiff/demux.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct pairs_check plain = { 0 }, nominate = { .use = true, .priority = 2000 };

static void plain_checks_move_nobody(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 2);
    for (int i = 0; i < 20; i++) {
        CU_ASSERT_TRUE(pairs_check(&pairs, 1, plain));
        CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
        pairs_pass(&pairs, SKIFF_MSEC(1400));
    }
    CU_ASSERT_EQUAL(pairs_counters(&pairs).paths_moved, 0);
    pairs_end(&pairs);
}

/* As browsers do: what the peer uses is nominated, the others are kept warm. */
static void pairs_that_are_kept_warm_lose_no_packet(void)
{
    struct pairs pairs;
    unsigned astray = 0;

    for (int num = 2; num <= 8; num++) {
        pairs_connect(&pairs, num);
        for (int t = 0; t < 600; t++) {
            pairs_pass(&pairs, SKIFF_MSEC(100));
            if (t % 25 == 0)
                CU_ASSERT_TRUE(pairs_check(&pairs, 0, t % 50 == 0 ? plain : nominate));
            for (int i = 1; i < num; i++)
                if (t % 100 == i * 7 + 3)
                    CU_ASSERT_TRUE(pairs_check(&pairs, i, plain));
            if (t % 10 == 0)
                astray += pairs_receive(&pairs) != 0 ? 1u : 0u;
        }
        pairs_end(&pairs);
    }
    CU_ASSERT_EQUAL(astray, 0);
}

static void a_rebound_peer_is_followed_once_it_sends_from_where_it_checks(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 2);
    pairs_send_media(&pairs, 1); /* nobody is there as yet */
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, plain));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_send_media(&pairs, 1);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    CU_ASSERT_EQUAL(pairs.fixture.server.events.events[SKIFF_PEER_PATH], 2);
    pairs_end(&pairs);
}

/* The other pair was known while the path was checked: the peer has both. */
static void a_pair_beside_the_path_is_no_rebinding(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 2);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, plain));
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    pairs_send_media(&pairs, 1);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_pass(&pairs, SKIFF_MSEC(11900));
    pairs_send_media(&pairs, 1);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_pass(&pairs, SKIFF_MSEC(100));
    pairs_send_media(&pairs, 1);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    pairs_end(&pairs);
}

/* A second check can be copied as well as the first. */
static void captured_checks_from_elsewhere_are_not_followed(void)
{
    enum { CHECKS = 60, MINUTES = 10 };
    static struct captured captured[CHECKS];
    struct pairs pairs;
    unsigned astray = 0;

    pairs_connect(&pairs, 1);
    for (int i = 0; i < CHECKS; i++)
        pairs_write(&pairs, plain, &captured[i]);
    for (int t = 0; t < MINUTES * 60; t++) {
        pairs_pass(&pairs, SKIFF_MSEC(1000));
        if (t % 5 == 0)
            CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
        (void)pairs_replay(&pairs, &captured[t % CHECKS]);
        astray += pairs_receive(&pairs) != 0 ? 1u : 0u;
    }
    CU_ASSERT_EQUAL(astray, 0);
    pairs_end(&pairs);
}

static void an_old_packet_from_elsewhere_is_not_followed(void)
{
    struct pairs pairs;
    struct captured check, packet;

    pairs_connect(&pairs, 1);
    pairs_write(&pairs, plain, &check);
    pairs_seal(&pairs, &packet);
    pairs_send_media(&pairs, 0);
    CU_ASSERT_TRUE(pairs_replay(&pairs, &check));
    CU_ASSERT_FALSE(pairs_replay(&pairs, &packet));
    CU_ASSERT_EQUAL(pairs.fixture.server.events.rtp, 2); /* it opens all the same */
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_end(&pairs);
}

/* Whoever fills the places of a peer pushes out neither the path nor the one before. */
static void the_path_and_the_one_before_a_trial_are_never_replaced(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 8);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, nominate));
    for (int i = 2; i < 8; i++)
        CU_ASSERT_TRUE(pairs_check(&pairs, i, plain));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    pairs_pass(&pairs, SKIFF_MSEC(2000));
    pairs_send_media(&pairs, 0);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_end(&pairs);
}

static void the_path_that_was_quiet_for_longest_is_replaced(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 6);
    for (int i = 1; i < 5; i++) {
        pairs_pass(&pairs, SKIFF_MSEC(100));
        CU_ASSERT_TRUE(pairs_check(&pairs, i, plain));
    }
    pairs_send_media(&pairs, 1);
    pairs_pass(&pairs, SKIFF_MSEC(100));
    CU_ASSERT_TRUE(pairs_check(&pairs, 5, plain)); /* in place of 2 */
    unsigned before = pairs.fixture.server.events.rtp;
    for (int i = 0; i < 6; i++)
        pairs_send_media(&pairs, i);
    CU_ASSERT_EQUAL(pairs.fixture.server.events.rtp, before + 5);
    CU_ASSERT_EQUAL(pairs_counters(&pairs).drop_stranger, 1);
    pairs_end(&pairs);
}

/* --- our client ----------------------------------------------------------------------- */

/* Bytes of DTLS that have come for a caller. */
static size_t dtls_for(struct caller *caller)
{
    uint8_t bytes[CALLER_DATAGRAM];
    size_t sum = 0;
    ssize_t len;

    while ((len = recv(caller->fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        sum += skiff_protocol_of(bytes[0]) == SKIFF_PROTOCOL_DTLS ? (size_t)len : 0;
    return sum;
}

static void client_fixture(struct fixture *fixture, bool early)
{
    server_new(&fixture->server);
    fixture->server.config.early_client = early;
    server_open(&fixture->server);
    caller_new_without_remote(&fixture->caller, &fixture->server, SKIFF_ROLE_ACTIVE);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(fixture->caller.peer, "them",
                                          &fixture->server.fingerprint, 1),
                    SKIFF_OK);
}

static void send_check(struct fixture *fixture, bool nominating)
{
    uint8_t bytes[CALLER_DATAGRAM];

    caller_send(&fixture->caller, bytes, caller_check(&fixture->caller, nominating, bytes));
    server_run(&fixture->server);
}

static void our_client_is_silent_before_a_nomination(void)
{
    struct fixture fixture;
    size_t sum = 0;

    client_fixture(&fixture, false);
    send_check(&fixture, false);
    for (int i = 0; i < 200; i++) {
        fixture.server.now += SKIFF_MSEC(100);
        server_run(&fixture.server);
        sum += dtls_for(&fixture.caller);
    }
    CU_ASSERT_EQUAL(sum, 0);
    send_check(&fixture, true);
    CU_ASSERT_TRUE(dtls_for(&fixture.caller) > 100);
    fixture_free(&fixture);
}

static void our_client_sends_at_the_first_check_if_the_config_allows_it(void)
{
    struct fixture fixture;

    client_fixture(&fixture, true);
    send_check(&fixture, false);
    CU_ASSERT_TRUE(dtls_for(&fixture.caller) > 100);
    fixture_free(&fixture);
}

static void an_end_that_becomes_the_client_when_there_is_a_path_waits_too(void)
{
    struct fixture fixture;
    size_t sum = 0;

    server_new(&fixture.server);
    server_open(&fixture.server);
    caller_new_without_remote(&fixture.caller, &fixture.server, SKIFF_ROLE_ACTPASS);
    CU_ASSERT_EQUAL(
        skiff_peer_set_remote(fixture.caller.peer, "them", &fixture.server.fingerprint, 1),
        SKIFF_OK);
    send_check(&fixture, false);
    CU_ASSERT_EQUAL(
        skiff_dtls_set_role(skiff_transport_dtls(skiff_peer_transport(fixture.caller.peer)),
                            SKIFF_ROLE_ACTIVE),
        SKIFF_OK);
    for (int i = 0; i < 50; i++) {
        fixture.server.now += SKIFF_MSEC(100);
        server_run(&fixture.server);
        sum += dtls_for(&fixture.caller);
    }
    CU_ASSERT_EQUAL(sum, 0);
    send_check(&fixture, true);
    CU_ASSERT_TRUE(dtls_for(&fixture.caller) > 100);
    fixture_free(&fixture);
}

static void our_client_connects_by_the_nominated_pair(void)
{
    struct fixture fixture;

    client_fixture(&fixture, false);
    caller_connect(&fixture.caller);
    CU_ASSERT_TRUE(fixture.caller.connected);
    fixture_free(&fixture);
}

CU_TestInfo follow_tests[] = {
    TEST(plain_checks_move_nobody),
    TEST(pairs_that_are_kept_warm_lose_no_packet),
    TEST(a_rebound_peer_is_followed_once_it_sends_from_where_it_checks),
    TEST(a_pair_beside_the_path_is_no_rebinding),
    TEST(captured_checks_from_elsewhere_are_not_followed),
    TEST(an_old_packet_from_elsewhere_is_not_followed),
    TEST(the_path_and_the_one_before_a_trial_are_never_replaced),
    TEST(the_path_that_was_quiet_for_longest_is_replaced),
    TEST(our_client_is_silent_before_a_nomination),
    TEST(our_client_sends_at_the_first_check_if_the_config_allows_it),
    TEST(an_end_that_becomes_the_client_when_there_is_a_path_waits_too),
    TEST(our_client_connects_by_the_nominated_pair),
    CU_TEST_INFO_NULL
};
