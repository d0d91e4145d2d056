/* association.c - the turns that an association takes: from its handshake slot through the
 * script to the connection, and what follows when a wait is over. */
#include "association/actions.h"
#include "association/end.h"
#include "association/epoch.h"
#include "association/optional_state.h"
#include "association/resumption.h"
#include "association/timers.h"
#include "association/trace.h"
#include "handshake/version.h"

/* --- the end of the last flight ------------------------------------------------------- */

/* It has arrived, or is not sent any more. */
static void drop_last_flight(struct skiff_dtls *dtls)
{
    if (dtls->role == SKIFF_ROLE_ACTIVE)
        skf_forget_handshake_keys(dtls);
    skf_flight_clear(&dtls->flight);
    skf_drop_slot(dtls);
}

/* --- the handshake slot --------------------------------------------------------------- */

/* The handshake that is idle for longest ends, so that a newer one gets its slot. */
static void evict_idlest(struct skiff_context *context, skiff_time now)
{
    const struct handshake_slot *slot = skf_slots_idlest(&context->slots, now);
    struct skiff_dtls *owner = slot != NULL ? slot->owner : NULL;

    if (owner == NULL)
        return;
    if (owner->phase == WAITING_FOR_START)
        skf_drop_slot(owner); /* its hello was not whole */
    else if (owner->phase == ESTABLISHED)
        drop_last_flight(owner); /* it waits for an ACK alone */
    else
        skf_fail(owner, ALERT_NONE,
                 "handshake: idle for long when a newer one needed its slot",
                 "RFC 6347 4.2.1");
    skf_wheel_arm(&context->wheel, &owner->timer, owner->now);
}

bool skf_get_slot(struct skiff_dtls *dtls, enum role role)
{
    struct skiff_context *context = dtls->context;

    evict_idlest(context, dtls->now);

    struct handshake_slot *slot = skf_slot_acquire(&context->slots, dtls, dtls->now);
    if (slot == NULL) {
        DROP(dtls, drop_no_slot);
        return false;
    }
    slot->hs.settings = &context->settings;
    slot->hs.crypto = context->crypto;
    for (int i = 0; i < 2; i++)
        slot->hs.our_certificates[i] =
            (skiff_bytes){ context->certificates[i], context->certificate_lens[i] };
    slot->hs.cids = cids_of(dtls);
    slot->hs.peer_identity = &dtls->peer_identity;
    slot->hs.verified_cookie = &context->verified_cookie;
    slot->hs.failure = &dtls->failure;
    slot->hs.role = role;
    slot->hs.position = (struct script_position){ .role = role, .facts = &slot->hs.facts };
    skf_reset_protocol(&slot->hs);
    skf_load_tickets(dtls, &slot->hs);
    dtls->slot = slot;
    return true;
}

void skf_begin_handshake(struct skiff_dtls *dtls)
{
    skf_slot_progressed(&dtls->context->slots, dtls->slot, dtls->now);
    dtls->phase = HANDSHAKING;
    dtls->started = dtls->now;
    TRACE(dtls, .event = SKIFF_TRACE_HANDSHAKING,
          .what = dtls->slot->hs.role == CLIENT ? "client" : "server",
          .due = skf_handshake_expiry(dtls));
}

void skf_start_client(struct skiff_dtls *dtls)
{
    if (dtls->role != SKIFF_ROLE_ACTIVE || dtls->phase != WAITING_FOR_START
        || dtls->path_is_closed
        || (dtls->flight.due != SKIFF_NEVER && dtls->now < dtls->flight.due))
        return;
    if (skf_get_slot(dtls, CLIENT))
        skf_begin_handshake(dtls);
    else
        skf_start_later(dtls);
}

/* The slot stays while records in it are to be read, or messages in it to be sent again. */
void skf_drop_slot_if_done(struct skiff_dtls *dtls)
{
    const struct incoming_datagram *in = &dtls->datagram;
    const struct handshake_slot *slot = dtls->slot;

    if (dtls->phase != ESTABLISHED || slot == NULL
        || dtls->flight.messages == slot->messages || slot->held_len > 0
        || (in->held && (in->remaining > 0 || in->fragments.len > 0)))
        return;
    skf_drop_slot(dtls);
}

