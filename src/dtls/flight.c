/* flight.c - the timer and retransmission machine (RFC 6347 section 4.2.4, figure 3). */
#include "dtls/flight.h"

void flight_begin(struct flight *flight, struct said *said, skiff_time wait)
{
    *flight = (struct flight){ .state = PREPARING, .due = SKIFF_NEVER, .wait = wait,
                               .said = said };
}

void flight_forget(struct flight *flight)
{
    flight_begin(flight, NULL, 0);
}

bool flight_add(struct flight *flight, const struct said *said)
{
    if (flight->num == FLIGHT_MESSAGES)
        return false;
    flight->said[flight->num++] = *said;
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

/* As long as it seems to be lost it may be too large for the path. An ACK that names a part
 * says that the path takes what we send. */
static void send_again_unanswered(struct flight *flight)
{
    send_again(flight);
    if (flight->unanswered < UNANSWERED_MOST)
        flight->unanswered++;
}

/* A repeated peer flight is answered at most once in half of the current wait, so that two
 * ends cannot drive each other and a forger cannot drive us. */
static bool answered_lately(const struct flight *flight, skiff_time now)
{
    return now - flight->sent < flight->wait / 2;
}

static void hear_waiting(struct flight *flight, enum flight_news news, skiff_time now,
                         skiff_time longest)
{
    if (news == PEER_REPLIED) {
        flight->state = PREPARING;
        flight->due = SKIFF_NEVER;
    } else if (news == TIMER_EXPIRED || news == TIMER_EXPIRED_MIDWAY) {
        flight->wait = flight->wait < longest / 2 ? flight->wait * 2 : longest;
        flight->due = now + flight->wait;
        if (news == TIMER_EXPIRED)
            send_again_unanswered(flight);
    } else if (news == PEER_MISSES_SOME) {
        send_again(flight);
    } else if (news == PEER_REPEATED && !answered_lately(flight, now)) {
        send_again_unanswered(flight);
    }
}

void flight_hear(struct flight *flight, enum flight_news news, skiff_time now,
                 skiff_time longest)
{
    switch ((enum flight_state)flight->state) {
    case PREPARING:
        if (news == FLIGHT_BUFFERED)
            flight->state = SENDING;
        return;
    case SENDING:
        if (news != FLIGHT_SENT && news != FLIGHT_SENT_LAST)
            return;
        flight->state = news == FLIGHT_SENT ? WAITING : FINISHED_STATE;
        flight->due = news == FLIGHT_SENT ? now + flight->wait : SKIFF_NEVER;
        flight->sent = now;
        return;
    case WAITING:
        hear_waiting(flight, news, now, longest);
        return;
    case FINISHED_STATE:
        if (news == PEER_REPEATED && !answered_lately(flight, now))
            send_again_unanswered(flight);
        return;
    }
}

const struct said *flight_piece(const struct flight *flight)
{
    if (flight->state != SENDING || flight->at == flight->num)
        return NULL;
    return &flight->said[flight->at];
}

void flight_sent_piece(struct flight *flight, uint32_t len)
{
    flight->offset += len;
    if (flight->offset < flight->said[flight->at].len)
        return;
    flight->at++;
    flight->offset = 0;
}
