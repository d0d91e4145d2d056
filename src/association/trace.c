/* trace.c - what happens to an association, counted and reported. */
#include "association/trace.h"

#include "handshake/extensions/extensions.h"

void skf_trace(const struct skiff_dtls *dtls, skiff_trace *event)
{
    const struct settings *settings = &dtls->context->settings;

    event->kind = SKIFF_TRACE_OF_DTLS;
    event->who = dtls;
    event->owner = dtls->user;
    event->when = dtls->now;
    settings->trace(settings->user, event);
}

void skf_trace_drop(const struct skiff_dtls *dtls, const char *name,
                    const struct incoming *record)
{
    const struct incoming_datagram *in = &dtls->datagram;

    if (record == NULL)
        TRACE(dtls, .event = SKIFF_TRACE_DROP, .what = name, .epoch = in->epoch,
              .number = in->number);
    else
        TRACE(dtls, .event = SKIFF_TRACE_DROP, .what = name, .epoch = record->epoch,
              .number = record->number, .type = record->type,
              .length = (uint32_t)record->len);
}

/* Its first 8 bytes, as a number that lines of a key log begin with. */
void skf_trace_random(const struct skiff_dtls *dtls)
{
    uint64_t first = 0;

    if (dtls->context->settings.trace == NULL || dtls->slot == NULL)
        return;
    for (int i = 0; i < 8; i++)
        first = first << 8 | dtls->slot->hs.client_random[i];
    TRACE(dtls, .event = SKIFF_TRACE_CLIENT_RANDOM, .number = first);
}

/* A ticket that is too old, or of another peer, stays out of the hello. */
void skf_trace_hello(const struct skiff_dtls *dtls)
{
    const struct handshake *hs = &dtls->slot->hs;

    if (dtls->context->settings.trace == NULL)
        return;
    skf_trace_random(dtls);
    if (skf_psk_wanted(hs, IN_CLIENT_HELLO))
        TRACE(dtls, .event = SKIFF_TRACE_TICKET, .what = "offered",
              .length = (uint32_t)hs->to_resume.ticket.len);
}

static const char *cause_of(enum flight_event event)
{
    switch (event) {
    case TIMER_EXPIRED:
        return "timer";
    case PEER_REPEATED:
        return "peer repeats";
    case PEER_MISSES_SOME:
        return "ACK of a part";
    case FLIGHT_BUFFERED:
    case FLIGHT_SENT:
    case FLIGHT_SENT_LAST:
    case TIMER_EXPIRED_MIDWAY:
        break;
    }
    return NULL;
}

void skf_trace_flight(const struct skiff_dtls *dtls, enum flight_event event)
{
    const struct flight *flight = &dtls->flight;

    switch ((enum flight_state)flight->state) {
    case PREPARING:
        break;
    case SENDING:
        if (event == FLIGHT_BUFFERED)
            TRACE(dtls, .event = SKIFF_TRACE_FLIGHT_BEGUN, .count = flight->num);
        else
            TRACE(dtls, .event = SKIFF_TRACE_FLIGHT_REPEATED, .what = cause_of(event),
                  .count = flight->no_reply);
        break;
    case WAITING:
    case FINISHED_STATE:
        TRACE(dtls, .event = SKIFF_TRACE_FLIGHT_SENT, .count = flight->num);
        break;
    }
}

void skf_trace_acknowledged(const struct skiff_dtls *dtls, const char *by)
{
    if (dtls->flight.num > 0)
        TRACE(dtls, .event = SKIFF_TRACE_FLIGHT_ACKNOWLEDGED, .what = by);
}
