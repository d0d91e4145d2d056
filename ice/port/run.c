/*
 * run.c - what happens in skiff_port_run: datagrams are told apart and given to whom they
 * are for, checks are judged, and what is due is done. Calls back through peer_events.c.
 */
#include "port.h"

#include "connection_id.h"
#include "forwarding.h"
#include "admission.h"
#include "port_tcp.h"
#include "peer_events.h"

enum { LAST_OF_STUN = 3, LAST_OF_DTLS = 63 }; /* RFC 7983 section 7 */

/* More than a socket's buffer holds, should the kernel still give it more. */
enum { RETIRE_ROUNDS = 256, RETIRE_AT_ONCE = 1024 };

#define CONFLICT_AGAIN SKIFF_MSEC(5000)

/* --- datagrams that come -------------------------------------------------------------- */

static bool is_stun(const skiff_packet *packet)
{
    return packet->len > 0 && packet->data[0] <= LAST_OF_STUN;
}

static void count_drop(skiff_port *port, uint64_t *counter, skiff_packet **reply)
{
    *counter += 1;
    skf_port_release_packet(port, reply);
}

static void respond(skiff_port *port, uint64_t *counter, const struct path *path,
                    skiff_packet **reply)
{
    *counter += 1;
    skf_port_queue(port, path, reply);
}

/* Whoever can write addresses can repeat this at will. */
static void report_conflict(skiff_port *port, skiff_peer *peer, const struct path *path)
{
    if (skf_admission_is_unreported(port, peer)) /* it goes again as it came */
        return;
    if (peer->conflict_reported != 0
        && peer->conflict_reported + CONFLICT_AGAIN > port->now)
        return;
    peer->conflict_reported = MAX(port->now, 1);
    port->current = peer;
    skf_peer_report_address(peer, SKIFF_PEER_CONFLICT, path);
    port->current = NULL;
}

/* What a good check has changed. */
static void report_check(skiff_peer *peer, const struct check *check,
                         enum check_result result, skiff_packet **reply)
{
    skiff_port *port = peer->port;
    skiff_peer *displaced = port->displaced;

    port->displaced = NULL;
    if (result == CHECK_REJECTED) {
        count_drop(port, &port->counters.drop_taken, reply);
        report_conflict(port, peer, check->path);
        return;
    }
    respond(port, &port->counters.checks_answered, check->path, reply);
    port->current = peer;
    if (displaced != NULL)
        skf_peer_report_address(displaced, SKIFF_PEER_DISPLACED, check->path);
    if (result == CHECK_MOVED && port->current == peer)
        skf_peer_report_path(port, peer);
    port->current = NULL;
}

static uint32_t mark_of(const skiff_port *port, const void *bytes, size_t len)
{
    return check_replay_mark(seeded_hash(&port->hash_key, bytes, len));
}

static bool is_proven_at(const skiff_peer *peer, const struct path *path)
{
    uint32_t route = skf_routes_find(&peer->port->routes, path);
    unsigned rank = skf_peer_rank(peer, route);

    return route != ROUTE_NONE && rank < peer->num_routes
        && skf_nomination_is_proven(peer, rank);
}

static struct check check_of(const skiff_port *port, const struct udp_arrival *arrival,
                             const struct stun_check *request, enum stun_verdict verdict)
{
    bool has_value = request->renominates && port->config.renomination;

    return (struct check){ .path = arrival->path,
                           .priority = request->priority,
                           .value = request->nomination,
                           .has_value = has_value,
                           .nominates = has_value || verdict == STUN_NOMINATING };
}

/* What was seen before may come again from where it was first good, for its reply may have
 * been lost; there are agents, too, that use one id for all checks of a pair. But it
 * nominates only while no later nomination was taken. */
static void accept_repeated(skiff_peer *peer, struct check *check, unsigned index,
                            skiff_packet **reply)
{
    uint8_t *nominations = &peer->replay.nominations[index];

    check->repeated = true;
    check->nominates &= *nominations == (uint8_t)peer->nomination.num_applied;
    check->has_value &= check->nominates;
    enum check_result result = skf_peer_on_check(peer, check);
    if (check->nominates && result != CHECK_REJECTED)
        *nominations = (uint8_t)peer->nomination.num_applied;
    report_check(peer, check, result, reply);
}

