/* dtls.c - the public handle: new, receive, poll, deadline, close. */
#include "association/actions.h"

#include "association/end.h"
#include "association/epoch.h"
#include "association/optional_state.h"
#include "association/path.h"
#include "association/post_handshake.h"
#include "association/resumption.h"
#include "association/timers.h"
#include "association/trace.h"
#include "base/memory.h"

static void set_now(skiff_dtls *dtls, skiff_time now)
{
    if (now > dtls->now) {
        dtls->now = now; /* a clock that goes back counts as the last */
        dtls->datagram.latest = false;
    }
    skf_expire_previous_keys(dtls);
}

static void set_timer(skiff_dtls *dtls)
{
    skf_wheel_arm(&dtls->context->wheel, &dtls->timer, skiff_dtls_deadline(dtls));
}

skiff_status skiff_dtls_new(skiff_context *context, skiff_role role, skiff_time now,
                            skiff_dtls **dtls)
{
    if (context == NULL || dtls == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "context, dtls: must not be NULL");
    if (role < SKIFF_ROLE_ACTIVE || role > SKIFF_ROLE_ACTPASS)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "role: not ACTIVE, PASSIVE or ACTPASS");
    if (context->claimed && !context->admits)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "context: a port has it, and makes all its handles");

    bool has_ticket_store = context->settings.tickets && role != SKIFF_ROLE_PASSIVE;
    skiff_dtls *made =
        skf_acquire(context->memory,
                    sizeof *made + optional_size(&context->settings, has_ticket_store));
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->context = context;
    made->role = (uint8_t)role;
    made->now = now;
    made->mtu = context->settings.mtu;
    made->failure.alert = ALERT_NONE;
    made->peer_identity.stored = &made->stage.expectation;
    made->peer_identity.needs_all_digests = context->settings.tickets;
    made->has_ticket_store = has_ticket_store;
    made->ack_due = SKIFF_NEVER;
    skf_flight_clear(&made->flight);
    if (cids_of(made) != NULL)
        *cids_of(made) = (struct cids){ .dtls = made, .settings = &context->settings };
    context->handles++;
    TRACE(made, .event = SKIFF_TRACE_NEW);
    set_timer(made);
    *dtls = made;
    return SKIFF_OK;
}

void skiff_dtls_free(skiff_dtls *dtls)
{
    if (dtls == NULL)
        return;
    TRACE(dtls, .event = SKIFF_TRACE_FREED);
    skf_drop_slot(dtls);
    skf_wheel_cancel(&dtls->context->wheel, &dtls->timer);
    dtls->context->handles--;
    skf_release(dtls->context->memory, dtls,
                sizeof *dtls
                    + optional_size(&dtls->context->settings, dtls->has_ticket_store));
}

skiff_status skiff_dtls_set_role(skiff_dtls *dtls, skiff_role role)
{
    if (role != SKIFF_ROLE_ACTIVE && role != SKIFF_ROLE_PASSIVE)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "role: not ACTIVE or PASSIVE");
    if (dtls->role == role)
        return SKIFF_OK;
    if (dtls->role != SKIFF_ROLE_ACTPASS || dtls->phase != WAITING_FOR_START)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "role: it is the other one, or a ClientHello has come");
    if (role == SKIFF_ROLE_ACTIVE)
        skf_drop_slot(dtls); /* a client takes no hello, nor a part of one */
    dtls->role = (uint8_t)role;
    set_timer(dtls);
    return SKIFF_OK;
}

static skiff_status apply_trust(skiff_dtls *dtls, skiff_status status)
{
    if (status != SKIFF_OK)
        return status;
    if (dtls->phase != ENDED)
        skf_end_if_refused(dtls);
    skf_connect_if_trusted(dtls);
    set_timer(dtls);
    return SKIFF_OK;
}

skiff_status skiff_dtls_expect(skiff_dtls *dtls, const skiff_fingerprint *any_of,
                               size_t num)
{
    return apply_trust(dtls, skf_peer_identity_expect(&dtls->peer_identity, any_of, num));
}

skiff_status skiff_dtls_set_trusted(skiff_dtls *dtls, bool trusted)
{
    return apply_trust(dtls, skf_peer_identity_set_trusted(&dtls->peer_identity, trusted));
}

void skiff_dtls_set_initial_timeout(skiff_dtls *dtls, skiff_time timeout)
{
    dtls->initial_timeout = timeout;
}

