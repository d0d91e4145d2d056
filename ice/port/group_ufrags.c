/* group_ufrags.c - which thread of a group has a ufrag that its caller chose. */
#include "group_ufrags.h"

void skf_group_ufrags_init(struct group_ufrags *ufrags, const skiff_allocator *memory,
                           const struct hash_key *key)
{
    ufrags->hash_key = *key;
    atomic_init(&ufrags->users, 0);
    pthread_mutex_init(&ufrags->growing, NULL);
    skf_group_table_init(&ufrags->table, memory);
}

void skf_group_ufrags_clear(struct group_ufrags *ufrags)
{
    skf_group_table_clear(&ufrags->table);
    pthread_mutex_destroy(&ufrags->growing);
}

bool skf_group_ufrags_reserve(struct group_ufrags *ufrags, uint32_t num)
{
    pthread_mutex_lock(&ufrags->growing);
    bool reserved = skf_group_table_reserve(&ufrags->table, num);
    pthread_mutex_unlock(&ufrags->growing);
    if (reserved)
        atomic_fetch_add(&ufrags->users, 1);
    return reserved;
}

void skf_group_ufrags_return(struct group_ufrags *ufrags, uint32_t num)
{
    pthread_mutex_lock(&ufrags->growing);
    skf_group_table_return(&ufrags->table, num);
    pthread_mutex_unlock(&ufrags->growing);
    atomic_fetch_sub(&ufrags->users, 1);
}

static uint64_t hash_of(const struct group_ufrags *ufrags, skiff_bytes ufrag)
{
    return seeded_hash(&ufrags->hash_key, ufrag.ptr, ufrag.len);
}

/* Under the lock of its stripe. */
static const struct group_ufrag *find(const struct group_stripe *stripe, uint64_t hash,
                                      skiff_bytes text)
{
    const struct group_node *node = skf_group_table_first(stripe, hash);

    for (; node != NULL; node = skf_group_table_next(node)) {
        const struct group_ufrag *ufrag = (const struct group_ufrag *)(const void *)node;
        if (ufrag->len == text.len && memcmp(ufrag->text, text.ptr, text.len) == 0)
            return ufrag;
    }
    return NULL;
}

bool skf_group_ufrags_add(struct group_ufrags *ufrags, struct group_ufrag *ufrag)
{
    const skiff_bytes text = { (const uint8_t *)ufrag->text, ufrag->len };
    uint64_t hash = hash_of(ufrags, text);
    struct group_stripe *stripe = skf_group_table_lock(&ufrags->table, hash);
    bool exists = find(stripe, hash, text) != NULL;

    if (!exists)
        skf_group_table_add(stripe, &ufrag->node, hash);
    skf_group_table_unlock(stripe);
    return !exists;
}

void skf_group_ufrags_remove(struct group_ufrags *ufrags, struct group_ufrag *ufrag)
{
    struct group_stripe *stripe = skf_group_table_lock(&ufrags->table, ufrag->node.hash);

    skf_group_table_remove(stripe, &ufrag->node);
    skf_group_table_unlock(stripe);
}

bool skf_group_ufrags_find(struct group_ufrags *ufrags, skiff_bytes ufrag, unsigned *thread)
{
    if (atomic_load(&ufrags->users) == 0)
        return false;

    uint64_t hash = hash_of(ufrags, ufrag);
    struct group_stripe *stripe = skf_group_table_lock(&ufrags->table, hash);
    const struct group_ufrag *found = find(stripe, hash, ufrag);
    if (found != NULL)
        *thread = found->thread;
    skf_group_table_unlock(stripe);
    return found != NULL;
}
