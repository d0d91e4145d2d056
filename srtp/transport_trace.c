/* transport_trace.c - what happens to a transport, counted and reported. */
#include "srtp/transport_trace.h"

void skf_transport_trace(const skiff_transport *transport, skiff_time now,
                         skiff_trace *event)
{
    void *user;
    skiff_trace_fn *trace = skiff_context_trace(transport->context, &user);

    if (trace == NULL)
        return;
    event->kind = SKIFF_TRACE_OF_TRANSPORT;
    event->who = transport;
    event->owner = transport->user;
    event->when = now;
    trace(user, event);
}

void skf_transport_trace_session(const skiff_transport *transport, skiff_time now,
                                 const skiff_dtls *dtls)
{
    skiff_dtls_info info;

    if (!transport->is_traced)
        return;
    skiff_dtls_get_info(dtls, &info, sizeof info);
    skf_transport_trace(
        transport, now,
        &(skiff_trace){ .event = SKIFF_TRACE_SRTP_SESSION,
                        .what = dtls == transport->dtls ? "first" : "renewal",
                        .type = info.srtp_profile });
}

void skf_transport_trace_drops(const skiff_transport *transport, const char *name,
                               uint32_t num, skiff_time now)
{
    if (num > 0)
        skf_transport_trace(
            transport, now,
            &(skiff_trace){ .event = SKIFF_TRACE_DROP, .what = name, .count = num });
}
