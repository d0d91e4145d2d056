/* fault_test.c - the sentence that says which rule was broken, and who can read it. */
#include "../suite.h"

#include <skiff/base.h>

#include <pthread.h>

static void a_sentence_is_kept_until_the_next_and_the_status_is_handed_on(void)
{
    static const char first[] = "first: a rule", second[] = "second: another";

    CU_ASSERT_EQUAL(skiff_fault_set(SKIFF_ERR_STATE, first), SKIFF_ERR_STATE);
    CU_ASSERT_PTR_EQUAL(skiff_fault(), first);
    CU_ASSERT_PTR_EQUAL(skiff_fault(), first);
    CU_ASSERT_EQUAL(skiff_fault_set(SKIFF_ERR_SPACE, second), SKIFF_ERR_SPACE);
    CU_ASSERT_PTR_EQUAL(skiff_fault(), second);
}

static const char *with(const char *value)
{
    CU_ASSERT_EQUAL(skiff_fault_set_text(SKIFF_ERR_ARGUMENT, "a: \"", value, "\""),
                    SKIFF_ERR_ARGUMENT);
    return skiff_fault();
}

static void a_value_is_quoted_and_stays_in_its_line(void)
{
    CU_ASSERT_STRING_EQUAL(with("192.0.2.2"), "a: \"192.0.2.2\"");
    CU_ASSERT_STRING_EQUAL(with(""), "a: \"\"");
    CU_ASSERT_STRING_EQUAL(with(NULL), "a: \"NULL\"");
    CU_ASSERT_STRING_EQUAL(with("x\r\nERROR \x1b[2J\x7f\xc3\xa9~"),
                           "a: \"x??ERROR ?[2J???~\"");
}

static void a_long_value_is_cut(void)
{
    char value[100], expected[100];

    memset(value, 'x', sizeof value);
    value[64] = '\0';
    memcpy(expected, "a: \"", 4);
    memcpy(expected + 4, value, 64);
    memcpy(expected + 68, "\"", 2);
    CU_ASSERT_STRING_EQUAL(with(value), expected);
    value[64] = 'x';
    value[99] = '\0';
    memcpy(expected + 68, "...\"", 5);
    CU_ASSERT_STRING_EQUAL(with(value), expected);
}

static void a_sentence_has_a_longest_length(void)
{
    char before[400];

    memset(before, 'x', sizeof before);
    before[sizeof before - 1] = '\0';
    CU_ASSERT_EQUAL(skiff_fault_set_text(SKIFF_ERR_ARGUMENT, before, "y", "z"),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(strlen(skiff_fault()), 255);
    CU_ASSERT_NSTRING_EQUAL(skiff_fault(), before, 255);
}

static const char *of(uint64_t number)
{
    CU_ASSERT_EQUAL(skiff_fault_set_number(SKIFF_ERR_SPACE, "all ", number, " are in use"),
                    SKIFF_ERR_SPACE);
    return skiff_fault();
}

static void a_number_is_written_in_groups(void)
{
    CU_ASSERT_STRING_EQUAL(of(0), "all 0 are in use");
    CU_ASSERT_STRING_EQUAL(of(7), "all 7 are in use");
    CU_ASSERT_STRING_EQUAL(of(999), "all 999 are in use");
    CU_ASSERT_STRING_EQUAL(of(1024), "all 1,024 are in use");
    CU_ASSERT_STRING_EQUAL(of(1048576), "all 1,048,576 are in use");
    CU_ASSERT_STRING_EQUAL(of(UINT64_MAX), "all 18,446,744,073,709,551,615 are in use");
}

static void *report_another(void *before)
{
    *(bool *)before = skiff_fault()[0] == '\0';
    (void)skiff_fault_set_number(SKIFF_ERR_STATE, "theirs: ", 1, "");
    return NULL;
}

static void each_thread_has_its_own(void)
{
    pthread_t thread;
    bool was_empty = false;

    (void)skiff_fault_set_number(SKIFF_ERR_STATE, "ours: ", 2, "");
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, report_another, &was_empty), 0);
    CU_ASSERT_EQUAL(pthread_join(thread, NULL), 0);
    CU_ASSERT_TRUE(was_empty);
    CU_ASSERT_STRING_EQUAL(skiff_fault(), "ours: 2");
}

CU_TestInfo fault_tests[] = {
    TEST(a_sentence_is_kept_until_the_next_and_the_status_is_handed_on),
    TEST(a_value_is_quoted_and_stays_in_its_line),
    TEST(a_long_value_is_cut),
    TEST(a_sentence_has_a_longest_length),
    TEST(a_number_is_written_in_groups),
    TEST(each_thread_has_its_own),
    CU_TEST_INFO_NULL,
};
