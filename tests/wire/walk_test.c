/* walk_test.c - the walk itself: integers, vectors, blocks and their bounds. */
#include "../suite.h"

#include "wire/walk.h"

static void integers_are_big_endian(void)
{
    static const uint8_t expected[] = { 1, 2, 3, 4, 5, 6, 0, 0, 0, 7, 8, 9 };
    uint8_t out[sizeof expected];
    struct walk w = walk_writer(out, sizeof out);
    uint8_t a = 1;
    uint16_t b = 0x0203;
    uint32_t c = 0x040506;
    uint64_t d = 0x0000070809;

    walk_u8(&w, &a);
    walk_u16(&w, &b);
    walk_u24(&w, &c);
    walk_u48(&w, &d);
    CU_ASSERT_FALSE(w.failed);
    CU_ASSERT_EQUAL(w.at, sizeof out);
    CU_ASSERT_EQUAL(memcmp(out, expected, sizeof out), 0);
}

static void an_integer_wider_than_its_field_is_not_written(void)
{
    uint8_t out[8] = { 0 };
    uint32_t wide24 = 1u << 24;
    uint64_t wide48 = UINT64_C(1) << 48;

    struct walk w = walk_writer(out, sizeof out);
    walk_u24(&w, &wide24);
    CU_ASSERT_TRUE(w.failed);
    w = walk_writer(out, sizeof out);
    walk_u48(&w, &wide48);
    CU_ASSERT_TRUE(w.failed);
}

static void a_failed_walk_reads_nothing_more(void)
{
    static const uint8_t in[] = { 1, 2, 3 };
    struct walk w = walk_reader((skiff_bytes){ in, sizeof in });
    uint16_t first = 0;
    uint16_t second = 0x7777;
    uint8_t third = 0x77;

    walk_u16(&w, &first);
    walk_u16(&w, &second);
    walk_u8(&w, &third);
    CU_ASSERT_EQUAL(first, 0x0102);
    CU_ASSERT_EQUAL(second, 0x7777);
    CU_ASSERT_EQUAL(third, 0x77);
    CU_ASSERT_TRUE(w.failed);
    CU_ASSERT_EQUAL(w.at, 2);
}

static bool vector_is_read(const char *in, size_t len, size_t floor, size_t ceiling)
{
    struct walk w = walk_reader((skiff_bytes){ (const uint8_t *)in, len });
    skiff_bytes v = { NULL, 0 };

    walk_vec(&w, &v, floor, ceiling);
    return !w.failed && w.at == len;
}

static void a_vector_keeps_to_its_floor_and_its_ceiling(void)
{
    CU_ASSERT_TRUE(vector_is_read("\0", 1, 0, 2));
    CU_ASSERT_FALSE(vector_is_read("\0", 1, 1, 2));
    CU_ASSERT_TRUE(vector_is_read("\2ab", 3, 1, 2));
    CU_ASSERT_FALSE(vector_is_read("\3abc", 4, 1, 2));
    CU_ASSERT_FALSE(vector_is_read("\2a", 2, 1, 2));
    CU_ASSERT_FALSE(vector_is_read("", 0, 0, 2));
}

static void a_vector_has_the_length_field_that_its_ceiling_asks_for(void)
{
    CU_ASSERT_TRUE(vector_is_read("\1a", 2, 0, 255));
    CU_ASSERT_TRUE(vector_is_read("\0\1a", 3, 0, 256));
    CU_ASSERT_TRUE(vector_is_read("\0\1a", 3, 0, 65535));
    CU_ASSERT_TRUE(vector_is_read("\0\0\1a", 4, 0, 65536));
}

static void a_vector_over_its_ceiling_is_not_written(void)
{
    uint8_t out[8] = { 0 };
    skiff_bytes v = { (const uint8_t *)"abc", 3 };
    struct walk w = walk_writer(out, sizeof out);

    walk_vec(&w, &v, 0, 2);
    CU_ASSERT_TRUE(w.failed);
}

static void a_giant_length_passes_no_bound(void)
{
    CU_ASSERT_FALSE(vector_is_read("\xff\xff\xff"
                                   "a",
                                   4, 0, 0xffffff));
    CU_ASSERT_FALSE(vector_is_read("\xff\xff"
                                   "a",
                                   3, 0, 0xffff));
}

static void a_block_gets_its_length_when_it_is_closed(void)
{
    static const uint8_t expected[] = { 0, 3, 7, 8, 9 };
    uint8_t out[sizeof expected], inside[] = { 7, 8, 9 };
    struct walk w = walk_writer(out, sizeof out);

    struct walk_block block = walk_open(&w, 2);
    walk_fixed(&w, inside, sizeof inside);
    walk_close(&w, block);
    CU_ASSERT_FALSE(w.failed);
    CU_ASSERT_EQUAL(memcmp(out, expected, sizeof out), 0);
}

static bool block_is_read(const char *in, size_t len, size_t eaten)
{
    struct walk w = walk_reader((skiff_bytes){ (const uint8_t *)in, len });
    uint8_t bytes[8];

    struct walk_block block = walk_open(&w, 1);
    walk_fixed(&w, bytes, eaten);
    walk_close(&w, block);
    return !w.failed;
}

static void a_block_is_eaten_whole_and_no_further(void)
{
    CU_ASSERT_TRUE(block_is_read("\2ab", 3, 2));
    CU_ASSERT_FALSE(block_is_read("\2ab", 3, 1));
    CU_ASSERT_FALSE(block_is_read("\2abc", 4, 3));
    CU_ASSERT_FALSE(block_is_read("\3ab", 3, 2));
}

static void behind_a_block_the_outer_bound_counts_again(void)
{
    static const uint8_t in[] = { 1, 'a', 'b', 'c' };
    struct walk w = walk_reader((skiff_bytes){ in, sizeof in });
    uint8_t byte;
    uint16_t behind = 0;

    struct walk_block block = walk_open(&w, 1);
    walk_u8(&w, &byte);
    walk_close(&w, block);
    walk_u16(&w, &behind);
    CU_ASSERT_FALSE(w.failed);
    CU_ASSERT_EQUAL(behind, 'b' << 8 | 'c');
}

static void a_block_too_long_for_its_length_field_is_not_written(void)
{
    static uint8_t out[300], inside[256];
    struct walk w = walk_writer(out, sizeof out);

    struct walk_block block = walk_open(&w, 1);
    walk_fixed(&w, inside, sizeof inside);
    walk_close(&w, block);
    CU_ASSERT_TRUE(w.failed);
}

static void counting_needs_no_space(void)
{
    struct walk w = walk_counter();
    skiff_bytes v = { NULL, 60000 };

    walk_vec(&w, &v, 0, 65535);
    CU_ASSERT_FALSE(w.failed);
    CU_ASSERT_EQUAL(w.at, 60002);
}

CU_TestInfo walk_tests[] = {
    TEST(integers_are_big_endian),
    TEST(an_integer_wider_than_its_field_is_not_written),
    TEST(a_failed_walk_reads_nothing_more),
    TEST(a_vector_keeps_to_its_floor_and_its_ceiling),
    TEST(a_vector_has_the_length_field_that_its_ceiling_asks_for),
    TEST(a_vector_over_its_ceiling_is_not_written),
    TEST(a_giant_length_passes_no_bound),
    TEST(a_block_gets_its_length_when_it_is_closed),
    TEST(a_block_is_eaten_whole_and_no_further),
    TEST(behind_a_block_the_outer_bound_counts_again),
    TEST(a_block_too_long_for_its_length_field_is_not_written),
    TEST(counting_needs_no_space),
    CU_TEST_INFO_NULL,
};