void skiff_dtls_set_round_trip(skiff_dtls *dtls, skiff_time round_trip)
{
    if (round_trip == 0 || (dtls->round_trip != 0 && !dtls->round_trip_is_given))
        return;
    dtls->round_trip = round_trip;
    dtls->round_trip_is_given = true;
}

skiff_status skiff_dtls_set_mtu(skiff_dtls *dtls, uint16_t mtu)
{
    if (mtu < SMALLEST_MTU || mtu > LARGEST_MTU)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "mtu: ", mtu,
                                      " is outside 228..65,507");
    dtls->mtu = mtu;
    dtls->nothing_fits = false;
    set_timer(dtls);
    return SKIFF_OK;
}

void skiff_dtls_set_path(skiff_dtls *dtls, skiff_time now, bool open)
{
    set_now(dtls, now);
    dtls->path_is_closed = !open;
    if (!open)
        skf_path_drop_response(dtls);
    set_timer(dtls);
}

/* Receives and sends in turn, until there is something to report or nothing is left. */
static void process_datagram(skiff_dtls *dtls)
{
    do
        skf_receive_datagram(dtls);
    while (skf_send_flight(dtls));
    skf_post_handshake_send(dtls);
}

skiff_status skiff_dtls_receive(skiff_dtls *dtls, skiff_time now, skiff_packet *datagram)
{
    if (datagram == NULL || datagram->len > datagram->limit)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "datagram: NULL, or longer than its limit");
    if (dtls->phase == ENDED)
        return dtls->failure.status;
    set_now(dtls, now);
    /* Views into an earlier datagram end here, reported or not. */
    dtls->events &= (uint8_t) ~(EVENT_CERTIFICATE | EVENT_DATA);
    begin_datagram(dtls, (struct incoming_datagram){ .at = datagram->data,
                                                     .remaining = datagram->len,
                                                     .latest = true });
    TRACE(dtls, .event = SKIFF_TRACE_DATAGRAM_IN, .length = datagram->len,
          .path = datagram->path);
    skf_cids_begin_datagram(cids_of(dtls), datagram->path);
    skf_path_drop_response(dtls);
    if (datagram->len == 0)
        DROP(dtls, drop_malformed);
    process_datagram(dtls);
    set_timer(dtls);

    bool not_yet_judged =
        dtls->datagram.remaining > 0; /* poll has something to report first */
    return dtls->datagram.any_good || not_yet_judged || dtls->phase == ENDED
             ? SKIFF_OK
             : SKIFF_ERR_DROPPED;
}

static bool clear_event(skiff_dtls *dtls, uint8_t what)
{
    bool was_pending = (dtls->events & what) != 0;

    dtls->events &= (uint8_t)~what;
    return was_pending;
}

/* The certificate first: its bytes are the shortest-lived. What is to be sent goes
 * before the news that it brings about. */
static skiff_dtls_event next_event(skiff_dtls *dtls, skiff_packet *packet,
                                   skiff_bytes *bytes)
{
    if (clear_event(dtls, EVENT_CERTIFICATE)) {
        *bytes = dtls->slot->hs.peer_certificate;
        return SKIFF_DTLS_PEER_CERTIFICATE;
    }
    if (clear_event(dtls, EVENT_MOVED))
        return SKIFF_DTLS_MOVED;
    if (skf_write_datagram(dtls, packet))
        return SKIFF_DTLS_SEND;
    if (clear_event(dtls, EVENT_CONNECTED))
        return SKIFF_DTLS_CONNECTED;
    if (clear_event(dtls, EVENT_TICKET)) {
        *bytes = skf_reported_ticket(dtls);
        return SKIFF_DTLS_TICKET;
    }
    if (clear_event(dtls, EVENT_DATA)) {
        *bytes = dtls->data;
        return SKIFF_DTLS_DATA;
    }
    if (clear_event(dtls, EVENT_HELLO))
        return SKIFF_DTLS_HELLO;
    if (clear_event(dtls, EVENT_CLOSED))
        return SKIFF_DTLS_CLOSED;
    if (clear_event(dtls, EVENT_FAILED))
        return SKIFF_DTLS_FAILED;
    return SKIFF_DTLS_NOTHING;
}

/* The rest of a datagram may be the reply that a timer waits for; so may the next
 * datagram, if the caller has more that came at the same time. */
static bool is_read(const struct incoming_datagram *datagram)
{
    return datagram->remaining == 0 && datagram->fragments.len == 0 && !datagram->latest;
}

