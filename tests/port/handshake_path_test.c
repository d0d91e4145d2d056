/* handshake_path_test.c - before there are keys: on which of the pairs that a peer has
 * nominated the handshake goes on. An agent with aggressive nomination (RFC 5245 8.1.1.2)
 * nominates each pair before it knows whether a response arrives there. */
#include "suite.h"

#include "pairs.h"

enum { HIGH = 2130706431, LOW = 1000 };

static const struct pairs_check plain = { .priority = HIGH },
                                nominate = { .use = true, .priority = HIGH },
                                lower = { .use = true, .priority = LOW };

/* The caller does not receive what comes by pair 0: it goes on by pair 1. */
static void nominate_both(struct pairs *pairs, struct captured *first)
{
    pairs_write(pairs, nominate, first);
    CU_ASSERT_TRUE(pairs_send(pairs, 0, first));
    CU_ASSERT_TRUE(pairs_check(pairs, 1, lower));
    CU_ASSERT_EQUAL(pairs_where(pairs), 0);
}

static void the_reply_to_a_client_hello_goes_to_the_pair_that_it_came_from(void)
{
    struct pairs pairs;
    struct captured first;

    pairs_begin(&pairs, 2);
    pairs_open(&pairs);
    nominate_both(&pairs, &first);
    pairs.fixture.caller.fd = pairs.fd[1];
    caller_begin_dtls(&pairs.fixture.caller);
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    CU_ASSERT_TRUE(pairs.fixture.caller.connected);
    CU_ASSERT_EQUAL(pairs.fixture.server.events.events[SKIFF_PEER_CONNECTED], 1);
    CU_ASSERT_EQUAL(pairs.fixture.server.events.events[SKIFF_PEER_PATH], 2);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    pairs_end(&pairs);
}

/* A check of the pair that does not lead back is repeated with its id, as no response to it
 * arrives. */
static void a_nomination_from_before_the_client_hello_does_not_count_again(void)
{
    struct pairs pairs;
    struct captured first;

    pairs_begin(&pairs, 2);
    pairs_open(&pairs);
    nominate_both(&pairs, &first);
    pairs.fixture.caller.fd = pairs.fd[1];
    caller_poll(&pairs.fixture.caller);
    server_run(&pairs.fixture.server);
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    CU_ASSERT_TRUE(pairs_send(&pairs, 0, &first));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate)); /* a new one does */
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    pairs_end(&pairs);
}

static void dtls_from_where_no_check_has_come_moves_nobody(void)
{
    struct pairs pairs;
    static const uint8_t record[64] = { 22, 0xfe, 0xfd, [12] = 51 };

    pairs_begin(&pairs, 2);
    pairs_open(&pairs);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate));
    stranger_send(pairs.attacker, record, sizeof record);
    server_run(&pairs.fixture.server);
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    CU_ASSERT_EQUAL(pairs_counters(&pairs).drop_stranger, 1);
    pairs_end(&pairs);
}

static void with_keys_dtls_moves_nobody_at_once(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 2);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, plain));
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain)); /* else it may be a rebound port */
    pairs.fixture.caller.fd = pairs.fd[1];
    caller_write(&pairs.fixture.caller, "from another pair");
    server_run(&pairs.fixture.server);
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    pairs_end(&pairs);
}

/* The caller does not read what comes, and sends no DTLS. */
static void send_unread(struct pairs *pairs, int pair, const struct captured *check)
{
    pairs->fixture.caller.fd = pairs->fd[pair];
    caller_send(&pairs->fixture.caller, check->bytes, check->len);
    server_run(&pairs->fixture.server);
}

/* If our end is the client, no DTLS comes before its own has arrived. */
static void a_nominated_pair_that_is_checked_replaces_one_that_is_quiet(void)
{
    struct pairs pairs;
    struct captured first, check;

    pairs_begin(&pairs, 2);
    pairs_open(&pairs);
    nominate_both(&pairs, &first);
    pairs_write(&pairs, plain, &check);
    send_unread(&pairs, 0, &check); /* else pair 1 may be a rebound port of pair 0 */
    for (int i = 0; i < 12; i++) {
        CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
        pairs_pass(&pairs, SKIFF_MSEC(1000));
        send_unread(&pairs, 0, &first);
        pairs_write(&pairs, plain, &check);
        send_unread(&pairs, 1, &check);
    }
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    pairs_end(&pairs);
}

