/* trace.h - the one home for what happens to an association: here it is counted, and
 * reported where the context has a trace callback. Knows no cause. */
#ifndef SKF_TRACE_H
#define SKF_TRACE_H

#include "association/association_state.h"
#include "association/context.h"

/* Reports an event to the callback, which is there. The caller sets what the event has of
 * its own; who and when come from the handle. */
void skf_trace(const struct skiff_dtls *dtls, skiff_trace *event);

/* Without a callback this is one branch, and nothing is evaluated:
 *
 *     TRACE(dtls, .event = SKIFF_TRACE_ACK_IN, .count = n);
 */
#define TRACE(dtls, ...)                                                                   \
  do {                                                                                     \
    if ((dtls)->context->settings.trace != NULL)                                           \
      skf_trace((dtls), &(skiff_trace){ __VA_ARGS__ });                                    \
  } while (0)

/* The random of the ClientHello, of which both ends know the same. */
void skf_trace_random(const struct skiff_dtls *dtls);

/* A ClientHello of ours is written: its random, and the ticket that is in it. */
void skf_trace_hello(const struct skiff_dtls *dtls);

/* What has changed the state of the flight; and that the peer has all of it, if there is
 * one. */
void skf_trace_flight(const struct skiff_dtls *dtls, enum flight_event event);
void skf_trace_acknowledged(const struct skiff_dtls *dtls, const char *by);

/* Reports a drop by the name of its counter. `record` is NULL for something in the record
 * at hand. */
void skf_trace_drop(const struct skiff_dtls *dtls, const char *name,
                    const struct incoming *record);

/* Counts a drop, and reports it. A flood is many of them: without a callback each costs one
 * branch. */
static inline void count_drop(const struct skiff_dtls *dtls, uint32_t *counter,
                              const char *name, const struct incoming *record)
{
    count(counter);
    if (dtls->context->settings.trace != NULL)
        skf_trace_drop(dtls, name, record);
}

#define DROP(dtls, name) count_drop((dtls), &(dtls)->counters.name, #name, NULL)
#define DROP_RECORD(dtls, name, record)                                                    \
  count_drop((dtls), &(dtls)->counters.name, #name, (record))

#endif