/* A check that another peer's address has kept from counting may yet come again. */
static void accept_new(skiff_peer *peer, const struct check *check, uint32_t mark,
                       skiff_packet **reply)
{
    enum check_result result = skf_peer_on_check(peer, check);

    if (result != CHECK_REJECTED)
        check_replay_add(&peer->replay, mark,
                         mark_of(peer->port, check->path, sizeof *check->path),
                         peer->nomination.num_applied);
    report_check(peer, check, result, reply);
}

/* From elsewhere it is a copy, and does nothing. Where the peer is shown to be it is
 * answered and keeps it alive even so: else whoever is faster than the network with his
 * copies would end the call. */
static void handle_check(skiff_peer *peer, const struct udp_arrival *arrival,
                         const struct stun_check *request, skiff_packet **reply)
{
    skiff_port *port = peer->port;
    bool before = skf_peer_is_previous_ufrag(peer, request->ours);
    uint32_t mark = mark_of(port, request->id, STUN_ID);
    unsigned index = check_replay_find(&peer->replay, mark);
    bool copied = index != REPLAY_NONE
               && peer->replay.sources[index]
                      != mark_of(port, arrival->path, sizeof *arrival->path);
    enum stun_verdict verdict;

    if (copied && !is_proven_at(peer, arrival->path)) {
        count_drop(port, &port->counters.drop_replayed_check, reply);
        return;
    }
    verdict = skf_stun_respond(&port->stun, request, skf_peer_password(peer, before),
                               &arrival->path->remote, *reply);
    struct check check = check_of(port, arrival, request, verdict);
    if (verdict == STUN_UNSIGNED) {
        count_drop(port, &port->counters.drop_integrity, reply);
    } else if (verdict == STUN_REFUSED) {
        respond(port, &port->counters.checks_refused, arrival->path, reply);
    } else if (copied) {
        check.repeated = true;
        check.nominates = check.has_value = false;
        report_check(peer, &check, skf_peer_on_check(peer, &check), reply);
    } else if (index != REPLAY_NONE) {
        accept_repeated(peer, &check, index, reply);
    } else {
        if (!before)
            skf_peer_end_restart(peer);
        accept_new(peer, &check, mark, reply);
    }
}

/* What came through another thread's socket is not handed over a second time. */
static bool may_forward(const skiff_port *port)
{
    return port->received_by == port->thread;
}

/* Of a ufrag that nobody has here: another thread may have it, or the owner knows it. */
static void handle_unknown_ufrag(skiff_port *port, const struct udp_arrival *arrival,
                                 const struct stun_check *request, unsigned thread)
{
    if (may_forward(port) && skf_forward_has_thread(port, thread)) {
        skf_forward_datagram(port, thread, arrival);
        return;
    }

    skiff_peer *peer = skf_admission_admit(port, arrival, request);
    if (peer == NULL)
        return;
    skiff_packet *reply = skf_port_take_control_packet(port);
    handle_check(peer, arrival, request, &reply);
    skf_admission_end(port);
}

static void handle_stun(skiff_port *port, const struct udp_arrival *arrival)
{
    skiff_bytes datagram = { arrival->packet->data, arrival->packet->len };
    struct stun_check request;

    if (!skf_stun_read(datagram, &request)) {
        port->counters.drop_stun++;
        return;
    }

    unsigned thread = port->thread;
    skiff_peer *peer = skf_peer_find(port, request.ours, &thread);
    if (peer == NULL) {
        handle_unknown_ufrag(port, arrival, &request, thread);
        return;
    }
    if (!skf_peer_accepts_ufrags(peer, &request)) {
        port->counters.drop_ufrag++;
        return;
    }

    skiff_packet *reply = skf_port_take_control_packet(port);
    handle_check(peer, arrival, &request, &reply);
}

/* Whether something newest has opened on its path in this run, where all goes on as it was:
 * more of it would change nothing. */
static bool is_proven_in_run(const skiff_peer *peer, uint32_t route)
{
    return peer->num_routes > 0 && peer->routes[0].route == route
        && peer->routes[0].opened_at == peer->port->now && peer->nomination.latest == route
        && !skf_nomination_is_provisional(peer);
}

static bool is_dtls(const skiff_packet *packet)
{
    return packet->len > 0 && packet->data[0] > LAST_OF_STUN
        && packet->data[0] <= LAST_OF_DTLS;
}

/* DTLS stays borrowed until its transport was polled; media that opened is told. By then a
 * peer that is named by its id is known there. */
