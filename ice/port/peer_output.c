/* peer_output.c - what the transport of a peer has to send: it leaves on the peer's path.
 * Reports nothing. */
#include "port_state.h"

skiff_dtls_event skf_peer_poll_once(skiff_peer *peer, skiff_bytes *bytes)
{
    skiff_port *port = peer->port;
    skiff_packet *packet = skf_port_take_control_packet(port);
    skiff_transport *transport = peer->transport;
    skiff_dtls_event event = skiff_transport_poll(transport, port->now, packet, bytes);

    if (event == SKIFF_DTLS_SEND) {
        traffic_sent(&peer->traffic, packet);
        skf_port_queue(port, skf_peer_path(peer), &packet);
    } else {
        skf_port_release_packet(port, &packet);
    }
    return event;
}

void skf_peer_drain(skiff_peer *peer)
{
    skiff_bytes ignored;

    while (skf_peer_poll_once(peer, &ignored) == SKIFF_DTLS_SEND)
        continue;
}
