/* path_table_test.c - whatever a peer and those who copy from it do: its places hold
 * together, and it is reached where it is once it has settled. */
#include "suite.h"

#include "ice/port/port_state.h"
#include "pairs.h"

#include <stdio.h>

enum { SEEDS = 60, EVENTS = 150, PAIRS = 7, COPIES = 16 };

struct chaos {
    struct pairs pairs;
    uint32_t seed, value;
    struct captured checks[COPIES], packets[COPIES];
};

static uint32_t next(struct chaos *chaos)
{
    chaos->seed = chaos->seed * 1664525u + 1013904223u;
    return chaos->seed >> 8;
}

static struct pairs_check any_check(struct chaos *chaos)
{
    struct pairs_check check = { .use = next(chaos) % 2 == 0,
                                 .renominates = next(chaos) % 8 == 0,
                                 .priority = next(chaos) % 4 * 1000 };

    if (check.renominates)
        check.value = chaos->value += next(chaos) % 3;
    return check;
}

static void anything(struct chaos *chaos)
{
    struct pairs *pairs = &chaos->pairs;
    int pair = (int)(next(chaos) % PAIRS);
    uint32_t which = next(chaos) % COPIES;

    switch (next(chaos) % 8) {
    case 0:
        (void)pairs_check(pairs, pair, any_check(chaos));
        break;
    case 1:
        pairs_send_media(pairs, pair);
        break;
    case 2:
        pairs_write(pairs, any_check(chaos), &chaos->checks[which]);
        break;
    case 3:
        (void)pairs_replay(pairs, &chaos->checks[which]);
        break;
    case 4:
        (void)pairs_send(pairs, pair, &chaos->checks[which]);
        break;
    case 5:
        pairs_seal(pairs, &chaos->packets[which]);
        break;
    case 6:
        (void)pairs_replay(pairs, &chaos->packets[which]);
        break;
    default:
        pairs_pass(pairs, SKIFF_MSEC(next(chaos) % 4000));
    }
}

/* Each place is a route of the peer's, and no route is one twice. */
static bool holds_together(const struct pairs *pairs)
{
    const skiff_peer *peer = pairs->fixture.caller.peer;
    const struct nomination *n = &peer->nomination;
    bool holds = peer->num_routes <= PEER_ROUTES;

    for (unsigned rank = 0; rank < peer->num_routes; rank++)
        holds = holds && skf_peer_rank(peer, peer->routes[rank].route) == rank
             && skf_routes_owner(&peer->port->routes, peer->routes[rank].route)
                    == peer->slot;
    holds = holds && peer->port->routes.used == peer->num_routes;
    if (n->fallback != ROUTE_NONE)
        holds = holds && skf_peer_rank(peer, n->fallback) < peer->num_routes
             && skf_peer_rank(peer, n->fallback) != 0;
    if (n->latest != ROUTE_NONE)
        holds = holds && skf_peer_rank(peer, n->latest) < peer->num_routes;
    if (n->waiting != ROUTE_NONE)
        holds = holds && skf_peer_rank(peer, n->waiting) < peer->num_routes;
    return holds;
}

/* The peer uses one pair from now on: it nominates it once or again and again, with checks
 * each 2.5 s, and sends a packet each half second. */
static bool chooses(struct chaos *chaos, int pair, bool again)
{
    struct pairs *pairs = &chaos->pairs;
    struct pairs_check plain = { .priority = 500 }, nominate = plain;

    nominate.use = true;
    nominate.renominates = chaos->value > 0;
    for (int i = 0; i < 32; i++) {
        nominate.value = chaos->value + 1;
        if (i % 5 == 0)
            (void)pairs_check(pairs, pair, i == 0 || again ? nominate : plain);
        pairs_send_media(pairs, pair);
        pairs_pass(pairs, SKIFF_MSEC(500));
    }
    return pairs_receive(pairs) == pair;
}

static void play(uint32_t seed, bool renomination, bool again)
{
    static struct chaos chaos;
    int pair;

    chaos = (struct chaos){ .seed = seed };
    pairs_begin(&chaos.pairs, PAIRS);
    chaos.pairs.fixture.server.config.renomination = renomination;
    pairs_open(&chaos.pairs);
    caller_connect(&chaos.pairs.fixture.caller);
    for (uint32_t i = 0; i < COPIES; i++) {
        pairs_write(&chaos.pairs, any_check(&chaos), &chaos.checks[i]);
        pairs_seal(&chaos.pairs, &chaos.packets[i]);
    }
    bool held = true;
    for (int i = 0; i < EVENTS; i++) {
        anything(&chaos);
        held = held && holds_together(&chaos.pairs);
    }
    pair = (int)(next(&chaos) % PAIRS);
    bool reached = chooses(&chaos, pair, again);
    if (!held || !reached)
        printf("seed %u, renomination %d, again %d\n", seed, renomination, again);
    CU_ASSERT_TRUE(held);
    CU_ASSERT_TRUE(reached);
    pairs_end(&chaos.pairs);
}

static void path_tables_are_consistent_and_a_peer_that_chooses_is_reached(void)
{
    for (uint32_t seed = 1; seed <= SEEDS; seed++)
        play(seed, seed % 2 == 0, seed % 4 < 2);
}

CU_TestInfo path_table_tests[] = {
    TEST(path_tables_are_consistent_and_a_peer_that_chooses_is_reached), CU_TEST_INFO_NULL
};
