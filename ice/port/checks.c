/* checks.c - connectivity checks that arrive: which peer they are for, whether they count,
 * and the response. path.c and nomination.c decide what a good check changes. */
#include "checks.h"

#include "admission.h"
#include "forwarding.h"
#include "peer_events.h"
#include "port_trace.h"

#define CONFLICT_AGAIN SKIFF_MSEC(5000)

static void respond(skiff_port *port, uint64_t *counter, const struct path *path,
                    skiff_packet **reply)
{
    *counter += 1;
    skf_port_queue(port, path, reply);
}

/* Anybody who can forge a source address can repeat this at will. */
static void report_conflict(skiff_port *port, skiff_peer *peer, const struct path *path)
{
    if (skf_admission_is_unreported(port, peer)) /* it is freed unreported */
        return;
    if (peer->conflict_reported != 0
        && peer->conflict_reported + CONFLICT_AGAIN > port->now)
        return;
    peer->conflict_reported = MAX(port->now, 1);
    port->current = peer;
    skf_peer_report_address(peer, SKIFF_PEER_CONFLICT, path);
    port->current = NULL;
}

static bool has_route(enum check_result result)
{
    return result != CHECK_REJECTED && result != CHECK_NO_SPACE;
}

/* Reports what a good check has changed. */
static void report_check(skiff_peer *peer, const struct check *check,
                         enum check_result result, skiff_packet **reply)
{
    skiff_port *port = peer->port;
    skiff_peer *displaced = port->displaced;

    port->displaced = NULL;
    if (result == CHECK_REJECTED) {
        PORT_DROP(port, peer, drop_address_in_use);
        skf_port_release_packet(port, reply);
        report_conflict(port, peer, check->path);
        return;
    }
    if (result == CHECK_NO_SPACE) {
        PORT_DROP(port, peer, drop_no_route);
        skf_port_release_packet(port, reply);
        return;
    }
    respond(port, &port->counters.checks_succeeded, check->path, reply);
    port->current = peer;
    if (displaced != NULL)
        skf_peer_report_address(displaced, SKIFF_PEER_DISPLACED, check->path);
    if (result == CHECK_MOVED && port->current == peer)
        skf_peer_report_path(port, peer);
    port->current = NULL;
}

static uint32_t mark_of(const skiff_port *port, const struct stun_check *request)
{
    return check_replay_mark(seeded_hash(&port->hash_key, request->id, STUN_ID));
}

static uint32_t source_of(const skiff_port *port, const struct path *path)
{
    return check_replay_source(seeded_hash(&port->hash_key, path, sizeof *path));
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

/* A check that was seen before may come again from its first address: the response may have
 * been lost, and some agents use one id for all checks of a pair. But it nominates only
 * while no later nomination was applied. */
static void accept_repeated(skiff_peer *peer, struct check *check, unsigned index,
                            skiff_packet **reply)
{
    check->repeated = true;
    check->nominates &= check_replay_is_latest(&peer->replay, index);
    check->has_value &= check->nominates;
    enum check_result result = skf_peer_on_check(peer, check);
    if (check->nominates && has_route(result))
        check_replay_set_latest(&peer->replay, index);
    report_check(peer, check, result, reply);
}

/* A check without a route did not count, and may count when it comes again. */
static void accept_new(skiff_peer *peer, const struct check *check, uint32_t mark,
                       skiff_packet **reply)
{
    enum check_result result = skf_peer_on_check(peer, check);

    if (has_route(result))
        check_replay_add(&peer->replay, mark, source_of(peer->port, check->path));
    report_check(peer, check, result, reply);
}

static const char *verdict_name(enum stun_verdict verdict)
{
    switch (verdict) {
    case STUN_WRONG_INTEGRITY:
        return "wrong password";
    case STUN_REFUSED:
        return "refused";
    case STUN_NOMINATING:
        return "nominating";
    case STUN_GOOD:
        return "good";
    }
    return NULL;
}

/* From another address a repeated check is a copy, and does nothing. From an address where
 * the peer is proven to be it has a response and keeps the peer alive: else an attacker
 * whose copies are faster than the network would end the call. */
static void handle_check(skiff_peer *peer, const struct udp_arrival *arrival,
                         const struct stun_check *request, skiff_packet **reply)
{
    skiff_port *port = peer->port;
    bool before = skf_peer_is_previous_ufrag(peer, request->ours);
    uint32_t mark = mark_of(port, request);
    unsigned index = check_replay_find(&peer->replay, mark);
    bool copied =
        index != REPLAY_NONE
        && !check_replay_is_from(&peer->replay, index, source_of(port, arrival->path));
    enum stun_verdict verdict;

    if (copied && !is_proven_at(peer, arrival->path)) {
        PORT_TRACE(port, peer, .event = SKIFF_TRACE_STUN_CHECK, .what = "copy",
                   .path = port_trace_path(port, arrival->path));
        PORT_DROP(port, peer, drop_replayed_check);
        skf_port_release_packet(port, reply);
        return;
    }
    verdict = skf_stun_respond(&port->stun, request, skf_peer_password(peer, before),
                               &arrival->path->remote, *reply);
    PORT_TRACE(port, peer, .event = SKIFF_TRACE_STUN_CHECK, .what = verdict_name(verdict),
               .path = port_trace_path(port, arrival->path), .number = request->priority);
    struct check check = check_of(port, arrival, request, verdict);
    if (verdict == STUN_WRONG_INTEGRITY) {
        PORT_DROP(port, peer, drop_integrity);
        skf_port_release_packet(port, reply);
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

/* No peer here has the ufrag: another thread may have it, or the owner knows it. */
static void handle_unknown_ufrag(skiff_port *port, const struct udp_arrival *arrival,
                                 const struct stun_check *request, unsigned thread)
{
    if (forward_is_allowed(port) && skf_forward_has_thread(port, thread)) {
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

void skf_check_receive(skiff_port *port, const struct udp_arrival *arrival)
{
    skiff_bytes datagram = { arrival->packet->data, arrival->packet->len };
    struct stun_check request;

    if (!skf_stun_read(datagram, &request)) {
        PORT_DROP(port, NULL, drop_stun);
        return;
    }

    unsigned thread = port->thread;
    skiff_peer *peer = skf_peer_find(port, request.ours, &thread);
    if (peer == NULL) {
        handle_unknown_ufrag(port, arrival, &request, thread);
        return;
    }
    if (!skf_peer_accepts_ufrags(peer, &request)) {
        PORT_DROP(port, peer, drop_ufrag);
        return;
    }

    skiff_packet *reply = skf_port_take_control_packet(port);
    handle_check(peer, arrival, &request, &reply);
}
