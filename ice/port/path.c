/*
 * path.c - the routes of a peer, and how long it lives. Never calls back.
 *
 * A route is a pair of addresses from which a good check has come. The first one is the
 * path, where the peer is reached; nomination.c decides which that is.
 */
#include "port_state.h"
#include "base/memory.h"
#include "forwarding.h"
#include "port_tcp.h"
#include "port_trace.h"

/* How often a peer that only sends media renews its claim on its path with the other
 * threads, and its consent; and how many times in the time of consent at least. */
#define CLAIM_AGAIN SKIFF_MSEC(4000)
enum { CLAIMS_IN_CONSENT = 4 };

/* What comes later than this after a response did not follow from it alone. */
#define MAX_ROUND_TRIP SKIFF_MSEC(500)

static void remove_route(skiff_peer *peer, unsigned rank)
{
    uint32_t route = peer->routes[rank].route;

    skf_port_tcp_release(peer->port, skf_routes_path(&peer->port->routes, route));
    skf_forward_drop_path(peer->port, route);
    skf_routes_remove(&peer->port->routes, route);
    peer->num_routes--;
    memmove(peer->routes + rank, peer->routes + rank + 1,
            (peer->num_routes - rank) * sizeof *peer->routes);
    if (peer->nomination.latest == route)
        peer->nomination.latest = ROUTE_NONE;
    if (peer->nomination.fallback == route)
        peer->nomination.fallback = ROUTE_NONE;
    if (peer->nomination.waiting == route)
        peer->nomination.waiting = ROUTE_NONE;
    if (peer->num_routes == 0)
        skf_peer_update_transport(peer);
}

void skf_peer_remove_routes(skiff_peer *peer)
{
    while (peer->num_routes > 0)
        remove_route(peer, peer->num_routes - 1u);
}

/* --- to which peer a route belongs ---------------------------------------------------- */

/* Anybody can send a good check of his own from the forged address of another peer. So a
 * peer that is reached there, and was active there lately, keeps the route. */
static skiff_time lives_until(const skiff_peer *peer, unsigned rank)
{
    const struct peer_route *entry = &peer->routes[rank];
    bool in_use = rank == 0 || entry->route == peer->nomination.fallback;

    if (peer->dtls_ended || peer->consent_lost || !in_use)
        return 0;
    return MAX(entry->checked_at, entry->opened_at) + PATH_QUIET;
}

/* As the other threads see it. */
static skiff_time stays_until(const skiff_peer *peer, unsigned rank)
{
    return peer->port->config.takeover == SKIFF_TAKEOVER_NEWEST ? 0
                                                                : lives_until(peer, rank);
}

void skf_peer_renew_claim(skiff_peer *peer)
{
    for (unsigned rank = 0; rank < peer->num_routes; rank++)
        skf_group_paths_claim(&peer->port->group_paths, peer->routes[rank].route,
                              stays_until(peer, rank));
}

/* Where it is reached from now on, if it is. */
static void trace_path(const skiff_peer *peer, skiff_trace_event event)
{
    if (skf_peer_is_open(peer))
        PORT_TRACE(peer->port, peer, .event = event,
                   .path = peer->routes[0].route + UINT64_C(1));
}

/* A peer that loses its path is reached nowhere, unless the path was on trial. */
static void lose_route(skiff_peer *peer, uint32_t route)
{
    bool falls_back =
        skf_peer_rank(peer, route) == 0 && skf_nomination_is_provisional(peer);

    if (falls_back)
        skf_nomination_fail(peer);

    unsigned rank = skf_peer_rank(peer, route);
    PORT_TRACE(peer->port, peer, .event = SKIFF_TRACE_PATH_LOST,
               .what = "another peer is there", .path = route + UINT64_C(1));
    if (rank == 0) {
        skf_peer_leave_path(peer);
        skf_peer_remove_routes(peer);
    } else {
        remove_route(peer, rank);
    }
    skf_peer_renew_claim(peer);
    if (falls_back)
        trace_path(peer, SKIFF_TRACE_PATH_MOVED);
}

skiff_peer *skf_port_next_displaced(skiff_port *port, struct path *path)
{
    uint32_t route;

    while ((route = skf_group_paths_next_lost(&port->group_paths)) != GROUP_PATH_NONE) {
        skiff_peer *peer = port->peers[skf_routes_owner(&port->routes, route)];
        bool lived = lives_until(peer, skf_peer_rank(peer, route)) > port->now;
        *path = *skf_routes_path(&port->routes, route);
        lose_route(peer, route);
        if (lived)
            return peer;
    }
    return NULL;
}

