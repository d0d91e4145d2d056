/*
 * run.c - what happens in skiff_port_run: datagrams are told apart and given to whom they
 * are for, checks are judged, and what is due is done. Calls back through peer_events.c.
 */
#include "port.h"

#include "id.h"
#include "share.h"
#include "unknown.h"
#include "stream.h"
#include "peer_events.h"

enum { LAST_OF_STUN = 3, LAST_OF_DTLS = 63 };  /* RFC 7983 section 7 */

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
    skf_port_give_back(port, reply);
}

static void answer(skiff_port *port, uint64_t *counter, const struct path *path,
                   skiff_packet **reply)
{
    *counter += 1;
    skf_port_queue(port, path, reply);
}

/* Whoever can write addresses can repeat this at will. */
static void take_conflict(skiff_port *port, skiff_peer *peer, const struct path *path)
{
    if (skf_unknown_is_untold(port, peer))          /* it goes again as it came */
        return;
    if (peer->conflict_told != 0 && peer->conflict_told + CONFLICT_AGAIN > port->now)
        return;
    peer->conflict_told = MAX(port->now, 1);
    port->current = peer;
    skf_peer_tell_address(peer, SKIFF_PEER_CONFLICT, path);
    port->current = NULL;
}

/* What a good check has changed. */
static void tell_heard(skiff_peer *peer, const struct check *check, enum heard heard,
                       skiff_packet **reply)
{
    skiff_port *port = peer->port;
    skiff_peer *displaced = port->displaced;

    port->displaced = NULL;
    if (heard == HEARD_TAKEN) {
        count_drop(port, &port->counters.drop_taken, reply);
        take_conflict(port, peer, check->path);
        return;
    }
    answer(port, &port->counters.checks_answered, check->path, reply);
    port->current = peer;
    if (displaced != NULL)
        skf_peer_tell_address(displaced, SKIFF_PEER_DISPLACED, check->path);
    if (heard == HEARD_MOVED && port->current == peer)
        skf_peer_take_path(port, peer);
    port->current = NULL;
}

static uint32_t mark_of(const skiff_port *port, const void *bytes, size_t len)
{
    return seen_mark(mix_bytes(&port->mix, bytes, len));
}

static bool is_proven_at(const skiff_peer *peer, const struct path *path)
{
    uint32_t route = skf_routes_find(&peer->port->routes, path);
    unsigned rank = skf_peer_rank(peer, route);

    return route != ROUTE_NONE && rank < peer->num_at
           && skf_nomination_is_proven(peer, rank);
}

static struct check check_of(const skiff_port *port, const struct udp_arrival *arrival,
                             const struct stun_claim *claim, enum stun_verdict verdict)
{
    bool valued = claim->renominates && port->config.renomination;

    return (struct check){ .path = arrival->path, .priority = claim->priority,
                           .value = claim->nomination, .valued = valued,
                           .nominates = valued || verdict == STUN_NOMINATING };
}

/* What was seen before may come again from where it was first good, for its reply may have
 * been lost; there are agents, too, that use one id for all checks of a pair. But it
 * nominates only while no later nomination was taken. */
static void take_repeated(skiff_peer *peer, struct check *check, unsigned place,
                          skiff_packet **reply)
{
    uint8_t *taken = &peer->seen.taken[place];

    check->again = true;
    check->nominates &= *taken == (uint8_t)peer->nomination.taken;
    check->valued &= check->nominates;
    enum heard heard = skf_peer_heard(peer, check);
    if (check->nominates && heard != HEARD_TAKEN)
        *taken = (uint8_t)peer->nomination.taken;
    tell_heard(peer, check, heard, reply);
}

/* A check that another peer's address has kept from counting may yet come again. */
static void take_new(skiff_peer *peer, const struct check *check, uint32_t mark,
                     skiff_packet **reply)
{
    enum heard heard = skf_peer_heard(peer, check);

    if (heard != HEARD_TAKEN)
        seen_add(&peer->seen, mark, mark_of(peer->port, check->path, sizeof *check->path),
                 peer->nomination.taken);
    tell_heard(peer, check, heard, reply);
}

