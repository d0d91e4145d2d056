/* bytes_test.c - numbers in network byte order, and a buffer that is filled. */
#include "../suite.h"

#include "samples/rtp/bytes.h"

static void numbers_are_big_endian(void)
{
    static const uint8_t expected[] = { 1,  2,  3,  4,  5,  6,  7,  8, 9,
                                        10, 11, 12, 13, 14, 15, 16, 17 };
    uint8_t out[sizeof expected];

    bytes_put16(out, 0x0102);
    bytes_put24(out + 2, 0x030405);
    bytes_put32(out + 5, 0x06070809);
    bytes_put64(out + 9, UINT64_C(0x0a0b0c0d0e0f1011));
    CU_ASSERT_EQUAL(memcmp(out, expected, sizeof out), 0);
    CU_ASSERT_EQUAL(bytes_get16(out), 0x0102);
    CU_ASSERT_EQUAL(bytes_get24(out + 2), 0x030405);
    CU_ASSERT_EQUAL(bytes_get32(out + 5), 0x06070809);
    CU_ASSERT_EQUAL(bytes_get64(out + 9), UINT64_C(0x0a0b0c0d0e0f1011));
}

static void the_largest_numbers_survive(void)
{
    uint8_t out[8];

    bytes_put64(out, UINT64_MAX);
    CU_ASSERT_EQUAL(bytes_get64(out), UINT64_MAX);
    CU_ASSERT_EQUAL(bytes_get32(out), UINT32_MAX);
    CU_ASSERT_EQUAL(bytes_get24(out), 0xffffff);
    CU_ASSERT_EQUAL(bytes_get16(out), 0xffff);
}

static void appending_zeroes_the_bytes_and_counts_them(void)
{
    uint8_t data[6] = { 9, 9, 9, 9, 9, 9 };
    struct bytes_out out = { .data = data, .limit = sizeof data };

    CU_ASSERT_PTR_EQUAL(bytes_append(&out, 4), data);
    CU_ASSERT_EQUAL(out.len, 4);
    CU_ASSERT_EQUAL(memcmp(data, "\0\0\0\0\t\t", 6), 0);
    CU_ASSERT_PTR_EQUAL(bytes_append(&out, 2), data + 4);
    CU_ASSERT_EQUAL(out.len, 6);
}

static void what_does_not_fit_is_not_appended(void)
{
    uint8_t data[4] = { 9, 9, 9, 9 };
    struct bytes_out out = { .data = data, .limit = 3 };
    volatile size_t more_than_there_is =
        SIZE_MAX; /* a compiler would see that it is wrong */

    CU_ASSERT_PTR_NULL(bytes_append(&out, 4));
    CU_ASSERT_PTR_NULL(bytes_append(&out, more_than_there_is));
    CU_ASSERT_EQUAL(out.len, 0);
    CU_ASSERT_EQUAL(memcmp(data, "\t\t\t\t", 4), 0);
}

CU_TestInfo bytes_tests[] = {
    TEST(numbers_are_big_endian),
    TEST(the_largest_numbers_survive),
    TEST(appending_zeroes_the_bytes_and_counts_them),
    TEST(what_does_not_fit_is_not_appended),
    CU_TEST_INFO_NULL,
};