static bool displace(skiff_port *port, uint32_t route, bool by_check)
{
    skiff_peer *other = port->peers[skf_routes_owner(&port->routes, route)];
    bool lives = lives_until(other, skf_peer_rank(other, route)) > port->now;

    if (lives && (!by_check || port->config.takeover != SKIFF_TAKEOVER_NEWEST))
        return false;
    lose_route(other, route);
    port->displaced = lives ? other : NULL;
    return true;
}

/* The route that was idle for longest, but neither the path nor its fallback. */
static unsigned idlest(const skiff_peer *peer)
{
    unsigned found = 0;

    for (unsigned rank = 1; rank < peer->num_routes; rank++) {
        const struct peer_route *entry = &peer->routes[rank], *best = &peer->routes[found];
        if (entry->route != peer->nomination.fallback
            && (found == 0
                || MAX(entry->checked_at, entry->opened_at)
                       < MAX(best->checked_at, best->opened_at)))
            found = rank;
    }
    return found;
}

/* Space for one more route. */
static bool reserve_route(skiff_peer *peer)
{
    if (peer->routes != peer->first_routes || peer->num_routes < PEER_FIRST_ROUTES)
        return true;

    struct peer_route *more =
        skf_acquire(peer->port->memory, PEER_ROUTES * sizeof *peer->routes);
    if (more == NULL)
        return false;
    memcpy(more, peer->routes, sizeof peer->first_routes);
    peer->routes = more;
    return true;
}

enum route_result {
    ROUTE_ADDED,
    ROUTE_IN_USE,  /* another peer keeps it */
    ROUTE_NO_SPACE /* no memory, or no place for its TCP connection */
};

/* Adds a route as the peer's last. There is one more route than peers have, so that the new
 * one is certain before an old one is given up. */
static enum route_result add_route(skiff_peer *peer, const struct path *path, bool by_check)
{
    skiff_port *port = peer->port;
    uint32_t number = skf_routes_find(&port->routes, path);

    if (!reserve_route(peer))
        return ROUTE_NO_SPACE;
    if (number != ROUTE_NONE && !displace(port, number, by_check))
        return ROUTE_IN_USE;
    if (!skf_port_tcp_verify(port, path))
        return ROUTE_NO_SPACE;
    number = skf_routes_add(&port->routes, path, peer->slot);
    if (number == ROUTE_NONE || !skf_forward_add_path(port, number)) {
        skf_port_tcp_release(port, path);
        if (number == ROUTE_NONE)
            return ROUTE_NO_SPACE;
        skf_routes_remove(&port->routes, number);
        return ROUTE_IN_USE;
    }
    if (peer->num_routes == PEER_ROUTES)
        remove_route(peer, idlest(peer));
    peer->routes[peer->num_routes++] =
        (struct peer_route){ .route = number,
                             .added_check = peer->nomination.num_checks + 1 };
    return ROUTE_ADDED;
}

/* --- what comes from there ------------------------------------------------------------ */

static bool is_client(const skiff_peer *peer)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(skiff_transport_dtls(peer->transport), &info, sizeof info);
    return info.role == SKIFF_ROLE_ACTIVE;
}

/* A DTLS client sends first: only to an address that a nomination has confirmed, as the
 * source of a single check may be forged. */
void skf_peer_update_transport(skiff_peer *peer)
{
    peer->may_send |=
        peer->connected || peer->nomination.any || peer->port->config.early_client;
    skiff_transport_set_path(peer->transport, peer->port->now,
                             skf_peer_is_open(peer)
                                 && (peer->may_send || !is_client(peer)));
}

static void stay_alive(skiff_peer *peer)
{
    skiff_port *port = peer->port;

    if (!peer->consent_lost)
        queue_unlink(&port->consenting, &peer->in_consenting);
    queue_push(&port->consenting, &peer->in_consenting);
    peer->consent_lost = false;
    peer->consent_at = port->now;
}

/* Copies of old checks from elsewhere must not keep a peer alive that has left. */
static bool keeps_alive(const skiff_peer *peer, unsigned rank)
{
    return !peer->connected || skf_nomination_is_proven(peer, rank)
        || (rank == 0 && skf_nomination_keeps_alive(peer));
}

/* A check whose id was used before is news only where a newest packet has opened. */
static bool is_new(const skiff_peer *peer, unsigned rank, const struct check *check)
{
    return !check->repeated || skf_nomination_is_proven(peer, rank);
}

/* Nothing is sent to that route before a check has come from it: datagrams can be copied on
 * their way. */
void skf_peer_on_record(skiff_peer *peer, const struct path *path)
{
    if (peer->num_routes > 0 && !skf_peer_has_path(peer, path)
        && add_route(peer, path, false) == ROUTE_ADDED)
        skf_peer_renew_claim(peer);
}

