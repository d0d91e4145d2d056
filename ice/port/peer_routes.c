/* peer_routes.c - the routes of a peer, of which the first is its path, and whether it may
 * be sent to. Changes nothing but their order; what is queued leaves before. */
#include "port_state.h"

#define DEFAULT_CONSENT SKIFF_MSEC(30000) /* RFC 7675 5.1 */
#define MAX_CONSENT     (SKIFF_NEVER / 4) /* is added to times */

bool skf_peer_is_open(const skiff_peer *peer)
{
    return peer->num_routes > 0 && !peer->consent_lost;
}

const struct path *skf_peer_path(const skiff_peer *peer)
{
    return skf_routes_path(&peer->port->routes, peer->routes[0].route);
}

unsigned skf_peer_rank(const skiff_peer *peer, uint32_t route)
{
    unsigned rank = 0;

    while (rank < peer->num_routes && peer->routes[rank].route != route)
        rank++;
    return rank;
}

bool skf_peer_has_path(const skiff_peer *peer, const struct path *path)
{
    uint32_t number = skf_routes_find(&peer->port->routes, path);

    return number != ROUTE_NONE && skf_peer_rank(peer, number) < peer->num_routes;
}

/* The queue is by path: packets for the next path could overtake those for this one. */
void skf_peer_leave_path(skiff_peer *peer)
{
    skiff_port_flush(peer->port);
}

void skf_peer_put_first(skiff_peer *peer, unsigned rank)
{
    struct peer_route entry = peer->routes[rank];

    skf_peer_leave_path(peer);
    memmove(peer->routes + 1, peer->routes, rank * sizeof *peer->routes);
    peer->routes[0] = entry;
}

skiff_time skf_peer_consent(const skiff_peer *peer)
{
    skiff_time consent = peer->port->config.consent;

    return consent != 0 ? MIN(consent, MAX_CONSENT) : DEFAULT_CONSENT;
}
