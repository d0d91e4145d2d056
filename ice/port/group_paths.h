/*
 * group_paths.h - which thread of a group has a path. Knows no peers and no sockets.
 *
 * A path is in the table from when its thread claims it until that thread drops it, or
 * another takes it. Each route that a port can have brings its own place: a path that was
 * claimed is known to all threads at once, and nothing has to be said again.
 */
#ifndef SKF_GROUP_PATHS_H
#define SKF_GROUP_PATHS_H

#include "ice/net/address.h"
#include "ice/net/seeded_hash.h"
#include "group_table.h"
#include "ice/net/steering.h"

#include <stdatomic.h>

enum { GROUP_THREADS = 64 };

#define GROUP_PATH_NONE UINT32_MAX

struct group_path;

/* Paths of a thread that others have taken, and that it has not heard of yet. */
struct lost_paths {
    pthread_mutex_t mutex;
    struct group_path *first;
    atomic_uint num;
};

/* All that a group has. */
struct path_table {
    struct group_table table;
    struct hash_key hash_key;
    struct steering steering;
    bool refused; /* by the kernel: it is not asked again */
    struct lost_paths lost[GROUP_THREADS];
};

/* Those of one port, by the numbers of its routes. Zeros: of a port without a group. */
struct group_paths {
    const skiff_allocator *memory;
    struct path_table *table;
    struct group_path *all;
    uint32_t used, capacity;
    unsigned thread;
    bool steered;       /* the kernel knows its socket */
    uint64_t unsteered; /* paths claimed that it does not know of */
};

void skf_path_table_init(struct path_table *table, const skiff_allocator *memory,
                         const struct hash_key *key);
void skf_path_table_clear(struct path_table *table);

/* Takes places for `capacity` paths; false when there is no memory. By one thread of the
 * group at a time, as leaving, before which all paths must be dropped. */
SKIFF_MUST_USE bool skf_group_paths_join(struct group_paths *paths,
                                         struct path_table *table, unsigned thread,
                                         const skiff_allocator *memory, uint32_t capacity);
void skf_group_paths_leave(struct group_paths *paths);

/* Has the kernel give what comes on its paths to its socket, one of so many at most, if it
 * will. As joining; after it, and before the first claim. */
void skf_group_paths_steer(struct group_paths *paths, int socket, uint32_t most);

/* Says that a path is this thread's, under the number of its route there, where `*path`
 * stays as it is until it is dropped. False: it is another's, who may keep it. If it is
 * taken from another, *loser is the number of that thread, else it is not changed. */
bool skf_group_paths_add(struct group_paths *paths, uint32_t route, const struct path *path,
                         skiff_time now, unsigned *loser);

/* Says until when a claimed path may not be taken; 0: from now on it may. */
void skf_group_paths_protect(struct group_paths *paths, uint32_t route, skiff_time until);

/* Of one that was claimed, whether or not it was lost since. */
void skf_group_paths_drop(struct group_paths *paths, uint32_t route);

/* Which thread has a path; false: none. */
bool skf_group_paths_find(struct path_table *table, const struct path *path,
                          unsigned *thread);

/* Whether another has taken a path from this thread: this is asked for each datagram. And
 * the number of its route, or GROUP_PATH_NONE, once for each: it is to be dropped then. */
static inline bool skf_group_paths_have_lost(const struct group_paths *paths)
{
    return paths->table != NULL
        && atomic_load_explicit(&paths->table->lost[paths->thread].num,
                                memory_order_acquire)
               != 0;
}
uint32_t skf_group_paths_next_lost(struct group_paths *paths);

#endif
