/*
 * credentials_table.h - ufrags and passwords that the caller of a port has chosen, found by
 * a seeded hash. Knows slots and no peers. In a group, the other threads know its entries.
 *
 * A table has no memory before its first entry. Then each slot costs two pointers at most,
 * and each entry is one block of 56 bytes and its texts. A slot has one entry at most.
 */
#ifndef SKF_CREDENTIALS_TABLE_H
#define SKF_CREDENTIALS_TABLE_H

#include "ice/net/seeded_hash.h"
#include "group_ufrags.h"

#include <skiff/port.h>

/* RFC 8445 5.3: in characters, without the NUL. */
enum { UFRAG_MIN = 4, UFRAG_MAX = 256, PASSWORD_MIN = 22, PASSWORD_MAX = 256 };

struct credentials_entry {
    struct credentials_entry *next; /* of the same bucket */
    uint64_t hash;
    struct group_ufrag ufrag;
    uint32_t index;
    uint16_t ufrag_len, password_len;
    char text[]; /* both, each with its NUL */
};

struct credentials_table {
    const skiff_allocator *memory;
    struct hash_key hash_key;
    uint32_t num_indexes, num_buckets;  /* buckets: a power of two */
    struct credentials_entry **buckets; /* NULL before the first entry */
    struct credentials_entry **by_index;
    struct group_ufrags *ufrags; /* of the group; NULL: alone */
    uint16_t thread;
    bool reserved;
};

/* Allocates nothing. */
void skf_credentials_table_init(struct credentials_table *table,
                                const skiff_allocator *memory, uint32_t num_indexes,
                                const struct hash_key *key);
void skf_credentials_table_clear(struct credentials_table *table);

/* Before the first entry. The shared table must outlive this one. */
void skf_credentials_table_join(struct credentials_table *table,
                                struct group_ufrags *ufrags, unsigned thread);

/* Whether both consist of ice-chars, and are neither too short nor too long. */
bool skf_credentials_are_valid(const skiff_credentials *credentials);
bool skf_ufrag_is_valid(skiff_bytes ufrag);

/* Copies credentials for a slot without an entry. Errors: STATE an entry has this ufrag,
 * here or on another thread of the group; MEMORY. */
SKIFF_MUST_USE skiff_status skf_credentials_table_add(struct credentials_table *table,
                                                      uint32_t index,
                                                      const skiff_credentials *credentials);

/* Removes the entry of a slot, if it has one; or moves it to another slot, where it
 * replaces the entry. */
void skf_credentials_table_remove(struct credentials_table *table, uint32_t index);
void skf_credentials_table_move(struct credentials_table *table, uint32_t from,
                                uint32_t to);

/* The entry with this ufrag, or that of this slot; NULL: there is none. */
const struct credentials_entry *
skf_credentials_table_find(const struct credentials_table *table, skiff_bytes ufrag);

/* Whether a thread of the group has this ufrag, and which. */
bool skf_credentials_table_thread(const struct credentials_table *table, skiff_bytes ufrag,
                                  unsigned *thread);

static inline const struct credentials_entry *
credentials_entry_at(const struct credentials_table *table, uint32_t index)
{
    return table->by_index != NULL ? table->by_index[index] : NULL;
}

static inline const char *credentials_entry_ufrag(const struct credentials_entry *entry)
{
    return entry->text;
}

static inline const char *credentials_entry_password(const struct credentials_entry *entry)
{
    return entry->text + entry->ufrag_len + 1;
}

#endif
