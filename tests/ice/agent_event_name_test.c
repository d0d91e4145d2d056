/* agent_event_name_test.c - every event has its own name, and so has every other number. */
#include "suite.h"

#include <skiff/ice.h>
#include <skiff/port.h>

#define CHECK(of, event) CU_ASSERT_STRING_EQUAL(of(event), #event)

static void every_event_of_an_agent_has_the_name_of_its_constant(void)
{
    CHECK(skiff_ice_event_name, SKIFF_ICE_PATH);
    CHECK(skiff_ice_event_name, SKIFF_ICE_DISCONNECTED);
    CHECK(skiff_ice_event_name, SKIFF_ICE_RECONNECTED);
    CHECK(skiff_ice_event_name, SKIFF_ICE_FAILED);
    CHECK(skiff_ice_event_name, SKIFF_ICE_SERVER);
    CHECK(skiff_ice_event_name, SKIFF_ICE_NETWORKS);
    CHECK(skiff_ice_event_name, SKIFF_ICE_RESTART_FAILED);
}

static void every_event_of_a_peer_has_the_name_of_its_constant(void)
{
    CHECK(skiff_peer_event_name, SKIFF_PEER_CONNECTED);
    CHECK(skiff_peer_event_name, SKIFF_PEER_CLOSED);
    CHECK(skiff_peer_event_name, SKIFF_PEER_FAILED);
    CHECK(skiff_peer_event_name, SKIFF_PEER_PATH);
    CHECK(skiff_peer_event_name, SKIFF_PEER_CONSENT_LOST);
    CHECK(skiff_peer_event_name, SKIFF_PEER_CERTIFICATE);
    CHECK(skiff_peer_event_name, SKIFF_PEER_DATA);
    CHECK(skiff_peer_event_name, SKIFF_PEER_TICKET);
    CHECK(skiff_peer_event_name, SKIFF_PEER_CONFLICT);
    CHECK(skiff_peer_event_name, SKIFF_PEER_DISPLACED);
    CHECK(skiff_peer_event_name, SKIFF_PEER_NEW);
    CHECK(skiff_peer_event_name, SKIFF_PEER_HELLO);
    CHECK(skiff_peer_event_name, SKIFF_PEER_RENEWED);
    CHECK(skiff_peer_event_name, SKIFF_PEER_NOT_RENEWED);
}

static void what_is_no_event_has_some_name_too(void)
{
    CU_ASSERT_STRING_EQUAL(skiff_ice_event_name((skiff_ice_event_kind)0), "SKIFF_ICE_?");
    CU_ASSERT_STRING_EQUAL(skiff_ice_event_name((skiff_ice_event_kind)99), "SKIFF_ICE_?");
    CU_ASSERT_STRING_EQUAL(skiff_peer_event_name((skiff_peer_event)0), "SKIFF_PEER_?");
    CU_ASSERT_STRING_EQUAL(skiff_peer_event_name((skiff_peer_event)99), "SKIFF_PEER_?");
}

CU_TestInfo agent_event_name_tests[] = {
    TEST(every_event_of_an_agent_has_the_name_of_its_constant),
    TEST(every_event_of_a_peer_has_the_name_of_its_constant),
    TEST(what_is_no_event_has_some_name_too),
    CU_TEST_INFO_NULL,
};
