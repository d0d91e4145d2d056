/* round_trip_test.c - the first wait of DTLS follows a round trip that checks have
 * measured. */
#include "suite.h"

#include <stdio.h>

#include "caller.h"

/* What a port of default settings has said waits for so long, or up to an eighth longer. */
static bool waits(const struct fixture *fixture, skiff_time wait)
{
    const skiff_dtls *dtls =
        skiff_transport_dtls(skiff_peer_transport(fixture->caller.peer));
    skiff_time waited = skiff_dtls_deadline(dtls) - fixture->server.now;
    bool good = waited >= wait && waited < wait + wait / 8;

    if (!good)
        fprintf(stderr, "%u us\n", (unsigned)waited);
    return good;
}

static bool waits_after(skiff_time till_nomination, skiff_time till_hello, skiff_time wait)
{
    struct fixture fixture;

    fixture_new(&fixture);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    fixture.server.now += till_nomination;
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    fixture.server.now += till_hello;
    caller_poll(&fixture.caller);
    server_run(&fixture.server);
    bool good = waits(&fixture, wait);
    fixture_free(&fixture);
    return good;
}

static void a_server_of_a_port_waits_for_twice_the_time_from_response_to_hello(void)
{
    CU_ASSERT_TRUE(waits_after(0, 0, SKIFF_MSEC(50)));
    CU_ASSERT_TRUE(waits_after(0, SKIFF_MSEC(20), SKIFF_MSEC(50)));
    CU_ASSERT_TRUE(waits_after(0, SKIFF_MSEC(150), SKIFF_MSEC(300)));
    CU_ASSERT_TRUE(waits_after(SKIFF_MSEC(90), SKIFF_MSEC(80), SKIFF_MSEC(160)));
    CU_ASSERT_TRUE(waits_after(SKIFF_MSEC(5000), SKIFF_MSEC(80), SKIFF_MSEC(160)));
}

static void what_lasts_longer_is_no_round_trip(void)
{
    CU_ASSERT_TRUE(waits_after(SKIFF_MSEC(5000), SKIFF_MSEC(5000), SKIFF_MSEC(50)));
    CU_ASSERT_TRUE(waits_after(0, SKIFF_MSEC(501), SKIFF_MSEC(50)));
    CU_ASSERT_TRUE(waits_after(SKIFF_MSEC(90), SKIFF_MSEC(501), SKIFF_MSEC(180)));
}

/* It says its hello when it is nominated, and its checks are all that came before. */
static void a_client_of_a_port_waits_for_twice_the_time_to_the_nomination(void)
{
    uint8_t bytes[CALLER_DATAGRAM];
    struct fixture fixture;

    server_new(&fixture.server);
    server_open(&fixture.server);
    caller_new_without_remote(&fixture.caller, &fixture.server, SKIFF_ROLE_ACTIVE);
    CU_ASSERT_EQUAL(
        skiff_peer_set_remote(fixture.caller.peer, "them", &fixture.server.fingerprint, 1),
        SKIFF_OK);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    fixture.server.now += SKIFF_MSEC(130);
    caller_send(&fixture.caller, bytes, caller_check(&fixture.caller, true, bytes));
    server_run(&fixture.server);
    CU_ASSERT_TRUE(waits(&fixture, SKIFF_MSEC(260)));
    fixture_free(&fixture);
}

CU_TestInfo round_trip_tests[] = {
    TEST(a_server_of_a_port_waits_for_twice_the_time_from_response_to_hello),
    TEST(what_lasts_longer_is_no_round_trip),
    TEST(a_client_of_a_port_waits_for_twice_the_time_to_the_nomination),
    CU_TEST_INFO_NULL,
};
