/* shared_ufrags.c - which thread of a group has a ufrag that its caller chose. */
#include "shared_ufrags.h"

void skf_shared_ufrags_init(struct shared_ufrags *ufrags, const skiff_allocator *memory,
                            const struct mix *mix)
{
    ufrags->mix = *mix;
    atomic_init(&ufrags->users, 0);
    pthread_mutex_init(&ufrags->growing, NULL);
    skf_shared_table_init(&ufrags->table, memory);
}

void skf_shared_ufrags_clear(struct shared_ufrags *ufrags)
{
    skf_shared_table_clear(&ufrags->table);
    pthread_mutex_destroy(&ufrags->growing);
}

bool skf_shared_ufrags_reserve(struct shared_ufrags *ufrags, uint32_t num)
{
    pthread_mutex_lock(&ufrags->growing);
    bool reserved = skf_shared_table_reserve(&ufrags->table, num);
    pthread_mutex_unlock(&ufrags->growing);
    if (reserved)
        atomic_fetch_add(&ufrags->users, 1);
    return reserved;
}

void skf_shared_ufrags_return(struct shared_ufrags *ufrags, uint32_t num)
{
    pthread_mutex_lock(&ufrags->growing);
    skf_shared_table_return(&ufrags->table, num);
    pthread_mutex_unlock(&ufrags->growing);
    atomic_fetch_sub(&ufrags->users, 1);
}

static uint64_t hash_of(const struct shared_ufrags *ufrags, skiff_bytes ufrag)
{
    return mix_bytes(&ufrags->mix, ufrag.ptr, ufrag.len);
}

/* Under the lock of its stripe. */
static const struct shared_ufrag *find(const struct shared_stripe *stripe, uint64_t hash,
                                       skiff_bytes text)
{
    const struct shared_node *node = skf_shared_first(stripe, hash);

    for (; node != NULL; node = skf_shared_next(node)) {
        const struct shared_ufrag *ufrag = (const struct shared_ufrag *)(const void *)node;
        if (ufrag->len == text.len && memcmp(ufrag->text, text.ptr, text.len) == 0)
            return ufrag;
    }
    return NULL;
}

bool skf_shared_ufrags_add(struct shared_ufrags *ufrags, struct shared_ufrag *ufrag)
{
    const skiff_bytes text = { (const uint8_t *)ufrag->text, ufrag->len };
    uint64_t hash = hash_of(ufrags, text);
    struct shared_stripe *stripe = skf_shared_lock(&ufrags->table, hash);
    bool taken = find(stripe, hash, text) != NULL;

    if (!taken)
        skf_shared_add(stripe, &ufrag->node, hash);
    skf_shared_unlock(stripe);
    return !taken;
}

void skf_shared_ufrags_remove(struct shared_ufrags *ufrags, struct shared_ufrag *ufrag)
{
    struct shared_stripe *stripe = skf_shared_lock(&ufrags->table, ufrag->node.hash);

    skf_shared_remove(stripe, &ufrag->node);
    skf_shared_unlock(stripe);
}

bool skf_shared_ufrags_find(struct shared_ufrags *ufrags, skiff_bytes ufrag,
                            unsigned *thread)
{
    if (atomic_load(&ufrags->users) == 0)
        return false;

    uint64_t hash = hash_of(ufrags, ufrag);
    struct shared_stripe *stripe = skf_shared_lock(&ufrags->table, hash);
    const struct shared_ufrag *found = find(stripe, hash, ufrag);
    if (found != NULL)
        *thread = found->thread;
    skf_shared_unlock(stripe);
    return found != NULL;
}
