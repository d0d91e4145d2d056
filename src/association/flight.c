/* flight.c - the timer and retransmission machine (RFC 6347 section 4.2.4, figure 3). */
#include "association/flight.h"

void skf_flight_begin(struct flight *flight, struct flight_message *messages,
                      skiff_time wait)
{
    *flight = (struct flight){
        .state = PREPARING, .due = SKIFF_NEVER, .wait = wait, .messages = messages
    };
}

void skf_flight_clear(struct flight *flight)
{
    skf_flight_begin(flight, NULL, 0);
}

bool skf_flight_add(struct flight *flight, const struct flight_message *entry)
{
    if (flight->num == FLIGHT_MESSAGES)
        return false;
    flight->messages[flight->num++] = *entry;
    return true;
}

static void send_again(struct flight *flight)
{
    flight->state = SENDING;
    flight->due = SKIFF_NEVER;
    flight->at = 0;
    flight->offset = 0;
    flight->repeated = true;
}

/* As long as it seems to be lost it may be too large for the path. An ACK of a part
 * shows that the path takes what we send. */
static void send_again_without_reply(struct flight *flight)
{
    send_again(flight);
    if (flight->no_reply < NO_REPLY_MAX)
        flight->no_reply++;
}

/* A repeated peer flight is answered at most once in half of the current wait, so that two
 * ends cannot drive each other and a forger cannot drive us. */
static bool sent_recently(const struct flight *flight, skiff_time now)
{
    return now - flight->sent < flight->wait / 2;
}

static void handle_waiting(struct flight *flight, enum flight_event event, skiff_time now,
                           skiff_time longer)
{
    if (event == TIMER_EXPIRED || event == TIMER_EXPIRED_MIDWAY) {
        flight->wait = longer;
        flight->due = now + flight->wait;
        if (event == TIMER_EXPIRED)
            send_again_without_reply(flight);
    } else if (event == PEER_MISSES_SOME) {
        send_again(flight);
    } else if (event == PEER_REPEATED && !sent_recently(flight, now)) {
        send_again_without_reply(flight);
    }
}

void skf_flight_handle(struct flight *flight, enum flight_event event, skiff_time now,
                       skiff_time longer)
{
    switch ((enum flight_state)flight->state) {
    case PREPARING:
        if (event == FLIGHT_BUFFERED)
            flight->state = SENDING;
        return;
    case SENDING:
        if (event != FLIGHT_SENT && event != FLIGHT_SENT_LAST)
            return;
        flight->state = event == FLIGHT_SENT ? WAITING : FINISHED_STATE;
        flight->due = event == FLIGHT_SENT ? now + flight->wait : SKIFF_NEVER;
        flight->sent = now;
        return;
    case WAITING:
        handle_waiting(flight, event, now, longer);
        return;
    case FINISHED_STATE:
        if (event == PEER_REPEATED && !sent_recently(flight, now))
            send_again_without_reply(flight);
        return;
    }
}

const struct flight_message *skf_flight_next(const struct flight *flight)
{
    if (flight->state != SENDING || flight->at == flight->num)
        return NULL;
    return &flight->messages[flight->at];
}

void skf_flight_advance(struct flight *flight, uint32_t len)
{
    flight->offset += len;
    if (flight->offset < flight->messages[flight->at].len)
        return;
    flight->at++;
    flight->offset = 0;
}