static void deliver(skiff_port *port, skiff_peer *peer, uint32_t route,
                    skiff_packet *packet)
{
    skiff_transport *transport = peer->transport;
    bool tracks = !is_proven_in_run(peer, route);
    uint32_t before = tracks ? skiff_transport_newest(transport) : 0;
    skiff_kind kind = SKIFF_CONSUMED;
    uint32_t len = packet->len;
    if (peer->response_at != 0 && is_dtls(packet))
        skf_peer_measure(peer);
    skiff_status status = skiff_transport_receive(transport, port->now, packet, &kind);
    bool newest = tracks && skiff_transport_newest(transport) != before;

    if (peer->dtls_ended)
        port->counters.drop_ended++;
    port->current = peer;
    if (status == SKIFF_OK && kind != SKIFF_OTHER)
        traffic_received(&peer->traffic, len);
    if (status == SKIFF_OK && (kind == SKIFF_RTP || kind == SKIFF_RTCP)) {
        traffic_opened(&peer->traffic, packet, port->now);
        peer_report_media(peer, packet, kind);
    } else if (kind == SKIFF_CONSUMED) {
        skf_peer_poll(port, peer);
    }
    if (newest && port->current == peer
        && skf_peer_on_opened(peer, skf_routes_find(&port->routes, port->path)))
        skf_peer_report_path(port, peer);
    port->current = NULL;
}

/* Whose connection id a datagram has, and of which thread that is; NULL when it is another,
 * and when there is no id, or nobody who has it. */
static skiff_peer *identified(const skiff_port *port, const struct udp_arrival *arrival,
                              unsigned *thread)
{
    skiff_bytes datagram = { arrival->packet->data, arrival->packet->len };
    unsigned owner;
    uint32_t slot;

    *thread = port->thread;
    if (!is_dtls(arrival->packet)
        || !skf_connection_id_find(&port->id_hash_key, datagram, &owner, &slot)
        || !skf_forward_has_ids(port, owner))
        return NULL;
    *thread = owner;
    return owner == port->thread && slot < port->config.peers ? port->peers[slot] : NULL;
}

static void handle_unknown_path(skiff_port *port, const struct udp_arrival *arrival)
{
    unsigned thread;

    if (may_forward(port) && skf_forward_find_path(port, arrival->path, &thread)) {
        skf_forward_datagram(port, thread, arrival);
        return;
    }
    port->counters.drop_stranger++;
}

/* An id says whose it is, whoever was at the address before (RFC 9146 section 3). */
static void handle_record(skiff_port *port, const struct udp_arrival *arrival)
{
    unsigned thread;
    skiff_peer *peer = identified(port, arrival, &thread);

    if (thread != port->thread && may_forward(port)) {
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

/* By peers of other threads. */
static void report_displaced(skiff_port *port)
{
    struct path path;
    skiff_peer *peer;

    while ((peer = skf_port_next_displaced(port, &path)) != NULL)
        skf_peer_report_address(peer, SKIFF_PEER_DISPLACED, &path);
}

static void dispatch(skiff_port *port, const struct udp_arrival *arrival)
{
    port->path = arrival->path;
    if (skf_group_paths_have_lost(&port->group_paths))
        report_displaced(port);
    if (is_stun(arrival->packet))
        handle_stun(port, arrival);
    else
        handle_record(port, arrival);
    port->path = NULL;
}

/* --- a run ---------------------------------------------------------------------------- */

static void receive(skiff_port *port, uint32_t most)
{
    struct udp_arrival arrival;
    uint32_t num_read = 0;

    port->received_by = port->thread;
    skf_udp_begin(port->udp, most);
    while (num_read < most && skf_udp_next(port->udp, port->now, &arrival)) {
        dispatch(port, &arrival);
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
        dispatch(port, &arrival);
    port->read_progress.num_read += skf_tcp_num_read(port->tcp);
    port->has_unread |= skf_tcp_pending(port->tcp);
    while ((moved = skf_port_tcp_next_moved(port)) != NULL)
        skf_peer_report_path(port, moved);
}

/* Without TCP here it ends with its letter. */
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
    dispatch(port, &arrival);
}

/* What other threads have handed over. */
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
        receive_messages(port, RETIRE_AT_ONCE); /* of its own peers: they are counted */
    }
}

static void run_due(skiff_port *port)
{
    skiff_transport *due;

    while ((due = skiff_transport_due(port->config.context, port->now)) != NULL)
        skf_peer_run(port, skiff_transport_user(due));
}

/* Those that were woken before; whom this wakes comes in the next run. */
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
    report_displaced(port);
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
