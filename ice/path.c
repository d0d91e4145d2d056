/*
 * path.c - where a peer is, and until when. Calls nobody back.
 *
 * The first good check says where a peer is reached. USE-CANDIDATE moves it (RFC 8445 8.2).
 * Once there was one, so does a check from where the peer never was, for who moves checks
 * from a new address and nominates nothing; and a check from anywhere, when none has come
 * on the path for long.
 */
#include "port.h"
#include "share.h"
#include "stream.h"

/* Twice the time in which a check is due (RFC 7675 5.1: 5 s, give or take a fifth). */
#define LONG SKIFF_MSEC(12000)

#define DEFAULT_CONSENT SKIFF_MSEC(30000)       /* RFC 7675 5.1 */

bool skf_peer_is_open(const skiff_peer *peer)
{
    return peer->num_at > 0 && !peer->silent;
}

const struct path *skf_peer_path(const skiff_peer *peer)
{
    return skf_routes_path(&peer->port->routes, peer->at[0].route);
}

/* Which of its routes this is; num_at for none of them. */
static unsigned rank_of(const skiff_peer *peer, uint32_t number)
{
    unsigned rank = 0;

    while (rank < peer->num_at && peer->at[rank].route != number)
        rank++;
    return rank;
}

bool skf_peer_is_at(const skiff_peer *peer, const struct path *path)
{
    uint32_t number = skf_routes_find(&peer->port->routes, path);

    return number != ROUTE_NONE && rank_of(peer, number) < peer->num_at;
}

static void forget(skiff_peer *peer, unsigned rank)
{
    skf_stream_release(peer->port, skf_routes_path(&peer->port->routes,
                                                   peer->at[rank].route));
    skf_share_drop(peer->port, peer->at[rank].route);
    skf_routes_remove(&peer->port->routes, peer->at[rank].route);
    peer->num_at--;
    memmove(peer->at + rank, peer->at + rank + 1, (peer->num_at - rank) * sizeof *peer->at);
    if (peer->num_at == 0)
        skiff_transport_set_path(peer->transport, peer->port->now, false);
}

void skf_peer_leave(skiff_peer *peer)
{
    while (peer->num_at > 0)
        forget(peer, peer->num_at - 1u);
}

void skf_port_forget_lost(skiff_port *port)
{
    uint32_t number;

    while ((number = skf_shared_paths_next_lost(&port->elsewhere)) != SHARED_PATH_NONE) {
        skiff_peer *peer = port->peers[skf_routes_owner(&port->routes, number)];
        forget(peer, rank_of(peer, number));
        skf_peer_protect(peer);
    }
}

/* Anybody can write another's address on a check of his own: who is reached there stays. */
static skiff_time stays_until(const skiff_peer *peer, unsigned rank)
{
    if (peer->silent)
        return PATH_UNWANTED;
    return rank == 0 && !peer->over ? peer->heard + LONG : PATH_FREE;
}

void skf_peer_protect(const skiff_peer *peer)
{
    for (unsigned rank = 0; rank < peer->num_at; rank++)
        skf_shared_paths_protect(&peer->port->elsewhere, peer->at[rank].route,
                                 stays_until(peer, rank));
}

static bool take_over(skiff_port *port, uint32_t number)
{
    skiff_peer *other = port->peers[skf_routes_owner(&port->routes, number)];
    unsigned rank = rank_of(other, number);

    if (stays_until(other, rank) > port->now)
        return false;
    forget(other, rank);
    skf_peer_protect(other);
    return true;
}

/* Makes a place of the peer's last route; false when another peer is there. There is one
 * more route than peers have, so that the new one is sure before an old one is given up. */
static bool arrive(skiff_peer *peer, const struct path *path)
{
    skiff_port *port = peer->port;
    uint32_t number = skf_routes_find(&port->routes, path);

    if (number != ROUTE_NONE && !take_over(port, number))
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
        forget(peer, 1);
    peer->at[peer->num_at++] = (struct at){ number };
    return true;
}

static void put_first(skiff_peer *peer, unsigned rank)
{
    struct at at = peer->at[rank];

    memmove(peer->at + 1, peer->at, rank * sizeof *peer->at);
    peer->at[0] = at;
}

static void stay_alive(skiff_peer *peer)
{
    skiff_port *port = peer->port;

    if (!peer->silent)
        g_queue_unlink(&port->heard, &peer->in_heard);
    g_queue_push_tail_link(&port->heard, &peer->in_heard);
    peer->silent = false;
    peer->checked = true;
    peer->heard = port->now;
}

/* It is not sent to there before a check has come: datagrams can be copied on their way. */
void skf_peer_met(skiff_peer *peer, const struct path *path)
{
    if (peer->num_at > 0 && !skf_peer_is_at(peer, path) && arrive(peer, path))
        skf_peer_protect(peer);
}

enum heard skf_peer_heard(skiff_peer *peer, const struct path *path, bool nominating)
{
    skiff_port *port = peer->port;
    bool open = skf_peer_is_open(peer), fresh = !skf_peer_is_at(peer, path);

    if (fresh && !arrive(peer, path))
        return HEARD_TAKEN;

    unsigned rank = rank_of(peer, skf_routes_find(&port->routes, path));
    bool moves = !open || nominating || (fresh && peer->nominated)
                 || peer->path_heard + LONG <= port->now;
    bool moved = !open || (moves && rank != 0);
    if (moved)
        put_first(peer, rank);
    if (moved || rank == 0)
        peer->path_heard = port->now;
    peer->nominated |= nominating;
    stay_alive(peer);
    skf_peer_protect(peer);
    if (!open)
        skiff_transport_set_path(peer->transport, port->now, true);
    else if (moved)
        port->counters.paths_moved++;
    return moved ? HEARD_MOVED : HEARD;
}

static skiff_time silent_at(const skiff_peer *peer)
{
    skiff_time consent = peer->port->config.consent;

    return peer->heard + (consent != 0 ? consent : DEFAULT_CONSENT);
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
    g_queue_unlink(&port->heard, &peer->in_heard);
    peer->silent = true;
    skf_peer_protect(peer);
    skiff_transport_set_path(peer->transport, port->now, false);
    port->counters.peers_silent++;
    return peer;
}

skiff_peer *skf_port_lose(skiff_port *port, const struct path *path)
{
    uint32_t number = skf_routes_find(&port->routes, path);

    if (number == ROUTE_NONE)
        return NULL;
    skiff_peer *peer = port->peers[skf_routes_owner(&port->routes, number)];
    unsigned rank = rank_of(peer, number);
    forget(peer, rank);
    skf_peer_protect(peer);
    return rank == 0 && skf_peer_is_open(peer) ? peer : NULL;
}