/* --- the way through the script ------------------------------------------------------- */

/* The side that sent the last flight must be able to resend it: its messages move out of
 * the slot. */
static void keep_last_flight(struct skiff_dtls *dtls)
{
    struct flight *flight = &dtls->flight;
    size_t used = 0;

    for (size_t i = 0; i < flight->num; i++) {
        struct flight_message entry = flight->messages[i];
        if (i == KEPT_MESSAGES || entry.len > KEPT_BYTES - used) {
            skf_flight_clear(flight);
            return;
        }
        memcpy(dtls->kept_bytes + used, entry.body, entry.len);
        entry.body = dtls->kept_bytes + used;
        used += entry.len;
        dtls->kept_messages[i] = entry;
    }
    flight->messages = dtls->kept_messages;
}

static void keep_secrets(struct secrets *secrets, const struct handshake *hs)
{
    secrets->hash = (uint16_t)hs->suite->hash;
    memcpy(secrets->exporter, hs->exporter_secret, SECRET_MAX);
    if (hs->protocol->keeps_traffic_secrets) {
        memcpy(secrets->ours, hs->our_application, SECRET_MAX);
        memcpy(secrets->theirs, hs->their_application, SECRET_MAX);
    } else {
        memcpy(secrets->randoms, hs->client_random, RANDOM);
        memcpy(secrets->randoms + RANDOM, hs->server_random, RANDOM);
    }
}

static void keep_agreed(struct skiff_dtls *dtls, const struct handshake *hs)
{
    dtls->protocol = hs->protocol;
    dtls->cipher_suite = hs->suite->number;
    dtls->group = hs->group;
    dtls->signature = hs->scheme;
    dtls->srtp_profile = hs->srtp_profile;
    dtls->resumed = hs->facts.resumed;
    dtls->alpn = hs->alpn;
    keep_secrets(&dtls->stage.agreed.secrets, hs);
    dtls->next_receive_seq = dtls->slot->message_queue.next;
    dtls->next_send_seq = dtls->slot->next_seq;
}

/* The side that sent the last flight must be able to resend it: in 1.2 when the peer
 * repeats its own, in 1.3 until it is acknowledged; that side keeps its slot for as
 * long. So does a server that sends a ticket. */
static void finish_script(struct skiff_dtls *dtls)
{
    const struct script *script = dtls->protocol->script;
    bool spoke_last = script->lines[script->count - 1].sender == dtls->slot->hs.role;

    if (spoke_last && dtls->protocol->has_acks)
        return;
    if (spoke_last) {
        keep_last_flight(dtls);
    } else {
        skf_measure_round_trip(dtls);
        skf_trace_acknowledged(dtls, "reply");
        skf_flight_clear(&dtls->flight);
        if (dtls->protocol->has_acks)
            dtls->ack_due = dtls->now;
    }
    skf_send_ticket(dtls);
    skf_drop_slot_if_done(dtls);
}

static void complete_handshake(struct skiff_dtls *dtls)
{
    keep_agreed(dtls, &dtls->slot->hs);
    skf_keep_resumption_secret(dtls, &dtls->slot->hs);
    skf_set_read_epoch(dtls, dtls->protocol->last_epoch);
    dtls->phase = ESTABLISHED;
    dtls->finished = dtls->now;
    TRACE(dtls, .event = SKIFF_TRACE_ESTABLISHED, .type = dtls->protocol->version,
          .what = dtls->resumed ? "resumed" : "full");
    finish_script(dtls);
    skf_connect_if_trusted(dtls);
}

void skf_flight_acknowledged(struct skiff_dtls *dtls)
{
    skf_trace_acknowledged(dtls, "ACK");
    dtls->flight.due = SKIFF_NEVER;
    if (dtls->phase != ESTABLISHED)
        return;
    dtls->peer_identity.confirmation = CONFIRMED;
    drop_last_flight(dtls);
}

/* RFC 8446 appendix A.1: a client rekeys before it sends an alert about messages under
 * the keys of the handshake. */
