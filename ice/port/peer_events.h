/* peer_events.h - what is reported of a peer. Each function may free it, and any other:
 * `current` is NULL then. */
#ifndef SKF_PEER_EVENTS_H
#define SKF_PEER_EVENTS_H

#include "port_state.h"

void skf_peer_report(skiff_peer *peer, skiff_peer_event event, skiff_bytes bytes);

static inline void peer_report_media(skiff_peer *peer, skiff_packet *packet,
                                     skiff_kind kind)
{
    skiff_port *port = peer->port;

    if (port->config.on_media == NULL)
        return;
    port->lent = packet;
    port->config.on_media(port->config.user, peer, packet, kind);
    port->lent = NULL;
}

/* An event whose bytes are the remote address of a path. */
void skf_peer_report_address(skiff_peer *peer, skiff_peer_event event,
                             const struct path *path);

/* Reports the peers whose path a peer of another thread has taken. */
void skf_port_report_displaced(skiff_port *port);

/* Polls the current peer until nothing is left, or it is freed. */
void skf_peer_poll(skiff_port *port, skiff_peer *peer);

/* Makes a peer the current one and polls it. The other one also reports PATH before. */
void skf_peer_run(skiff_port *port, skiff_peer *peer);
void skf_peer_report_path(skiff_port *port, skiff_peer *peer);

#endif
