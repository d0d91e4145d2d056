/*
 * peer_events.c - what is reported of a peer. Only this file calls back, except for the
 * hook that admission.c calls.
 *
 * A callback may free its peer, and any other. So nothing but `current` is used after one.
 */
#include "peer_events.h"

#include "admission.h"

static const skiff_bytes nothing = { NULL, 0 };

void skf_peer_report(skiff_peer *peer, skiff_peer_event event, skiff_bytes bytes)
{
    const skiff_port_config *config = &peer->port->config;

    if (config->on_event != NULL)
        config->on_event(config->user, peer, event, bytes);
}

/* Media that arrived before its keys. */
static void deliver_held(skiff_peer *peer)
{
    skiff_port *port = peer->port;
    skiff_packet *held;
    skiff_kind kind;

    while (port->current == peer
           && skiff_transport_take_held(peer->transport, &held, &kind)) {
        traffic_opened(&peer->traffic, held, port->now);
        peer_report_media(peer, held, kind);
        skiff_packet_release(&held);
    }
}

static void on_connected(skiff_peer *peer)
{
    skiff_port *port = peer->port;

    peer->connected = true;
    if (peer->num_routes > 0 && peer->routes[0].opened_at == 0)
        skf_nomination_try(peer, ROUTE_NONE);
    skf_peer_report(peer, SKIFF_PEER_CONNECTED, nothing);
    if (port->current == peer)
        deliver_held(peer);
}

static void on_renewed(skiff_peer *peer)
{
    skiff_port *port = peer->port;

    peer->expected = peer->renewed;
    skf_peer_report(peer, SKIFF_PEER_RENEWED, nothing);
    if (port->current == peer)
        deliver_held(peer);
}

static void on_end(skiff_peer *peer, skiff_peer_event event)
{
    peer->dtls_ended = true;
    skf_peer_renew_claim(peer);
    skf_peer_report(peer, event, nothing);
}

static void handle_event(skiff_peer *peer, skiff_dtls_event event, skiff_bytes bytes)
{
    switch (event) {
    case SKIFF_DTLS_CONNECTED:
        on_connected(peer);
        break;
    case SKIFF_DTLS_CLOSED:
        on_end(peer, SKIFF_PEER_CLOSED);
        break;
    case SKIFF_DTLS_FAILED:
        on_end(peer, SKIFF_PEER_FAILED);
        break;
    case SKIFF_DTLS_PEER_CERTIFICATE:
        skf_peer_report(peer, SKIFF_PEER_CERTIFICATE, bytes);
        break;
    case SKIFF_DTLS_DATA:
        skf_peer_report(peer, SKIFF_PEER_DATA, bytes);
        break;
    case SKIFF_DTLS_TICKET:
        skf_peer_report(peer, SKIFF_PEER_TICKET, bytes);
        break;
    case SKIFF_DTLS_MOVED:
        if (peer->port->path != NULL)
            skf_peer_on_record(peer, peer->port->path);
        break;
    case SKIFF_DTLS_HELLO:
        skf_peer_report(peer, SKIFF_PEER_HELLO, nothing);
        break;
    case SKIFF_DTLS_RENEWED:
        on_renewed(peer);
        break;
    case SKIFF_DTLS_NOT_RENEWED:
        peer->renewed = 0; /* no peer with those fingerprints has replied */
        skf_peer_report(peer, SKIFF_PEER_NOT_RENEWED, nothing);
        break;
    case SKIFF_DTLS_NOTHING:
    case SKIFF_DTLS_SEND:
        break;
    }
}

void skf_peer_poll(skiff_port *port, skiff_peer *peer)
{
    skiff_dtls_event event = SKIFF_DTLS_SEND;
    skiff_bytes bytes;

    while (port->current == peer && event != SKIFF_DTLS_NOTHING) {
        event = skf_peer_poll_once(peer, &bytes);
        handle_event(peer, event, bytes);
    }
}

/* The role may have changed: a client waits for a nomination. */
void skf_peer_run(skiff_port *port, skiff_peer *peer)
{
    if (!peer->may_send && peer->num_routes > 0)
        skf_peer_update_transport(peer);
    port->current = peer;
    skf_peer_poll(port, peer);
    port->current = NULL;
}

void skf_peer_report_address(skiff_peer *peer, skiff_peer_event event,
                             const struct path *path)
{
    char text[ADDRESS_TEXT];

    skf_address_write(&path->remote, text);
    skf_peer_report(peer, event, (skiff_bytes){ (const uint8_t *)text, strlen(text) });
}

void skf_port_report_displaced(skiff_port *port)
{
    struct path path;
    skiff_peer *peer;

    while ((peer = skf_port_next_displaced(port, &path)) != NULL)
        skf_peer_report_address(peer, SKIFF_PEER_DISPLACED, &path);
}

void skf_peer_report_path(skiff_port *port, skiff_peer *peer)
{
    skiff_bytes theirs;

    port->current = peer;
    if (skf_admission_report_due(port, peer, &theirs))
        skf_peer_report(peer, SKIFF_PEER_NEW, theirs);
    if (port->current == peer)
        skf_peer_report(peer, SKIFF_PEER_PATH, nothing);
    skf_peer_poll(port, peer);
    port->current = NULL;
}
