/*
 * shared_table.h - a hash table that several threads share. Knows no keys: a node lies in
 * what its caller keeps, and the caller compares.
 *
 * There is a node for whatever can ever be in the table, because its owner has taken the
 * memory for it beforehand: so nothing overflows, and adding cannot fail. The table is cut
 * into stripes, each with a lock and buckets of its own. Whoever holds the lock of a stripe
 * may read and write the nodes of its hashes, and what they lie in. Nothing that waits may
 * be done under a lock.
 *
 *     struct shared_stripe *stripe = skf_shared_lock(table, hash);
 *     struct shared_node *node = skf_shared_first(stripe, hash);
 *     while (node != NULL && !is_mine(node))
 *         node = skf_shared_next(node);
 *     ...
 *     skf_shared_unlock(stripe);
 */
#ifndef SKF_SHARED_TABLE_H
#define SKF_SHARED_TABLE_H

#include <skiff/base.h>

#include <pthread.h>

enum { SHARED_STRIPES = 64, SHARED_LINE = 64 };

struct shared_node {
    struct shared_node *next;
    uint64_t            hash;
};

struct shared_stripe {
    pthread_mutex_t      mutex;
    struct shared_node **buckets;      /* a power of two of them; NULL: nothing reserved */
    uint32_t             num_buckets;
    uint32_t             used;
    uint8_t              apart[SHARED_LINE];
};

struct shared_table {
    const skiff_allocator *memory;
    uint64_t               reserved;   /* nodes */
    struct shared_stripe   stripes[SHARED_STRIPES];
};

/* An empty table without buckets. */
void skf_shared_table_init(struct shared_table *table, const skiff_allocator *memory);
void skf_shared_table_clear(struct shared_table *table);

/*
 * Makes room for so many more nodes, so that finding stays short; false when there is no
 * memory. One caller at a time; others may use the table meanwhile. Room that is returned
 * stays with the table for the next who reserves.
 */
SKIFF_MUST_USE bool skf_shared_table_reserve(struct shared_table *table, uint64_t nodes);
void                skf_shared_table_return(struct shared_table *table, uint64_t nodes);

/* How many nodes there are, counted stripe by stripe. */
uint64_t skf_shared_table_used(struct shared_table *table);

/* Locks the stripe of a hash, that nobody outside may be able to guess. */
struct shared_stripe *skf_shared_lock(struct shared_table *table, uint64_t hash);
void                  skf_shared_unlock(struct shared_stripe *stripe);

/* The nodes of just this hash, or NULL. */
struct shared_node *skf_shared_first(const struct shared_stripe *stripe, uint64_t hash);
struct shared_node *skf_shared_next(const struct shared_node *node);

/* Adds a node that is in no table; removes one that is in this. */
void skf_shared_add(struct shared_stripe *stripe, struct shared_node *node, uint64_t hash);
void skf_shared_remove(struct shared_stripe *stripe, struct shared_node *node);

#endif
