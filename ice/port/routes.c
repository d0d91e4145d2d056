/* routes.c - a hash table with open addressing, and routes in blocks beside it. */
#include "routes.h"

#include "base/memory.h"

enum { BLOCK_BITS = 10, BLOCK = 1 << BLOCK_BITS };

#define NUMBER_MASK ((UINT32_C(1) << ROUTE_BITS) - 1)

struct route {
    struct path path;
    uint32_t owner; /* or, if the route is not in use, the next one that is not */
};

static struct route *route_at(const struct routes *routes, uint32_t number)
{
    return &routes->blocks[number >> BLOCK_BITS][number % BLOCK];
}

static uint32_t number_in(uint32_t slot)
{
    return (slot & NUMBER_MASK) - 1;
}

/* A slot has the part of the hash that does not say where it is. */
static uint32_t slot_value(uint32_t hash, uint32_t number)
{
    return (hash & ~NUMBER_MASK) | (number + 1);
}

static bool may_be(uint32_t slot, uint32_t hash)
{
    return ((slot ^ hash) & ~NUMBER_MASK) == 0;
}

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

/* --- memory --------------------------------------------------------------------------- */

static uint32_t num_blocks(const struct routes *routes)
{
    return (routes->capacity + BLOCK - 1) >> BLOCK_BITS;
}

/* How many routes are in a block: the last one may be shorter. */
static uint32_t block_length(const struct routes *routes, uint32_t block)
{
    uint32_t left = routes->capacity - (block << BLOCK_BITS);

    return left < BLOCK ? left : BLOCK;
}

/* The block of a route that is about to be used, as all before it were. */
static bool reserve_block(struct routes *routes, uint32_t number)
{
    uint32_t block = number >> BLOCK_BITS, length = block_length(routes, block);

    if (routes->blocks[block] != NULL)
        return true;
    struct route *made = skf_acquire(routes->memory, length * sizeof *made);
    if (made == NULL)
        return false;
    for (uint32_t i = 0; i < length; i++)
        made[i].owner = (block << BLOCK_BITS) + i + 1;
    routes->blocks[block] = made;
    return true;
}

bool skf_routes_init(struct routes *routes, const skiff_allocator *memory,
                     uint32_t capacity, const struct hash_key *key)
{
    *routes = (struct routes){
        .memory = memory, .capacity = capacity, .bits = 1, .hash_key = *key
    };
    if (capacity > ROUTES_MAX)
        return false;
    while ((UINT64_C(1) << routes->bits) * 2 < (uint64_t)capacity * 3)
        routes->bits++;
    routes->blocks = skf_acquire(memory, num_blocks(routes) * sizeof *routes->blocks);
    routes->slots = skf_acquire(memory, sizeof *routes->slots << routes->bits);
    if (routes->blocks == NULL || routes->slots == NULL || !reserve_block(routes, 0)) {
        skf_routes_clear(routes);
        return false;
    }
    routes->last_route = route_at(routes, 0);
    return true;
}

void skf_routes_clear(struct routes *routes)
{
    for (uint32_t i = 0; routes->blocks != NULL && i < num_blocks(routes); i++)
        skf_release(routes->memory, routes->blocks[i],
                    block_length(routes, i) * sizeof **routes->blocks);
    skf_release(routes->memory, routes->blocks,
                num_blocks(routes) * sizeof *routes->blocks);
    skf_release(routes->memory, routes->slots, sizeof *routes->slots << routes->bits);
    *routes = (struct routes){ 0 };
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

    while (routes->slots[at] != 0 && !may_be(routes->slots[at], hash))
        at = (at + 1) & last_slot(routes);
    if (routes->slots[at] == 0)
        return ROUTE_NONE;
    skf_routes_fetch_path(routes, number_in(routes->slots[at]));
    return number_in(routes->slots[at]);
}

void skf_routes_fetch_path(const struct routes *routes, uint32_t number)
{
    const struct route *route = route_at(routes, number);

    __builtin_prefetch(route);
    __builtin_prefetch((const char *)(route + 1) - 1);
}

/* --- finding -------------------------------------------------------------------------- */

/* The slot of a path, or the free one where it would be. */
static uint32_t slot_of(const struct routes *routes, const struct path *path, uint32_t hash)
{
    uint32_t at = home_of(routes, hash);

    while (routes->slots[at] != 0
           && (!may_be(routes->slots[at], hash)
               || !path_equal(&route_at(routes, number_in(routes->slots[at]))->path, path)))
        at = (at + 1) & last_slot(routes);
    return at;
}

static void set_last(struct routes *routes, uint32_t number)
{
    routes->last = number;
    routes->last_route = route_at(routes, number);
}

/* Datagrams come in runs, so the last route is compared first. A removed one has a path
 * that no datagram has. */
uint32_t skf_routes_find(struct routes *routes, const struct path *path)
{
    if (path_equal(&routes->last_route->path, path))
        return routes->last;

    uint32_t slot = routes->slots[slot_of(routes, path, hash_of(routes, &path->remote))];
    if (slot == 0)
        return ROUTE_NONE;
    set_last(routes, number_in(slot));
    return routes->last;
}

/* --- adding and removing -------------------------------------------------------------- */

uint32_t skf_routes_add(struct routes *routes, const struct path *path, uint32_t owner)
{
    uint32_t number = routes->free, hash = hash_of(routes, &path->remote);

    if (routes->used == routes->capacity || !reserve_block(routes, number))
        return ROUTE_NONE;
    routes->free = route_at(routes, number)->owner;
    routes->used++;
    *route_at(routes, number) = (struct route){ *path, owner };
    routes->slots[slot_of(routes, path, hash)] = slot_value(hash, number);
    set_last(routes, number);
    return number;
}

/* Closes the gap at `at`: an entry that follows without a gap and may be there moves up. */
static void close_gap(struct routes *routes, uint32_t at)
{
    uint32_t mask = last_slot(routes);

    for (uint32_t next = (at + 1) & mask; routes->slots[next] != 0;
         next = (next + 1) & mask) {
        const struct route *route = route_at(routes, number_in(routes->slots[next]));
        uint32_t home = home_of(routes, hash_of(routes, &route->path.remote));
        if (((next - home) & mask) < ((next - at) & mask))
            continue;
        routes->slots[at] = routes->slots[next];
        at = next;
    }
    routes->slots[at] = 0;
}

void skf_routes_remove(struct routes *routes, uint32_t number)
{
    struct route *route = route_at(routes, number);

    close_gap(routes, slot_of(routes, &route->path, hash_of(routes, &route->path.remote)));
    *route = (struct route){ .owner = routes->free };
    routes->free = number;
    routes->used--;
}

const struct path *skf_routes_path(const struct routes *routes, uint32_t number)
{
    return &route_at(routes, number)->path;
}

uint32_t skf_routes_owner(const struct routes *routes, uint32_t number)
{
    return route_at(routes, number)->owner;
}
