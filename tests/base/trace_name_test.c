/* trace_name_test.c - every event of a trace has a name and a sentence. */
#include "../suite.h"

#include <skiff/trace.h>

static void every_event_has_its_name_and_its_sentence(void)
{
#define CHECK(name, text)                                                                  \
  CU_ASSERT_STRING_EQUAL(skiff_trace_name(SKIFF_TRACE_##name), #name);                     \
  CU_ASSERT_STRING_EQUAL(skiff_trace_text(SKIFF_TRACE_##name), text);
    SKIFF_TRACE_LIST(CHECK)
#undef CHECK
}

static void every_kind_of_handle_has_its_name(void)
{
    CU_ASSERT_STRING_EQUAL(skiff_trace_kind_name(SKIFF_TRACE_OF_CONTEXT), "context");
    CU_ASSERT_STRING_EQUAL(skiff_trace_kind_name(SKIFF_TRACE_OF_DTLS), "dtls");
    CU_ASSERT_STRING_EQUAL(skiff_trace_kind_name(SKIFF_TRACE_OF_TRANSPORT), "transport");
    CU_ASSERT_STRING_EQUAL(skiff_trace_kind_name(SKIFF_TRACE_OF_PORT), "port");
    CU_ASSERT_STRING_EQUAL(skiff_trace_kind_name(SKIFF_TRACE_OF_PEER), "peer");
    CU_ASSERT_STRING_EQUAL(skiff_trace_kind_name(SKIFF_TRACE_OF_ICE), "ice");
}

static void what_is_no_event_has_some_name_too(void)
{
    CU_ASSERT_STRING_EQUAL(skiff_trace_name((skiff_trace_event)999), "?");
    CU_ASSERT_STRING_EQUAL(skiff_trace_text((skiff_trace_event)-1), "?");
    CU_ASSERT_STRING_EQUAL(skiff_trace_kind_name((skiff_trace_kind)99), "?");
}

CU_TestInfo trace_name_tests[] = {
    TEST(every_event_has_its_name_and_its_sentence),
    TEST(every_kind_of_handle_has_its_name),
    TEST(what_is_no_event_has_some_name_too),
    CU_TEST_INFO_NULL,
};