/* Whether the peer can be reached now, at another address than before. */
static enum check_result reopened(skiff_peer *peer, bool open, bool moved)
{
    bool opens = skf_peer_is_open(peer);

    if (opens != open || moved || !peer->may_send)
        skf_peer_update_transport(peer);
    if (open && moved)
        peer->port->counters.paths_moved++;
    if (!opens || (open && !moved))
        return CHECK_ACCEPTED;
    trace_path(peer, open ? SKIFF_TRACE_PATH_MOVED : SKIFF_TRACE_PATH_OPENED);
    return CHECK_MOVED;
}

/* A peer that has no keys yet and no consent is reached wherever it checks from. */
static bool move(skiff_peer *peer, unsigned rank, const struct check *check)
{
    if (check->nominates)
        return skf_nomination_apply(peer, rank, check);
    if (rank == 0 || peer->connected || !peer->consent_lost)
        return skf_nomination_follow(peer, rank);
    skf_peer_put_first(peer, rank);
    return true;
}

void skf_peer_measure(skiff_peer *peer)
{
    skiff_time round_trip = peer->port->now - peer->response_at;

    if (peer->response_at != 0 && round_trip <= MAX_ROUND_TRIP)
        skiff_dtls_set_round_trip(skiff_transport_dtls(peer->transport), round_trip);
    peer->response_at = 0;
}

/* A peer that nominates has received a response, and so has a client that sends its
 * hello. */
static void expect_round_trip(skiff_peer *peer, const struct check *check)
{
    if (peer->checked && (peer->nomination.any || !check->nominates))
        return;
    skf_peer_measure(peer);
    peer->response_at = MAX(peer->port->now, 1);
}

/* Whether the path has changed. */
static bool apply_check(skiff_peer *peer, unsigned rank, const struct check *check)
{
    struct peer_route *entry = &peer->routes[rank];
    bool counts = is_new(peer, rank, check);

    if (!peer->connected)
        expect_round_trip(peer, check);
    peer->nomination.num_checks++;
    if (counts) {
        entry->checked_at = peer->port->now;
        entry->last_check = peer->nomination.num_checks;
    }
    bool moved = move(peer, rank, check);
    if (counts && keeps_alive(peer, moved ? 0 : rank))
        stay_alive(peer);
    peer->checked = true;
    return moved;
}

enum check_result skf_peer_on_check(skiff_peer *peer, const struct check *check)
{
    skiff_port *port = peer->port;
    bool open = skf_peer_is_open(peer), known = skf_peer_has_path(peer, check->path);

    if (check->repeated && !check->nominates && !known)
        return CHECK_ACCEPTED;

    enum route_result added = known ? ROUTE_ADDED : add_route(peer, check->path, true);
    if (added != ROUTE_ADDED)
        return added == ROUTE_IN_USE ? CHECK_REJECTED : CHECK_NO_SPACE;
    if (!known && peer->connected && peer->num_routes == 1)
        skf_nomination_try(peer, ROUTE_NONE);

    unsigned rank = skf_peer_rank(peer, skf_routes_find(&port->routes, check->path));
    bool moved = apply_check(peer, rank, check);
    skf_peer_renew_claim(peer);
    return reopened(peer, open, moved);
}

/* A server replies where a hello came from. A client's hello must not follow a datagram
 * that anybody can send. */
bool skf_peer_on_handshake(skiff_peer *peer, uint32_t route)
{
    unsigned rank = skf_peer_rank(peer, route);
    bool open = skf_peer_is_open(peer);

    if (peer->connected || rank == 0 || rank == peer->num_routes || is_client(peer))
        return false;
    skf_nomination_follow_handshake(peer, rank);
    skf_peer_renew_claim(peer);
    return reopened(peer, open, true) == CHECK_MOVED;
}

/* What has opened keeps the claim of the peer on its path, and its consent if the config
 * says so. That is not done for each packet. A peer without consent needs a check, too. */
static void note_opened(skiff_peer *peer, bool open)
{
    skiff_time consent = skf_peer_consent(peer), now = peer->port->now;
    skiff_time again = MIN(CLAIM_AGAIN, consent / CLAIMS_IN_CONSENT);
    const struct peer_route *used = &peer->routes[0];
    bool on_path = used->route == peer->nomination.latest;

    if (!open) {
        if (on_path && used->last_check != 0 && used->checked_at + consent > now)
            stay_alive(peer);
        return;
    }
    if (on_path && peer->port->config.media_keeps_consent
        && peer->consent_at + again <= now)
        stay_alive(peer);
    if (peer->claimed_at + again > now)
        return;
    peer->claimed_at = now;
    skf_peer_renew_claim(peer);
}

