/* trip_test.c - the first wait of DTLS follows a round trip that checks have measured. */
#include "suite.h"

#include <stdio.h>

#include "caller.h"

/* What a port of default settings has said waits for so long, or up to an eighth longer. */
static bool waits(const struct desk *desk, skiff_time wait)
{
    const skiff_dtls *dtls = skiff_transport_dtls(skiff_peer_transport(desk->caller.peer));
    skiff_time waited = skiff_dtls_deadline(dtls) - desk->office.now;
    bool good = waited >= wait && waited < wait + wait / 8;

    if (!good)
        fprintf(stderr, "%u us\n", (unsigned)waited);
    return good;
}

static bool waits_after(skiff_time till_nomination, skiff_time till_hello, skiff_time wait)
{
    struct desk desk;

    desk_new(&desk);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, false));
    desk.office.now += till_nomination;
    CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    desk.office.now += till_hello;
    caller_say_hello(&desk.caller);
    office_run(&desk.office);
    bool good = waits(&desk, wait);
    desk_free(&desk);
    return good;
}

static void a_server_of_a_port_waits_for_twice_the_time_from_answer_to_hello(void)
{
    CU_ASSERT_TRUE(waits_after(0, 0, SKIFF_MSEC(50)));
    CU_ASSERT_TRUE(waits_after(0, SKIFF_MSEC(20), SKIFF_MSEC(50)));
    CU_ASSERT_TRUE(waits_after(0, SKIFF_MSEC(150), SKIFF_MSEC(300)));
    CU_ASSERT_TRUE(waits_after(SKIFF_MSEC(90), SKIFF_MSEC(80), SKIFF_MSEC(160)));
    CU_ASSERT_TRUE(waits_after(SKIFF_MSEC(5000), SKIFF_MSEC(80), SKIFF_MSEC(160)));
}

static void what_takes_longer_is_no_round_trip(void)
{
    CU_ASSERT_TRUE(waits_after(SKIFF_MSEC(5000), SKIFF_MSEC(5000), SKIFF_MSEC(50)));
    CU_ASSERT_TRUE(waits_after(0, SKIFF_MSEC(501), SKIFF_MSEC(50)));
    CU_ASSERT_TRUE(waits_after(SKIFF_MSEC(90), SKIFF_MSEC(501), SKIFF_MSEC(180)));
}

/* It says its hello when it is nominated, and its checks are all that came before. */
static void a_client_of_a_port_waits_for_twice_the_time_to_the_nomination(void)
{
    uint8_t bytes[CALLER_DATAGRAM];
    struct desk desk;

    office_new(&desk.office);
    office_open(&desk.office);
    caller_new_untold(&desk.caller, &desk.office, SKIFF_ROLE_ACTIVE);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(desk.caller.peer, "them",
                                          &desk.office.fingerprint, 1), SKIFF_OK);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, false));
    desk.office.now += SKIFF_MSEC(130);
    caller_send(&desk.caller, bytes, caller_check(&desk.caller, true, bytes));
    office_run(&desk.office);
    CU_ASSERT_TRUE(waits(&desk, SKIFF_MSEC(260)));
    desk_free(&desk);
}

CU_TestInfo trip_tests[] = {
    TEST(a_server_of_a_port_waits_for_twice_the_time_from_answer_to_hello),
    TEST(what_takes_longer_is_no_round_trip),
    TEST(a_client_of_a_port_waits_for_twice_the_time_to_the_nomination),
    CU_TEST_INFO_NULL,
};
