/* routes_test.c - many routes, found again, and gone when they were removed. */
#include "suite.h"

#include "ice/port/routes.h"

#include <arpa/inet.h>
#include <stdlib.h>

static const struct hash_key hash_seed = { UINT64_C(0x1234567890abcdef),
                                           UINT64_C(0xfedcba098765432) };

static struct path path_of(uint32_t host, uint16_t port)
{
    struct sockaddr_in remote = { .sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr = { htonl(host) } };
    struct sockaddr_in local = { .sin_family = AF_INET,
                                 .sin_port = htons(5000),
                                 .sin_addr = { htonl(INADDR_LOOPBACK) } };
    struct path path = { .connection = 0 };

    CU_ASSERT_TRUE(skf_address_from_sockaddr(&remote, &path.remote));
    CU_ASSERT_TRUE(skf_address_from_sockaddr(&local, &path.local));
    return path;
}

static void routes_are_found_by_both_addresses(void)
{
    struct routes routes;
    struct path path = path_of(0x7f000001, 4000), other = path_of(0x7f000001, 4001);

    CU_ASSERT_TRUE_FATAL(skf_routes_init(&routes, NULL, 8, &hash_seed));
    CU_ASSERT_EQUAL(skf_routes_find(&routes, &path), ROUTE_NONE);
    uint32_t route = skf_routes_add(&routes, &path, 42);
    CU_ASSERT_EQUAL(skf_routes_find(&routes, &path), route);
    CU_ASSERT_EQUAL(skf_routes_owner(&routes, route), 42);
    CU_ASSERT_TRUE(path_equal(skf_routes_path(&routes, route), &path));
    CU_ASSERT_EQUAL(skf_routes_find(&routes, &other), ROUTE_NONE);
    other = path;
    other.local.four.sin_addr.s_addr = htonl(0x7f000002);
    CU_ASSERT_EQUAL(skf_routes_find(&routes, &other), ROUTE_NONE);
    skf_routes_clear(&routes);
}

static void a_route_that_was_removed_is_not_found(void)
{
    struct routes routes;
    struct path path = path_of(0x7f000001, 4000);

    CU_ASSERT_TRUE_FATAL(skf_routes_init(&routes, NULL, 1, &hash_seed));
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t route = skf_routes_add(&routes, &path, i);
        CU_ASSERT_EQUAL(skf_routes_find(&routes, &path), route);
        skf_routes_remove(&routes, route);
        CU_ASSERT_EQUAL(skf_routes_find(&routes, &path), ROUTE_NONE);
    }
    skf_routes_clear(&routes);
}

static void full_routes_accept_no_more_and_lose_none(void)
{
    struct routes routes;

    CU_ASSERT_TRUE_FATAL(skf_routes_init(&routes, NULL, 100, &hash_seed));
    for (uint16_t i = 0; i < 100; i++) {
        struct path path = path_of(0x7f000001, i);
        CU_ASSERT_NOT_EQUAL(skf_routes_add(&routes, &path, i), ROUTE_NONE);
    }
    struct path more = path_of(0x7f000001, 100);
    CU_ASSERT_EQUAL(skf_routes_add(&routes, &more, 100), ROUTE_NONE);
    for (uint16_t i = 0; i < 100; i++) {
        struct path path = path_of(0x7f000001, i);
        CU_ASSERT_EQUAL(skf_routes_owner(&routes, skf_routes_find(&routes, &path)), i);
    }
    skf_routes_clear(&routes);
}

enum { MANY = 3000, STEPS = 60000 };

/* Against a plain array, at any filling and with neighbours that hash alike. */
static void what_was_added_and_not_removed_is_what_is_found(void)
{
    static uint32_t number[MANY];
    struct routes routes;
    uint32_t seed = 1;

    for (uint32_t i = 0; i < MANY; i++)
        number[i] = ROUTE_NONE;
    CU_ASSERT_TRUE_FATAL(skf_routes_init(&routes, NULL, MANY, &hash_seed));
    for (uint32_t step = 0; step < STEPS; step++) {
        seed = seed * 1664525u + 1013904223u;
        uint32_t i = (seed >> 8) % MANY;
        struct path path = path_of(0x0a000000 + i / 7, (uint16_t)(i % 7));
        CU_ASSERT_EQUAL(skf_routes_find(&routes, &path), number[i]);
        if (number[i] == ROUTE_NONE) {
            number[i] = skf_routes_add(&routes, &path, i);
        } else {
            CU_ASSERT_EQUAL(skf_routes_owner(&routes, number[i]), i);
            skf_routes_remove(&routes, number[i]);
            number[i] = ROUTE_NONE;
        }
    }
    skf_routes_clear(&routes);
}

/* Allocates as often as it may. */
static void *acquire_some(void *user, size_t size)
{
    unsigned *left = user;

    if (*left == 0)
        return NULL;
    --*left;
    return malloc(size);
}

static void release_some(void *user, void *block, size_t size)
{
    (void)user, (void)size;
    free(block);
}

/* The routes that are there stay, and when there is memory again others follow. */
static void a_route_without_memory_is_refused_and_loses_none(void)
{
    unsigned left = 3; /* two tables, and the first block */
    const skiff_allocator memory = { acquire_some, release_some, &left };
    struct routes routes;
    struct path refused;
    uint32_t added = 0;

    CU_ASSERT_TRUE_FATAL(skf_routes_init(&routes, &memory, MANY, &hash_seed));
    for (; added < MANY; added++) {
        refused = path_of(0x7f000001, (uint16_t)added);
        if (skf_routes_add(&routes, &refused, added) == ROUTE_NONE)
            break;
    }
    CU_ASSERT_TRUE(added > 0 && added < MANY);
    CU_ASSERT_EQUAL(skf_routes_find(&routes, &refused), ROUTE_NONE);
    left = 1;
    CU_ASSERT_EQUAL(skf_routes_add(&routes, &refused, added), added);
    for (uint32_t i = 0; i <= added; i++) {
        struct path path = path_of(0x7f000001, (uint16_t)i);
        CU_ASSERT_EQUAL(skf_routes_owner(&routes, skf_routes_find(&routes, &path)), i);
    }
    skf_routes_clear(&routes);
}

static void more_routes_than_a_slot_can_number_are_refused(void)
{
    struct routes routes;

    CU_ASSERT_FALSE(skf_routes_init(&routes, NULL, ROUTES_MAX + 1, &hash_seed));
    skf_routes_clear(&routes);
}

CU_TestInfo routes_tests[] = {
    TEST(routes_are_found_by_both_addresses),
    TEST(a_route_that_was_removed_is_not_found),
    TEST(full_routes_accept_no_more_and_lose_none),
    TEST(what_was_added_and_not_removed_is_what_is_found),
    TEST(a_route_without_memory_is_refused_and_loses_none),
    TEST(more_routes_than_a_slot_can_number_are_refused),
    CU_TEST_INFO_NULL,
};
