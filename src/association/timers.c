/* timers.c - how long, how often and until when. */
#include "association/timers.h"

#include "association/context.h"
#include "association/epoch.h"
#include "association/optional_state.h"
#include "association/trace.h"

/* Until a round trip is known; browsers start so low too. Nothing is repeated earlier. */
#define DEFAULT_TIMEOUT SKIFF_MSEC(50)

/* The longest round trip that counts when the caller has given it. */
#define MAX_GIVEN_ROUND_TRIP SKIFF_MSEC(500)

/* How long a repetition waits for a reply before an alert in plaintext counts. */
#define PLAIN_ALERT_TIMEOUT SKIFF_MSEC(1000)

enum {
    JITTER_PART = 8,   /* of a wait: how much longer it may become by chance */
    ACK_DELAY_PART = 4 /* of the peer's timeout, as we guess it: how long an ACK waits */
};

/* --- round trips ---------------------------------------------------------------------- */

/* A flight that was sent again measures nothing: the reply may be to either copy (RFC 6298
 * section 3). */
void skf_measure_round_trip(struct skiff_dtls *dtls)
{
    const struct flight *flight = &dtls->flight;

    if (flight->state != WAITING || flight->repeated)
        return;
    dtls->round_trip = dtls->now > flight->sent ? dtls->now - flight->sent : 1;
    dtls->round_trip_is_given = false;
}

/* One that ICE has measured may be of another path, or include a wait of the peer. */
skiff_time skf_known_round_trip(const struct skiff_dtls *dtls)
{
    skiff_time most = dtls->round_trip_is_given ? MAX_GIVEN_ROUND_TRIP : SKIFF_NEVER / 4;

    return dtls->round_trip < most ? dtls->round_trip : most;
}

/* --- flights -------------------------------------------------------------------------- */

skiff_time skf_initial_timeout(const struct skiff_dtls *dtls)
{
    const struct settings *settings = &dtls->context->settings;
    skiff_time least =
        settings->initial_timeout != 0 ? settings->initial_timeout : DEFAULT_TIMEOUT;
    skiff_time wait = 2 * skf_known_round_trip(dtls);

    if (wait < least)
        wait = least;
    if (dtls->initial_timeout != 0)
        wait = dtls->initial_timeout;
    return wait < settings->max_timeout ? wait : settings->max_timeout;
}

/* How much longer a wait becomes. It is never shorter: a reply may be on its way until
 * then. */
static skiff_time jitter_for(struct skiff_dtls *dtls, skiff_time wait)
{
    return jitter_below(&dtls->context->jitter, wait / JITTER_PART);
}

void skf_flight_event(struct skiff_dtls *dtls, enum flight_event event)
{
    uint8_t was = dtls->flight.state;
    skiff_time due = dtls->flight.due;

    skf_flight_handle(&dtls->flight, event, dtls->now,
                      longer_wait(dtls->flight.wait, dtls->context->settings.max_timeout));
    if (dtls->flight.due != SKIFF_NEVER && dtls->flight.due != due)
        dtls->flight.due += jitter_for(dtls, dtls->flight.wait);
    if (dtls->flight.state == SENDING && was != SENDING && event != FLIGHT_BUFFERED)
        count(&dtls->counters.flights_resent);
    if (dtls->flight.state != was)
        skf_trace_flight(dtls, event);
    if (dtls->flight.due != SKIFF_NEVER && dtls->flight.due != due)
        TRACE(dtls, .event = SKIFF_TRACE_TIMER_SET, .what = "flight",
              .due = dtls->flight.due);
}

void skf_start_later(struct skiff_dtls *dtls)
{
    dtls->flight.due = dtls->now + DEFAULT_TIMEOUT + jitter_for(dtls, DEFAULT_TIMEOUT);
}

/* --- alerts in plaintext -------------------------------------------------------------- */

void skf_plain_alert_received(struct skiff_dtls *dtls, uint8_t description)
{
    struct plain_alert *alert = &dtls->slot->plain_alert;

    if (!alert->uncontradicted)
        *alert = (struct plain_alert){ .number = description,
                                       .uncontradicted = true,
                                       .due = SKIFF_NEVER };
}

