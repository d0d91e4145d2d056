/* datagrams.c - which peer a datagram is for that has arrived: it goes to the transport of
 * a peer, to checks.c, or to another thread. */
#include "datagrams.h"

#include "checks.h"
#include "connection_id.h"
#include "forwarding.h"
#include "peer_events.h"
#include "port_trace.h"

#include <skiff/demux.h>

static skiff_protocol protocol_of(const skiff_packet *packet)
{
    return packet->len > 0 ? skiff_protocol_of(packet->data[0]) : SKIFF_PROTOCOL_NONE;
}

/* Whether a newest packet has opened on the path in this run already, and the path is not
 * on trial: another one would change nothing. */
static bool is_proven_in_run(const skiff_peer *peer, uint32_t route)
{
    return peer->num_routes > 0 && peer->routes[0].route == route
        && peer->routes[0].opened_at == peer->port->now && peer->nomination.latest == route
        && !skf_nomination_is_provisional(peer);
}

/* DTLS stays borrowed until its transport was polled; media that opened is reported. By
 * then a peer that was found by its connection id has a route there. */
static void deliver(skiff_port *port, skiff_peer *peer, uint32_t route,
                    skiff_packet *packet)
{
    skiff_transport *transport = peer->transport;
    bool tracks = !is_proven_in_run(peer, route);
    uint32_t before = tracks ? skiff_transport_newest(transport) : 0;
    skiff_kind kind = SKIFF_CONSUMED;
    uint32_t len = packet->len;
    bool is_dtls = protocol_of(packet) == SKIFF_PROTOCOL_DTLS;
    if (peer->response_at != 0 && is_dtls)
        skf_peer_measure(peer);
    bool moved = is_dtls && skf_peer_on_handshake(peer, route);
    skiff_status status = skiff_transport_receive(transport, port->now, packet, &kind);
    bool newest = tracks && skiff_transport_newest(transport) != before;

    if (peer->dtls_ended)
        PORT_DROP(port, peer, drop_ended);
    port->current = peer;
    if (status == SKIFF_OK && kind != SKIFF_OTHER)
        traffic_received(&peer->traffic, len);
    if (status == SKIFF_OK && (kind == SKIFF_RTP || kind == SKIFF_RTCP)) {
        traffic_opened(&peer->traffic, packet, port->now);
        peer_report_media(peer, packet, kind);
    } else if (kind == SKIFF_CONSUMED) {
        skf_peer_poll(port, peer);
    }
    if (newest && port->current == peer)
        moved |= skf_peer_on_opened(peer, skf_routes_find(&port->routes, port->path));
    if (moved && port->current == peer)
        skf_peer_report_path(port, peer);
    port->current = NULL;
}

/* The peer whose connection id a datagram has, and its thread. NULL if the peer is another
 * thread's, and if there is no id, or no peer that has it. */
static skiff_peer *identified(const skiff_port *port, const struct udp_arrival *arrival,
                              unsigned *thread)
{
    skiff_bytes datagram = { arrival->packet->data, arrival->packet->len };
    unsigned owner;
    uint32_t slot;

    *thread = port->thread;
    if (protocol_of(arrival->packet) != SKIFF_PROTOCOL_DTLS
        || !skf_connection_id_find(&port->id_hash_key, datagram, &owner, &slot)
        || !skf_forward_has_ids(port, owner))
        return NULL;
    *thread = owner;
    return owner == port->thread && slot < port->config.peers ? port->peers[slot] : NULL;
}

static void handle_unknown_path(skiff_port *port, const struct udp_arrival *arrival)
{
    unsigned thread;

    if (forward_is_allowed(port) && skf_forward_find_path(port, arrival->path, &thread)) {
        skf_forward_datagram(port, thread, arrival);
        return;
    }
    PORT_DROP(port, NULL, drop_stranger);
}

/* A connection id decides, whichever peer was at the address before (RFC 9146
 * section 3). */
static void handle_record(skiff_port *port, const struct udp_arrival *arrival)
{
    unsigned thread;
    skiff_peer *peer = identified(port, arrival, &thread);

    if (thread != port->thread && forward_is_allowed(port)) {
        skf_forward_datagram(port, thread, arrival);
        return;
    }

    uint32_t route = skf_routes_find(&port->routes, arrival->path);
    skiff_peer *owner =
        route != ROUTE_NONE ? port->peers[skf_routes_owner(&port->routes, route)] : NULL;
    if (peer == NULL)
        peer = owner;
    if (peer == NULL) {
        handle_unknown_path(port, arrival);
        return;
    }
    arrival->packet->path =
        peer == owner ? route + UINT64_C(1)
                      : seeded_hash(&port->hash_key, arrival->path, sizeof(struct path));
    deliver(port, peer, peer == owner ? route : ROUTE_NONE, arrival->packet);
}

void skf_datagram_receive(skiff_port *port, const struct udp_arrival *arrival)
{
    port->path = arrival->path;
    if (skf_group_paths_have_lost(&port->group_paths))
        skf_port_report_displaced(port);
    if (protocol_of(arrival->packet) == SKIFF_PROTOCOL_STUN)
        skf_check_receive(port, arrival);
    else
        handle_record(port, arrival);
    port->path = NULL;
}
