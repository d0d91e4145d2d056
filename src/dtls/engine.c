/* engine.c - the public handle: new, receive, poll, deadline, close. */
#include "dtls/conversation.h"

#include "base/memory.h"
#include "dtls/epoch.h"
#include "dtls/extras.h"
#include "dtls/late.h"

static void set_now(skiff_dtls *dtls, skiff_time now)
{
    if (now > dtls->now) {
        dtls->now = now;                     /* a clock that goes back counts as the last */
        dtls->arriving.latest = false;
    }
    expire_before(dtls);
}

static void set_timer(skiff_dtls *dtls)
{
    wheel_arm(&dtls->context->wheel, &dtls->timer, skiff_dtls_deadline(dtls));
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

    bool has_wallet = context->settings.tickets && role != SKIFF_ROLE_PASSIVE;
    skiff_dtls *made = skf_acquire(
        context->memory, sizeof *made + extras_size(&context->settings, has_wallet));
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->context = context;
    made->role = (uint8_t)role;
    made->now = now;
    made->mtu = context->settings.mtu;
    made->failure.alert = ALERT_NONE;
    made->peer.kept = &made->share.kept;
    made->peer.for_tickets = context->settings.tickets;
    made->has_wallet = has_wallet;
    made->ack_due = SKIFF_NEVER;
    flight_forget(&made->flight);
    if (ids_of(made) != NULL)
        *ids_of(made) = (struct ids){ .dtls = made, .settings = &context->settings };
    context->handles++;
    set_timer(made);
    *dtls = made;
    return SKIFF_OK;
}

void skiff_dtls_free(skiff_dtls *dtls)
{
    if (dtls == NULL)
        return;
    leave_room(dtls);
    wheel_cancel(&dtls->context->wheel, &dtls->timer);
    dtls->context->handles--;
    skf_release(dtls->context->memory, dtls,
                sizeof *dtls + extras_size(&dtls->context->settings, dtls->has_wallet));
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
        leave_room(dtls);                     /* a client hears no hello, not even half */
    dtls->role = (uint8_t)role;
    set_timer(dtls);
    return SKIFF_OK;
}

static skiff_status settled(skiff_dtls *dtls, skiff_status status)
{
    if (status != SKIFF_OK)
        return status;
    if (dtls->peer.trust == TRUST_REFUSED && dtls->phase != ENDED)
        fail(dtls, ALERT_BAD_CERTIFICATE, "Certificate: it matches no expected fingerprint",
             "RFC 8122 5");
    announce(dtls);
    set_timer(dtls);
    return SKIFF_OK;
}

skiff_status skiff_dtls_expect(skiff_dtls *dtls, const skiff_fingerprint *any_of,
                               size_t num)
{
    return settled(dtls, peer_expect(&dtls->peer, any_of, num));
}

skiff_status skiff_dtls_accept(skiff_dtls *dtls, bool trusted)
{
    return settled(dtls, peer_judged(&dtls->peer, trusted));
}

void skiff_dtls_set_first_timeout(skiff_dtls *dtls, skiff_time timeout)
{
    dtls->first_timeout = timeout;
}

void skiff_dtls_set_round_trip(skiff_dtls *dtls, skiff_time round_trip)
{
    if (round_trip == 0 || (dtls->round_trip != 0 && !dtls->round_trip_told))
        return;
    dtls->round_trip = round_trip;
    dtls->round_trip_told = true;
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
        path_forget_answer(dtls);
    set_timer(dtls);
}

/* Listens and speaks in turn, until something must be told or nothing is left. */
static void converse(skiff_dtls *dtls)
{
    do
        listen_on(dtls);
    while (speak(dtls));
    late_speak(dtls);
}

skiff_status skiff_dtls_receive(skiff_dtls *dtls, skiff_time now, skiff_packet *datagram)
{
    if (datagram == NULL || datagram->len > datagram->limit)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "datagram: NULL, or longer than its limit");
    if (dtls->phase == ENDED)
        return dtls->failure.status;
    set_now(dtls, now);
    /* Views into an earlier datagram end here, told or not. */
    dtls->tell &= (uint8_t)~(TELL_CERTIFICATE | TELL_DATA);
    dtls->arriving = (struct arriving){ .at = datagram->data, .left = datagram->len,
                                        .hello_told = dtls->arriving.hello_told,
                                        .newest = dtls->arriving.newest, .latest = true };
    ids_arrive(ids_of(dtls), datagram->path);
    path_forget_answer(dtls);
    if (datagram->len == 0)
        count(&dtls->counters.drop_malformed);
    converse(dtls);
    set_timer(dtls);

    bool not_yet_judged = dtls->arriving.left > 0;    /* poll has something to tell first */
    return dtls->arriving.any_good || not_yet_judged || dtls->phase == ENDED
               ? SKIFF_OK
               : SKIFF_ERR_DROPPED;
}

