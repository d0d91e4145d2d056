/* packet_test.c - pools and packets. */
#include "../suite.h"

#include <skiff/packet.h>

static skiff_pool *pool_of(uint32_t packets)
{
    skiff_pool_config config = skiff_pool_defaults();
    skiff_pool *pool = NULL;

    config.packets = packets;
    CU_ASSERT_EQUAL(skiff_pool_new(&config, &pool), SKIFF_OK);
    return pool;
}

static void a_pool_gives_what_it_has_and_then_null(void)
{
    skiff_pool *pool = pool_of(2);
    skiff_packet *a = skiff_pool_take(pool);
    skiff_packet *b = skiff_pool_take(pool);

    CU_ASSERT_PTR_NOT_NULL(a);
    CU_ASSERT_PTR_NOT_NULL(b);
    CU_ASSERT_PTR_NULL(skiff_pool_take(pool));
    skiff_packet_release(&a);
    CU_ASSERT_PTR_NULL(a);
    a = skiff_pool_take(pool);
    CU_ASSERT_PTR_NOT_NULL(a);
    skiff_packet_release(&a);
    skiff_packet_release(&b);
    skiff_pool_free(pool);
}

static void spare_packets_are_those_of_the_first_half(void)
{
    skiff_pool *pool = pool_of(5);
    skiff_packet *a = skiff_pool_take_spare(pool);
    skiff_packet *b = skiff_pool_take(pool);

    CU_ASSERT_PTR_NOT_NULL(a);
    CU_ASSERT_PTR_NOT_NULL(b);
    CU_ASSERT_PTR_NULL(skiff_pool_take_spare(pool));
    skiff_packet_release(&b);
    b = skiff_pool_take_spare(pool);
    CU_ASSERT_PTR_NOT_NULL(b);
    skiff_packet_release(&a);
    skiff_packet_release(&b);
    skiff_pool_free(pool);
}

static void a_packet_released_twice_is_in_the_pool_once(void)
{
    skiff_pool *pool = pool_of(2);
    skiff_packet *a = skiff_pool_take(pool);
    skiff_packet *alias = a;

    skiff_packet_release(&a);
    skiff_packet_release(&alias);
    skiff_packet *first = skiff_pool_take(pool);
    skiff_packet *second = skiff_pool_take(pool);
    CU_ASSERT_PTR_NOT_EQUAL(first, second);
    CU_ASSERT_PTR_NULL(skiff_pool_take(pool));
    skiff_packet_release(&first);
    skiff_packet_release(&second);
    skiff_pool_free(pool);
}

static void a_packet_has_head_limit_and_tail_that_can_be_written(void)
{
    skiff_pool *pool = pool_of(1);
    skiff_packet *p = skiff_pool_take(pool);

    CU_ASSERT_EQUAL(p->limit, 1500);
    memset(p->data - SKIFF_HEAD, 0xaa, SKIFF_HEAD + p->limit + SKIFF_TAIL);
    skiff_packet_release(&p);
    skiff_pool_free(pool);
}

static void wrapping_needs_the_tail_after_the_datagram(void)
{
    uint8_t memory[100 + SKIFF_TAIL];
    skiff_packet p;

    CU_ASSERT_EQUAL(skiff_packet_wrap(memory, 100, sizeof memory, &p), SKIFF_OK);
    CU_ASSERT_EQUAL(p.len, 100);
    CU_ASSERT_EQUAL(p.limit, 100);
    CU_ASSERT_EQUAL(skiff_packet_wrap(memory, 101, sizeof memory, &p), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_packet_wrap(memory, 0, SKIFF_TAIL - 1, &p), SKIFF_ERR_ARGUMENT);
}

static void a_pool_of_impossible_size_is_refused(void)
{
    skiff_pool_config config = skiff_pool_defaults();
    skiff_pool *pool = NULL;

    config.limit = 70000;
    CU_ASSERT_EQUAL(skiff_pool_new(&config, &pool), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_PTR_NULL(pool);
    config = skiff_pool_defaults();
    config.size = 3;
    CU_ASSERT_EQUAL(skiff_pool_new(&config, &pool), SKIFF_ERR_ARGUMENT);
}

CU_TestInfo packet_tests[] = {
    TEST(a_pool_gives_what_it_has_and_then_null),
    TEST(spare_packets_are_those_of_the_first_half),
    TEST(a_packet_released_twice_is_in_the_pool_once),
    TEST(a_packet_has_head_limit_and_tail_that_can_be_written),
    TEST(wrapping_needs_the_tail_after_the_datagram),
    TEST(a_pool_of_impossible_size_is_refused),
    CU_TEST_INFO_NULL,
};
