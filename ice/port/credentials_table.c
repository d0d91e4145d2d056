/* credentials_table.c - a hash table of chains. Its keys come from the network, so the hash
 * is seeded, and a look-up does not depend on how many entries there are. */
#define _POSIX_C_SOURCE 200809L
#include "credentials_table.h"

#include "base/memory.h"
#include "ice/net/text.h"

static size_t size_of(const struct credentials_entry *entry)
{
    return sizeof *entry + entry->ufrag_len + entry->password_len + 2u;
}

static struct credentials_entry **bucket_of(const struct credentials_table *table,
                                            uint64_t hash)
{
    return &table->buckets[hash >> 32 & (table->num_buckets - 1)];
}

/* --- what may be chosen --------------------------------------------------------------- */

bool skf_ufrag_is_valid(skiff_bytes ufrag)
{
    return ufrag.len >= UFRAG_MIN && ufrag.len <= UFRAG_MAX
        && text_made_of((const char *)ufrag.ptr, ufrag.len, "+/");
}

bool skf_credentials_are_valid(const skiff_credentials *credentials)
{
    const char *ufrag = credentials->ufrag, *password = credentials->password;

    if (ufrag == NULL || password == NULL)
        return false;
    size_t ufrag_len = strnlen(ufrag, UFRAG_MAX + 1);
    size_t len = strnlen(password, PASSWORD_MAX + 1);
    return skf_ufrag_is_valid((skiff_bytes){ (const uint8_t *)ufrag, ufrag_len })
        && len >= PASSWORD_MIN && len <= PASSWORD_MAX && text_made_of(password, len, "+/");
}

/* --- the table ------------------------------------------------------------------------ */

void skf_credentials_table_init(struct credentials_table *table,
                                const skiff_allocator *memory, uint32_t num_indexes,
                                const struct hash_key *key)
{
    *table = (struct credentials_table){
        .memory = memory, .hash_key = *key, .num_indexes = num_indexes, .num_buckets = 1
    };
    while (table->num_buckets < num_indexes / 2) /* few slots are in use at once */
        table->num_buckets *= 2;
}

void skf_credentials_table_join(struct credentials_table *table,
                                struct group_ufrags *ufrags, unsigned thread)
{
    table->ufrags = ufrags;
    table->thread = (uint16_t)thread;
}

void skf_credentials_table_clear(struct credentials_table *table)
{
    for (uint32_t index = 0; table->by_index != NULL && index < table->num_indexes; index++)
        skf_credentials_table_remove(table, index);
    skf_release(table->memory, table->buckets, table->num_buckets * sizeof *table->buckets);
    skf_release(table->memory, table->by_index,
                table->num_indexes * sizeof *table->by_index);
    table->buckets = table->by_index = NULL;
    if (table->reserved)
        skf_group_ufrags_return(table->ufrags, table->num_indexes);
    table->reserved = false;
}

static bool allocate(struct credentials_table *table)
{
    if (table->by_index == NULL)
        table->by_index =
            skf_acquire(table->memory, table->num_indexes * sizeof *table->by_index);
    if (table->buckets == NULL)
        table->buckets =
            skf_acquire(table->memory, table->num_buckets * sizeof *table->buckets);
    if (table->ufrags != NULL && !table->reserved)
        table->reserved = skf_group_ufrags_reserve(table->ufrags, table->num_indexes);
    return table->by_index != NULL && table->buckets != NULL
        && table->reserved == (table->ufrags != NULL);
}

static struct credentials_entry *make(struct credentials_table *table,
                                      const skiff_credentials *credentials)
{
    struct credentials_entry lens = { .ufrag_len = (uint16_t)strlen(credentials->ufrag),
                                      .password_len =
                                          (uint16_t)strlen(credentials->password) };
    struct credentials_entry *entry = skf_acquire(table->memory, size_of(&lens));

    if (entry == NULL)
        return NULL;
    entry->ufrag_len = lens.ufrag_len;
    entry->password_len = lens.password_len;
    entry->hash = seeded_hash(&table->hash_key, credentials->ufrag, lens.ufrag_len);
    memcpy(entry->text, credentials->ufrag, lens.ufrag_len);
    memcpy(entry->text + lens.ufrag_len + 1, credentials->password, lens.password_len);
    entry->ufrag = (struct group_ufrag){ .text = entry->text,
                                         .len = entry->ufrag_len,
                                         .thread = table->thread };
    return entry;
}

skiff_status skf_credentials_table_add(struct credentials_table *table, uint32_t index,
                                       const skiff_credentials *credentials)
{
    const skiff_bytes ufrag = { (const uint8_t *)credentials->ufrag,
                                strlen(credentials->ufrag) };

    if (skf_credentials_table_find(table, ufrag) != NULL)
        return skiff_fault_set_text(SKIFF_ERR_STATE, "ufrag: a peer has \"",
                                    credentials->ufrag, "\"");

    struct credentials_entry *entry = allocate(table) ? make(table, credentials) : NULL;
    if (entry == NULL)
        return SKIFF_ERR_MEMORY;
    if (table->ufrags != NULL && !skf_group_ufrags_add(table->ufrags, &entry->ufrag)) {
        skf_release(table->memory, entry, size_of(entry));
        return skiff_fault_set_text(SKIFF_ERR_STATE,
                                    "ufrag: a peer of another thread has \"",
                                    credentials->ufrag, "\"");
    }
    struct credentials_entry **bucket = bucket_of(table, entry->hash);
    entry->index = index;
    entry->next = *bucket;
    *bucket = entry;
    table->by_index[index] = entry;
    return SKIFF_OK;
}

void skf_credentials_table_remove(struct credentials_table *table, uint32_t index)
{
    struct credentials_entry *entry =
        table->by_index != NULL ? table->by_index[index] : NULL;

    if (entry == NULL)
        return;
    struct credentials_entry **at = bucket_of(table, entry->hash);
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    table->by_index[index] = NULL;
    if (table->ufrags != NULL)
        skf_group_ufrags_remove(table->ufrags, &entry->ufrag);
    skf_release(table->memory, entry, size_of(entry));
}

void skf_credentials_table_move(struct credentials_table *table, uint32_t from, uint32_t to)
{
    if (table->by_index == NULL)
        return;
    skf_credentials_table_remove(table, to);
    table->by_index[to] = table->by_index[from];
    table->by_index[from] = NULL;
    if (table->by_index[to] != NULL)
        table->by_index[to]->index = to;
}

static bool has(const struct credentials_entry *entry, uint64_t hash, skiff_bytes ufrag)
{
    return entry->hash == hash && entry->ufrag_len == ufrag.len
        && memcmp(entry->text, ufrag.ptr, ufrag.len) == 0;
}

const struct credentials_entry *
skf_credentials_table_find(const struct credentials_table *table, skiff_bytes ufrag)
{
    if (table->buckets == NULL || ufrag.len > UFRAG_MAX)
        return NULL;

    uint64_t hash = seeded_hash(&table->hash_key, ufrag.ptr, ufrag.len);
    const struct credentials_entry *entry = *bucket_of(table, hash);
    while (entry != NULL && !has(entry, hash, ufrag))
        entry = entry->next;
    return entry;
}

bool skf_credentials_table_thread(const struct credentials_table *table, skiff_bytes ufrag,
                                  unsigned *thread)
{
    return table->ufrags != NULL && skf_group_ufrags_find(table->ufrags, ufrag, thread);
}
