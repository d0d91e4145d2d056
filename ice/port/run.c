/*
 * run.c - one skiff_port_run: what has arrived is read, and what is due is done. Knows no
 * datagrams from inside.
 */
#include "datagrams.h"
#include "forwarding.h"
#include "peer_events.h"
#include "prefetch.h"

/* More than a socket's buffer holds, in case the kernel still adds to it. */
enum { RETIRE_ROUNDS = 256, RETIRE_AT_ONCE = 1024 };

static void receive(skiff_port *port, uint32_t most)
{
    struct udp_arrival arrival;
    uint32_t num_read = 0;

    port->received_by = port->thread;
    skf_udp_begin(port->udp, most);
    while (num_read < most && skf_udp_next(port->udp, port->now, &arrival)) {
        if (arrival.begins_batch)
            skf_port_prefetch(port);
        skf_datagram_receive(port, &arrival);
        num_read++;
    }
    port->has_unread = num_read == most || skf_udp_num_empty(port->udp) == most;
    port->read_progress.num_read += num_read + skf_udp_num_empty(port->udp);
}

static void receive_frames(skiff_port *port, uint32_t most)
{
    struct udp_arrival arrival;
    skiff_peer *moved;

    if (port->tcp == NULL)
        return;
    skf_tcp_begin(port->tcp, port->now, most);
    while (skf_tcp_next(port->tcp, &arrival))
        skf_datagram_receive(port, &arrival);
    port->read_progress.num_read += skf_tcp_num_read(port->tcp);
    port->has_unread |= skf_tcp_pending(port->tcp);
    while ((moved = skf_port_next_moved(port)) != NULL)
        skf_peer_report_path(port, moved);
}

/* A port without TCP drops the connection: release closes it. */
static void adopt_connection(skiff_port *port, struct mailbox_message *message)
{
    skiff_bytes sent = { message->bytes, message->len };

    if (port->tcp == NULL)
        return;
    skf_tcp_attach(port->tcp, message->fd, sent);
    message->fd = -1;
}

static void handle_message(skiff_port *port, struct mailbox_message *message)
{
    skiff_packet packet;
    struct udp_arrival arrival = { .packet = &packet, .path = &message->path };

    if (message->fd >= 0) {
        adopt_connection(port, message);
        return;
    }
    if (skiff_packet_wrap(message->bytes, message->len, message->capacity, &packet)
        != SKIFF_OK)
        return;
    packet.arrived = port->now;
    port->received_by = message->sender;
    skf_datagram_receive(port, &arrival);
}

/* What other threads have forwarded. */
static void receive_messages(skiff_port *port, uint32_t most)
{
    skiff_port_group *group = port->config.group;
    struct mailbox_message *message;
    uint32_t num_read = 0;

    if (group == NULL)
        return;
    skf_mailbox_open(group, port->thread);
    while (num_read < most && (message = skf_mailbox_next(group, port->thread)) != NULL) {
        handle_message(port, message);
        skf_mailbox_release(group, port->thread, message);
        num_read++;
    }
    port->has_unread |= num_read == most;
    port->read_progress.num_read += num_read;
}

void skf_port_retire(skiff_port *port)
{
    skf_udp_retire(port->udp);
    receive(port, RETIRE_AT_ONCE); /* what was read before */
    for (int round = 0; round == 0 || (port->has_unread && round < RETIRE_ROUNDS);
         round++) {
        receive(port, RETIRE_AT_ONCE);
        receive_messages(port, RETIRE_AT_ONCE); /* for its own peers: they are counted */
    }
}

static void run_due(skiff_port *port)
{
    skiff_transport *due;

    while ((due = skiff_transport_due(port->config.context, port->now)) != NULL)
        skf_peer_run(port, skiff_transport_user(due));
}

/* The peers that were woken before. Peers that this wakes come in the next run. */
static void run_woken(skiff_port *port)
{
    for (uint32_t remaining = port->woken.length; remaining > 0 && port->woken.head != NULL;
         remaining--) {
        skiff_peer *peer = port->woken.head->data;
        queue_unlink(&port->woken, &peer->in_woken);
        peer->woken = false;
        skf_peer_run(port, peer);
    }
}

static void report_consent_lost(skiff_port *port)
{
    skiff_peer *peer;

    while ((peer = skf_port_next_consent_lost(port)) != NULL)
        skf_peer_report(peer, SKIFF_PEER_CONSENT_LOST, (skiff_bytes){ NULL, 0 });
}

void skiff_port_run(skiff_port *port, skiff_time now, uint32_t most)
{
    port->now = MAX(port->now, now);
    skf_port_report_displaced(port);
    skf_read_progress_begin(port);
    receive(port, most);
    receive_frames(port, most);
    receive_messages(port, most);
    if (skf_read_progress_is_complete(port)) {
        run_due(port);
        report_consent_lost(port);
    }
    run_woken(port);
    skf_forward_wake(port);
    skiff_port_flush(port);
}
