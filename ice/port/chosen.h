/*
 * chosen.h - ufrags and passwords that the caller of a port has chosen, found by a seeded
 * hash. Knows slots and no peers. In a group, its entries are known to the other threads.
 *
 * A table takes no memory before its first entry. Then each slot costs it two pointers at
 * most, and each entry is one block of 56 bytes and its texts. A slot has one entry at
 * most.
 */
#ifndef SKF_CHOSEN_H
#define SKF_CHOSEN_H

#include "mix.h"
#include "shared_ufrags.h"

#include <skiff/port.h>

/* RFC 8445 5.3: in characters, without the NUL. */
enum {
    UFRAG_SHORTEST = 4, UFRAG_LONGEST = 256, PASSWORD_SHORTEST = 22, PASSWORD_LONGEST = 256
};

struct chosen {
    struct chosen      *next;           /* of the same bucket */
    uint64_t            hash;
    struct shared_ufrag shared;
    uint32_t            slot;
    uint16_t            ufrag_len, password_len;
    char                text[];         /* both, each with its NUL */
};

struct chosen_table {
    const skiff_allocator *memory;
    struct mix             mix;
    uint32_t               num_slots, num_buckets;    /* buckets: a power of two */
    struct chosen        **buckets;                   /* NULL before the first entry */
    struct chosen        **by_slot;
    struct shared_ufrags  *shared;                    /* of the group; NULL: alone */
    uint16_t               thread;
    bool                   reserved;
};

/* Takes no memory. */
void skf_chosen_init(struct chosen_table *table, const skiff_allocator *memory,
                     uint32_t num_slots, const struct mix *mix);
void skf_chosen_clear(struct chosen_table *table);

/* Before its first entry. What is shared must outlive the table. */
void skf_chosen_share(struct chosen_table *table, struct shared_ufrags *shared,
                      unsigned thread);

/* Whether both consist of ice-chars, and are neither too short nor too long. */
bool skf_credentials_hold(const skiff_credentials *credentials);
bool skf_ufrag_holds(skiff_bytes ufrag);

/*
 * Copies credentials that hold for a slot that has none. Errors: STATE an entry has this
 * ufrag, here or in another thread of the group; MEMORY.
 */
SKIFF_MUST_USE skiff_status skf_chosen_add(struct chosen_table *table, uint32_t slot,
                                           const skiff_credentials *credentials);

/* Removes the entry of a slot, if it has one; or moves it to another, in place of its. */
void skf_chosen_remove(struct chosen_table *table, uint32_t slot);
void skf_chosen_move(struct chosen_table *table, uint32_t from, uint32_t to);

/* The entry with this ufrag, or that of this slot; NULL: there is none. */
const struct chosen *skf_chosen_find(const struct chosen_table *table, skiff_bytes ufrag);

/* Whether a thread of the group has chosen it, and which. */
bool skf_chosen_elsewhere(const struct chosen_table *table, skiff_bytes ufrag,
                          unsigned *thread);

static inline const struct chosen *chosen_of(const struct chosen_table *table,
                                             uint32_t slot)
{
    return table->by_slot != NULL ? table->by_slot[slot] : NULL;
}

static inline const char *chosen_ufrag(const struct chosen *chosen)
{
    return chosen->text;
}

static inline const char *chosen_password(const struct chosen *chosen)
{
    return chosen->text + chosen->ufrag_len + 1;
}

#endif