skiff_dtls_event skiff_dtls_poll(skiff_dtls *dtls, skiff_time now, skiff_packet *packet,
                                 skiff_bytes *bytes)
{
    set_now(dtls, now);
    skf_start_client(dtls);
    if (is_read(&dtls->datagram)) {
        skf_fire_timers(dtls);
        skf_path_fire_timer(dtls);
    }
    process_datagram(dtls);

    skiff_dtls_event event = next_event(dtls, packet, bytes);
    if (event == SKIFF_DTLS_NOTHING)
        dtls->datagram.latest = false;
    dtls->nothing_fits = event == SKIFF_DTLS_NOTHING && skf_can_send(dtls);
    set_timer(dtls);
    return event;
}

skiff_status skiff_dtls_send(skiff_dtls *dtls, skiff_time now, skiff_packet *packet)
{
    if (dtls->phase == ENDED)
        return dtls->failure.status;
    if (!dtls->connected)
        return skiff_fault_set(SKIFF_ERR_STATE, "data: not CONNECTED yet");
    set_now(dtls, now);

    skiff_status status = skf_seal_data(dtls, packet);
    if (dtls->phase == ENDED || dtls->pending != 0)
        set_timer(dtls);
    return status;
}

size_t skiff_dtls_max_data(const skiff_dtls *dtls)
{
    return dtls->phase == ESTABLISHED && dtls->connected ? skf_max_data(dtls) : 0;
}

/* Messages after the handshake are of 1.3. */
static skiff_status queue_message(skiff_dtls *dtls, skiff_time now, uint8_t what)
{
    if (dtls->phase == ENDED)
        return dtls->failure.status;
    if (!dtls->connected)
        return skiff_fault_set(SKIFF_ERR_STATE, "keys, connection ids: not CONNECTED yet");
    if (!dtls->protocol->has_post_handshake)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "keys, connection ids: in DTLS 1.2 they stay as they are");
    set_now(dtls, now);
    queue_post_handshake(dtls, what);
    set_timer(dtls);
    return SKIFF_OK;
}

skiff_status skiff_dtls_update_keys(skiff_dtls *dtls, skiff_time now, bool both)
{
    return queue_message(dtls, now, both ? PENDING_KEY_UPDATE_REQUEST : PENDING_KEY_UPDATE);
}

skiff_status skiff_dtls_new_connection_id(skiff_dtls *dtls, skiff_time now)
{
    if (!skf_may_provide_cids(dtls))
        return skiff_fault_set(SKIFF_ERR_STATE, "connection ids: records to us carry none");
    if (skf_cids_unused(cids_of(dtls)) >= MOST_UNUSED)
        return skiff_fault_set(SKIFF_ERR_SPACE,
                               "connection ids: the peer has not used those that it has");
    return queue_message(dtls, now, PENDING_CONNECTION_ID);
}

skiff_status skiff_dtls_request_connection_ids(skiff_dtls *dtls, skiff_time now)
{
    struct cids *cids = cids_of(dtls);

    if (!skf_may_request_cids(dtls))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "connection ids: records to the peer carry none");
    if (cids->requested)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "connection ids: the last request is not answered yet");
    if (cids->num_spares == THEIR_SPARES)
        return skiff_fault_set(SKIFF_ERR_SPACE,
                               "connection ids: all 3 spare ones are there");

    skiff_status status = queue_message(dtls, now, PENDING_CONNECTION_ID_REQUEST);
    cids->requested = status == SKIFF_OK;
    return status;
}

skiff_status skiff_dtls_use_spare_connection_id(skiff_dtls *dtls)
{
    if (!skf_may_request_cids(dtls) || !skf_cids_use_spare(cids_of(dtls)))
        return skiff_fault_set(SKIFF_ERR_STATE, "connection ids: there is no spare one");
    return SKIFF_OK;
}

skiff_status skiff_dtls_prefer_path(skiff_dtls *dtls, skiff_time now, uint64_t path)
{
    if (path == 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "path: 0 is the number of none");
    if (dtls->phase == ENDED)
        return dtls->failure.status;
    set_now(dtls, now);
    if (!skf_path_prefer(dtls, path))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "path: no return routability checks are agreed on");
    set_timer(dtls);
    return SKIFF_OK;
}

/* Whether there is something to report, to read or to send, and no need to wait. */
static bool has_work(const skiff_dtls *dtls)
{
    return dtls->events != 0 || dtls->datagram.remaining > 0
        || (!dtls->nothing_fits && skf_can_send(dtls)) || skf_post_handshake_may_send(dtls);
}

