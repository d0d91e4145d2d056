/*
 * shared_ufrags.h - which thread of a group has a ufrag that its caller chose. Knows no
 * peers. Every call may come from any thread.
 *
 * A ufrag that the port generates says its thread itself, and is not in here.
 */
#ifndef SKF_SHARED_UFRAGS_H
#define SKF_SHARED_UFRAGS_H

#include "mix.h"
#include "shared_table.h"

#include <stdatomic.h>

struct shared_ufrags {
    struct shared_table table;
    pthread_mutex_t     growing;       /* held by who reserves */
    atomic_uint         users;         /* ports that have reserved */
    struct mix          mix;
};

/* One of them, which lies in what its thread keeps. The text must stay while it is in. */
struct shared_ufrag {
    struct shared_node node;
    const char        *text;
    uint16_t           len;
    uint16_t           thread;
};

void skf_shared_ufrags_init(struct shared_ufrags *ufrags, const skiff_allocator *memory,
                            const struct mix *mix);
void skf_shared_ufrags_clear(struct shared_ufrags *ufrags);

/* Room for so many more, by a port that has none yet; false: no memory. */
SKIFF_MUST_USE bool skf_shared_ufrags_reserve(struct shared_ufrags *ufrags, uint32_t num);
void                skf_shared_ufrags_return(struct shared_ufrags *ufrags, uint32_t num);

/* False, and nothing was added: a thread has this ufrag. Room must have been reserved. */
SKIFF_MUST_USE bool skf_shared_ufrags_add(struct shared_ufrags *ufrags,
                                          struct shared_ufrag *ufrag);
void skf_shared_ufrags_remove(struct shared_ufrags *ufrags, struct shared_ufrag *ufrag);

/* Whether some thread has it, and which. */
bool skf_shared_ufrags_find(struct shared_ufrags *ufrags, skiff_bytes ufrag,
                            unsigned *thread);

#endif
