/* prefetch.c - what media touches of many peers comes into the caches together: their
 * routes, themselves, their transports. Each step is for all of them, and finds what the
 * last one has fetched. */
#include "prefetch.h"

/* The state of so few peers stays in the caches. */
enum { PEERS_FEW = 256, DATAGRAMS_FEW = 4 };

static void fetch_peer(const skiff_peer *peer)
{
    const char *at = (const char *)peer;

    for (size_t i = PEER_HOT; i < PEER_HOT_END; i += 64)
        __builtin_prefetch(at + i, 1);
    __builtin_prefetch(at + PEER_HOT_END - 1, 1);
}

/* Whose media the addresses are: the result is how many peers. */
static uint32_t find_peers(const skiff_port *port, const union address *remotes,
                           uint32_t num, skiff_peer **peers)
{
    uint32_t hashes[UDP_READS], routes[UDP_READS], found = 0;

    for (uint32_t i = 0; i < num; i++)
        hashes[i] = skf_routes_fetch_slot(&port->routes, &remotes[i]);
    for (uint32_t i = 0; i < num; i++)
        routes[i] = skf_routes_fetch(&port->routes, hashes[i]);
    for (uint32_t i = 0; i < num; i++)
        if (routes[i] != ROUTE_NONE)
            routes[found++] = skf_routes_owner(&port->routes, routes[i]);
    for (uint32_t i = 0; i < found; i++)
        __builtin_prefetch(&port->peers[routes[i]]);
    for (uint32_t i = 0; i < found; i++) {
        peers[i] = port->peers[routes[i]];
        fetch_peer(peers[i]);
    }
    return found;
}

static void fetch_transports(skiff_peer *const *peers, uint32_t num,
                             skiff_direction direction)
{
    skiff_transport *transports[UDP_READS];

    for (uint32_t i = 0; i < num; i++)
        transports[i] = peers[i]->transport;
    skiff_transport_prefetch(transports, num, direction);
}

void skf_port_prefetch(skiff_port *port)
{
    union address remotes[UDP_READS];
    skiff_peer *peers[UDP_READS];
    uint32_t num;

    if (port->config.peers - port->num_vacant <= PEERS_FEW)
        return;
    num = skf_udp_media_ahead(port->udp, remotes);
    if (num < DATAGRAMS_FEW)
        return;
    fetch_transports(peers, find_peers(port, remotes, num, peers), SKIFF_INCOMING);
}

static void fetch_some(skiff_peer *const *peers, uint32_t num)
{
    for (uint32_t i = 0; i < num; i++)
        fetch_peer(peers[i]);
    for (uint32_t i = 0; i < num; i++)
        if (peers[i]->num_routes > 0)
            skf_routes_fetch_path(&peers[i]->port->routes, peers[i]->routes[0].route);
    fetch_transports(peers, num, SKIFF_OUTGOING);
}

void skiff_peer_prefetch(skiff_peer *const *peers, size_t num)
{
    for (size_t i = 0; i < num; i += UDP_READS)
        fetch_some(peers + i, (uint32_t)MIN(num - i, (size_t)UDP_READS));
}
