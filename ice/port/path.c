/*
 * path.c - the places where a peer is, and until when it lives. Calls nobody back.
 *
 * A place is a pair of addresses from which a good check has come. The first of them is the
 * path, where the peer is reached; which that is, nomination.c says.
 */
#include "port.h"
#include "share.h"
#include "stream.h"

/* How often a peer that only sends media tells the other threads that it lives. */
#define PROTECT_AGAIN SKIFF_MSEC(4000)

/* What comes later than that after an answer did not follow from it alone. */
#define LONGEST_TRIP SKIFF_MSEC(500)

#define DEFAULT_CONSENT SKIFF_MSEC(30000)       /* RFC 7675 5.1 */
#define LONGEST_CONSENT (SKIFF_NEVER / 4)       /* is added to times */

bool skf_peer_is_open(const skiff_peer *peer)
{
    return peer->num_at > 0 && !peer->silent;
}

const struct path *skf_peer_path(const skiff_peer *peer)
{
    return skf_routes_path(&peer->port->routes, peer->at[0].route);
}

unsigned skf_peer_rank(const skiff_peer *peer, uint32_t route)
{
    unsigned rank = 0;

    while (rank < peer->num_at && peer->at[rank].route != route)
        rank++;
    return rank;
}

bool skf_peer_is_at(const skiff_peer *peer, const struct path *path)
{
    uint32_t number = skf_routes_find(&peer->port->routes, path);

    return number != ROUTE_NONE && skf_peer_rank(peer, number) < peer->num_at;
}

static void forget(skiff_peer *peer, unsigned rank)
{
    uint32_t route = peer->at[rank].route;

    skf_stream_release(peer->port, skf_routes_path(&peer->port->routes, route));
    skf_share_drop(peer->port, route);
    skf_routes_remove(&peer->port->routes, route);
    peer->num_at--;
    memmove(peer->at + rank, peer->at + rank + 1, (peer->num_at - rank) * sizeof *peer->at);
    if (peer->nomination.latest == route)
        peer->nomination.latest = ROUTE_NONE;
    if (peer->nomination.fallback == route)
        peer->nomination.fallback = ROUTE_NONE;
    if (peer->nomination.waiting == route)
        peer->nomination.waiting = ROUTE_NONE;
    if (peer->num_at == 0)
        skf_peer_gate(peer);
}

void skf_peer_leave(skiff_peer *peer)
{
    while (peer->num_at > 0)
        forget(peer, peer->num_at - 1u);
}

/* --- whose a place is ----------------------------------------------------------------- */

/* Anybody can write another's address on a check of his own: who is reached there, and was
 * heard from there lately, stays. */
static skiff_time lives_until(const skiff_peer *peer, unsigned rank)
{
    const struct at *at = &peer->at[rank];
    bool in_use = rank == 0 || at->route == peer->nomination.fallback;

    if (peer->over || peer->silent || !in_use)
        return 0;
    return MAX(at->checked, at->opened) + PATH_QUIET;
}

/* As the other threads are told. */
static skiff_time stays_until(const skiff_peer *peer, unsigned rank)
{
    return peer->port->config.takeover == SKIFF_TAKEOVER_NEWEST ? 0
                                                                : lives_until(peer, rank);
}

void skf_peer_protect(skiff_peer *peer)
{
    peer->protected = peer->port->now;
    for (unsigned rank = 0; rank < peer->num_at; rank++)
        skf_shared_paths_protect(&peer->port->elsewhere, peer->at[rank].route,
                                 stays_until(peer, rank));
}

/* Who loses the path is nowhere, unless it came there on trial. */
static void lose(skiff_peer *peer, uint32_t route)
{
    if (skf_peer_rank(peer, route) == 0 && skf_nomination_is_provisional(peer))
        skf_nomination_fail(peer);

    unsigned rank = skf_peer_rank(peer, route);
    if (rank == 0)
        skf_peer_leave(peer);
    else
        forget(peer, rank);
    skf_peer_protect(peer);
}

skiff_peer *skf_port_next_displaced(skiff_port *port, struct path *path)
{
    uint32_t route;

    while ((route = skf_shared_paths_next_lost(&port->elsewhere)) != SHARED_PATH_NONE) {
        skiff_peer *peer = port->peers[skf_routes_owner(&port->routes, route)];
        bool lived = lives_until(peer, skf_peer_rank(peer, route)) > port->now;
        *path = *skf_routes_path(&port->routes, route);
        lose(peer, route);
        if (lived)
            return peer;
    }
    return NULL;
}

