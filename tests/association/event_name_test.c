/* event_name_test.c - every event has its own name, and so has every other number. */
#include "../suite.h"

#include <skiff/dtls.h>

static void every_event_has_the_name_of_its_constant(void)
{
#define CHECK(event) CU_ASSERT_STRING_EQUAL(skiff_dtls_event_name(event), #event)
    CHECK(SKIFF_DTLS_NOTHING);
    CHECK(SKIFF_DTLS_SEND);
    CHECK(SKIFF_DTLS_PEER_CERTIFICATE);
    CHECK(SKIFF_DTLS_CONNECTED);
    CHECK(SKIFF_DTLS_DATA);
    CHECK(SKIFF_DTLS_MOVED);
    CHECK(SKIFF_DTLS_CLOSED);
    CHECK(SKIFF_DTLS_FAILED);
    CHECK(SKIFF_DTLS_TICKET);
    CHECK(SKIFF_DTLS_HELLO);
    CHECK(SKIFF_DTLS_RENEWED);
    CHECK(SKIFF_DTLS_NOT_RENEWED);
#undef CHECK
}

static void what_is_no_event_has_some_name_too(void)
{
    CU_ASSERT_STRING_EQUAL(skiff_dtls_event_name((skiff_dtls_event)99), "SKIFF_DTLS_?");
    CU_ASSERT_STRING_EQUAL(skiff_dtls_event_name((skiff_dtls_event)-1), "SKIFF_DTLS_?");
}

CU_TestInfo event_name_tests[] = {
    TEST(every_event_has_the_name_of_its_constant),
    TEST(what_is_no_event_has_some_name_too),
    CU_TEST_INFO_NULL,
};
