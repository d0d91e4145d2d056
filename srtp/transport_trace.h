/* transport_trace.h - the one home for what happens to a transport: counts its drops, and
 * reports them where the context has a trace callback. Knows no keys. */
#ifndef SKF_TRANSPORT_TRACE_H
#define SKF_TRANSPORT_TRACE_H

#include "srtp/transport_state.h"

/* Reports an event; without a callback nothing happens. `now` is 0 where the call that
 * brings it about has no time. */
void skf_transport_trace(const skiff_transport *transport, skiff_time now,
                         skiff_trace *event);

/* An SRTP session is made from the keys of this DTLS end. */
void skf_transport_trace_session(const skiff_transport *transport, skiff_time now,
                                 const skiff_dtls *dtls);

/* Reports packets that are dropped at once, by the name of their counter. */
void skf_transport_trace_drops(const skiff_transport *transport, const char *name,
                               uint32_t num, skiff_time now);

/* Counts them, and reports them. A flood is many of them: without a callback each costs one
 * branch. */
static inline void count_drops(skiff_transport *transport, uint32_t *counter,
                               const char *name, uint32_t num, skiff_time now)
{
    *counter += num;
    if (transport->is_traced)
        skf_transport_trace_drops(transport, name, num, now);
}

#define TRANSPORT_DROP(transport, name, num, now)                                          \
  count_drops((transport), &(transport)->counters.name, #name, (num), (now))

#endif
