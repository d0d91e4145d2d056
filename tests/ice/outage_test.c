/* outage_test.c - agents whose network loses, stops and comes back, in real time: with
 * consent of 0.6 s. */
#include "suite.h"

#include "call.h"
#include "turn.h"

#include <stdio.h>

static bool both_are_late(const struct pair *pair)
{
    return pair->a.events[SKIFF_ICE_DISCONNECTED] > 0
        && pair->b.events[SKIFF_ICE_DISCONNECTED] > 0;
}

static bool both_are_back(const struct pair *pair)
{
    return pair->a.events[SKIFF_ICE_RECONNECTED] > 0
        && pair->b.events[SKIFF_ICE_RECONNECTED] > 0;
}

static const char *const here[] = { "127.0.0.1" };

static void responses_keep_a_quiet_call_alive(void)
{
    struct call call;
    skiff_ice_info info;

    call_new(&call, 1);
    call_start(&call);
    call_pass_time(&call.pair, CALL_CONSENT * 3 / 2);
    skiff_ice_get_info(call.pair.a.ice, &info, sizeof info);
    CU_ASSERT_TRUE(info.round_trip > 0 && info.round_trip < SKIFF_MSEC(500));
    CU_ASSERT_TRUE(info.open);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    call_talk(&call.pair);
    call_free(&call);
}

static void an_outage_shorter_than_consent_is_reported_and_survived(void)
{
    struct call call;
    size_t sent;

    call_new(&call, 2);
    call_start(&call);
    call.path.cut = &call.path;
    CU_ASSERT_TRUE(pair_until(&call.pair, both_are_late));
    CU_ASSERT_EQUAL(skiff_ice_send(call.pair.a.ice, NULL, 0, &sent), SKIFF_OK);
    call.path.cut = NULL;
    CU_ASSERT_TRUE(pair_until(&call.pair, both_are_back));
    call_talk(&call.pair);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    call_free(&call);
}

/* RFC 7675 5.1: nothing but answers to checks leaves after consent has ended. */
static void a_longer_outage_is_a_failure_with_its_reason_until_a_restart(void)
{
    struct call call;
    skiff_failure failure;
    size_t sent;

    call_new(&call, 3);
    call_start(&call);
    call.path.cut = &call.path;
    CU_ASSERT_TRUE(pair_until(&call.pair, call_both_have_failed));
    skiff_ice_failure(call.pair.a.ice, &failure, sizeof failure);
    CU_ASSERT_TRUE_FATAL(failure.what != NULL && failure.spec != NULL);
    CU_ASSERT_NSTRING_EQUAL(failure.what, "ICE: consent expired", 20);
    CU_ASSERT_STRING_EQUAL(failure.spec, "RFC 7675 5.1");
    CU_ASSERT_EQUAL(call.pair.a.events[SKIFF_ICE_FAILED], 1);
    CU_ASSERT_EQUAL(skiff_ice_send(call.pair.a.ice, NULL, 0, &sent), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(
        skiff_ice_set_peer(call.pair.a.ice, "abcd", "0123456789012345678901", NULL, 0),
        SKIFF_ERR_STATE);
    call.path.cut = NULL;
    unsigned passed = call.path.passed;
    call_pass_time(&call.pair, CALL_CONSENT / 2);
    CU_ASSERT_EQUAL(call.path.passed, passed);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 2);

    call.pair.a.connected = call.pair.b.connected = 0;
    pair_restart(&call.pair);
    pair_introduce(&call.pair);
    CU_ASSERT_TRUE(pair_until(&call.pair, both_connected));
    call_talk(&call.pair);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 2);
    call_free(&call);
}

/* b sends no checks: what it has of a's consent is that a asks. */
static void a_lite_agent_lives_as_long_as_it_is_asked(void)
{
    struct call call;
    skiff_failure failure;

    call_new(&call, 11);
    call.pair.config_b.lite = true;
    call_start(&call);
    call_pass_time(&call.pair, CALL_CONSENT * 3 / 2);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    CU_ASSERT_EQUAL(call.pair.b.events[SKIFF_ICE_DISCONNECTED], 0);
    call_talk(&call.pair);
    call.path.cut = &call.pair.a;
    CU_ASSERT_TRUE(pair_until(&call.pair, call_both_have_failed));
    CU_ASSERT_EQUAL(call.pair.b.events[SKIFF_ICE_DISCONNECTED], 1);
    skiff_ice_failure(call.pair.b.ice, &failure, sizeof failure);
    CU_ASSERT_PTR_NOT_NULL_FATAL(failure.spec);
    CU_ASSERT_STRING_EQUAL(failure.spec, "RFC 7675 5.1");
    call_free(&call);
}

static void one_direction_alone_is_no_consent(void)
{
    struct call call;

    call_new(&call, 4);
    call_start(&call);
    call.path.cut = &call.pair.a;
    CU_ASSERT_TRUE(pair_until(&call.pair, call_both_have_failed));
    call_free(&call);
}

/* Three times in a row at the pace of 30 s: ten checks or more each. */
static void calls_live_where_one_datagram_of_ten_is_lost(void)
{
    struct call calls[4];

    for (unsigned i = 0; i < G_N_ELEMENTS(calls); i++) {
        call_new(&calls[i], 5 + i);
        call_start(&calls[i]);
        calls[i].path.loss = 10;
    }
    for (unsigned i = 0; i < 20; i++)
        for (unsigned j = 0; j < G_N_ELEMENTS(calls); j++)
            call_pass_time(&calls[j].pair, CALL_CONSENT / 60);
    for (unsigned i = 0; i < G_N_ELEMENTS(calls); i++) {
        if (call_failed(&calls[i].pair) != 0)
            fprintf(stderr, "seed %u: failed\n", 5 + i);
        CU_ASSERT_EQUAL(call_failed(&calls[i].pair), 0);
        call_free(&calls[i]);
    }
}

