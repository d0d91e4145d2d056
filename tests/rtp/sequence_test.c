/* sequence_test.c - arithmetic of numbers that wrap around. */
#include "../suite.h"

#include "samples/rtp/sequence.h"

static void a_number_is_after_another_over_the_wrap(void)
{
    CU_ASSERT_TRUE(sequence_is_after(1, 0));
    CU_ASSERT_TRUE(sequence_is_after(0, 65535));
    CU_ASSERT_FALSE(sequence_is_after(65535, 0));
    CU_ASSERT_FALSE(sequence_is_after(7, 7));
    CU_ASSERT_TRUE(sequence_is_after(32767, 0));
    CU_ASSERT_FALSE(sequence_is_after(32768, 0));
}

static void distances_have_a_sign(void)
{
    CU_ASSERT_EQUAL(sequence_distance(5, 65530), 11);
    CU_ASSERT_EQUAL(sequence_distance(65530, 5), -11);
    CU_ASSERT_EQUAL(sequence_distance(32768, 0), -32768);
    CU_ASSERT_EQUAL(sequence_distance32(4, UINT32_MAX), 5);
    CU_ASSERT_EQUAL(sequence_distance32(UINT32_MAX, 4), -5);
    CU_ASSERT_EQUAL(sequence_distance32(0x80000000u, 0), INT64_C(-0x80000000));
}

static void extended_numbers_go_on_over_many_wraps(void)
{
    uint64_t highest = SEQUENCE_BEGIN + 65000;

    for (uint64_t i = 1; i < 300000; i += 999)
        highest = sequence_extend(highest, (uint16_t)(65000 + i));
    CU_ASSERT_EQUAL(highest, SEQUENCE_BEGIN + 65000 + 299701);
}

static void an_extended_number_may_be_before_the_first(void)
{
    CU_ASSERT_EQUAL(sequence_extend(SEQUENCE_BEGIN, 65535), SEQUENCE_BEGIN - 1);
    CU_ASSERT_EQUAL(sequence_extend(SEQUENCE_BEGIN, 32768), SEQUENCE_BEGIN - 32768);
}

CU_TestInfo sequence_tests[] = {
    TEST(a_number_is_after_another_over_the_wrap),
    TEST(distances_have_a_sign),
    TEST(extended_numbers_go_on_over_many_wraps),
    TEST(an_extended_number_may_be_before_the_first),
    CU_TEST_INFO_NULL,
};