/* From elsewhere it is a copy, and does nothing. Where the peer is shown to be it is
 * answered and keeps it alive even so: else whoever is faster than the network with his
 * copies would end the call. */
static void judge(skiff_peer *peer, const struct udp_arrival *arrival,
                  const struct stun_claim *claim, skiff_packet **reply)
{
    skiff_port *port = peer->port;
    bool before = skf_peer_is_before(peer, claim->ours);
    uint32_t mark = mark_of(port, claim->id, STUN_ID);
    unsigned place = seen_find(&peer->seen, mark);
    bool copied = place != SEEN_NOT
                  && peer->seen.where[place]
                         != mark_of(port, arrival->path, sizeof *arrival->path);
    enum stun_verdict verdict;

    if (copied && !is_proven_at(peer, arrival->path)) {
        count_drop(port, &port->counters.drop_again, reply);
        return;
    }
    verdict = skf_stun_answer(&port->stun, claim, skf_peer_password(peer, before),
                              &arrival->path->remote, *reply);
    struct check check = check_of(port, arrival, claim, verdict);
    if (verdict == STUN_UNSIGNED) {
        count_drop(port, &port->counters.drop_integrity, reply);
    } else if (verdict == STUN_REFUSED) {
        answer(port, &port->counters.checks_refused, arrival->path, reply);
    } else if (copied) {
        check.again = true;
        check.nominates = check.valued = false;
        tell_heard(peer, &check, skf_peer_heard(peer, &check), reply);
    } else if (place != SEEN_NOT) {
        take_repeated(peer, &check, place, reply);
    } else {
        if (!before)
            skf_peer_renewed(peer);
        take_new(peer, &check, mark, reply);
    }
}

/* What came through another thread's socket is not handed over a second time. */
static bool may_hand_over(const skiff_port *port)
{
    return port->via == port->thread;
}

/* Of a ufrag that nobody has here: another thread may have it, or the owner knows it. */
static void take_nameless(skiff_port *port, const struct udp_arrival *arrival,
                          const struct stun_claim *claim, unsigned thread)
{
    if (may_hand_over(port) && skf_share_has(port, thread)) {
        skf_share_hand_over(port, thread, arrival);
        return;
    }

    skiff_peer *peer = skf_unknown_admit(port, arrival, claim);
    if (peer == NULL)
        return;
    skiff_packet *reply = skf_port_control_packet(port);
    judge(peer, arrival, claim, &reply);
    skf_unknown_end(port);
}

static void take_stun(skiff_port *port, const struct udp_arrival *arrival)
{
    skiff_bytes datagram = { arrival->packet->data, arrival->packet->len };
    struct stun_claim claim;

    if (!skf_stun_read(datagram, &claim)) {
        port->counters.drop_stun++;
        return;
    }

    unsigned thread = port->thread;
    skiff_peer *peer = skf_peer_named(port, claim.ours, &thread);
    if (peer == NULL) {
        take_nameless(port, arrival, &claim, thread);
        return;
    }
    if (!skf_peer_expects(peer, &claim)) {
        port->counters.drop_name++;
        return;
    }

    skiff_packet *reply = skf_port_control_packet(port);
    judge(peer, arrival, &claim, &reply);
}

/* Whether something newest has opened on its path in this run, where all goes on as it was:
 * more of it would change nothing. */
static bool is_proven_in_run(const skiff_peer *peer, uint32_t route)
{
    return peer->num_at > 0 && peer->at[0].route == route
           && peer->at[0].opened == peer->port->now && peer->nomination.latest == route
           && !skf_nomination_is_provisional(peer);
}

static bool is_dtls(const skiff_packet *packet)
{
    return packet->len > 0 && packet->data[0] > LAST_OF_STUN
           && packet->data[0] <= LAST_OF_DTLS;
}

/* DTLS stays borrowed until its transport was polled; media that opened is told. By then a
 * peer that is named by its id is known there. */
