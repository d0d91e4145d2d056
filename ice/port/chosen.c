/* chosen.c - a hash table of chains. Its entries are looked up by what a stranger sends, so
 * its hash is seeded, and a look-up does not depend on how many entries there are. */
#define _POSIX_C_SOURCE 200809L
#include "chosen.h"

#include "memory.h"
#include "text.h"

static size_t size_of(const struct chosen *chosen)
{
    return sizeof *chosen + chosen->ufrag_len + chosen->password_len + 2u;
}

static struct chosen **bucket_of(const struct chosen_table *table, uint64_t hash)
{
    return &table->buckets[hash >> 32 & (table->num_buckets - 1)];
}

/* --- what may be chosen --------------------------------------------------------------- */

bool skf_ufrag_holds(skiff_bytes ufrag)
{
    return ufrag.len >= UFRAG_SHORTEST && ufrag.len <= UFRAG_LONGEST
           && text_made_of((const char *)ufrag.ptr, ufrag.len, "+/");
}

bool skf_credentials_hold(const skiff_credentials *credentials)
{
    const char *ufrag = credentials->ufrag, *password = credentials->password;

    if (ufrag == NULL || password == NULL)
        return false;
    size_t ufrag_len = strnlen(ufrag, UFRAG_LONGEST + 1);
    size_t len = strnlen(password, PASSWORD_LONGEST + 1);
    return skf_ufrag_holds((skiff_bytes){ (const uint8_t *)ufrag, ufrag_len })
           && len >= PASSWORD_SHORTEST && len <= PASSWORD_LONGEST
           && text_made_of(password, len, "+/");
}

/* --- the table ------------------------------------------------------------------------ */

void skf_chosen_init(struct chosen_table *table, const skiff_allocator *memory,
                     uint32_t num_slots, const struct mix *mix)
{
    *table = (struct chosen_table){ .memory = memory, .mix = *mix, .num_slots = num_slots,
                                    .num_buckets = 1 };
    while (table->num_buckets < num_slots / 2)           /* few slots are in use at once */
        table->num_buckets *= 2;
}

void skf_chosen_share(struct chosen_table *table, struct shared_ufrags *shared,
                      unsigned thread)
{
    table->shared = shared;
    table->thread = (uint16_t)thread;
}

void skf_chosen_clear(struct chosen_table *table)
{
    for (uint32_t slot = 0; table->by_slot != NULL && slot < table->num_slots; slot++)
        skf_chosen_remove(table, slot);
    skf_ice_release(table->memory, table->buckets,
                    table->num_buckets * sizeof *table->buckets);
    skf_ice_release(table->memory, table->by_slot,
                    table->num_slots * sizeof *table->by_slot);
    table->buckets = table->by_slot = NULL;
    if (table->reserved)
        skf_shared_ufrags_return(table->shared, table->num_slots);
    table->reserved = false;
}

static bool take_memory(struct chosen_table *table)
{
    if (table->by_slot == NULL)
        table->by_slot = skf_ice_acquire(table->memory,
                                         table->num_slots * sizeof *table->by_slot);
    if (table->buckets == NULL)
        table->buckets = skf_ice_acquire(table->memory,
                                         table->num_buckets * sizeof *table->buckets);
    if (table->shared != NULL && !table->reserved)
        table->reserved = skf_shared_ufrags_reserve(table->shared, table->num_slots);
    return table->by_slot != NULL && table->buckets != NULL
           && table->reserved == (table->shared != NULL);
}

static struct chosen *make(struct chosen_table *table, const skiff_credentials *credentials)
{
    struct chosen lens = { .ufrag_len = (uint16_t)strlen(credentials->ufrag),
                           .password_len = (uint16_t)strlen(credentials->password) };
    struct chosen *made = skf_ice_acquire(table->memory, size_of(&lens));

    if (made == NULL)
        return NULL;
    made->ufrag_len = lens.ufrag_len;
    made->password_len = lens.password_len;
    made->hash = mix_bytes(&table->mix, credentials->ufrag, lens.ufrag_len);
    memcpy(made->text, credentials->ufrag, lens.ufrag_len);
    memcpy(made->text + lens.ufrag_len + 1, credentials->password, lens.password_len);
    made->shared = (struct shared_ufrag){ .text = made->text, .len = made->ufrag_len,
                                          .thread = table->thread };
    return made;
}

skiff_status skf_chosen_add(struct chosen_table *table, uint32_t slot,
                            const skiff_credentials *credentials)
{
    const skiff_bytes ufrag = { (const uint8_t *)credentials->ufrag,
                                strlen(credentials->ufrag) };

    if (skf_chosen_find(table, ufrag) != NULL)
        return skiff_fault_set_text(SKIFF_ERR_STATE, "ufrag: a peer has \"",
                                    credentials->ufrag, "\"");

    struct chosen *made = take_memory(table) ? make(table, credentials) : NULL;
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    if (table->shared != NULL && !skf_shared_ufrags_add(table->shared, &made->shared)) {
        skf_ice_release(table->memory, made, size_of(made));
        return skiff_fault_set_text(SKIFF_ERR_STATE,
                                    "ufrag: a peer of another thread has \"",
                                    credentials->ufrag, "\"");
    }
    struct chosen **bucket = bucket_of(table, made->hash);
    made->slot = slot;
    made->next = *bucket;
    *bucket = made;
    table->by_slot[slot] = made;
    return SKIFF_OK;
}

void skf_chosen_remove(struct chosen_table *table, uint32_t slot)
{
    struct chosen *chosen = table->by_slot != NULL ? table->by_slot[slot] : NULL;

    if (chosen == NULL)
        return;
    struct chosen **at = bucket_of(table, chosen->hash);
    while (*at != chosen)
        at = &(*at)->next;
    *at = chosen->next;
    table->by_slot[slot] = NULL;
    if (table->shared != NULL)
        skf_shared_ufrags_remove(table->shared, &chosen->shared);
    skf_ice_release(table->memory, chosen, size_of(chosen));
}

void skf_chosen_move(struct chosen_table *table, uint32_t from, uint32_t to)
{
    if (table->by_slot == NULL)
        return;
    skf_chosen_remove(table, to);
    table->by_slot[to] = table->by_slot[from];
    table->by_slot[from] = NULL;
    if (table->by_slot[to] != NULL)
        table->by_slot[to]->slot = to;
}

static bool has(const struct chosen *chosen, uint64_t hash, skiff_bytes ufrag)
{
    return chosen->hash == hash && chosen->ufrag_len == ufrag.len
           && memcmp(chosen->text, ufrag.ptr, ufrag.len) == 0;
}

const struct chosen *skf_chosen_find(const struct chosen_table *table, skiff_bytes ufrag)
{
    if (table->buckets == NULL || ufrag.len > UFRAG_LONGEST)
        return NULL;

    uint64_t hash = mix_bytes(&table->mix, ufrag.ptr, ufrag.len);
    const struct chosen *chosen = *bucket_of(table, hash);
    while (chosen != NULL && !has(chosen, hash, ufrag))
        chosen = chosen->next;
    return chosen;
}

bool skf_chosen_elsewhere(const struct chosen_table *table, skiff_bytes ufrag,
                          unsigned *thread)
{
    return table->shared != NULL && skf_shared_ufrags_find(table->shared, ufrag, thread);
}