skiff_time skiff_dtls_deadline(const skiff_dtls *dtls)
{
    bool about_to_start =
        dtls->role == SKIFF_ROLE_ACTIVE && dtls->phase == WAITING_FOR_START;

    if (about_to_start && dtls->path_is_closed)
        return SKIFF_NEVER;
    if ((about_to_start && dtls->flight.due == SKIFF_NEVER) || has_work(dtls))
        return dtls->now;
    return skf_next_deadline(dtls);
}

void skiff_dtls_set_user(skiff_dtls *dtls, void *user)
{
    dtls->user = user;
}

void *skiff_dtls_user(const skiff_dtls *dtls)
{
    return dtls->user;
}

void skiff_dtls_close(skiff_dtls *dtls, skiff_time now)
{
    const struct protocol *protocol = protocol_of(dtls);

    if (dtls->phase == ENDED)
        return;
    set_now(dtls, now);

    bool silent = dtls->phase == WAITING_FOR_START;
    skf_end_closed(dtls, true, "closed by the application",
                   protocol != NULL ? protocol->spec.closure_alert : "RFC 9147 5.10");
    dtls->events = 0;
    dtls->alert_pending = !silent;
    set_timer(dtls);
}

uint32_t skiff_dtls_newest(const skiff_dtls *dtls)
{
    return dtls->datagram.newest;
}

/* A client of 1.3 is connected before the server has seen its certificate. */
static bool is_confirmed(const struct skiff_dtls *dtls)
{
    return dtls->connected
        && (dtls->role != SKIFF_ROLE_ACTIVE || !dtls->protocol->has_acks
            || dtls->peer_identity.confirmation == CONFIRMED);
}

void skiff_dtls_get_info(const skiff_dtls *dtls, skiff_dtls_info *info, size_t size)
{
    skiff_dtls_info full = {
        .version = dtls->protocol != NULL ? dtls->protocol->version : 0,
        .cipher_suite = dtls->cipher_suite,
        .group = dtls->group,
        .signature = dtls->signature,
        .srtp_profile = dtls->srtp_profile,
        .flights_resent = dtls->counters.flights_resent,
        .handshake_time = dtls->connected ? dtls->finished - dtls->started : 0,
        .connection_ids = cids_of(dtls) != NULL && cids_of(dtls)->negotiated,
        .role = (skiff_role)dtls->role,
        .round_trip = dtls->round_trip_is_given ? 0 : dtls->round_trip,
        .confirmed = is_confirmed(dtls),
        .mtu = dtls->mtu,
    };

    full.never_confirmed =
        dtls->connected && dtls->peer_identity.confirmation == NEVER_CONFIRMED;

    full.resumed = dtls->resumed;
    full.rrc = skf_path_has_rrc(dtls);
    full.path_proven = skf_path_is_proven(dtls);
    if (cids_of(dtls) != NULL)
        full.path = cids_of(dtls)->path;
    if (dtls->alpn != 0)
        full.alpn = dtls->context->settings.names.alpn[dtls->alpn - 1];
    if (dtls->slot != NULL && dtls->slot->hs.server_name[0] != '\0')
        full.server_name = dtls->slot->hs.server_name;
    if (dtls->peer_identity.has_certificate) {
        full.peer.hash = HASH_SHA256;
        full.peer.len = sizeof dtls->peer_identity.sha256;
        memcpy(full.peer.bytes, dtls->peer_identity.sha256,
               sizeof dtls->peer_identity.sha256);
    }
    memcpy(info, &full, size < sizeof full ? size : sizeof full);
}

void skiff_dtls_get_counters(const skiff_dtls *dtls, skiff_dtls_counters *counters,
                             size_t size)
{
    const struct record_counters *r = &dtls->counters;
    const struct rrc_counters none = { 0 };
    const struct rrc_counters *c =
        routability_of(dtls) != NULL ? &routability_of(dtls)->counters : &none;
    skiff_dtls_counters full = {
#define X(name, text) .name = r->name,
        SKIFF_RECORD_COUNTER_LIST(X)
#undef X
#define X(name, text) .name = c->name,
            SKIFF_RRC_COUNTER_LIST(X)
#undef X
    };

    memcpy(counters, &full, size < sizeof full ? size : sizeof full);
}

void skiff_dtls_failure(const skiff_dtls *dtls, skiff_failure *why, size_t size)
{
    memcpy(why, &dtls->failure, size < sizeof *why ? size : sizeof *why);
}
