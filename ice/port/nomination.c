/*
 * nomination.c - which of its routes a peer is reached at: nominations, their proof, and
 * peers that move without one. Knows no datagrams.
 *
 * A check can be copied on its way and sent from elsewhere, before it arrives or long
 * after. A packet that opens and is newer than all before it cannot be had by copying: it
 * proves that the peer sends from where it came. docs/paths.md has the rules and the
 * attacks.
 */
#include "port_state.h"

/* An aggressive agent has nominated all its pairs once more within this time: libnice and
 * libwebrtc repeat a check after 0.5 s at most. */
#define STILL_NOMINATING SKIFF_MSEC(1200)

/* A peer whose old path still delivers has sent from the new one by then. */
#define PROOF_TIME SKIFF_MSEC(2000)

/* After a nomination that nothing proved, others need their proof first, for this time. */
#define HOLD_TIME SKIFF_MSEC(300000)

/* How long checks alone keep a path alive that nothing has proven. */
#define UNPROVEN_LIFE SKIFF_MSEC(120000)

bool skf_nomination_is_proven(const skiff_peer *peer, unsigned rank)
{
    const struct peer_route *entry = &peer->routes[rank];

    return entry->opened_at != 0
        && entry->opened_at + skf_peer_consent(peer) > peer->port->now;
}

bool skf_nomination_is_provisional(const skiff_peer *peer)
{
    return peer->nomination.provisional;
}

void skf_nomination_try(skiff_peer *peer, uint32_t fallback)
{
    struct nomination *n = &peer->nomination;

    n->provisional = true;
    n->fallback = fallback;
    n->since = peer->port->now;
    n->previous_value = n->value;
    n->previous_valued = n->has_value;
}

bool skf_nomination_keeps_alive(const skiff_peer *peer)
{
    if (skf_nomination_is_provisional(peer))
        return peer->nomination.since + UNPROVEN_LIFE > peer->port->now;
    return !peer->connected || peer->routes[0].opened_at != 0;
}

/* The path is given up before a newest packet has opened from there. */
static void end_provisional(skiff_peer *peer)
{
    struct nomination *n = &peer->nomination;

    if (!skf_nomination_is_provisional(peer))
        return;
    n->provisional = false;
    n->fallback = ROUTE_NONE;
    n->held_until = peer->port->now + HOLD_TIME;
    n->value = n->previous_value;
    n->has_value = n->previous_valued;
}

void skf_nomination_fail(skiff_peer *peer)
{
    unsigned rank = skf_peer_rank(peer, peer->nomination.fallback);

    end_provisional(peer);
    peer->nomination.priority = 0;
    if (rank < peer->num_routes)
        skf_peer_put_first(peer, rank);
}

/* --- nominations ---------------------------------------------------------------------- */

/* The highest value of NOMINATION wins. A nomination without a value is lower than any. */
static bool is_renewed(const struct nomination *n, const struct check *check)
{
    return check->has_value && (!n->has_value || check->value > n->value);
}

/* RFC 5245 8.1.1.2: an agent with aggressive nomination nominates all its pairs, and the
 * one of the highest priority counts. An agent with regular nomination may move to a lower
 * one: then the old pair is not nominated any more, and the new one again or later. */
static bool outranks(const skiff_peer *peer, const struct peer_route *entry,
                     const struct check *check)
{
    const struct nomination *n = &peer->nomination;
    const struct peer_route *used = &peer->routes[0];

    return check->priority >= n->priority
        || n->nominated + STILL_NOMINATING <= peer->port->now
        || entry->last_nomination > used->last_nomination
        || used->last_check > used->last_nomination;
}

static bool wins(const skiff_peer *peer, unsigned rank, const struct check *check)
{
    const struct nomination *n = &peer->nomination;

    if (n->has_value || check->has_value)
        return is_renewed(n, check);
    if (!n->any)
        return true;
    if (skf_nomination_is_provisional(peer) && skf_nomination_is_proven(peer, rank))
        return true;
    return outranks(peer, &peer->routes[rank], check);
}

static void record_nomination(skiff_peer *peer, const struct check *check)
{
    struct nomination *n = &peer->nomination;

    n->nominated = peer->port->now;
    n->priority = check->priority;
    check_replay_nominated(&peer->replay);
    n->any = true;
    if (is_renewed(n, check))
        n->value = check->value;
    n->has_value |= check->has_value;
    if (n->waiting == peer->routes[0].route)
        n->waiting = ROUTE_NONE;
}

/* The path changes to a route that is proven. */
static void move_proven(skiff_peer *peer, unsigned rank)
{
    end_provisional(peer);
    peer->nomination.priority = 0;
    skf_peer_put_first(peer, rank);
}

/* No newest packet has opened from there: the old path stays known. */
static void move_provisional(skiff_peer *peer, unsigned rank)
{
    struct nomination *n = &peer->nomination;

    if (peer->routes[rank].route == n->fallback) {
        end_provisional(peer);
    } else if (!skf_nomination_is_provisional(peer)) {
        skf_nomination_try(peer, peer->routes[0].route);
    }
    skf_peer_put_first(peer, rank);
}