static bool take_telling(skiff_dtls *dtls, uint8_t what)
{
    bool told = (dtls->tell & what) != 0;

    dtls->tell &= (uint8_t)~what;
    return told;
}

/* The certificate first: its bytes are the shortest-lived. What is to be sent goes
 * before the news that it brings about. */
static skiff_dtls_event next_event(skiff_dtls *dtls, skiff_packet *packet,
                                   skiff_bytes *bytes)
{
    if (take_telling(dtls, TELL_CERTIFICATE)) {
        *bytes = dtls->room->hs.leaf;
        return SKIFF_DTLS_PEER_CERTIFICATE;
    }
    if (take_telling(dtls, TELL_MOVED))
        return SKIFF_DTLS_MOVED;
    if (write_datagram(dtls, packet))
        return SKIFF_DTLS_SEND;
    if (take_telling(dtls, TELL_CONNECTED))
        return SKIFF_DTLS_CONNECTED;
    if (take_telling(dtls, TELL_TICKET)) {
        *bytes = told_ticket(dtls);
        return SKIFF_DTLS_TICKET;
    }
    if (take_telling(dtls, TELL_DATA)) {
        *bytes = dtls->data;
        return SKIFF_DTLS_DATA;
    }
    if (take_telling(dtls, TELL_HELLO))
        return SKIFF_DTLS_HELLO;
    if (take_telling(dtls, TELL_CLOSED))
        return SKIFF_DTLS_CLOSED;
    if (take_telling(dtls, TELL_FAILED))
        return SKIFF_DTLS_FAILED;
    return SKIFF_DTLS_NOTHING;
}

/* What is left of a datagram may be the answer that a timer misses; or the next one, if the
 * caller has more that came by the same time. */
static bool is_read(const struct arriving *arriving)
{
    return arriving->left == 0 && arriving->fragments.len == 0 && !arriving->latest;
}

skiff_dtls_event skiff_dtls_poll(skiff_dtls *dtls, skiff_time now, skiff_packet *packet,
                                 skiff_bytes *bytes)
{
    set_now(dtls, now);
    start_client(dtls);
    if (is_read(&dtls->arriving)) {
        fire_timers(dtls);
        path_fire_timer(dtls);
    }
    converse(dtls);

    skiff_dtls_event event = next_event(dtls, packet, bytes);
    if (event == SKIFF_DTLS_NOTHING)
        dtls->arriving.latest = false;
    dtls->nothing_fits = event == SKIFF_DTLS_NOTHING && something_can_leave(dtls);
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

    skiff_status status = seal_data(dtls, packet);
    if (status == SKIFF_ERR_CLOSED || dtls->owed != 0)
        set_timer(dtls);
    return status;
}

size_t skiff_dtls_max_data(const skiff_dtls *dtls)
{
    return dtls->phase == ESTABLISHED && dtls->connected ? most_data(dtls) : 0;
}

/* Messages after the handshake are of 1.3. */
static skiff_status owe(skiff_dtls *dtls, skiff_time now, uint8_t what)
{
    if (dtls->phase == ENDED)
        return dtls->failure.status;
    if (!dtls->connected)
        return skiff_fault_set(SKIFF_ERR_STATE, "keys, connection ids: not CONNECTED yet");
    if (!dtls->dialect->acknowledges)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "keys, connection ids: in DTLS 1.2 they stay as they are");
    set_now(dtls, now);
    late_owe(dtls, what);
    set_timer(dtls);
    return SKIFF_OK;
}

skiff_status skiff_dtls_update_keys(skiff_dtls *dtls, skiff_time now, bool both)
{
    return owe(dtls, now, both ? OWED_KEY_REQUEST : OWED_KEY_UPDATE);
}