static void a_pair_that_is_not_nominated_replaces_none_before_there_are_keys(void)
{
    struct pairs pairs;

    pairs_begin(&pairs, 2);
    pairs_open(&pairs);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate));
    for (int i = 0; i < 20; i++) {
        pairs_pass(&pairs, SKIFF_MSEC(1000));
        CU_ASSERT_TRUE(pairs_check(&pairs, 1, plain));
    }
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    pairs_end(&pairs);
}

/* The port's end is the client. What came first may be a copied check. */
static void a_byte_that_looks_like_dtls_does_not_lead_a_client_hello_away(void)
{
    static const uint8_t byte[] = { 22 };
    struct pairs pairs;
    struct captured check;

    pairs_begin(&pairs, 2);
    server_open(&pairs.fixture.server);
    caller_new_without_remote(&pairs.fixture.caller, &pairs.fixture.server,
                              SKIFF_ROLE_ACTIVE);
    pairs.fd[0] = pairs.fixture.caller.fd;
    pairs.fd[1] = stranger_open(&pairs.fixture.caller);
    pairs.attacker = stranger_open(&pairs.fixture.caller);
    pairs_write(&pairs, nominate, &check);
    send_unread(&pairs, 0, &check);
    pairs_write(&pairs, plain, &check);
    send_unread(&pairs, 1, &check);
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    caller_send(&pairs.fixture.caller, byte, sizeof byte);
    server_run(&pairs.fixture.server);
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    pairs_end(&pairs);
}

/* The handshake is over before the port knows whom to expect: nothing has opened yet where
 * the peer is by then. */
static void a_path_that_was_nominated_before_connected_is_on_trial(void)
{
    struct pairs pairs;
    unsigned seconds = 0;

    pairs_begin(&pairs, 2);
    server_open(&pairs.fixture.server);
    caller_new_without_remote(&pairs.fixture.caller, &pairs.fixture.server,
                              SKIFF_ROLE_PASSIVE);
    pairs.fd[0] = pairs.fixture.caller.fd;
    pairs.fd[1] = stranger_open(&pairs.fixture.caller);
    pairs.attacker = stranger_open(&pairs.fixture.caller);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate));
    caller_begin_dtls(&pairs.fixture.caller);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, nominate));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(pairs.fixture.caller.peer, "them",
                                          &pairs.fixture.server.fingerprint, 1),
                    SKIFF_OK);
    server_run(&pairs.fixture.server);
    CU_ASSERT_EQUAL(pairs.fixture.server.events.events[SKIFF_PEER_CONNECTED], 1);
    while (seconds < 600 && caller_info(&pairs.fixture.caller).open) {
        pairs_pass(&pairs, SKIFF_MSEC(5000));
        seconds += 5;
        (void)pairs_check(&pairs, 1, plain);
    }
    CU_ASSERT_TRUE(seconds > 120 && seconds <= 150);
    pairs_end(&pairs);
}

CU_TestInfo handshake_path_tests[] = {
    TEST(the_reply_to_a_client_hello_goes_to_the_pair_that_it_came_from),
    TEST(a_nomination_from_before_the_client_hello_does_not_count_again),
    TEST(dtls_from_where_no_check_has_come_moves_nobody),
    TEST(with_keys_dtls_moves_nobody_at_once),
    TEST(a_nominated_pair_that_is_checked_replaces_one_that_is_quiet),
    TEST(a_pair_that_is_not_nominated_replaces_none_before_there_are_keys),
    TEST(a_byte_that_looks_like_dtls_does_not_lead_a_client_hello_away),
    TEST(a_path_that_was_nominated_before_connected_is_on_trial),
    CU_TEST_INFO_NULL,
};