static void give(skiff_port *port, skiff_peer *peer, uint32_t route, skiff_packet *packet)
{
    skiff_transport *transport = peer->transport;
    bool asks = !is_proven_in_run(peer, route);
    uint32_t before = asks ? skiff_transport_newest(transport) : 0;
    skiff_kind kind = SKIFF_SPENT;
    uint32_t len = packet->len;
    if (peer->answered != 0 && is_dtls(packet))
        skf_peer_measure(peer);
    skiff_status status = skiff_transport_receive(transport, port->now, packet, &kind);
    bool newest = asks && skiff_transport_newest(transport) != before;

    if (peer->over)
        port->counters.drop_over++;
    port->current = peer;
    if (status == SKIFF_OK && kind != SKIFF_FOREIGN)
        traffic_received(&peer->traffic, len);
    if (status == SKIFF_OK && (kind == SKIFF_RTP || kind == SKIFF_RTCP)) {
        traffic_opened(&peer->traffic, packet, port->now);
        peer_tell_media(peer, packet, kind);
    } else if (kind == SKIFF_SPENT) {
        skf_peer_drive(port, peer);
    }
    if (newest && port->current == peer
        && skf_peer_opened(peer, skf_routes_find(&port->routes, port->path)))
        skf_peer_take_path(port, peer);
    port->current = NULL;
}

/* Whose connection id a datagram has, and of which thread that is; NULL when it is another,
 * and when there is no id, or nobody who has it. */
static skiff_peer *identified(const skiff_port *port, const struct udp_arrival *arrival,
                              unsigned *thread)
{
    skiff_bytes datagram = { arrival->packet->data, arrival->packet->len };
    unsigned whose;
    uint32_t place;

    *thread = port->thread;
    if (!is_dtls(arrival->packet) || !skf_id_find(&port->id_mix, datagram, &whose, &place)
        || !skf_share_gives_ids(port, whose))
        return NULL;
    *thread = whose;
    return whose == port->thread && place < port->config.peers ? port->peers[place] : NULL;
}

static void take_strange(skiff_port *port, const struct udp_arrival *arrival)
{
    unsigned thread;

    if (may_hand_over(port) && skf_share_is_elsewhere(port, arrival->path, &thread)) {
        skf_share_hand_over(port, thread, arrival);
        return;
    }
    port->counters.drop_stranger++;
}

/* An id says whose it is, whoever was at the address before (RFC 9146 section 3). */
static void take_other(skiff_port *port, const struct udp_arrival *arrival)
{
    unsigned thread;
    skiff_peer *peer = identified(port, arrival, &thread);

    if (thread != port->thread && may_hand_over(port)) {
        skf_share_hand_over(port, thread, arrival);
        return;
    }

    uint32_t route = skf_routes_find(&port->routes, arrival->path);
    skiff_peer *there = route != ROUTE_NONE
                            ? port->peers[skf_routes_owner(&port->routes, route)]
                            : NULL;
    if (peer == NULL)
        peer = there;
    if (peer == NULL) {
        take_strange(port, arrival);
        return;
    }
    arrival->packet->path = peer == there
                                ? route + UINT64_C(1)
                                : mix_bytes(&port->mix, arrival->path, sizeof(struct path));
    give(port, peer, peer == there ? route : ROUTE_NONE, arrival->packet);
}

/* By peers of other threads. */
static void tell_displaced(skiff_port *port)
{
    struct path path;
    skiff_peer *peer;

    while ((peer = skf_port_next_displaced(port, &path)) != NULL)
        skf_peer_tell_address(peer, SKIFF_PEER_DISPLACED, &path);
}

static void take(skiff_port *port, const struct udp_arrival *arrival)
{
    port->path = arrival->path;
    if (skf_shared_paths_lost(&port->elsewhere))
        tell_displaced(port);
    if (is_stun(arrival->packet))
        take_stun(port, arrival);
    else
        take_other(port, arrival);
    port->path = NULL;
}

/* --- a run ---------------------------------------------------------------------------- */