skiff_status skiff_dtls_new_connection_id(skiff_dtls *dtls, skiff_time now)
{
    if (!may_be_asked_for_ids(dtls))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "connection ids: the peer names us by none");
    if (ids_unused(ids_of(dtls)) >= MOST_UNUSED)
        return skiff_fault_set(SKIFF_ERR_SPACE,
                               "connection ids: the peer has not used those that it has");
    return owe(dtls, now, OWED_ID);
}

skiff_status skiff_dtls_request_connection_ids(skiff_dtls *dtls, skiff_time now)
{
    struct ids *ids = ids_of(dtls);

    if (!may_be_given_ids(dtls))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "connection ids: we name the peer by none");
    if (ids->requested)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "connection ids: the last request is not answered yet");
    if (ids->num_spares == THEIR_SPARES)
        return skiff_fault_set(SKIFF_ERR_SPACE,
                               "connection ids: all 3 spare ones are there");

    skiff_status status = owe(dtls, now, OWED_ID_REQUEST);
    ids->requested = status == SKIFF_OK;
    return status;
}

skiff_status skiff_dtls_use_spare_connection_id(skiff_dtls *dtls)
{
    if (!may_be_given_ids(dtls) || !ids_use_spare(ids_of(dtls)))
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
    if (!path_prefer(dtls, path))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "path: no return routability checks are agreed on");
    set_timer(dtls);
    return SKIFF_OK;
}

skiff_time skiff_dtls_deadline(const skiff_dtls *dtls)
{
    bool about_to_start =
        dtls->role == SKIFF_ROLE_ACTIVE && dtls->phase == WAITING_FOR_START;

    if (about_to_start && dtls->path_is_closed)
        return SKIFF_NEVER;
    if (about_to_start && dtls->flight.due == SKIFF_NEVER)
        return dtls->now;
    return next_deadline(dtls);
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
    if (dtls->phase == ENDED)
        return;
    set_now(dtls, now);

    bool silent = dtls->phase == WAITING_FOR_START;
    end_closed(dtls, true, "closed by the application", "RFC 5246 7.2.1");
    dtls->tell = 0;
    dtls->alert_waits = !silent;
    set_timer(dtls);
}

uint32_t skiff_dtls_newest(const skiff_dtls *dtls)
{
    return dtls->arriving.newest;
}

/* A client of 1.3 is connected before the server has seen its certificate. */
static bool is_confirmed(const struct skiff_dtls *dtls)
{
    return dtls->connected
           && (dtls->role != SKIFF_ROLE_ACTIVE || !dtls->dialect->acknowledges
               || dtls->peer.knows_us == TOLD);
}

void skiff_dtls_get_info(const skiff_dtls *dtls, skiff_dtls_info *info, size_t size)
{
    skiff_dtls_info full = {
        .version = dtls->dialect != NULL ? dtls->dialect->version : 0,
        .cipher_suite = dtls->cipher_suite, .group = dtls->group,
        .signature = dtls->signature, .srtp_profile = dtls->srtp_profile,
        .flights_resent = dtls->counters.flights_resent,
        .handshake_time = dtls->connected ? dtls->finished - dtls->started : 0,
        .connection_ids = ids_of(dtls) != NULL && ids_of(dtls)->agreed,
        .role = (skiff_role)dtls->role,
        .round_trip = dtls->round_trip_told ? 0 : dtls->round_trip,
        .confirmed = is_confirmed(dtls), .mtu = dtls->mtu,
    };

    full.never_confirmed = dtls->connected && dtls->peer.knows_us == NEVER_TOLD;

    full.resumed = dtls->resumed;
    full.rrc = path_is_checked(dtls);
    full.path_proven = path_is_proven(dtls);
    if (ids_of(dtls) != NULL)
        full.path = ids_of(dtls)->path;
    if (dtls->alpn != 0)
        full.alpn = dtls->context->settings.names.alpn[dtls->alpn - 1];
    if (dtls->room != NULL && dtls->room->hs.server_name[0] != '\0')
        full.server_name = dtls->room->hs.server_name;
    if (dtls->peer.heard) {
        full.peer.hash = HASH_SHA256;
        full.peer.len = sizeof dtls->peer.sha256;
        memcpy(full.peer.bytes, dtls->peer.sha256, sizeof dtls->peer.sha256);
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
