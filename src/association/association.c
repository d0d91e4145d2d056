/* association.c - the turns that an association takes: from room to room, to its end. */
#include "association/actions.h"
#include "association/epoch.h"
#include "association/optional_state.h"
#include "association/post_handshake.h"
#include "handshake/messages.h"

/* --- the room ------------------------------------------------------------------------- */

bool skf_get_slot(struct skiff_dtls *dtls, enum role role)
{
    struct skiff_context *context = dtls->context;
    struct handshake_slot *slot = skf_slot_acquire(&context->slots, dtls, dtls->now);

    if (slot == NULL) {
        count(&dtls->counters.drop_no_slot);
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
}

void skf_drop_slot(struct skiff_dtls *dtls)
{
    if (dtls->slot == NULL)
        return;
    if (dtls->datagram.held) { /* what is left of it goes with the room */
        dtls->datagram.held = false;
        dtls->datagram.remaining = 0;
        dtls->datagram.fragments = (skiff_bytes){ NULL, 0 };
    }
    skf_slot_release(&dtls->context->slots, dtls->slot);
    dtls->slot = NULL;
}

/* What is still to be read there, or to be said again from there, keeps it. */
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

/* Who spoke last must be able to say it again: what was said moves out of the room. */
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
    if (hs->protocol->acknowledges) {
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

/* Who spoke last answers repeats from then on: in 1.2 with his last words, in 1.3 he
 * says them again until they are acknowledged, and keeps his room as long. So does a
 * server that gives a ticket. */
static void finish_script(struct skiff_dtls *dtls)
{
    const struct script *script = dtls->protocol->script;
    bool spoke_last = script->lines[script->count - 1].sender == dtls->slot->hs.role;

    if (spoke_last && dtls->protocol->acknowledges)
        return;
    if (spoke_last) {
        keep_last_flight(dtls);
    } else {
        skf_measure_round_trip(dtls);
        skf_flight_clear(&dtls->flight);
        if (dtls->protocol->acknowledges)
            dtls->ack_due = dtls->now;
    }
    skf_send_ticket(dtls);
    skf_drop_slot_if_done(dtls);
}

static void script_is_over(struct skiff_dtls *dtls)
{
    keep_agreed(dtls, &dtls->slot->hs);
    skf_keep_resumption_secret(dtls, &dtls->slot->hs);
    skf_set_read_epoch(dtls, dtls->protocol->last_epoch);
    dtls->phase = ESTABLISHED;
    dtls->finished = dtls->now;
    finish_script(dtls);
    skf_connect_if_trusted(dtls);
}

/* It has arrived, or is not said any more. */
static void drop_last_flight(struct skiff_dtls *dtls)
{
    if (dtls->role == SKIFF_ROLE_ACTIVE)
        skf_forget_handshake_keys(dtls);
    skf_flight_clear(&dtls->flight);
    skf_drop_slot(dtls);
}

void skf_flight_acknowledged(struct skiff_dtls *dtls)
{
    dtls->flight.due = SKIFF_NEVER;
    if (dtls->phase != ESTABLISHED)
        return;
    dtls->peer_identity.confirmation = CONFIRMED;
    drop_last_flight(dtls);
}

/* RFC 8446 appendix A.1: a client rekeys before it sends an alert about what it hears
 * under the keys of the handshake. */
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
        script_is_over(dtls);
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
        skf_report_ticket(dtls);
        return;
    case TRUST_REFUSED:
        skf_fail(dtls, ALERT_BAD_CERTIFICATE,
                 "Certificate: it matches no expected fingerprint", "RFC 8122 5");
        return;
    }
}

/* --- the end -------------------------------------------------------------------------- */

void skf_queue_alert(struct skiff_dtls *dtls, uint8_t level, uint8_t description)
{
    dtls->alert_pending = true;
    dtls->alert_is_fatal = level == ALERT_FATAL;
    dtls->alert = description;
}

static void end(struct skiff_dtls *dtls, uint8_t events)
{
    skf_drop_slot(dtls);
    skf_forget_previous_keys(dtls);
    skf_flight_clear(&dtls->flight);
    dtls->ack_due = SKIFF_NEVER;
    dtls->datagram = (struct incoming_datagram){ .newest = dtls->datagram.newest };
    dtls->phase = ENDED;
    dtls->events = events;
}

void skf_end_failed(struct skiff_dtls *dtls)
{
    if (dtls->failure.alert != ALERT_NONE && !dtls->failure.from_peer)
        skf_queue_alert(dtls, ALERT_FATAL, (uint8_t)dtls->failure.alert);
    end(dtls, EVENT_FAILED);
}

void skf_fail(struct skiff_dtls *dtls, int alert, const char *what, const char *spec)
{
    skf_failure_set(&dtls->failure, (skiff_failure){ .status = SKIFF_ERR_FAILED,
                                                     .alert = alert,
                                                     .what = what,
                                                     .spec = spec });
    skf_end_failed(dtls);
}

void skf_fail_too_long(struct skiff_dtls *dtls)
{
    skf_fail(dtls, ALERT_ILLEGAL_PARAMETER, "handshake: a message longer than max_message",
             "RFC 9147 5.2");
}

void skf_fail_crypto(struct skiff_dtls *dtls, const char *what, const char *spec)
{
    skf_failure_set(&dtls->failure, (skiff_failure){ .status = SKIFF_ERR_CRYPTO,
                                                     .alert = ALERT_INTERNAL_ERROR,
                                                     .what = what,
                                                     .spec = spec });
    skf_end_failed(dtls);
}