static void receive(skiff_port *port, uint32_t most)
{
    struct udp_arrival arrival;
    uint32_t taken = 0;

    port->via = port->thread;
    skf_udp_begin(port->udp, most);
    while (taken < most && skf_udp_next(port->udp, port->now, &arrival)) {
        take(port, &arrival);
        taken++;
    }
    port->more = taken == most || skf_udp_vain(port->udp) == most;
    port->evidence.unjudged += taken + skf_udp_vain(port->udp);
}

static void receive_frames(skiff_port *port, uint32_t most)
{
    struct udp_arrival arrival;
    skiff_peer *moved;

    if (port->tcp == NULL)
        return;
    skf_tcp_begin(port->tcp, port->now, most);
    while (skf_tcp_next(port->tcp, &arrival))
        take(port, &arrival);
    port->evidence.unjudged += skf_tcp_taken(port->tcp);
    port->more |= skf_tcp_pending(port->tcp);
    while ((moved = skf_stream_next_moved(port)) != NULL)
        skf_peer_take_path(port, moved);
}

/* Without TCP here it ends with its letter. */
static void take_connection(skiff_port *port, struct letter *letter)
{
    skiff_bytes sent = { letter->bytes, letter->len };

    if (port->tcp == NULL)
        return;
    skf_tcp_adopt(port->tcp, letter->fd, sent);
    letter->fd = -1;
}

static void take_letter(skiff_port *port, struct letter *letter)
{
    skiff_packet packet;
    struct udp_arrival arrival = { .packet = &packet, .path = &letter->path };

    if (letter->fd >= 0) {
        take_connection(port, letter);
        return;
    }
    if (skiff_packet_wrap(letter->bytes, letter->len, letter->room, &packet) != SKIFF_OK)
        return;
    packet.arrived = port->now;
    port->via = letter->from;
    take(port, &arrival);
}

/* What other threads have handed over. */
static void receive_letters(skiff_port *port, uint32_t most)
{
    skiff_port_group *group = port->config.group;
    struct letter *letter;
    uint32_t taken = 0;

    if (group == NULL)
        return;
    skf_group_open(group, port->thread);
    while (taken < most && (letter = skf_group_next(group, port->thread)) != NULL) {
        take_letter(port, letter);
        skf_group_throw_away(group, port->thread, letter);
        taken++;
    }
    port->more |= taken == most;
    port->evidence.unjudged += taken;
}

void skf_port_retire(skiff_port *port)
{
    skf_udp_retire(port->udp);
    receive(port, RETIRE_AT_ONCE);              /* what was read before */
    for (int round = 0; round == 0 || (port->more && round < RETIRE_ROUNDS); round++) {
        receive(port, RETIRE_AT_ONCE);
        receive_letters(port, RETIRE_AT_ONCE);      /* of its own peers: they are counted */
    }
}

static void attend_due(skiff_port *port)
{
    skiff_transport *due;

    while ((due = skiff_transport_due(port->config.shared, port->now)) != NULL)
        skf_peer_attend(port, skiff_transport_user(due));
}

/* Those that were woken before; whom this wakes comes in the next run. */
static void attend_woken(skiff_port *port)
{
    for (uint32_t left = port->woken.length; left > 0 && port->woken.head != NULL; left--) {
        skiff_peer *peer = port->woken.head->data;
        queue_unlink(&port->woken, &peer->in_woken);
        peer->woken = false;
        skf_peer_attend(port, peer);
    }
}

static void tell_silent(skiff_port *port)
{
    skiff_peer *peer;

    while ((peer = skf_port_next_silent(port)) != NULL)
        skf_peer_tell(peer, SKIFF_PEER_SILENT, (skiff_bytes){ NULL, 0 });
}

void skiff_port_run(skiff_port *port, skiff_time now, uint32_t most)
{
    port->now = MAX(port->now, now);
    tell_displaced(port);
    skf_evidence_begin(port);
    receive(port, most);
    receive_frames(port, most);
    receive_letters(port, most);
    if (skf_evidence_is_read(port)) {
        attend_due(port);
        tell_silent(port);
    }
    attend_woken(port);
    skf_share_ring(port);
    skiff_port_flush(port);
}
