/* tell.c - what the application is told. */
#include "tell.h"

/* What is closed by us says nothing any more: see skiff_ice_close. */
void skf_tell_again(skiff_ice *ice, skiff_dtls_event event, skiff_bytes bytes)
{
    if (ice->config.on_event != NULL)
        ice->config.on_event(ice->config.context, event, bytes);
}

void skf_tell_dtls(skiff_ice *ice, skiff_dtls_event event)
{
    uint32_t bit = UINT32_C(1) << event;

    if ((ice->said & bit) != 0)
        return;
    ice->said |= bit;
    skf_tell_again(ice, event, (skiff_bytes){ NULL, 0 });
}

void skf_ice_tell(skiff_ice *ice, const skiff_ice_event *event)
{
    if (ice->config.on_ice_event != NULL)
        ice->config.on_ice_event(ice->config.context, event);
}

void skf_tell_path(skiff_ice *ice, skiff_ice_event_kind kind, const char *what)
{
    skf_ice_tell(ice, &(skiff_ice_event){ .kind = kind, .what = what });
}

void skf_tell_failure(skiff_ice *ice, const skiff_failure *why)
{
    if (ice->failure == NULL)
        ice->failure = why;
    skf_tell_path(ice, SKIFF_ICE_FAILED, why->what);
    if (!ice->freed)
        skf_tell_dtls(ice, SKIFF_DTLS_FAILED);
}

void skf_tell_media(skiff_ice *ice, skiff_packet *packet, skiff_kind kind)
{
    if (ice->config.on_media != NULL)
        ice->config.on_media(ice->config.context, packet, kind);
}

void skf_tell_candidate(const struct generation *made, NiceCandidate *candidate)
{
    const skiff_ice_config *config = &made->ice->config;

    if (config->on_candidate == NULL || made != skf_ice_newest(made->ice)
        || candidate->type == NICE_CANDIDATE_TYPE_PEER_REFLEXIVE)
        return;

    gchar *line = nice_agent_generate_local_candidate_sdp(made->agent, candidate);
    config->on_candidate(config->context, line + strlen("a=candidate:"));
    g_free(line);
}

void skf_tell_last_candidate(const struct generation *made)
{
    const skiff_ice_config *config = &made->ice->config;

    if (config->on_candidate != NULL && made == skf_ice_newest(made->ice))
        config->on_candidate(config->context, NULL);
}