/* Before there are keys nothing can open, and a wrong path costs only time. */
static bool move(skiff_peer *peer, unsigned rank, const struct check *check)
{
    if (!peer->connected || skf_nomination_is_proven(peer, rank)) {
        move_proven(peer, rank);
        return true;
    }
    if (peer->port->now < peer->nomination.held_until) {
        peer->nomination.waiting = peer->routes[rank].route;
        peer->nomination.waiting_value = check->has_value ? check->value : 0;
        peer->port->counters.nominations_held++;
        return false;
    }
    move_provisional(peer, rank);
    return true;
}

bool skf_nomination_apply(skiff_peer *peer, unsigned rank, const struct check *check)
{
    bool won = rank == 0 || wins(peer, rank, check);

    peer->routes[rank].last_nomination = peer->nomination.num_checks;
    if (!won || (rank != 0 && !move(peer, rank, check)))
        return false;
    record_nomination(peer, check);
    return rank != 0;
}

/* An aggressive agent nominates each pair before it knows whether our responses arrive. It
 * sends DTLS where they do: what it has nominated before does not count any more. */
void skf_nomination_follow_handshake(skiff_peer *peer, unsigned rank)
{
    move_proven(peer, rank);
    check_replay_nominated(&peer->replay);
}

void skf_nomination_restart(skiff_peer *peer)
{
    struct nomination *n = &peer->nomination;

    n->any = n->has_value = false;
    n->value = n->previous_value = 0;
    n->held_until = 0;
    n->waiting = ROUTE_NONE;
    for (unsigned rank = 0; rank < peer->num_routes; rank++)
        peer->routes[rank].last_nomination = 0;
}

/* --- moves without a nomination ------------------------------------------------------- */

/* A NAT that has lost its binding gives another port of the same address. */
static bool is_rebinding(const struct path *from, const struct path *to)
{
    union address remote = to->remote;

    if (from->connection != 0 || to->connection != 0)
        return false;
    if (remote.any.sa_family == AF_INET6)
        remote.six.sin6_port = from->remote.six.sin6_port;
    else
        remote.four.sin_port = from->remote.four.sin_port;
    return address_equal(&from->remote, &remote) && address_equal(&from->local, &to->local);
}

/* With keys: the peer sends from there. Before: it has nominated that route, and checks it
 * now. */
static bool is_in_use(const skiff_peer *peer, const struct peer_route *entry)
{
    if (!peer->connected)
        return entry->last_nomination != 0
            && entry->last_check == peer->nomination.num_checks;
    return entry->opened_at != 0 && entry->route == peer->nomination.latest;
}

/* With keys: nothing has ever opened on the path. */
static bool gives_way(const skiff_peer *peer)
{
    return peer->connected && peer->routes[0].opened_at == 0;
}

/* The peer uses that route, and checks it. Its path is given up when it is quiet; at once
 * if nothing has ever opened there, or if only the port differs and the old path was not
 * checked since. */
bool skf_nomination_follow(skiff_peer *peer, unsigned rank)
{
    const struct routes *routes = &peer->port->routes;
    const struct peer_route *entry = &peer->routes[rank], *used = &peer->routes[0];

    if (rank == 0 || skf_nomination_is_provisional(peer) || entry->last_check == 0
        || !is_in_use(peer, entry))
        return false;
    if (!gives_way(peer)
        && MAX(used->checked_at, used->opened_at) + PATH_QUIET > peer->port->now
        && (entry->added_check <= used->last_check
            || !is_rebinding(skf_routes_path(routes, used->route),
                             skf_routes_path(routes, entry->route))))
        return false;
    move_proven(peer, rank);
    return true;
}

/* A nomination that waited for its proof has it now. */
static void apply_waiting(skiff_peer *peer, unsigned rank)
{
    uint32_t value = peer->nomination.waiting_value;
    const struct check check = { .has_value = value != 0, .value = value };

    move_proven(peer, rank);
    record_nomination(peer, &check);
}

/* Something newest has come from another route, and nothing from the path on trial. */
static bool revert(skiff_peer *peer, uint32_t route)
{
    unsigned rank = skf_peer_rank(peer, route);
    bool goes_back = peer->nomination.fallback != ROUTE_NONE;

    if (peer->nomination.since + PROOF_TIME > peer->port->now
        || (!goes_back && peer->routes[rank].last_check == 0))
        return false;
    peer->port->counters.paths_reverted++;
    if (!goes_back) {
        move_proven(peer, rank);
        return true;
    }
    skf_nomination_fail(peer);
    (void)skf_nomination_follow(peer, skf_peer_rank(peer, route));
    return true;
}

/* For a path on trial this is the end, if what came from elsewhere came late enough. */
bool skf_nomination_on_opened(skiff_peer *peer, unsigned rank)
{
    struct nomination *n = &peer->nomination;
    uint32_t route = peer->routes[rank].route;

    if (rank == 0) {
        n->provisional = false;
        n->fallback = ROUTE_NONE;
        return false;
    }
    if (n->waiting == route) {
        apply_waiting(peer, rank);
        return true;
    }
    return skf_nomination_is_provisional(peer) ? revert(peer, route)
                                               : skf_nomination_follow(peer, rank);
}