static void what_went_is_reported(void)
{
    struct call call;
    skiff_ice_info before, after;

    call_new(&call, 10);
    call_start(&call);
    skiff_ice_get_info(call.pair.a.ice, &before, sizeof before);
    CU_ASSERT_TRUE(before.bytes_sent > 0 && before.bytes_received > 0);
    CU_ASSERT_TRUE(before.round_trip > 0);
    CU_ASSERT_EQUAL(before.last_media, 0);
    call_talk(&call.pair);
    skiff_ice_get_info(call.pair.a.ice, &after, sizeof after);
    CU_ASSERT_TRUE(after.bytes_sent > before.bytes_sent + 12);
    CU_ASSERT_TRUE(after.bytes_received > before.bytes_received + 12);
    CU_ASSERT_TRUE(after.last_media > 0 && after.last_media <= skf_ice_now());
    call_free(&call);
}

/* --- paths on which libnice keeps the bytes for itself -------------------------------- */

static bool a_has_round_trip(const struct pair *pair)
{
    return pair->a.ice->current != NULL
        && pair->a.ice->current->consent_checks.consent.round_trip > 0;
}

/* Consent asks after 4 s only, and DTLS begins at once. */
static void a_check_of_its_own_measures_as_soon_as_there_is_a_path(void)
{
    struct pair pair;

    pair_new(&pair, here);
    pair_start(&pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_connected));
    skiff_time begin = skf_ice_now();
    CU_ASSERT_TRUE(pair_until(&pair, a_has_round_trip));
    CU_ASSERT_TRUE(skf_ice_now() - begin < SKIFF_MSEC(2000));
    pair_free(&pair);
}

static void outlives_its_first_consent(struct pair *pair)
{
    CU_ASSERT_TRUE(pair_until(pair, a_has_round_trip));
    call_pass_time(pair, CALL_CONSENT * 5 / 4);
    CU_ASSERT_EQUAL(call_failed(pair), 0);
    call_talk(pair);
}

static void consent_is_kept_without_a_socket_beside(void)
{
    struct call call;

    call_new(&call, 9);
    call.pair.config_a.no_bypass = call.pair.config_b.no_bypass = true;
    call_start(&call);
    outlives_its_first_consent(&call.pair);
    call_free(&call);
}

static void consent_is_kept_over_tcp(void)
{
    struct pair pair;

    pair_new(&pair, here);
    pair.config_a.consent = pair.config_b.consent = CALL_CONSENT;
    pair.config_a.tcp = pair.config_b.tcp = true;
    pair.only_tcp = true;
    pair_start(&pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_connected));
    outlives_its_first_consent(&pair);
    pair_free(&pair);
}

static void consent_is_kept_over_turn(bool tcp, unsigned others)
{
    const char *servers[1];
    struct turn turn;
    struct pair pair;
    skiff_ice_info info;

    pair_new(&pair, here);
    turn_open(&turn, pair.loop, tcp);
    for (unsigned i = 0; i < others; i++)
        turn_meet_other(&turn);
    servers[0] = turn.url;
    pair.config_a.servers = servers;
    pair.config_a.num_servers = 1;
    pair.config_a.turn_user = "user";
    pair.config_a.turn_password = "password";
    pair.config_a.relay_only = true;
    pair.config_a.consent = pair.config_b.consent = CALL_CONSENT;
    pair_start(&pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_connected));
    outlives_its_first_consent(&pair);
    skiff_ice_get_info(pair.a.ice, &info, sizeof info);
    CU_ASSERT_TRUE(info.relayed);
    pair_free(&pair);
    turn_close(&turn);
}

static void consent_is_kept_over_a_turn_server(void)
{
    consent_is_kept_over_turn(false, 0);
}

static void consent_is_kept_over_a_turn_server_and_tcp(void)
{
    consent_is_kept_over_turn(true, 0);
}

/* As where the agents of many calls run in one main context. */
static void consent_is_kept_where_others_are_connected_to_the_turn_server(void)
{
    consent_is_kept_over_turn(true, 6);
}

CU_TestInfo outage_tests[] = {
    TEST(responses_keep_a_quiet_call_alive),
    TEST(an_outage_shorter_than_consent_is_reported_and_survived),
    TEST(a_longer_outage_is_a_failure_with_its_reason_until_a_restart),
    TEST(one_direction_alone_is_no_consent),
    TEST(a_lite_agent_lives_as_long_as_it_is_asked),
    TEST(calls_live_where_one_datagram_of_ten_is_lost),
    TEST(what_went_is_reported),
    TEST(a_check_of_its_own_measures_as_soon_as_there_is_a_path),
    TEST(consent_is_kept_without_a_socket_beside),
    TEST(consent_is_kept_over_tcp),
    TEST(consent_is_kept_over_a_turn_server),
    TEST(consent_is_kept_over_a_turn_server_and_tcp),
    TEST(consent_is_kept_where_others_are_connected_to_the_turn_server),
    CU_TEST_INFO_NULL,
};
