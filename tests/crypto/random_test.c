/* random_test.c - random bytes and comparing. */
#include "../suite.h"
#include "material.h"

static void two_draws_of_32_bytes_differ(void)
{
    uint8_t a[32], b[32];

    CU_ASSERT_TRUE(skf_random(a, sizeof a));
    CU_ASSERT_TRUE(skf_random(b, sizeof b));
    CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof a), 0);
}

static void a_draw_of_nothing_writes_nothing(void)
{
    uint8_t byte = 0x5a;

    CU_ASSERT_TRUE(skf_random(&byte, 0));
    CU_ASSERT_EQUAL(byte, 0x5a);
}

static void more_than_libcrypto_can_give_is_refused(void)
{
    uint8_t byte;

    CU_ASSERT_FALSE(skf_random(&byte, SIZE_MAX));
    CU_ASSERT_TRUE(material_no_errors());
}

static void same_sees_every_bit(void)
{
    uint8_t a[16] = { 1, 2, 3 }, b[16] = { 1, 2, 3 };

    CU_ASSERT_TRUE(skf_same(a, b, sizeof a));
    for (size_t bit = 0; bit < 8 * sizeof b; bit++) {
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CU_ASSERT_FALSE(skf_same(a, b, sizeof a));
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

CU_TestInfo random_tests[] = {
    TEST(two_draws_of_32_bytes_differ),
    TEST(a_draw_of_nothing_writes_nothing),
    TEST(more_than_libcrypto_can_give_is_refused),
    TEST(same_sees_every_bit),
    CU_TEST_INFO_NULL,
};