static void expect_line(struct skiff_dtls *dtls, const struct line *next)
{
    skf_set_read_epoch(dtls, next->epoch);
    if (dtls->slot->hs.role == CLIENT)
        skf_set_write_epoch(dtls, next->epoch);
}

void skf_script_advanced(struct skiff_dtls *dtls)
{
    const struct line *next = skf_script_next(&dtls->slot->hs.position);

    dtls->peer_identity.size_limit = dtls->slot->hs.size_limit;
    if (next == NULL)
        complete_handshake(dtls);
    else if (next->sender != dtls->slot->hs.role)
        expect_line(dtls, next);
}

void skf_connect_if_trusted(struct skiff_dtls *dtls)
{
    if (dtls->phase != ESTABLISHED || dtls->connected)
        return;
    switch ((enum trust)dtls->peer_identity.trust) {
    case TRUST_UNKNOWN:
        return;
    case TRUST_GIVEN:
        dtls->connected = true;
        dtls->events |= EVENT_CONNECTED;
        dtls->finished = dtls->now;
        TRACE(dtls, .event = SKIFF_TRACE_CONNECTED, .type = dtls->protocol->version);
        skf_report_ticket(dtls);
        return;
    case TRUST_REFUSED:
    case TRUST_DENIED:
        skf_end_if_refused(dtls);
        return;
    }
}

/* --- a wait is over ------------------------------------------------------------------- */

static void end_by_plain_alert(struct skiff_dtls *dtls)
{
    skf_failure_set(&dtls->failure,
                    (skiff_failure){ .status = SKIFF_ERR_FAILED,
                                     .alert = dtls->slot->plain_alert.number,
                                     .from_peer = true,
                                     .what = "alert: the peer gave up the handshake",
                                     .spec = protocol_of(dtls)->spec.error_alert });
    skf_end_failed(dtls);
}

/* An alert of the peer in plaintext that did not count by itself is the reason now. */
static void handshake_timed_out(struct skiff_dtls *dtls)
{
    if (dtls->slot->plain_alert.number != ALERT_NONE)
        end_by_plain_alert(dtls);
    else if (dtls->nothing_fits)
        skf_fail(dtls, ALERT_NONE, "poll: its packets are too small for what is to be sent",
                 "RFC 6347 4.1.1");
    else
        skf_fail(dtls, ALERT_NONE, "handshake: the peer did not answer in time",
                 "RFC 6347 4.2.4");
}

/* Nothing fails for want of an ACK alone. */
static void ack_timed_out(struct skiff_dtls *dtls)
{
    if (skf_is_unconfirmed(dtls))
        dtls->peer_identity.confirmation = NEVER_CONFIRMED;
    if (dtls->slot != NULL)
        drop_last_flight(dtls);
}

void skf_fire_timers(struct skiff_dtls *dtls)
{
    switch (skf_expired(dtls)) {
    case NOTHING_EXPIRED:
        return;
    case PLAIN_ALERT_EXPIRED:
        TRACE(dtls, .event = SKIFF_TRACE_TIMER_FIRED, .what = "plain alert");
        end_by_plain_alert(dtls);
        return;
    case HANDSHAKE_EXPIRED:
        TRACE(dtls, .event = SKIFF_TRACE_TIMER_FIRED, .what = "handshake");
        handshake_timed_out(dtls);
        return;
    case ACK_EXPIRED:
        TRACE(dtls, .event = SKIFF_TRACE_TIMER_FIRED, .what = "confirmation");
        ack_timed_out(dtls);
        return;
    case REPLY_EXPIRED:
        TRACE(dtls, .event = SKIFF_TRACE_TIMER_FIRED, .what = "flight");
        skf_flight_event(dtls, TIMER_EXPIRED);
        return;
    case REPLY_EXPIRED_MIDWAY:
        TRACE(dtls, .event = SKIFF_TRACE_TIMER_FIRED, .what = "flight");
        skf_flight_event(dtls, TIMER_EXPIRED_MIDWAY);
        dtls->ack_due = dtls->now;
        return;
    }
}
