/*
 * group_paths.h - which thread of a group has a path. Knows no peers and no sockets.
 *
 * A path is in the table from when its thread adds it until that thread drops it, or
 * another takes it. Each route that a port can have reserves its own slot. A path is known
 * to all threads as soon as it is added.
 */
#ifndef SKF_GROUP_PATHS_H
#define SKF_GROUP_PATHS_H

#include "group_table.h"
#include "ice/net/address.h"
#include "ice/net/seeded_hash.h"
#include "ice/net/steering.h"

#include <stdatomic.h>

enum { GROUP_THREADS = 64 };

#define GROUP_PATH_NONE UINT32_MAX

struct group_path;

/* The paths of a thread that others have taken, and that it does not know of yet. */
struct lost_paths {
    pthread_mutex_t mutex;
    struct group_path *first;
    atomic_uint num;
};

/* All paths of a group. */
struct path_table {
    struct group_table table;
    struct hash_key hash_key;
    struct steering steering;
    bool refused; /* by the kernel: it is not tried again */
    struct lost_paths lost[GROUP_THREADS];
};

/* The paths of one port, by the numbers of its routes. Zeros: a port without a group. */
struct group_paths {
    const skiff_allocator *memory;
    struct path_table *table;
    struct group_path *all;
    uint32_t used, capacity;
    unsigned thread;
    bool steered;       /* the kernel knows its socket */
    uint64_t unsteered; /* paths added that it does not steer */
};

void skf_path_table_init(struct path_table *table, const skiff_allocator *memory,
                         const struct hash_key *key);
void skf_path_table_clear(struct path_table *table);

/* Reserves slots for `capacity` paths; false without memory. One thread of the group may
 * join or leave at a time. All paths must be dropped before leave. */
SKIFF_MUST_USE bool skf_group_paths_join(struct group_paths *paths,
                                         struct path_table *table, unsigned thread,
                                         const skiff_allocator *memory, uint32_t capacity);
void skf_group_paths_leave(struct group_paths *paths);

/* Asks the kernel to give datagrams on its paths to its socket, one of so many at most. As
 * join; after it, and before the first path. */
void skf_group_paths_steer(struct group_paths *paths, int socket, uint32_t most);

/* Adds a path of this thread, under the number of its route, where `*path` stays as it is
 * until it is dropped. False if another thread has it and may keep it. If it was taken from
 * another, *loser is the number of that thread; otherwise it is not changed. */
bool skf_group_paths_add(struct group_paths *paths, uint32_t route, const struct path *path,
                         skiff_time now, unsigned *loser);

/* Until when a path may not be taken; 0: it may be from now on. */
void skf_group_paths_claim(struct group_paths *paths, uint32_t route, skiff_time until);

/* Drops a path, also one that was lost since. */
void skf_group_paths_drop(struct group_paths *paths, uint32_t route);

/* Which thread has a path; false if none. */
bool skf_group_paths_find(struct path_table *table, const struct path *path,
                          unsigned *thread);

/* Whether another thread has taken a path from this one: called for each datagram. And the
 * number of its route, each once, which must be dropped then; or GROUP_PATH_NONE. */
static inline bool skf_group_paths_have_lost(const struct group_paths *paths)
{
    return paths->table != NULL
        && atomic_load_explicit(&paths->table->lost[paths->thread].num,
                                memory_order_acquire)
               != 0;
}
uint32_t skf_group_paths_next_lost(struct group_paths *paths);

#endif
