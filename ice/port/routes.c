/* routes.c - a hash table with open addressing, and routes in a block beside it. */
#include "routes.h"

#include "base/memory.h"

/* `number` is that of the route plus one: zeros are a free slot. */
struct route_slot {
    uint32_t hash, number;
};

struct route {
    struct path path;
    uint32_t owner;
    uint32_t next; /* of the routes not in use */
};

/* Of the remote address only: there are few local ones, and paths are compared as a
 * whole. */
static uint32_t hash_of(const struct routes *routes, const union address *remote)
{
    return (uint32_t)(seeded_hash(&routes->hash_key, remote, sizeof *remote) >> 16);
}

static uint32_t last_slot(const struct routes *routes)
{
    return (UINT32_C(1) << routes->bits) - 1;
}

static uint32_t home_of(const struct routes *routes, uint32_t hash)
{
    return hash & last_slot(routes);
}

bool skf_routes_init(struct routes *routes, const skiff_allocator *memory,
                     uint32_t capacity, const struct hash_key *key)
{
    *routes = (struct routes){
        .memory = memory, .capacity = capacity, .bits = 1, .hash_key = *key
    };
    while ((UINT64_C(1) << routes->bits) * 2 < (uint64_t)capacity * 3)
        routes->bits++;
    routes->all = skf_acquire(memory, capacity * sizeof *routes->all);
    routes->slots = skf_acquire(memory, sizeof *routes->slots << routes->bits);
    if (routes->all == NULL || routes->slots == NULL) {
        skf_routes_clear(routes);
        return false;
    }
    for (uint32_t i = 0; i < capacity; i++)
        routes->all[i].next = i + 1;
    return true;
}

void skf_routes_clear(struct routes *routes)
{
    skf_release(routes->memory, routes->all, routes->capacity * sizeof *routes->all);
    skf_release(routes->memory, routes->slots, sizeof *routes->slots << routes->bits);
    *routes = (struct routes){ 0 };
}

/* The slot of a path, or the free one where it would be. */
static uint32_t slot_of(const struct routes *routes, const struct path *path, uint32_t hash)
{
    uint32_t at = home_of(routes, hash);

    while (routes->slots[at].number != 0
           && (routes->slots[at].hash != hash
               || !path_equal(&routes->all[routes->slots[at].number - 1].path, path)))
        at = (at + 1) & last_slot(routes);
    return at;
}

/* --- fetching ------------------------------------------------------------------------- */

uint32_t skf_routes_fetch_slot(const struct routes *routes, const union address *remote)
{
    uint32_t hash = hash_of(routes, remote);

    __builtin_prefetch(&routes->slots[home_of(routes, hash)]);
    return hash;
}

uint32_t skf_routes_fetch(const struct routes *routes, uint32_t hash)
{
    uint32_t at = home_of(routes, hash);

    while (routes->slots[at].number != 0 && routes->slots[at].hash != hash)
        at = (at + 1) & last_slot(routes);
    if (routes->slots[at].number == 0)
        return ROUTE_NONE;
    skf_routes_fetch_path(routes, routes->slots[at].number - 1);
    return routes->slots[at].number - 1;
}

void skf_routes_fetch_path(const struct routes *routes, uint32_t number)
{
    const struct route *route = &routes->all[number];

    __builtin_prefetch(route);
    __builtin_prefetch((const char *)(route + 1) - 1);
}

/* --- finding -------------------------------------------------------------------------- */

/* Datagrams come in runs, so the last route is compared first. A removed one has a path
 * that no datagram has. */
uint32_t skf_routes_find(struct routes *routes, const struct path *path)
{
    if (path_equal(&routes->all[routes->last].path, path))
        return routes->last;

    uint32_t number =
        routes->slots[slot_of(routes, path, hash_of(routes, &path->remote))].number;
    if (number == 0)
        return ROUTE_NONE;
    routes->last = number - 1;
    return number - 1;
}

uint32_t skf_routes_add(struct routes *routes, const struct path *path, uint32_t owner)
{
    uint32_t number = routes->free, hash = hash_of(routes, &path->remote);

    if (routes->used == routes->capacity)
        return ROUTE_NONE;
    routes->free = routes->all[number].next;
    routes->used++;
    routes->all[number] = (struct route){ *path, owner, 0 };
    routes->slots[slot_of(routes, path, hash)] = (struct route_slot){ hash, number + 1 };
    routes->last = number;
    return number;
}

/* Closes the gap at `at`: an entry that follows without a gap and may be there moves up. */
static void close_gap(struct routes *routes, uint32_t at)
{
    uint32_t mask = last_slot(routes);

    for (uint32_t next = (at + 1) & mask; routes->slots[next].number != 0;
         next = (next + 1) & mask) {
        uint32_t home = home_of(routes, routes->slots[next].hash);
        if (((next - home) & mask) < ((next - at) & mask))
            continue;
        routes->slots[at] = routes->slots[next];
        at = next;
    }
    routes->slots[at] = (struct route_slot){ 0 };
}

void skf_routes_remove(struct routes *routes, uint32_t number)
{
    struct route *route = &routes->all[number];

    close_gap(routes, slot_of(routes, &route->path, hash_of(routes, &route->path.remote)));
    *route = (struct route){ .next = routes->free };
    routes->free = number;
    routes->used--;
}

const struct path *skf_routes_path(const struct routes *routes, uint32_t number)
{
    return &routes->all[number].path;
}

uint32_t skf_routes_owner(const struct routes *routes, uint32_t number)
{
    return routes->all[number].owner;
}
