/* course.c - the turns that an association takes: from room to room, to its end. */
#include "dtls/conversation.h"
#include "dtls/epoch.h"
#include "dtls/extras.h"
#include "dtls/late.h"
#include "dtls/messages.h"

/* --- the room ------------------------------------------------------------------------- */

bool enter_room(struct skiff_dtls *dtls, enum role me)
{
    struct skiff_context *context = dtls->context;
    struct room *room = room_take(&context->rooms, dtls, dtls->now);

    if (room == NULL) {
        count(&dtls->counters.drop_no_room);
        return false;
    }
    room->hs.settings = &context->settings;
    room->hs.crypto = context->crypto;
    for (int i = 0; i < 2; i++)
        room->hs.our_certificates[i] = (skiff_bytes){ context->certificates[i],
                                                      context->certificate_lens[i] };
    room->hs.ids = ids_of(dtls);
    room->hs.peer = &dtls->peer;
    room->hs.retried = &context->retried;
    room->hs.failure = &dtls->failure;
    room->hs.me = me;
    room->hs.reading = (struct reading){ .me = me, .facts = &room->hs.facts };
    unsettle(&room->hs);
    lend_tickets(dtls, &room->hs);
    dtls->room = room;
    return true;
}

void begin_handshake(struct skiff_dtls *dtls)
{
    room_heard(&dtls->context->rooms, dtls->room, dtls->now);
    dtls->phase = HANDSHAKING;
    dtls->started = dtls->now;
}

void leave_room(struct skiff_dtls *dtls)
{
    if (dtls->room == NULL)
        return;
    if (dtls->arriving.held) {             /* what is left of it goes with the room */
        dtls->arriving.held = false;
        dtls->arriving.left = 0;
        dtls->arriving.fragments = (skiff_bytes){ NULL, 0 };
    }
    room_give(&dtls->context->rooms, dtls->room);
    dtls->room = NULL;
}

/* What is still to be read there, or to be said again from there, keeps it. */
void leave_room_if_done(struct skiff_dtls *dtls)
{
    const struct arriving *in = &dtls->arriving;
    const struct room *room = dtls->room;

    if (dtls->phase != ESTABLISHED || room == NULL || dtls->flight.said == room->said
        || room->held_len > 0 || (in->held && (in->left > 0 || in->fragments.len > 0)))
        return;
    leave_room(dtls);
}

/* --- the way through the script ------------------------------------------------------- */

/* Who spoke last must be able to say it again: what was said moves out of the room. */
static void keep_last_words(struct skiff_dtls *dtls)
{
    struct flight *flight = &dtls->flight;
    size_t used = 0;

    for (size_t i = 0; i < flight->num; i++) {
        struct said said = flight->said[i];
        if (i == LAST_SAID || said.len > LAST_WORDS - used) {
            flight_forget(flight);
            return;
        }
        memcpy(dtls->last_words + used, said.body, said.len);
        said.body = dtls->last_words + used;
        used += said.len;
        dtls->last_said[i] = said;
    }
    flight->said = dtls->last_said;
}

static void keep_secrets(struct secrets *secrets, const struct handshake *hs)
{
    secrets->hash = (uint16_t)hs->suite->hash;
    memcpy(secrets->exporter, hs->exporter_secret, SECRET_MAX);
    if (hs->dialect->acknowledges) {
        memcpy(secrets->ours, hs->our_application, SECRET_MAX);
        memcpy(secrets->theirs, hs->their_application, SECRET_MAX);
    } else {
        memcpy(secrets->randoms, hs->client_random, RANDOM);
        memcpy(secrets->randoms + RANDOM, hs->server_random, RANDOM);
    }
}

static void keep_what_was_agreed(struct skiff_dtls *dtls, const struct handshake *hs)
{
    dtls->dialect = hs->dialect;
    dtls->cipher_suite = hs->suite->number;
    dtls->group = hs->group;
    dtls->signature = hs->scheme;
    dtls->srtp_profile = hs->srtp_profile;
    dtls->resumed = hs->facts.resumed;
    dtls->alpn = hs->alpn;
    keep_secrets(&dtls->share.agreed.secrets, hs);
    dtls->hears_seq = dtls->room->inbox.next;
    dtls->speaks_seq = dtls->room->next_seq;
}

/* Who spoke last answers repeats from then on: in 1.2 with his last words, in 1.3 he
 * says them again until they are acknowledged, and keeps his room as long. So does a
 * server that gives a ticket. */
static void close_the_script(struct skiff_dtls *dtls)
{
    const struct script *script = dtls->dialect->script;
    bool spoke_last = script->lines[script->count - 1].who == dtls->room->hs.me;

    if (spoke_last && dtls->dialect->acknowledges)
        return;
    if (spoke_last) {
        keep_last_words(dtls);
    } else {
        measure_round_trip(dtls);
        flight_forget(&dtls->flight);
        if (dtls->dialect->acknowledges)
            dtls->ack_due = dtls->now;
    }
    give_ticket(dtls);
    leave_room_if_done(dtls);
}

