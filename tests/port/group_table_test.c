/* group_table_test.c - what several threads add, find and remove while the table grows. */
#include "suite.h"

#include "ice/port/group_table.h"

#include "loopback.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ITEMS = 500, THREADS = 4, STEPS = 20000 };

struct item {
    struct group_node node;
    uint64_t key;
    bool added;
};

/* Keys share hashes by pairs, so that comparing matters. */
static uint64_t hash_of(uint64_t key)
{
    return key / 2 * UINT64_C(0x9e3779b97f4a7c15) >> 7;
}

static struct item *find(const struct group_stripe *stripe, uint64_t key)
{
    struct group_node *node = skf_group_table_first(stripe, hash_of(key));

    while (node != NULL && ((struct item *)(void *)node)->key != key)
        node = skf_group_table_next(node);
    return (struct item *)(void *)node;
}

static void turn_over(struct group_table *table, struct item *item)
{
    struct group_stripe *stripe = skf_group_table_lock(table, hash_of(item->key));

    if (item->added)
        skf_group_table_remove(stripe, &item->node);
    else
        skf_group_table_add(stripe, &item->node, hash_of(item->key));
    item->added = !item->added;
    skf_group_table_unlock(stripe);
}

static bool is_there(struct group_table *table, uint64_t key)
{
    struct group_stripe *stripe = skf_group_table_lock(table, hash_of(key));
    bool there = find(stripe, key) != NULL;

    skf_group_table_unlock(stripe);
    return there;
}

static void nothing_is_in_a_table_without_space(void)
{
    struct group_table table;

    skf_group_table_init(&table, NULL);
    CU_ASSERT_FALSE(is_there(&table, 1));
    CU_ASSERT_EQUAL(skf_group_table_used(&table), 0);
    skf_group_table_clear(&table);
}

static void a_node_is_found_among_others_of_its_hash_until_it_is_removed(void)
{
    struct item items[4] = { { .key = 2 }, { .key = 3 }, { .key = 4 }, { .key = 5 } };
    struct group_table table;

    skf_group_table_init(&table, NULL);
    CU_ASSERT_TRUE_FATAL(skf_group_table_reserve(&table, 4));
    for (int i = 0; i < 4; i++)
        turn_over(&table, &items[i]);
    CU_ASSERT_EQUAL(skf_group_table_used(&table), 4);
    turn_over(&table, &items[0]);
    CU_ASSERT_FALSE(is_there(&table, 2));
    CU_ASSERT_TRUE(is_there(&table, 3));
    CU_ASSERT_TRUE(is_there(&table, 4));
    CU_ASSERT_EQUAL(skf_group_table_used(&table), 3);
    skf_group_table_clear(&table);
}

static void a_table_that_grows_keeps_its_nodes(void)
{
    static struct item items[ITEMS];
    struct group_table table;

    skf_group_table_init(&table, NULL);
    for (uint64_t i = 0; i < ITEMS; i++) {
        items[i] = (struct item){ .key = i };
        CU_ASSERT_TRUE_FATAL(skf_group_table_reserve(&table, 10));
        turn_over(&table, &items[i]);
    }
    for (uint64_t i = 0; i < ITEMS; i++)
        CU_ASSERT_TRUE(is_there(&table, i));
    CU_ASSERT_FALSE(is_there(&table, ITEMS));
    skf_group_table_clear(&table);
}

static void space_that_is_returned_is_had_again(void)
{
    struct group_table table;

    skf_group_table_init(&table, NULL);
    CU_ASSERT_TRUE_FATAL(skf_group_table_reserve(&table, 100 * GROUP_STRIPES));
    uint32_t buckets = table.stripes[0].num_buckets;
    for (int i = 0; i < 1000; i++) {
        skf_group_table_return(&table, 100 * GROUP_STRIPES);
        CU_ASSERT_TRUE(skf_group_table_reserve(&table, 100 * GROUP_STRIPES));
    }
    CU_ASSERT_EQUAL(table.stripes[0].num_buckets, buckets);
    CU_ASSERT_TRUE(buckets >= 100);
    skf_group_table_clear(&table);
}

/* --- with threads --------------------------------------------------------------------- */

struct worker {
    struct group_table *table;
    struct item items[ITEMS]; /* keys that no other thread has */
    unsigned wrong;
};

static void *work(void *data)
{
    struct worker *worker = data;
    uint32_t seed = (uint32_t)worker->items[0].key + 1;

    loopback_roam();
    for (int step = 0; step < STEPS; step++) {
        seed = seed * 1664525u + 1013904223u;
        struct item *item = &worker->items[(seed >> 8) % ITEMS];
        worker->wrong += is_there(worker->table, item->key) != item->added;
        turn_over(worker->table, item);
    }
    return NULL;
}

static void threads_find_what_is_theirs_while_the_table_grows(void)
{
    static struct worker workers[THREADS];
    pthread_t threads[THREADS];
    struct group_table table;
    uint64_t added = 0;

    skf_group_table_init(&table, NULL);
    CU_ASSERT_TRUE_FATAL(skf_group_table_reserve(&table, 1));
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .table = &table };
        for (uint64_t n = 0; n < ITEMS; n++)
            workers[i].items[n].key = n * THREADS + i;
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < ITEMS; i++)
        CU_ASSERT_TRUE(skf_group_table_reserve(&table, THREADS));
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CU_ASSERT_EQUAL(workers[i].wrong, 0);
        for (int n = 0; n < ITEMS; n++)
            added += workers[i].items[n].added;
    }
    CU_ASSERT_EQUAL(skf_group_table_used(&table), added);
    skf_group_table_clear(&table);
}

CU_TestInfo group_table_tests[] = {
    TEST(nothing_is_in_a_table_without_space),
    TEST(a_node_is_found_among_others_of_its_hash_until_it_is_removed),
    TEST(a_table_that_grows_keeps_its_nodes),
    TEST(space_that_is_returned_is_had_again),
    TEST(threads_find_what_is_theirs_while_the_table_grows),
    CU_TEST_INFO_NULL,
};