bool skf_peer_on_opened(skiff_peer *peer, uint32_t route)
{
    unsigned rank = skf_peer_rank(peer, route);
    bool open = skf_peer_is_open(peer);

    if (rank == peer->num_routes)
        return false;

    struct peer_route *entry = &peer->routes[rank];
    entry->opened_at = MAX(peer->port->now, 1);
    peer->nomination.latest = route;
    if (!peer->connected)
        return false;

    bool moved = skf_nomination_on_opened(peer, rank);
    if (moved)
        skf_peer_renew_claim(peer);
    note_opened(peer, open);
    return reopened(peer, open, moved) == CHECK_MOVED;
}

/* --- consent -------------------------------------------------------------------------- */

static skiff_time consent_deadline(const skiff_peer *peer)
{
    return peer->consent_at + skf_peer_consent(peer);
}

skiff_time skf_port_consent_deadline(const skiff_port *port)
{
    return port->consenting.head != NULL ? consent_deadline(port->consenting.head->data)
                                         : SKIFF_NEVER;
}

skiff_peer *skf_port_next_consent_lost(skiff_port *port)
{
    if (skf_port_consent_deadline(port) > port->now)
        return NULL;

    skiff_peer *peer = port->consenting.head->data;
    queue_unlink(&port->consenting, &peer->in_consenting);
    peer->consent_lost = true;
    if (skf_nomination_is_provisional(peer))
        skf_nomination_fail(peer);
    skf_peer_renew_claim(peer);
    skf_peer_update_transport(peer);
    port->counters.consent_lost++;
    PORT_TRACE(port, peer, .event = SKIFF_TRACE_CONSENT_LOST,
               .due = consent_deadline(peer));
    return peer;
}

/* Of the routes that are not the path, the proven one where a newest packet has opened
 * last. 0: there is none. */
static unsigned latest_proven(const skiff_peer *peer)
{
    unsigned found = 0;

    for (unsigned rank = 1; rank < peer->num_routes; rank++)
        if (skf_nomination_is_proven(peer, rank)
            && (found == 0 || peer->routes[rank].opened_at > peer->routes[found].opened_at))
            found = rank;
    return found;
}

/* Of the routes that are not the path, the one that was checked last. 0: none was checked
 * lately. */
static unsigned latest_checked(const skiff_peer *peer)
{
    unsigned found = 0;

    for (unsigned rank = 1; rank < peer->num_routes; rank++)
        if (peer->routes[rank].checked_at + PATH_QUIET > peer->port->now
            && (found == 0
                || peer->routes[rank].last_check > peer->routes[found].last_check))
            found = rank;
    return found;
}

/* The path is lost: the peer is reached at the route before the trial, or at the best of
 * the others. That one is on trial unless it is proven. */
static void prefer_another(skiff_peer *peer)
{
    uint32_t lost = peer->routes[0].route;

    if (skf_nomination_is_provisional(peer))
        skf_nomination_fail(peer);
    if (peer->routes[0].route != lost)
        return;

    unsigned proven = latest_proven(peer);
    unsigned best = proven != 0 ? proven : latest_checked(peer);
    if (best == 0) {
        skf_peer_remove_routes(peer);
        return;
    }
    if (peer->connected && proven == 0)
        skf_nomination_try(peer, ROUTE_NONE);
    peer->nomination.priority = 0;
    skf_peer_put_first(peer, best);
}

static skiff_peer *on_path_closed(skiff_port *port, const struct path *path)
{
    uint32_t number = skf_routes_find(&port->routes, path);

    if (number == ROUTE_NONE)
        return NULL;
    skiff_peer *peer = port->peers[skf_routes_owner(&port->routes, number)];
    unsigned rank = skf_peer_rank(peer, number);
    PORT_TRACE(port, peer, .event = SKIFF_TRACE_PATH_LOST, .what = "connection closed",
               .path = number + UINT64_C(1));
    if (rank == 0)
        prefer_another(peer);
    if (peer->num_routes > 0)
        remove_route(peer, skf_peer_rank(peer, number));
    skf_peer_renew_claim(peer);
    if (rank != 0 || !skf_peer_is_open(peer))
        return NULL;
    trace_path(peer, SKIFF_TRACE_PATH_MOVED);
    return peer;
}

skiff_peer *skf_port_next_moved(skiff_port *port)
{
    struct path path;
    skiff_peer *moved = NULL;

    while (moved == NULL && port->tcp != NULL && skf_tcp_next_ended(port->tcp, &path))
        moved = on_path_closed(port, &path);
    return moved;
}