void skf_plain_alert_wait(struct skiff_dtls *dtls)
{
    struct plain_alert *alert = &dtls->slot->plain_alert;

    if (!alert->uncontradicted || alert->due != SKIFF_NEVER || !dtls->flight.repeated)
        return;
    alert->due = dtls->now + PLAIN_ALERT_TIMEOUT;
    TRACE(dtls, .event = SKIFF_TRACE_TIMER_SET, .what = "plain alert", .due = alert->due);
}

/* --- ACKs of ours --------------------------------------------------------------------- */

void skf_ack_later(struct skiff_dtls *dtls, bool at_once)
{
    skiff_time delay = at_once ? 0 : dtls->flight.wait / ACK_DELAY_PART;
    skiff_time due = dtls->now + delay;

    if (due >= dtls->ack_due)
        return;
    dtls->ack_due = due;
    TRACE(dtls, .event = SKIFF_TRACE_TIMER_SET, .what = "ack", .due = due);
}

/* --- what is over --------------------------------------------------------------------- */

bool skf_is_unconfirmed(const struct skiff_dtls *dtls)
{
    return dtls->phase == ESTABLISHED && dtls->role == SKIFF_ROLE_ACTIVE
        && dtls->protocol->has_acks
        && dtls->peer_identity.confirmation == NOT_CONFIRMED_YET;
}

/* The limit of a handshake from its first hello, and of an ACK from the end of the
 * handshake. */
static bool is_out_of_time(const struct skiff_dtls *dtls, skiff_time since)
{
    return dtls->now - since >= dtls->context->settings.handshake_timeout;
}

enum expired skf_expired(const struct skiff_dtls *dtls)
{
    const struct handshake_slot *slot = dtls->slot;

    if (slot != NULL && dtls->now >= slot->plain_alert.due)
        return PLAIN_ALERT_EXPIRED;
    if (dtls->phase == HANDSHAKING && is_out_of_time(dtls, dtls->started))
        return HANDSHAKE_EXPIRED;
    if (dtls->phase == ESTABLISHED && (slot != NULL || skf_is_unconfirmed(dtls))
        && is_out_of_time(dtls, dtls->finished))
        return ACK_EXPIRED;
    if (dtls->now < dtls->flight.due)
        return NOTHING_EXPIRED;
    return reply_has_begun(dtls) ? REPLY_EXPIRED_MIDWAY : REPLY_EXPIRED;
}

/* --- what is next --------------------------------------------------------------------- */

static skiff_time earlier(skiff_time a, skiff_time b)
{
    return a < b ? a : b;
}

/* The slot of a partial hello is given back when another handshake needs it. */
skiff_time skf_handshake_expiry(const struct skiff_dtls *dtls)
{
    skiff_time timeout = dtls->context->settings.handshake_timeout;
    skiff_time since = dtls->phase == HANDSHAKING ? dtls->started : dtls->finished;

    if ((dtls->slot == NULL && !skf_is_unconfirmed(dtls))
        || dtls->phase == WAITING_FOR_START)
        return SKIFF_NEVER;
    return timeout < SKIFF_NEVER - since ? since + timeout : SKIFF_NEVER;
}

static skiff_time path_check_due(const struct skiff_dtls *dtls, bool can_send)
{
    const struct routability *r = routability_if_agreed(dtls);

    return r != NULL && dtls->phase == ESTABLISHED ? skf_routability_due(r, can_send)
                                                   : SKIFF_NEVER;
}

skiff_time skf_next_deadline(const struct skiff_dtls *dtls)
{
    bool can_send = !dtls->path_is_closed && !dtls->nothing_fits;
    skiff_time due = can_send ? earlier(dtls->flight.due, dtls->ack_due) : dtls->flight.due;

    due = earlier(due, skf_handshake_expiry(dtls));
    due = earlier(due, skf_previous_keys_expiry(dtls));
    due = earlier(due, path_check_due(dtls, can_send));
    return dtls->slot != NULL ? earlier(due, dtls->slot->plain_alert.due) : due;
}
