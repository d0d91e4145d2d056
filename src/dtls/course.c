/* course.c - the turns that an association takes: from room to room, to its end. */
#include "dtls/conversation.h"

/* --- the room ------------------------------------------------------------------------- */

bool take_room(struct skiff_dtls *dtls, enum role me)
{
    struct skiff_context *context = dtls->context;
    struct room *room = room_take(&context->rooms, dtls, dtls->now);

    if (room == NULL) {
        count(&dtls->counters.drop_no_room);
        return false;
    }
    room->hs.settings = &context->settings;
    room->hs.crypto = context->crypto;
    room->hs.our_certificate = (skiff_bytes){ context->certificate, context->certificate_len };
    room->hs.peer = &dtls->peer;
    room->hs.failure = &dtls->failure;
    room->hs.me = me;
    room->hs.reading = (struct reading){ .script = &dtls12_full, .me = me,
                                         .facts = &room->hs.facts };
    dtls->room = room;
    dtls->phase = HANDSHAKING;
    dtls->started = dtls->now;
    return true;
}

void leave_room(struct skiff_dtls *dtls)
{
    if (dtls->room == NULL)
        return;
    if (dtls->arriving.held)
        dtls->arriving = (struct arriving){ .any_good = dtls->arriving.any_good };
    room_give(&dtls->context->rooms, dtls->room);
    dtls->room = NULL;
}

/* --- the way through the script ------------------------------------------------------- */

/* Who spoke last must be able to say it again: what was said moves out of the room. */
static void keep_last_words(struct skiff_dtls *dtls)
{
    struct flight *flight = &dtls->flight;
    size_t used = 0;

    for (size_t i = 0; i < flight->num; i++) {
        struct said *said = &flight->said[i];
        if (said->len > LAST_WORDS - used) {
            flight_begin(flight, 0);
            return;
        }
        memcpy(dtls->last_words + used, said->body, said->len);
        said->body = dtls->last_words + used;
        used += said->len;
    }
}

static void keep_for_the_exporter(struct skiff_dtls *dtls, const struct handshake *hs)
{
    dtls->exporting.hash = (uint16_t)hs->suite->hash;
    memcpy(dtls->exporting.master_secret, hs->master_secret, MASTER_SECRET);
    memcpy(dtls->exporting.randoms, hs->client_random, RANDOM);
    memcpy(dtls->exporting.randoms + RANDOM, hs->server_random, RANDOM);
    dtls->version = DTLS_1_2;
    dtls->cipher_suite = hs->suite->number;
    dtls->group = hs->group;
    dtls->signature = hs->scheme;
    dtls->srtp_profile = hs->srtp_profile;
}

static void script_is_over(struct skiff_dtls *dtls)
{
    const struct script *script = dtls->room->hs.reading.script;

    keep_for_the_exporter(dtls, &dtls->room->hs);
    if (script->lines[script->count - 1].who == dtls->room->hs.me)
        keep_last_words(dtls);
    else
        flight_begin(&dtls->flight, 0);
    dtls->hears_epoch = dtls->speaks_epoch;
    dtls->phase = ESTABLISHED;
    dtls->finished = dtls->now;
    leave_room(dtls);
    announce(dtls);
}

void line_passed(struct skiff_dtls *dtls)
{
    struct handshake *hs = &dtls->room->hs;
    const struct line *next = script_next(&hs->reading);

    if (hs->keyed) {
        dtls->ours.keys = hs->ours;
        dtls->theirs.keys = hs->theirs;
    }
    if (next == NULL)
        script_is_over(dtls);
    else if (next->who != hs->me)
        dtls->hears_epoch = next->epoch;
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
    dtls->alert_level = level;
    dtls->alert = description;
}

static void end(struct skiff_dtls *dtls, uint8_t tell)
{
    leave_room(dtls);
    flight_begin(&dtls->flight, 0);
    dtls->arriving = (struct arriving){ 0 };
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
    fail(dtls, ALERT_NONE, "handshake: idle for long when a newer one needed its room",
         "RFC 6347 4.2.1");
    wheel_arm(&dtls->context->wheel, &dtls->timer, dtls->now);
}

/* --- time ----------------------------------------------------------------------------- */

void flight_news(struct skiff_dtls *dtls, enum flight_news news)
{
    uint8_t was = dtls->flight.state;

    flight_hear(&dtls->flight, news, dtls->now, dtls->context->settings.last_timeout);
    if (dtls->flight.state == SENDING && was != SENDING && news != FLIGHT_BUFFERED)
        count(&dtls->counters.flights_resent);
}

static void believe_rumour(struct skiff_dtls *dtls)
{
    int alert = dtls->room->rumour;

    fail_with(&dtls->failure,
              (skiff_failure){ .status = SKIFF_ERR_FAILED, .alert = alert, .from_peer = true,
                               .what = "alert: the peer gave up the handshake",
                               .spec = "RFC 5246 7.2" });
    end_failed(dtls);
}

void fire_timers(struct skiff_dtls *dtls)
{
    const struct room *room = dtls->room;

    if (room != NULL && room->rumour != ALERT_NONE && dtls->now >= room->rumour_due) {
        believe_rumour(dtls);
    } else if (dtls->phase == HANDSHAKING
               && dtls->now - dtls->started >= dtls->context->settings.give_up) {
        fail(dtls, ALERT_NONE, "handshake: the peer did not answer in time", "RFC 6347 4.2.4");
    } else if (dtls->now >= dtls->flight.due) {
        flight_news(dtls, TIMER_EXPIRED);
    }
}

static skiff_time earlier(skiff_time a, skiff_time b)
{
    return a < b ? a : b;
}

static bool something_can_leave(const struct skiff_dtls *dtls)
{
    return !dtls->path_is_closed
        && (dtls->alert_waits || flight_piece(&dtls->flight) != NULL);
}

skiff_time next_deadline(const struct skiff_dtls *dtls)
{
    skiff_time give_up = dtls->context->settings.give_up;
    skiff_time due = dtls->flight.due;

    if (dtls->tell != 0 || dtls->arriving.left > 0 || something_can_leave(dtls))
        return dtls->now;
    if (dtls->phase == HANDSHAKING)
        due = earlier(due, give_up < SKIFF_NEVER - dtls->started ? dtls->started + give_up
                                                                 : SKIFF_NEVER);
    if (dtls->room != NULL && dtls->room->rumour != ALERT_NONE)
        due = earlier(due, dtls->room->rumour_due);
    return due;
}