static void script_is_over(struct skiff_dtls *dtls)
{
    keep_what_was_agreed(dtls, &dtls->room->hs);
    keep_for_tickets(dtls, &dtls->room->hs);
    hear_in_epoch(dtls, dtls->dialect->last_epoch);
    dtls->phase = ESTABLISHED;
    dtls->finished = dtls->now;
    close_the_script(dtls);
    announce(dtls);
}

/* It has arrived, or is not said any more. */
static void leave_last_flight(struct skiff_dtls *dtls)
{
    if (dtls->role == SKIFF_ROLE_ACTIVE)
        forget_handshake_keys(dtls);
    flight_forget(&dtls->flight);
    leave_room(dtls);
}

void flight_arrived(struct skiff_dtls *dtls)
{
    dtls->flight.due = SKIFF_NEVER;
    if (dtls->phase != ESTABLISHED)
        return;
    dtls->peer.knows_us = TOLD;
    leave_last_flight(dtls);
}

/* RFC 8446 appendix A.1: a client rekeys before it sends an alert about what it hears
 * under the keys of the handshake. */
static void listen_for(struct skiff_dtls *dtls, const struct line *next)
{
    hear_in_epoch(dtls, next->epoch);
    if (dtls->room->hs.me == CLIENT)
        speak_in_epoch(dtls, next->epoch);
}

void line_passed(struct skiff_dtls *dtls)
{
    const struct line *next = script_next(&dtls->room->hs.reading);

    dtls->peer.size_limit = dtls->room->hs.size_limit;
    if (next == NULL)
        script_is_over(dtls);
    else if (next->who != dtls->room->hs.me)
        listen_for(dtls, next);
}

void announce(struct skiff_dtls *dtls)
{
    if (dtls->phase != ESTABLISHED || dtls->connected)
        return;
    switch ((enum trust)dtls->peer.trust) {
    case TRUST_OPEN:
        return;
    case TRUST_GIVEN:
        dtls->connected = true;
        dtls->tell |= TELL_CONNECTED;
        dtls->finished = dtls->now;
        tell_ticket(dtls);
        return;
    case TRUST_REFUSED:
        fail(dtls, ALERT_BAD_CERTIFICATE, "Certificate: it matches no expected fingerprint",
             "RFC 8122 5");
        return;
    }
}

/* --- the end -------------------------------------------------------------------------- */

void queue_alert(struct skiff_dtls *dtls, uint8_t level, uint8_t description)
{
    dtls->alert_waits = true;
    dtls->alert_is_fatal = level == ALERT_FATAL;
    dtls->alert = description;
}

static void end(struct skiff_dtls *dtls, uint8_t tell)
{
    leave_room(dtls);
    forget_before(dtls);
    flight_forget(&dtls->flight);
    dtls->ack_due = SKIFF_NEVER;
    dtls->arriving = (struct arriving){ .newest = dtls->arriving.newest };
    dtls->phase = ENDED;
    dtls->tell = tell;
}

void end_failed(struct skiff_dtls *dtls)
{
    if (dtls->failure.alert != ALERT_NONE && !dtls->failure.from_peer)
        queue_alert(dtls, ALERT_FATAL, (uint8_t)dtls->failure.alert);
    end(dtls, TELL_FAILED);
}

void fail(struct skiff_dtls *dtls, int alert, const char *what, const char *spec)
{
    fail_with(&dtls->failure, (skiff_failure){ .status = SKIFF_ERR_FAILED, .alert = alert,
                                               .what = what, .spec = spec });
    end_failed(dtls);
}

void fail_too_long(struct skiff_dtls *dtls)
{
    fail(dtls, ALERT_ILLEGAL_PARAMETER, "handshake: a message longer than max_message",
         "RFC 9147 5.2");
}

void fail_crypto(struct skiff_dtls *dtls, const char *what, const char *spec)
{
    fail_with(&dtls->failure, (skiff_failure){ .status = SKIFF_ERR_CRYPTO,
                                               .alert = ALERT_INTERNAL_ERROR,
                                               .what = what, .spec = spec });
    end_failed(dtls);
}

