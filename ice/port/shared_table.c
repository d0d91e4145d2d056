/* shared_table.c - stripes of chained buckets. A stripe grows under its own lock. */
#include "shared_table.h"

#include "memory.h"

/* The low bits of a hash choose the stripe, those above them the bucket. */
static struct shared_stripe *stripe_of(struct shared_table *table, uint64_t hash)
{
    return &table->stripes[hash % SHARED_STRIPES];
}

static struct shared_node **bucket_of(const struct shared_stripe *stripe, uint64_t hash)
{
    return &stripe->buckets[hash / SHARED_STRIPES & (stripe->num_buckets - 1)];
}

void skf_shared_table_init(struct shared_table *table, const skiff_allocator *memory)
{
    *table = (struct shared_table){ .memory = memory };
    for (int i = 0; i < SHARED_STRIPES; i++)
        pthread_mutex_init(&table->stripes[i].mutex, NULL);
}

static void release_buckets(const struct shared_table *table, struct shared_node **buckets,
                            uint32_t num)
{
    skf_ice_release(table->memory, buckets, num * sizeof(struct shared_node *));
}

void skf_shared_table_clear(struct shared_table *table)
{
    for (int i = 0; i < SHARED_STRIPES; i++) {
        struct shared_stripe *stripe = &table->stripes[i];
        release_buckets(table, stripe->buckets, stripe->num_buckets);
        pthread_mutex_destroy(&stripe->mutex);
    }
}

/* --- growing -------------------------------------------------------------------------- */

/* Takes in the nodes of the buckets that the stripe had before. */
static void move_nodes(struct shared_stripe *stripe, struct shared_node **old, uint32_t num)
{
    for (uint32_t i = 0; i < num; i++) {
        struct shared_node *node = old[i];
        while (node != NULL) {
            struct shared_node *next = node->next;
            struct shared_node **bucket = bucket_of(stripe, node->hash);
            node->next = *bucket;
            *bucket = node;
            node = next;
        }
    }
}

static bool grow(const struct shared_table *table, struct shared_stripe *stripe,
                 uint32_t num)
{
    struct shared_node **fresh, **old = stripe->buckets;
    uint32_t num_old = stripe->num_buckets;

    if (num <= num_old)
        return true;
    fresh = skf_ice_acquire(table->memory, num * sizeof *fresh);
    if (fresh == NULL)
        return false;
    pthread_mutex_lock(&stripe->mutex);
    stripe->buckets = fresh;
    stripe->num_buckets = num;
    move_nodes(stripe, old, num_old);
    pthread_mutex_unlock(&stripe->mutex);
    release_buckets(table, old, num_old);
    return true;
}

/* As many buckets as nodes, or up to twice as many. */
static uint32_t buckets_for(uint64_t nodes)
{
    uint32_t num = 1;

    while ((uint64_t)num * SHARED_STRIPES < nodes && num <= UINT32_MAX / 4)
        num *= 2;
    return num;
}

bool skf_shared_table_reserve(struct shared_table *table, uint64_t nodes)
{
    uint32_t num = buckets_for(table->reserved + nodes);

    for (int i = 0; i < SHARED_STRIPES; i++)
        if (!grow(table, &table->stripes[i], num))
            return false;
    table->reserved += nodes;
    return true;
}

void skf_shared_table_return(struct shared_table *table, uint64_t nodes)
{
    table->reserved -= nodes;
}

uint64_t skf_shared_table_used(struct shared_table *table)
{
    uint64_t used = 0;

    for (int i = 0; i < SHARED_STRIPES; i++) {
        pthread_mutex_lock(&table->stripes[i].mutex);
        used += table->stripes[i].used;
        pthread_mutex_unlock(&table->stripes[i].mutex);
    }
    return used;
}

/* --- finding and changing ------------------------------------------------------------- */

struct shared_stripe *skf_shared_lock(struct shared_table *table, uint64_t hash)
{
    struct shared_stripe *stripe = stripe_of(table, hash);

    pthread_mutex_lock(&stripe->mutex);
    return stripe;
}

void skf_shared_unlock(struct shared_stripe *stripe)
{
    pthread_mutex_unlock(&stripe->mutex);
}

static struct shared_node *first_of_hash(struct shared_node *node, uint64_t hash)
{
    while (node != NULL && node->hash != hash)
        node = node->next;
    return node;
}

struct shared_node *skf_shared_first(const struct shared_stripe *stripe, uint64_t hash)
{
    if (stripe->num_buckets == 0)
        return NULL;
    return first_of_hash(*bucket_of(stripe, hash), hash);
}

struct shared_node *skf_shared_next(const struct shared_node *node)
{
    return first_of_hash(node->next, node->hash);
}

void skf_shared_add(struct shared_stripe *stripe, struct shared_node *node, uint64_t hash)
{
    struct shared_node **bucket = bucket_of(stripe, hash);

    *node = (struct shared_node){ *bucket, hash };
    *bucket = node;
    stripe->used++;
}

void skf_shared_remove(struct shared_stripe *stripe, struct shared_node *node)
{
    struct shared_node **at = bucket_of(stripe, node->hash);

    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    *node = (struct shared_node){ 0 };
    stripe->used--;
}
