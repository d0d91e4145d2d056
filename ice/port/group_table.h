/*
 * group_table.h - a hash table that several threads share. Knows no keys: a node lies in an
 * object of the caller's, and the caller compares.
 *
 * The owner of a node reserves its space beforehand, so that nothing overflows, and adding
 * cannot fail.
 *
 * The table is cut into stripes, each with a lock and buckets of its own. Under the lock of
 * a stripe a thread may read and write the nodes of its hashes, and their objects. It must
 * not wait for anything.
 *
 *     struct group_stripe *stripe = skf_group_table_lock(table, hash);
 *     struct group_node *node = skf_group_table_first(stripe, hash);
 *     while (node != NULL && !is_mine(node))
 *         node = skf_group_table_next(node);
 *     ...
 *     skf_group_table_unlock(stripe);
 */
#ifndef SKF_GROUP_TABLE_H
#define SKF_GROUP_TABLE_H

#include <skiff/base.h>

#include <pthread.h>

enum { GROUP_STRIPES = 64, CACHE_LINE = 64 };

struct group_node {
    struct group_node *next;
    uint64_t hash;
};

struct group_stripe {
    pthread_mutex_t mutex;
    struct group_node **buckets; /* a power of two of them; NULL: nothing reserved */
    uint32_t num_buckets;
    uint32_t used;
    uint8_t padding[CACHE_LINE];
};

struct group_table {
    const skiff_allocator *memory;
    uint64_t reserved; /* nodes */
    struct group_stripe stripes[GROUP_STRIPES];
};

/* An empty table without buckets. */
void skf_group_table_init(struct group_table *table, const skiff_allocator *memory);
void skf_group_table_clear(struct group_table *table);

/* Reserves space for so many more nodes, so that chains stay short; false without memory.
 * One caller at a time; others may use the table meanwhile. Space that is returned stays
 * with the table for the next reservation. */
SKIFF_MUST_USE bool skf_group_table_reserve(struct group_table *table, uint64_t nodes);
void skf_group_table_return(struct group_table *table, uint64_t nodes);

/* For tests: how many nodes there are, counted stripe by stripe. */
uint64_t skf_group_table_used(struct group_table *table);

/* Locks the stripe of a hash, which an attacker must not be able to predict. */
struct group_stripe *skf_group_table_lock(struct group_table *table, uint64_t hash);
void skf_group_table_unlock(struct group_stripe *stripe);

/* The first node with exactly this hash, and the next one; or NULL. */
struct group_node *skf_group_table_first(const struct group_stripe *stripe, uint64_t hash);
struct group_node *skf_group_table_next(const struct group_node *node);

/* Adds a node that is in no table; removes one that is in this. */
void skf_group_table_add(struct group_stripe *stripe, struct group_node *node,
                         uint64_t hash);
void skf_group_table_remove(struct group_stripe *stripe, struct group_node *node);

#endif
