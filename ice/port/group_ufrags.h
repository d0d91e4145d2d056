/* group_ufrags.h - which thread of a group has a ufrag that its caller chose. Knows no
 * peers. Every function may be called on any thread. A ufrag that the port generates
 * contains its thread, and is not in here. */
#ifndef SKF_GROUP_UFRAGS_H
#define SKF_GROUP_UFRAGS_H

#include "ice/net/seeded_hash.h"
#include "group_table.h"

#include <stdatomic.h>

struct group_ufrags {
    struct group_table table;
    pthread_mutex_t growing; /* locked while space is reserved */
    atomic_uint users;       /* ports that have reserved */
    struct hash_key hash_key;
};

/* One ufrag, in an object of its thread. The text must stay while it is in the table. */
struct group_ufrag {
    struct group_node node;
    const char *text;
    uint16_t len;
    uint16_t thread;
};

void skf_group_ufrags_init(struct group_ufrags *ufrags, const skiff_allocator *memory,
                           const struct hash_key *key);
void skf_group_ufrags_clear(struct group_ufrags *ufrags);

/* Reserves space for so many more, by a port that has none yet; false without memory. */
SKIFF_MUST_USE bool skf_group_ufrags_reserve(struct group_ufrags *ufrags, uint32_t num);
void skf_group_ufrags_return(struct group_ufrags *ufrags, uint32_t num);

/* False if a thread has this ufrag: nothing was added. Space must have been reserved. */
SKIFF_MUST_USE bool skf_group_ufrags_add(struct group_ufrags *ufrags,
                                         struct group_ufrag *ufrag);
void skf_group_ufrags_remove(struct group_ufrags *ufrags, struct group_ufrag *ufrag);

/* Whether a thread has it, and which. */
bool skf_group_ufrags_find(struct group_ufrags *ufrags, skiff_bytes ufrag,
                           unsigned *thread);

#endif
