/* group_table.c - stripes of chained buckets. A stripe grows under its own lock. */
#include "group_table.h"

#include "base/memory.h"

/* The low bits of a hash choose the stripe, those above them the bucket. */
static struct group_stripe *stripe_of(struct group_table *table, uint64_t hash)
{
    return &table->stripes[hash % GROUP_STRIPES];
}

static struct group_node **bucket_of(const struct group_stripe *stripe, uint64_t hash)
{
    return &stripe->buckets[hash / GROUP_STRIPES & (stripe->num_buckets - 1)];
}

void skf_group_table_init(struct group_table *table, const skiff_allocator *memory)
{
    *table = (struct group_table){ .memory = memory };
    for (int i = 0; i < GROUP_STRIPES; i++)
        pthread_mutex_init(&table->stripes[i].mutex, NULL);
}

static void release_buckets(const struct group_table *table, struct group_node **buckets,
                            uint32_t num)
{
    skf_release(table->memory, buckets, num * sizeof(struct group_node *));
}

void skf_group_table_clear(struct group_table *table)
{
    for (int i = 0; i < GROUP_STRIPES; i++) {
        struct group_stripe *stripe = &table->stripes[i];
        release_buckets(table, stripe->buckets, stripe->num_buckets);
        pthread_mutex_destroy(&stripe->mutex);
    }
}

/* --- growing -------------------------------------------------------------------------- */

/* Moves the nodes from the buckets that the stripe had before. */
static void move_nodes(struct group_stripe *stripe, struct group_node **old, uint32_t num)
{
    for (uint32_t i = 0; i < num; i++) {
        struct group_node *node = old[i];
        while (node != NULL) {
            struct group_node *next = node->next;
            struct group_node **bucket = bucket_of(stripe, node->hash);
            node->next = *bucket;
            *bucket = node;
            node = next;
        }
    }
}

static bool grow(const struct group_table *table, struct group_stripe *stripe, uint32_t num)
{
    struct group_node **fresh, **old = stripe->buckets;
    uint32_t num_old = stripe->num_buckets;

    if (num <= num_old)
        return true;
    fresh = skf_acquire(table->memory, num * sizeof *fresh);
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

    while ((uint64_t)num * GROUP_STRIPES < nodes && num <= UINT32_MAX / 4)
        num *= 2;
    return num;
}

bool skf_group_table_reserve(struct group_table *table, uint64_t nodes)
{
    uint32_t num = buckets_for(table->reserved + nodes);

    for (int i = 0; i < GROUP_STRIPES; i++)
        if (!grow(table, &table->stripes[i], num))
            return false;
    table->reserved += nodes;
    return true;
}

void skf_group_table_return(struct group_table *table, uint64_t nodes)
{
    table->reserved -= nodes;
}

uint64_t skf_group_table_used(struct group_table *table)
{
    uint64_t used = 0;

    for (int i = 0; i < GROUP_STRIPES; i++) {
        pthread_mutex_lock(&table->stripes[i].mutex);
        used += table->stripes[i].used;
        pthread_mutex_unlock(&table->stripes[i].mutex);
    }
    return used;
}

/* --- finding and changing ------------------------------------------------------------- */

struct group_stripe *skf_group_table_lock(struct group_table *table, uint64_t hash)
{
    struct group_stripe *stripe = stripe_of(table, hash);

    pthread_mutex_lock(&stripe->mutex);
    return stripe;
}

void skf_group_table_unlock(struct group_stripe *stripe)
{
    pthread_mutex_unlock(&stripe->mutex);
}

static struct group_node *first_of_hash(struct group_node *node, uint64_t hash)
{
    while (node != NULL && node->hash != hash)
        node = node->next;
    return node;
}

struct group_node *skf_group_table_first(const struct group_stripe *stripe, uint64_t hash)
{
    if (stripe->num_buckets == 0)
        return NULL;
    return first_of_hash(*bucket_of(stripe, hash), hash);
}

struct group_node *skf_group_table_next(const struct group_node *node)
{
    return first_of_hash(node->next, node->hash);
}

void skf_group_table_add(struct group_stripe *stripe, struct group_node *node,
                         uint64_t hash)
{
    struct group_node **bucket = bucket_of(stripe, hash);

    *node = (struct group_node){ *bucket, hash };
    *bucket = node;
    stripe->used++;
}

void skf_group_table_remove(struct group_stripe *stripe, struct group_node *node)
{
    struct group_node **at = bucket_of(stripe, node->hash);

    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    *node = (struct group_node){ 0 };
    stripe->used--;
}
