/* group_paths.c - a table of paths, and for each thread a list of those it has lost. A path
 * is changed under the lock of its stripe. The list of lost paths has a lock of its own,
 * which is locked inside of that of a stripe or alone. Only `until` has no lock: its thread
 * writes it at each check. */
#include "group_paths.h"

#include "base/memory.h"

/* The kernel reserves 16 to 32 bytes for each. More paths than these are forwarded. */
enum { MAX_STEERED = 1 << 22 };

enum path_state { PATH_OUT, PATH_IN, PATH_LOST };

struct group_path {
    struct group_node node;  /* first: the table's nodes are paths */
    const struct path *path; /* where its port has the route */
    atomic_uint_least64_t until;
    struct group_path *previous, *next; /* in the list of those lost */
    uint32_t route;
    uint8_t thread, state;
};

static struct group_path *path_of(struct group_node *node)
{
    return (struct group_path *)(void *)node;
}

/* As in routes.c: of the remote address only, and paths are compared as a whole. */
static uint64_t hash_of(const struct path_table *table, const struct path *path)
{
    return seeded_hash(&table->hash_key, &path->remote, sizeof path->remote);
}

void skf_path_table_init(struct path_table *table, const skiff_allocator *memory,
                         const struct hash_key *key)
{
    skf_group_table_init(&table->table, memory);
    table->hash_key = *key;
    for (int i = 0; i < GROUP_THREADS; i++)
        pthread_mutex_init(&table->lost[i].mutex, NULL);
}

void skf_path_table_clear(struct path_table *table)
{
    skf_group_table_clear(&table->table);
    skf_steering_close(&table->steering);
    for (int i = 0; i < GROUP_THREADS; i++)
        pthread_mutex_destroy(&table->lost[i].mutex);
}

bool skf_group_paths_join(struct group_paths *paths, struct path_table *table,
                          unsigned thread, const skiff_allocator *memory, uint32_t capacity)
{
    struct group_path *all = skf_acquire(memory, capacity * sizeof *all);

    if (all == NULL)
        return false;
    if (!skf_group_table_reserve(&table->table, capacity)) {
        skf_release(memory, all, capacity * sizeof *all);
        return false;
    }
    for (uint32_t route = 0; route < capacity; route++) {
        all[route].route = route;
        all[route].thread = (uint8_t)thread;
        atomic_init(&all[route].until, 0);
    }
    *paths = (struct group_paths){
        .memory = memory, .table = table, .all = all, .capacity = capacity, .thread = thread
    };
    return true;
}

void skf_group_paths_steer(struct group_paths *paths, int socket, uint32_t most)
{
    struct path_table *table = paths->table;

    uint64_t all = (uint64_t)most * paths->capacity;

    if (!table->refused && !skf_steering_is_open(&table->steering))
        table->refused = !skf_steering_open(
            &table->steering, (uint32_t)(all < MAX_STEERED ? all : MAX_STEERED), most);
    paths->steered = skf_steering_join(&table->steering, paths->thread, socket);
}

void skf_group_paths_leave(struct group_paths *paths)
{
    if (paths->table == NULL)
        return;
    skf_group_table_return(&paths->table->table, paths->capacity);
    skf_release(paths->memory, paths->all, paths->capacity * sizeof *paths->all);
    *paths = (struct group_paths){ 0 };
}

/* --- lost ones ------------------------------------------------------------------------ */

static void add_to_lost(struct lost_paths *lost, struct group_path *path)
{
    pthread_mutex_lock(&lost->mutex);
    path->previous = NULL;
    path->next = lost->first;
    if (lost->first != NULL)
        lost->first->previous = path;
    lost->first = path;
    atomic_fetch_add_explicit(&lost->num, 1, memory_order_release);
    pthread_mutex_unlock(&lost->mutex);
}

/* Under the lock of its stripe. */
static void remove_from_lost(struct lost_paths *lost, struct group_path *path)
{
    if (path->previous != NULL)
        path->previous->next = path->next;
    else
        lost->first = path->next;
    if (path->next != NULL)
        path->next->previous = path->previous;
    atomic_fetch_sub_explicit(&lost->num, 1, memory_order_relaxed);
    path->state = PATH_OUT;
}

