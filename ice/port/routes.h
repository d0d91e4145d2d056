/*
 * routes.h - which peer is at which pair of addresses. Knows no peers: a route has an
 * owner, which is a number of the caller's.
 *
 * The slots are allocated at once, and the routes in blocks, as they are added. A seeded
 * hash finds a route, and only peers that have proven where they are add routes: so no
 * flood makes the search slow, or takes memory.
 */
#ifndef SKF_ROUTES_H
#define SKF_ROUTES_H

#include "ice/net/address.h"
#include "ice/net/seeded_hash.h"

#include <skiff/base.h>

#define ROUTE_NONE UINT32_MAX

/* A slot has 23 bits for the number. */
enum { ROUTE_BITS = 23, ROUTES_MAX = (1 << ROUTE_BITS) - 2 };

struct route;

struct routes {
    const skiff_allocator *memory;
    /* A power of two of them, of which a third is free at least. Each is the number of a
     * route plus one, and above that a part of its hash; 0: the slot is free. */
    uint32_t *slots;
    struct route **blocks; /* NULL: not needed yet */
    uint32_t capacity, used, free;
    uint32_t last;            /* the one that was found or added last */
    struct route *last_route; /* that one */
    unsigned bits;            /* of the number of slots */
    struct hash_key hash_key;
};

/* Space for `capacity` routes; false without memory, and for more than ROUTES_MAX. */
SKIFF_MUST_USE bool skf_routes_init(struct routes *routes, const skiff_allocator *memory,
                                    uint32_t capacity, const struct hash_key *key);
void skf_routes_clear(struct routes *routes);

/* Before many routes are found: fetches into the caches, and changes nothing. First the
 * slot of a remote address, and the result is its hash. Then the route that may have this
 * hash, or ROUTE_NONE. And a route by its number. */
uint32_t skf_routes_fetch_slot(const struct routes *routes, const union address *remote);
uint32_t skf_routes_fetch(const struct routes *routes, uint32_t hash);
void skf_routes_fetch_path(const struct routes *routes, uint32_t number);

/* The number of a route, or ROUTE_NONE. */
uint32_t skf_routes_find(struct routes *routes, const struct path *path);

/* Adds a route that is not there yet; ROUTE_NONE if all are in use, or without memory. */
uint32_t skf_routes_add(struct routes *routes, const struct path *path, uint32_t owner);
void skf_routes_remove(struct routes *routes, uint32_t number);

const struct path *skf_routes_path(const struct routes *routes, uint32_t number);
uint32_t skf_routes_owner(const struct routes *routes, uint32_t number);

#endif