static bool take_over(skiff_port *port, uint32_t route, bool by_check)
{
    skiff_peer *other = port->peers[skf_routes_owner(&port->routes, route)];
    bool lives = lives_until(other, skf_peer_rank(other, route)) > port->now;

    if (lives && (!by_check || port->config.takeover != SKIFF_TAKEOVER_NEWEST))
        return false;
    lose(other, route);
    port->displaced = lives ? other : NULL;
    return true;
}

/* The place that was quiet for longest, but neither path nor where that may go back to. */
static unsigned idlest(const skiff_peer *peer)
{
    unsigned found = 0;

    for (unsigned rank = 1; rank < peer->num_at; rank++) {
        const struct at *at = &peer->at[rank], *best = &peer->at[found];
        if (at->route != peer->nomination.fallback
            && (found == 0
                || MAX(at->checked, at->opened) < MAX(best->checked, best->opened)))
            found = rank;
    }
    return found;
}

/* Makes a place of the peer's last route; false when another peer is there. There is one
 * more route than peers have, so that the new one is sure before an old one is given up. */
static bool arrive(skiff_peer *peer, const struct path *path, bool by_check)
{
    skiff_port *port = peer->port;
    uint32_t number = skf_routes_find(&port->routes, path);

    if (number != ROUTE_NONE && !take_over(port, number, by_check))
        return false;
    if (!skf_stream_settle(port, path))
        return false;
    number = skf_routes_add(&port->routes, path, peer->place);
    if (!skf_share_claim(port, number)) {
        skf_stream_release(port, path);
        skf_routes_remove(&port->routes, number);
        return false;
    }
    if (peer->num_at == PEER_ROUTES)
        forget(peer, idlest(peer));
    peer->at[peer->num_at++] = (struct at){ .route = number,
                                            .born = peer->nomination.turn + 1 };
    return true;
}

void skf_peer_put_first(skiff_peer *peer, unsigned rank)
{
    struct at at = peer->at[rank];

    memmove(peer->at + 1, peer->at, rank * sizeof *peer->at);
    peer->at[0] = at;
}

/* --- what comes from there ------------------------------------------------------------ */

static bool is_client(const skiff_peer *peer)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(skiff_transport_dtls(peer->transport), &info, sizeof info);
    return info.role == SKIFF_ROLE_ACTIVE;
}

/* A client speaks first: to an address that a nomination has confirmed, for the source of a
 * single check may be somebody else's. */
void skf_peer_gate(skiff_peer *peer)
{
    peer->may_speak |= peer->connected || peer->nomination.any
                       || peer->port->config.early_client;
    skiff_transport_set_path(peer->transport, peer->port->now,
                             skf_peer_is_open(peer)
                                 && (peer->may_speak || !is_client(peer)));
}

static void stay_alive(skiff_peer *peer)
{
    skiff_port *port = peer->port;

    if (!peer->silent)
        queue_unlink(&port->heard, &peer->in_heard);
    queue_push(&port->heard, &peer->in_heard);
    peer->silent = false;
    peer->heard = port->now;
}

/* Copies of old checks from elsewhere must not keep alive who has gone. */
static bool keeps_alive(const skiff_peer *peer, unsigned rank)
{
    return !peer->connected || skf_nomination_is_proven(peer, rank)
           || (rank == 0 && skf_nomination_holds(peer));
}

/* Its id was used before: it is news where something newest has opened. */
static bool is_news(const skiff_peer *peer, unsigned rank, const struct check *check)
{
    return !check->again || skf_nomination_is_proven(peer, rank);
}

/* It is not sent to there before a check has come: datagrams can be copied on their way. */
void skf_peer_met(skiff_peer *peer, const struct path *path)
{
    if (peer->num_at > 0 && !skf_peer_is_at(peer, path) && arrive(peer, path, false))
        skf_peer_protect(peer);
}

/* The peer may be reached, and elsewhere than it was. */
static enum heard reopened(skiff_peer *peer, bool open, bool moved)
{
    bool opens = skf_peer_is_open(peer);

    if (opens != open || moved || !peer->may_speak)
        skf_peer_gate(peer);
    if (open && moved)
        peer->port->counters.paths_moved++;
    return opens && (!open || moved) ? HEARD_MOVED : HEARD;
}

/* A peer that has no keys yet and is reached nowhere is reached wherever it checks from. */
static bool move(skiff_peer *peer, unsigned rank, const struct check *check)
{
    if (check->nominates)
        return skf_nomination_take(peer, rank, check);
    if (rank == 0 || peer->connected || !peer->silent)
        return skf_nomination_follow(peer, rank);
    skf_peer_put_first(peer, rank);
    return true;
}

