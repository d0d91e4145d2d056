/* memory_test.c - blocks come empty, and go back wiped with the size they were taken with.
 */
#include "../suite.h"

#include <stdlib.h>

#include "base/memory.h"

/* An allocator that has one block. */
struct test_heap {
    uint8_t block[64];
    size_t requested, allocated;
    bool empty;
};

static void *test_heap_acquire(void *user, size_t size)
{
    struct test_heap *heap = user;

    heap->requested = size;
    return heap->empty ? NULL : heap->block;
}

static void test_heap_release(void *user, void *block, size_t size)
{
    struct test_heap *heap = user;

    CU_ASSERT_PTR_EQUAL(block, heap->block);
    heap->allocated = size;
}

static bool is_all(const uint8_t *bytes, size_t len, uint8_t value)
{
    while (len > 0 && bytes[len - 1] == value)
        len--;
    return len == 0;
}

static void an_acquired_block_is_all_zeros(void)
{
    struct test_heap heap;
    skiff_allocator memory = { test_heap_acquire, test_heap_release, &heap };

    memset(&heap, 0xa5, sizeof heap);
    heap.empty = false;
    CU_ASSERT_PTR_EQUAL(skf_acquire(&memory, 40), heap.block);
    CU_ASSERT_EQUAL(heap.requested, 40);
    CU_ASSERT_TRUE(is_all(heap.block, 40, 0));
    CU_ASSERT_TRUE(is_all(heap.block + 40, 24, 0xa5));
}

static void a_block_goes_back_wiped_and_with_its_size(void)
{
    struct test_heap heap = { .empty = false };
    skiff_allocator memory = { test_heap_acquire, test_heap_release, &heap };
    uint8_t *block = skf_acquire(&memory, 40);

    memset(heap.block, 0xa5, sizeof heap.block);
    skf_release(&memory, block, 40);
    CU_ASSERT_EQUAL(heap.allocated, 40);
    CU_ASSERT_TRUE(is_all(heap.block, 40, 0));
    CU_ASSERT_TRUE(is_all(heap.block + 40, 24, 0xa5));
}

static void an_allocator_that_has_nothing_gives_nothing(void)
{
    struct test_heap heap = { .empty = true };
    skiff_allocator memory = { test_heap_acquire, test_heap_release, &heap };

    CU_ASSERT_PTR_NULL(skf_acquire(&memory, 40));
    skf_release(&memory, NULL, 40);
    CU_ASSERT_EQUAL(heap.allocated, 0);
}

static void without_an_allocator_it_is_malloc_and_free(void)
{
    uint8_t *block = skf_acquire(NULL, 100);

    CU_ASSERT_PTR_NOT_NULL_FATAL(block);
    CU_ASSERT_TRUE(is_all(block, 100, 0));
    skf_release(NULL, block, 100);
}

static void wiping_touches_what_it_is_given(void)
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
    TEST(an_acquired_block_is_all_zeros),
    TEST(a_block_goes_back_wiped_and_with_its_size),
    TEST(an_allocator_that_has_nothing_gives_nothing),
    TEST(without_an_allocator_it_is_malloc_and_free),
    TEST(wiping_touches_what_it_is_given),
    CU_TEST_INFO_NULL,
};
