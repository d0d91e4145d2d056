/* memory_test.c - blocks come empty, and go back wiped with the size they were taken with.
 */
#include "../suite.h"

#include <stdlib.h>

#include "base/memory.h"

/* An allocator that has one block. */
struct shelf {
    uint8_t block[64];
    size_t  asked, given;
    bool    empty;
};

static void *shelf_acquire(void *context, size_t size)
{
    struct shelf *shelf = context;

    shelf->asked = size;
    return shelf->empty ? NULL : shelf->block;
}

static void shelf_release(void *context, void *block, size_t size)
{
    struct shelf *shelf = context;

    CU_ASSERT_PTR_EQUAL(block, shelf->block);
    shelf->given = size;
}

static bool is_all(const uint8_t *bytes, size_t len, uint8_t value)
{
    while (len > 0 && bytes[len - 1] == value)
        len--;
    return len == 0;
}

static void a_block_comes_as_zeros(void)
{
    struct shelf shelf;
    skiff_allocator memory = { shelf_acquire, shelf_release, &shelf };

    memset(&shelf, 0xa5, sizeof shelf);
    shelf.empty = false;
    CU_ASSERT_PTR_EQUAL(skf_acquire(&memory, 40), shelf.block);
    CU_ASSERT_EQUAL(shelf.asked, 40);
    CU_ASSERT_TRUE(is_all(shelf.block, 40, 0));
    CU_ASSERT_TRUE(is_all(shelf.block + 40, 24, 0xa5));
}

static void a_block_goes_back_wiped_and_with_its_size(void)
{
    struct shelf shelf = { .empty = false };
    skiff_allocator memory = { shelf_acquire, shelf_release, &shelf };
    uint8_t *block = skf_acquire(&memory, 40);

    memset(shelf.block, 0xa5, sizeof shelf.block);
    skf_release(&memory, block, 40);
    CU_ASSERT_EQUAL(shelf.given, 40);
    CU_ASSERT_TRUE(is_all(shelf.block, 40, 0));
    CU_ASSERT_TRUE(is_all(shelf.block + 40, 24, 0xa5));
}

static void an_allocator_that_has_nothing_gives_nothing(void)
{
    struct shelf shelf = { .empty = true };
    skiff_allocator memory = { shelf_acquire, shelf_release, &shelf };

    CU_ASSERT_PTR_NULL(skf_acquire(&memory, 40));
    skf_release(&memory, NULL, 40);
    CU_ASSERT_EQUAL(shelf.given, 0);
}

static void without_an_allocator_it_is_malloc_and_free(void)
{
    uint8_t *block = skf_acquire(NULL, 100);

    CU_ASSERT_PTR_NOT_NULL_FATAL(block);
    CU_ASSERT_TRUE(is_all(block, 100, 0));
    skf_release(NULL, block, 100);
}

static void wiping_touches_what_it_is_told_to(void)
{
    uint8_t bytes[16];

    memset(bytes, 0xa5, sizeof bytes);
    skf_wipe(bytes + 4, 8);
    CU_ASSERT_TRUE(is_all(bytes, 4, 0xa5));
    CU_ASSERT_TRUE(is_all(bytes + 4, 8, 0));
    CU_ASSERT_TRUE(is_all(bytes + 12, 4, 0xa5));
    skf_wipe(NULL, 0);
}

CU_TestInfo memory_tests[] = {
    TEST(a_block_comes_as_zeros),
    TEST(a_block_goes_back_wiped_and_with_its_size),
    TEST(an_allocator_that_has_nothing_gives_nothing),
    TEST(without_an_allocator_it_is_malloc_and_free),
    TEST(wiping_touches_what_it_is_told_to),
    CU_TEST_INFO_NULL,
};