void skf_peer_measure(skiff_peer *peer)
{
    skiff_time took = peer->port->now - peer->answered;

    if (peer->answered != 0 && took <= LONGEST_TRIP)
        skiff_dtls_set_round_trip(skiff_transport_dtls(peer->transport), took);
    peer->answered = 0;
}

/* Who nominates has heard an answer, and so has a client that says its hello. */
static void expect_answer(skiff_peer *peer, const struct check *check)
{
    if (peer->checked && (peer->nomination.any || !check->nominates))
        return;
    skf_peer_measure(peer);
    peer->answered = MAX(peer->port->now, 1);
}

/* Whether it has moved the peer. */
static bool hear(skiff_peer *peer, unsigned rank, const struct check *check)
{
    struct at *at = &peer->at[rank];
    bool news = is_news(peer, rank, check);

    if (!peer->connected)
        expect_answer(peer, check);
    peer->nomination.turn++;
    if (news) {
        at->checked = peer->port->now;
        at->last = peer->nomination.turn;
    }
    bool moved = move(peer, rank, check);
    if (news && keeps_alive(peer, moved ? 0 : rank))
        stay_alive(peer);
    peer->checked = true;
    return moved;
}

enum heard skf_peer_heard(skiff_peer *peer, const struct check *check)
{
    skiff_port *port = peer->port;
    bool open = skf_peer_is_open(peer), known = skf_peer_is_at(peer, check->path);

    if (check->again && !check->nominates && !known)
        return HEARD;
    if (!known && !arrive(peer, check->path, true))
        return HEARD_TAKEN;

    unsigned rank = skf_peer_rank(peer, skf_routes_find(&port->routes, check->path));
    bool moved = hear(peer, rank, check);
    skf_peer_protect(peer);
    return reopened(peer, open, moved);
}

/* A silent peer needs a check beside it. */
bool skf_peer_opened(skiff_peer *peer, uint32_t route)
{
    unsigned rank = skf_peer_rank(peer, route);
    bool open = skf_peer_is_open(peer);

    if (rank == peer->num_at)
        return false;

    struct at *at = &peer->at[rank];
    at->opened = MAX(peer->port->now, 1);
    peer->nomination.latest = route;
    if (!peer->connected)
        return false;

    bool moved = skf_nomination_proven(peer, rank);
    at = &peer->at[0];
    if (!open && at->route == route && at->last != 0
        && at->checked + skf_peer_consent(peer) > peer->port->now)
        stay_alive(peer);
    if (moved || peer->protected + PROTECT_AGAIN <= peer->port->now)
        skf_peer_protect(peer);
    return reopened(peer, open, moved) == HEARD_MOVED;
}

/* --- silence -------------------------------------------------------------------------- */

skiff_time skf_peer_consent(const skiff_peer *peer)
{
    skiff_time consent = peer->port->config.consent;

    return consent != 0 ? MIN(consent, LONGEST_CONSENT) : DEFAULT_CONSENT;
}

static skiff_time silent_at(const skiff_peer *peer)
{
    return peer->heard + skf_peer_consent(peer);
}

skiff_time skf_port_next_silence(const skiff_port *port)
{
    return port->heard.head != NULL ? silent_at(port->heard.head->data) : SKIFF_NEVER;
}

skiff_peer *skf_port_next_silent(skiff_port *port)
{
    if (skf_port_next_silence(port) > port->now)
        return NULL;

    skiff_peer *peer = port->heard.head->data;
    queue_unlink(&port->heard, &peer->in_heard);
    peer->silent = true;
    if (skf_nomination_is_provisional(peer))
        skf_nomination_fail(peer);
    skf_peer_protect(peer);
    skf_peer_gate(peer);
    port->counters.peers_silent++;
    return peer;
}

/* Where it came from on trial, or else where something newest has opened last. */
static void prefer_another(skiff_peer *peer)
{
    unsigned best = 1;

    if (skf_nomination_is_provisional(peer)) {
        skf_nomination_fail(peer);
        return;
    }
    for (unsigned rank = 2; rank < peer->num_at; rank++)
        if (peer->at[rank].opened > peer->at[best].opened)
            best = rank;
    if (peer->num_at > 1)
        skf_peer_put_first(peer, best);
}

skiff_peer *skf_port_lose(skiff_port *port, const struct path *path)
{
    uint32_t number = skf_routes_find(&port->routes, path);

    if (number == ROUTE_NONE)
        return NULL;
    skiff_peer *peer = port->peers[skf_routes_owner(&port->routes, number)];
    unsigned rank = skf_peer_rank(peer, number);
    if (rank == 0)
        prefer_another(peer);
    forget(peer, skf_peer_rank(peer, number));
    skf_peer_protect(peer);
    return rank == 0 && skf_peer_is_open(peer) ? peer : NULL;
}