void end_closed(struct skiff_dtls *dtls, bool say_so, const char *what, const char *spec)
{
    fail_with(&dtls->failure, (skiff_failure){ .status = SKIFF_ERR_CLOSED,
                                               .alert = ALERT_CLOSE_NOTIFY,
                                               .from_peer = !say_so, .what = what,
                                               .spec = spec });
    queue_alert(dtls, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
    end(dtls, TELL_CLOSED);
}

void room_evicted(struct skiff_dtls *dtls)
{
    if (dtls->phase == WAITING_FOR_START)
        leave_room(dtls);                        /* its hello was not whole */
    else if (dtls->phase == ESTABLISHED)
        leave_last_flight(dtls);                 /* it waits for an ACK alone */
    else
        fail(dtls, ALERT_NONE, "handshake: idle for long when a newer one needed its room",
             "RFC 6347 4.2.1");
    wheel_arm(&dtls->context->wheel, &dtls->timer, dtls->now);
}

/* --- time ----------------------------------------------------------------------------- */

void flight_news(struct skiff_dtls *dtls, enum flight_news news)
{
    uint8_t was = dtls->flight.state;
    skiff_time due = dtls->flight.due;

    flight_hear(&dtls->flight, news, dtls->now, dtls->context->settings.last_timeout);
    if (dtls->flight.due != SKIFF_NEVER && dtls->flight.due != due)
        dtls->flight.due += jitter_for(dtls, dtls->flight.wait);
    if (dtls->flight.state == SENDING && was != SENDING && news != FLIGHT_BUFFERED)
        count(&dtls->counters.flights_resent);
}

static void believe_plain_alert(struct skiff_dtls *dtls)
{
    fail_with(&dtls->failure,
              (skiff_failure){ .status = SKIFF_ERR_FAILED,
                               .alert = dtls->room->plain_alert.number,
                               .from_peer = true,
                               .what = "alert: the peer gave up the handshake",
                               .spec = "RFC 5246 7.2" });
    end_failed(dtls);
}

/* A peer that gave up and was not believed at once is told of now. */
static void lose_patience(struct skiff_dtls *dtls)
{
    if (dtls->room->plain_alert.number != ALERT_NONE)
        believe_plain_alert(dtls);
    else if (dtls->nothing_fits)
        fail(dtls, ALERT_NONE, "poll: its packets are too small for what is to be sent",
             "RFC 6347 4.1.1");
    else
        fail(dtls, ALERT_NONE, "handshake: the peer did not answer in time",
             "RFC 6347 4.2.4");
}

/* Also one that has lost its room, and says its last flight no more: the server may have
 * heard it before. */
static bool is_unconfirmed(const struct skiff_dtls *dtls)
{
    return dtls->phase == ESTABLISHED && dtls->role == SKIFF_ROLE_ACTIVE
        && dtls->dialect->acknowledges && dtls->peer.knows_us == NOT_TOLD_YET;
}

/* Nothing fails for want of an ACK alone. */
static void wait_no_more(struct skiff_dtls *dtls)
{
    if (is_unconfirmed(dtls))
        dtls->peer.knows_us = NEVER_TOLD;
    if (dtls->room != NULL)
        leave_last_flight(dtls);
}

void fire_timers(struct skiff_dtls *dtls)
{
    const struct room *room = dtls->room;

    if (room != NULL && dtls->now >= room->plain_alert.due) {
        believe_plain_alert(dtls);
    } else if (dtls->phase == HANDSHAKING
               && dtls->now - dtls->started >= dtls->context->settings.give_up) {
        lose_patience(dtls);
    } else if (dtls->phase == ESTABLISHED && (room != NULL || is_unconfirmed(dtls))
               && dtls->now - dtls->finished >= dtls->context->settings.give_up) {
        wait_no_more(dtls);
    } else if (dtls->now >= dtls->flight.due && reply_has_begun(dtls)) {
        flight_news(dtls, TIMER_EXPIRED_MIDWAY);
        dtls->ack_due = dtls->now;
    } else if (dtls->now >= dtls->flight.due) {
        flight_news(dtls, TIMER_EXPIRED);
    }
}

static skiff_time earlier(skiff_time a, skiff_time b)
{
    return a < b ? a : b;
}

bool something_can_leave(const struct skiff_dtls *dtls)
{
    return !dtls->path_is_closed
        && (dtls->alert_waits || dtls->now >= dtls->ack_due
            || flight_piece(&dtls->flight) != NULL || path_message_waits(dtls));
}

/* When a handshake fails for want of an answer, or its room goes back for want of an
 * ACK. That of a partial hello goes when another needs it. */
static skiff_time patience_ends(const struct skiff_dtls *dtls)
{
    skiff_time give_up = dtls->context->settings.give_up;
    skiff_time since = dtls->phase == HANDSHAKING ? dtls->started : dtls->finished;

    if ((dtls->room == NULL && !is_unconfirmed(dtls)) || dtls->phase == WAITING_FOR_START)
        return SKIFF_NEVER;
    return give_up < SKIFF_NEVER - since ? since + give_up : SKIFF_NEVER;
}

skiff_time next_deadline(const struct skiff_dtls *dtls)
{
    bool waits = dtls->path_is_closed || dtls->nothing_fits;
    skiff_time due =
        waits ? dtls->flight.due : earlier(dtls->flight.due, dtls->ack_due);

    if (dtls->tell != 0 || dtls->arriving.left > 0
        || (!waits && something_can_leave(dtls))
        || late_may_speak(dtls))
        return dtls->now;
    due = earlier(earlier(due, patience_ends(dtls)), before_ends(dtls));
    due = earlier(due, path_due(dtls));
    return dtls->room != NULL ? earlier(due, dtls->room->plain_alert.due) : due;
}