void skf_end_closed(struct skiff_dtls *dtls, bool by_us, const char *what, const char *spec)
{
    skf_failure_set(&dtls->failure, (skiff_failure){ .status = SKIFF_ERR_CLOSED,
                                                     .alert = ALERT_CLOSE_NOTIFY,
                                                     .from_peer = !by_us,
                                                     .what = what,
                                                     .spec = spec });
    skf_queue_alert(dtls, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
    end(dtls, EVENT_CLOSED);
}

void skf_slot_evicted(struct skiff_dtls *dtls)
{
    if (dtls->phase == WAITING_FOR_START)
        skf_drop_slot(dtls); /* its hello was not whole */
    else if (dtls->phase == ESTABLISHED)
        drop_last_flight(dtls); /* it waits for an ACK alone */
    else
        skf_fail(dtls, ALERT_NONE,
                 "handshake: idle for long when a newer one needed its room",
                 "RFC 6347 4.2.1");
    skf_wheel_arm(&dtls->context->wheel, &dtls->timer, dtls->now);
}

/* --- time ----------------------------------------------------------------------------- */

void skf_flight_event(struct skiff_dtls *dtls, enum flight_event event)
{
    uint8_t was = dtls->flight.state;
    skiff_time due = dtls->flight.due;

    skf_flight_handle(&dtls->flight, event, dtls->now, dtls->context->settings.max_timeout);
    if (dtls->flight.due != SKIFF_NEVER && dtls->flight.due != due)
        dtls->flight.due += jitter_for(dtls, dtls->flight.wait);
    if (dtls->flight.state == SENDING && was != SENDING && event != FLIGHT_BUFFERED)
        count(&dtls->counters.flights_resent);
}

static void end_by_plain_alert(struct skiff_dtls *dtls)
{
    skf_failure_set(&dtls->failure,
                    (skiff_failure){ .status = SKIFF_ERR_FAILED,
                                     .alert = dtls->slot->plain_alert.number,
                                     .from_peer = true,
                                     .what = "alert: the peer gave up the handshake",
                                     .spec = "RFC 5246 7.2" });
    skf_end_failed(dtls);
}

/* A peer that gave up and was not believed at once is told of now. */
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

/* Also one that has lost its room, and says its last flight no more: the server may have
 * heard it before. */
static bool is_unconfirmed(const struct skiff_dtls *dtls)
{
    return dtls->phase == ESTABLISHED && dtls->role == SKIFF_ROLE_ACTIVE
        && dtls->protocol->acknowledges
        && dtls->peer_identity.confirmation == NOT_CONFIRMED_YET;
}

/* Nothing fails for want of an ACK alone. */
static void ack_timed_out(struct skiff_dtls *dtls)
{
    if (is_unconfirmed(dtls))
        dtls->peer_identity.confirmation = NEVER_CONFIRMED;
    if (dtls->slot != NULL)
        drop_last_flight(dtls);
}

void skf_fire_timers(struct skiff_dtls *dtls)
{
    const struct handshake_slot *slot = dtls->slot;

    if (slot != NULL && dtls->now >= slot->plain_alert.due) {
        end_by_plain_alert(dtls);
    } else if (dtls->phase == HANDSHAKING
               && dtls->now - dtls->started >= dtls->context->settings.handshake_timeout) {
        handshake_timed_out(dtls);
    } else if (dtls->phase == ESTABLISHED && (slot != NULL || is_unconfirmed(dtls))
               && dtls->now - dtls->finished >= dtls->context->settings.handshake_timeout) {
        ack_timed_out(dtls);
    } else if (dtls->now >= dtls->flight.due && reply_has_begun(dtls)) {
        skf_flight_event(dtls, TIMER_EXPIRED_MIDWAY);
        dtls->ack_due = dtls->now;
    } else if (dtls->now >= dtls->flight.due) {
        skf_flight_event(dtls, TIMER_EXPIRED);
    }
}

static skiff_time earlier(skiff_time a, skiff_time b)
{
    return a < b ? a : b;
}

bool skf_can_send(const struct skiff_dtls *dtls)
{
    return !dtls->path_is_closed
        && (dtls->alert_pending || dtls->now >= dtls->ack_due
            || skf_flight_next(&dtls->flight) != NULL || skf_path_message_pending(dtls));
}

/* When a handshake fails for want of an answer, or its room goes back for want of an
 * ACK. That of a partial hello goes when another needs it. */
static skiff_time handshake_expiry(const struct skiff_dtls *dtls)
{
    skiff_time timeout = dtls->context->settings.handshake_timeout;
    skiff_time since = dtls->phase == HANDSHAKING ? dtls->started : dtls->finished;

    if ((dtls->slot == NULL && !is_unconfirmed(dtls)) || dtls->phase == WAITING_FOR_START)
        return SKIFF_NEVER;
    return timeout < SKIFF_NEVER - since ? since + timeout : SKIFF_NEVER;
}

skiff_time skf_next_deadline(const struct skiff_dtls *dtls)
{
    bool waits = dtls->path_is_closed || dtls->nothing_fits;
    skiff_time due = waits ? dtls->flight.due : earlier(dtls->flight.due, dtls->ack_due);

    if (dtls->events != 0 || dtls->datagram.remaining > 0 || (!waits && skf_can_send(dtls))
        || skf_post_handshake_may_send(dtls))
        return dtls->now;
    due = earlier(earlier(due, handshake_expiry(dtls)), skf_previous_keys_expiry(dtls));
    due = earlier(due, skf_path_deadline(dtls));
    return dtls->slot != NULL ? earlier(due, dtls->slot->plain_alert.due) : due;
}
