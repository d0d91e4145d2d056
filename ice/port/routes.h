/*
 * routes.h - which peer is at which pair of addresses. Knows no peers: a route has an
 * owner, which is a number of the caller's.
 *
 * All memory is allocated at once. A seeded hash finds a route, and only peers that have
 * proven where they are add routes: so no flood makes the search slow.
 */
#ifndef SKF_ROUTES_H
#define SKF_ROUTES_H

#include "ice/net/address.h"
#include "ice/net/seeded_hash.h"

#include <skiff/base.h>

#define ROUTE_NONE UINT32_MAX

struct route_slot;
struct route;

struct routes {
    const skiff_allocator *memory;
    struct route_slot *slots; /* a power of two of them, a third free at least */
    struct route *all;        /* of `capacity` */
    uint32_t capacity, used, free;
    uint32_t last; /* the one that was found or added last */
    unsigned bits; /* of the number of slots */
    struct hash_key hash_key;
};

/* Space for `capacity` routes, at most 2^30; false without memory. */
SKIFF_MUST_USE bool skf_routes_init(struct routes *routes, const skiff_allocator *memory,
                                    uint32_t capacity, const struct hash_key *key);
void skf_routes_clear(struct routes *routes);

/* Before many routes are found: fetches into the caches, and changes nothing. First the
 * slot of a remote address, and the result is its hash. Then the route that has this hash,
 * or ROUTE_NONE: it may be another's, with the same hash. And a route by its number. */
uint32_t skf_routes_fetch_slot(const struct routes *routes, const union address *remote);
uint32_t skf_routes_fetch(const struct routes *routes, uint32_t hash);
void skf_routes_fetch_path(const struct routes *routes, uint32_t number);

/* The number of a route, or ROUTE_NONE. */
uint32_t skf_routes_find(struct routes *routes, const struct path *path);

/* Adds a route that is not there yet; ROUTE_NONE if all are in use. */
uint32_t skf_routes_add(struct routes *routes, const struct path *path, uint32_t owner);
void skf_routes_remove(struct routes *routes, uint32_t number);

const struct path *skf_routes_path(const struct routes *routes, uint32_t number);
uint32_t skf_routes_owner(const struct routes *routes, uint32_t number);

#endif