uint32_t skf_group_paths_next_lost(struct group_paths *paths)
{
    struct lost_paths *lost;
    uint32_t route = GROUP_PATH_NONE;

    if (!skf_group_paths_have_lost(paths))
        return GROUP_PATH_NONE;
    lost = &paths->table->lost[paths->thread];
    pthread_mutex_lock(&lost->mutex);
    if (lost->first != NULL) {
        route = lost->first->route;
        remove_from_lost(lost, lost->first);
    }
    pthread_mutex_unlock(&lost->mutex);
    return route;
}

/* --- the table ------------------------------------------------------------------------ */

static struct group_path *find(const struct group_stripe *stripe, uint64_t hash,
                               const struct path *path)
{
    struct group_node *node = skf_group_table_first(stripe, hash);

    while (node != NULL && !path_equal(path_of(node)->path, path))
        node = skf_group_table_next(node);
    return path_of(node);
}

static skiff_time until(struct group_path *path)
{
    return atomic_load_explicit(&path->until, memory_order_relaxed);
}

/* Under the lock, so that the kernel and the table have the same thread. */
static void steer(struct group_paths *paths, const struct path *path)
{
    if (path->connection != 0) /* a connection has a socket of its own */
        return;
    if (paths->steered && skf_steering_add(&paths->table->steering, path, paths->thread))
        return;
    skf_steering_remove(&paths->table->steering, path);
    paths->unsteered++;
}

/* From here on its thread knows that datagrams on the path are not for its peer. */
static void displace_path(struct path_table *table, struct group_stripe *stripe,
                          struct group_path *path)
{
    skf_group_table_remove(stripe, &path->node);
    path->state = PATH_LOST;
    add_to_lost(&table->lost[path->thread], path);
}

bool skf_group_paths_add(struct group_paths *paths, uint32_t route, const struct path *path,
                         skiff_time now, unsigned *loser)
{
    if (paths->table == NULL)
        return true;

    uint64_t hash = hash_of(paths->table, path);
    struct group_stripe *stripe = skf_group_table_lock(&paths->table->table, hash);
    struct group_path *other = find(stripe, hash, path);
    bool stays = other != NULL && until(other) > now;
    if (other != NULL && !stays) {
        *loser = other->thread;
        displace_path(paths->table, stripe, other);
    }
    if (!stays) {
        struct group_path *ours = &paths->all[route];
        ours->path = path;
        ours->state = PATH_IN;
        atomic_store_explicit(&ours->until, 0, memory_order_relaxed);
        skf_group_table_add(stripe, &ours->node, hash);
        steer(paths, path);
        paths->used++;
    }
    skf_group_table_unlock(stripe);
    return !stays;
}

void skf_group_paths_claim(struct group_paths *paths, uint32_t route, skiff_time end)
{
    if (paths->table != NULL)
        atomic_store_explicit(&paths->all[route].until, end, memory_order_relaxed);
}

void skf_group_paths_drop(struct group_paths *paths, uint32_t route)
{
    if (paths->table == NULL)
        return;

    struct group_path *path = &paths->all[route];
    struct lost_paths *lost = &paths->table->lost[paths->thread];
    struct group_stripe *stripe =
        skf_group_table_lock(&paths->table->table, hash_of(paths->table, path->path));
    if (path->state == PATH_IN && path->path->connection == 0)
        skf_steering_remove(&paths->table->steering, path->path);
    pthread_mutex_lock(&lost->mutex);
    if (path->state == PATH_IN)
        skf_group_table_remove(stripe, &path->node);
    else if (path->state == PATH_LOST)
        remove_from_lost(lost, path);
    pthread_mutex_unlock(&lost->mutex);
    path->state = PATH_OUT;
    path->path = NULL;
    paths->used--;
    skf_group_table_unlock(stripe);
}

bool skf_group_paths_find(struct path_table *table, const struct path *path,
                          unsigned *thread)
{
    uint64_t hash = hash_of(table, path);
    struct group_stripe *stripe = skf_group_table_lock(&table->table, hash);
    struct group_path *found = find(stripe, hash, path);

    if (found != NULL)
        *thread = found->thread;
    skf_group_table_unlock(stripe);
    return found != NULL;
}
