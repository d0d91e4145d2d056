/* agent_events.c - what is reported to the application. */
#include "agent_events.h"

#include "agent_trace.h"

/* After skiff_ice_close nothing is reported. */
void skf_agent_report_dtls_event(skiff_ice *ice, skiff_dtls_event event, skiff_bytes bytes)
{
    if (ice->config.on_event != NULL)
        ice->config.on_event(ice->config.user, event, bytes);
}

void skf_agent_report_dtls(skiff_ice *ice, skiff_dtls_event event)
{
    uint32_t bit = UINT32_C(1) << event;

    if ((ice->reported & bit) != 0)
        return;
    ice->reported |= bit;
    skf_agent_report_dtls_event(ice, event, (skiff_bytes){ NULL, 0 });
}

void skf_agent_report(skiff_ice *ice, const skiff_ice_event *event)
{
    AGENT_TRACE(ice, .event = SKIFF_TRACE_ICE, .what = event->what,
                .type = (uint32_t)event->kind);
    if (ice->config.on_ice_event != NULL)
        ice->config.on_ice_event(ice->config.user, event);
}

void skf_agent_report_path(skiff_ice *ice, skiff_ice_event_kind kind, const char *what)
{
    skf_agent_report(ice, &(skiff_ice_event){ .kind = kind, .what = what });
}

void skf_agent_report_failure(skiff_ice *ice, const skiff_failure *why)
{
    if (ice->failure == NULL)
        ice->failure = why;
    skf_agent_report_path(ice, SKIFF_ICE_FAILED, why->what);
    if (!ice->freed && ice->failure != NULL) /* else the callback has restarted ICE */
        skf_agent_report_dtls(ice, SKIFF_DTLS_FAILED);
}

void skf_agent_report_media(skiff_ice *ice, skiff_packet *packet, skiff_kind kind)
{
    if (ice->config.on_media != NULL)
        ice->config.on_media(ice->config.user, packet, kind);
}

void skf_agent_report_candidate(const struct ice_session *session, NiceCandidate *candidate)
{
    const skiff_ice_config *config = &session->ice->config;

    if (config->on_candidate == NULL || session != skf_ice_newest(session->ice)
        || candidate->type == NICE_CANDIDATE_TYPE_PEER_REFLEXIVE)
        return;

    gchar *line = nice_agent_generate_local_candidate_sdp(session->agent, candidate);
    config->on_candidate(config->user, line + strlen("a=candidate:"));
    g_free(line);
}

void skf_agent_report_end_of_candidates(const struct ice_session *session)
{
    const skiff_ice_config *config = &session->ice->config;

    if (config->on_candidate != NULL && session == skf_ice_newest(session->ice))
        config->on_candidate(config->user, NULL);
}
