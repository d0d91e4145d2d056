/* agent.c - the calls on one ICE handle, and what it sets up in libnice. */
#include "agent_state.h"

#include "agent_config.h"
#include "agent_lifetime.h"
#include "agent_loop.h"
#include "agent_send.h"
#include "agent_sessions.h"
#include "agent_trace.h"
#include "base/fingerprints.h"
#include "candidate.h"
#include "ice/net/text.h"

static char **copies(const char *const *texts, size_t num)
{
    char **made = g_new0(char *, num + 1);

    for (size_t i = 0; i < num; i++)
        made[i] = g_strdup(texts[i]);
    return made;
}

/* Each session is made from this copy. */
static skiff_ice_config copy_config(const skiff_ice_config *config)
{
    skiff_ice_config copy = *config;

    if (copy.pool == NULL)
        copy.pool = skiff_context_pool(config->context);
    copy.addresses = (const char *const *)copies(config->addresses, config->num_addresses);
    copy.servers = (const char *const *)copies(config->servers, config->num_servers);
    copy.turn_user = g_strdup(config->turn_user);
    copy.turn_password = g_strdup(config->turn_password);
    return copy;
}

static void free_config(skiff_ice_config *config)
{
    g_strfreev((char **)(uintptr_t)config->addresses);
    g_strfreev((char **)(uintptr_t)config->servers);
    g_free((char *)(uintptr_t)config->turn_user);
    skf_text_wipe((char *)(uintptr_t)config->turn_password);
}

skiff_status skiff_ice_new(const skiff_ice_config *config, skiff_ice **ice)
{
    skiff_time now = skf_ice_now();

    if (ice == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "ice: must not be NULL");

    skiff_status status = skf_ice_config_check(config);
    if (status != SKIFF_OK)
        return status;

    skiff_ice *made = g_try_new0(skiff_ice, 1);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;

    skiff_role role = config->role != 0 ? config->role : SKIFF_ROLE_ACTPASS;
    status = skiff_transport_new(config->context, role, NULL, now, &made->transport);
    if (status != SKIFF_OK) {
        g_free(made);
        return status;
    }
    skiff_transport_set_path(made->transport, now, false);
    made->config = copy_config(config);
    made->loop =
        config->main_context != NULL ? config->main_context : g_main_context_default();
    g_main_context_ref(made->loop);
    AGENT_TRACE(made, .event = SKIFF_TRACE_NEW);
    skf_agent_begin(made);
    status = skf_agent_sessions_restart(made);
    if (status != SKIFF_OK) {
        skiff_ice_free(made);
        return status;
    }
    *ice = made;
    return SKIFF_OK;
}

void skiff_ice_free(skiff_ice *ice)
{
    if (ice == NULL)
        return;
    skf_agent_detach(ice);
    skiff_packet_release(&ice->lent);
    skiff_transport_free(ice->transport);
    AGENT_TRACE(ice, .event = SKIFF_TRACE_FREED);
    ice->config.trace = NULL; /* its user pointer may end with the handle */
    g_free(ice->ufrag);
    skf_text_wipe(ice->pwd);
    g_free(ice->expected);
    g_free(ice->renewed);
    free_config(&ice->config);
    if (ice->depth > 0)
        ice->freed = true; /* agent_lifetime.c finishes it, outside of the callback */
    else
        skf_agent_finish(ice);
}

void skiff_ice_close(skiff_ice *ice)
{
    skiff_time now = skf_ice_now();

    skiff_dtls_close(skiff_transport_dtls(ice->transport), now);
    skf_agent_flush(ice, now);
    ice->reported = UINT32_MAX; /* from now on nothing is reported */
    ice->config.on_candidate = NULL;
    ice->config.on_media = NULL;
    ice->config.on_event = NULL;
    ice->config.on_ice_event = NULL;
}

void skiff_ice_credentials(const skiff_ice *ice, const char **ufrag, const char **password)
{
    *ufrag = ice->ufrag;
    *password = ice->pwd;
}

static bool are_same(const skiff_fingerprint *a, size_t num_a, const skiff_fingerprint *b,
                     size_t num_b)
{
    return fingerprints_are_within(a, num_a, b, num_b)
        && fingerprints_are_within(b, num_b, a, num_a);
}

static bool is_expected(const skiff_ice *ice, const skiff_fingerprint *any_of, size_t num)
{
    return are_same(any_of, num, ice->expected, ice->num_expected)
        || are_same(any_of, num, ice->renewed, ice->num_renewed);
}

static skiff_status expect(skiff_ice *ice, const skiff_fingerprint *any_of, size_t num)
{
    if (num == 0)
        return SKIFF_OK;
    if (any_of == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "any_of: NULL, and num is not 0");
    if (ice->num_expected > 0 && is_expected(ice, any_of, num))
        return SKIFF_OK;
    if (ice->num_expected > 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "any_of: not those of before the restart");

    skiff_dtls *dtls = skiff_transport_dtls(ice->transport);
    skiff_status status = skiff_dtls_expect(dtls, any_of, num);
    if (status != SKIFF_OK)
        return status;
    ice->expected = g_memdup2(any_of, num * sizeof *any_of);
    ice->num_expected = num;
    return SKIFF_OK;
}

skiff_status skiff_ice_set_peer(skiff_ice *ice, const char *ufrag, const char *password,
                                const skiff_fingerprint *any_of, size_t num)
{
    struct ice_session *newest = skf_ice_newest(ice);

    if (!text_is_credential(ufrag, 4))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "ufrag: not 4 to 256 visible letters without \":\"");
    if (!text_is_credential(password, 22))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "password: not 22 to 256 visible letters without \":\"");
    if (newest == NULL)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "ufrag: consent has ended, and no restart followed");
    if (newest->remote_ufrag != NULL)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "ufrag: it was set already, and no restart followed");

    skiff_status status = expect(ice, any_of, num);
    if (status != SKIFF_OK)
        return status;
    skf_agent_sessions_set_remote(ice, ufrag, password);
    skiff_ice_wake(ice);
    return SKIFF_OK;
}

/* The round trip of DTLS, until a check was answered. */
static skiff_time round_trip(const skiff_ice *ice)
{
    skiff_dtls_info info = { 0 };

    if (ice->current != NULL && ice->current->consent_checks.consent.round_trip != 0)
        return ice->current->consent_checks.consent.round_trip;
    skiff_dtls_get_info(skiff_transport_dtls(ice->transport), &info, sizeof info);
    return info.round_trip;
}

skiff_status skiff_ice_renew(skiff_ice *ice, skiff_role role,
                             const skiff_fingerprint *any_of, size_t num)
{
    skiff_status status =
        skiff_transport_renew(ice->transport, role, any_of, num, skf_ice_now());

    if (status != SKIFF_OK)
        return status;
    skiff_dtls_set_round_trip(skiff_transport_renewal(ice->transport), round_trip(ice));
    g_free(ice->renewed);
    ice->renewed = g_memdup2(any_of, num * sizeof *any_of);
    ice->num_renewed = num;
    skiff_ice_wake(ice);
    return SKIFF_OK;
}

static uint32_t bit(skiff_dtls_event event)
{
    return UINT32_C(1) << event;
}

skiff_status skiff_ice_restart(skiff_ice *ice)
{
    if ((ice->reported & bit(SKIFF_DTLS_CLOSED)) != 0)
        return SKIFF_ERR_CLOSED;
    if ((ice->reported & bit(SKIFF_DTLS_FAILED)) != 0 && ice->failure == NULL)
        return SKIFF_ERR_FAILED;

    return skf_agent_sessions_restart(ice);
}

skiff_transport *skiff_ice_transport(skiff_ice *ice)
{
    return ice->transport;
}

static void resolve(struct ice_session *newest, const char *sdp)
{
    skiff_ice *ice = newest->ice;

    if (!ice->config.resolve_local
        || !skf_mdns_candidates_add(&newest->mdns, skf_ice_now(), sdp))
        AGENT_DROP(ice, ignored_name, 1);
    skiff_ice_wake(ice);
}

skiff_status skiff_ice_add_candidate(skiff_ice *ice, const char *sdp)
{
    struct ice_session *newest = skf_ice_newest(ice);
    NiceCandidate *candidate = NULL;

    if (newest == NULL || newest->remote_ufrag == NULL)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "sdp: candidates come after set_peer, until consent ends");
    if (sdp == NULL || *sdp == '\0') {
        nice_agent_peer_candidate_gathering_done(newest->agent, newest->stream);
        return SKIFF_OK;
    }
    switch (skf_candidate_read(sdp, &candidate)) {
    case SKF_CANDIDATE_ACCEPTED:
        skf_ice_session_add_candidate(newest, candidate);
        return SKIFF_OK;
    case SKF_CANDIDATE_NAME:
        resolve(newest, sdp);
        return SKIFF_OK;
    case SKF_CANDIDATE_COMPONENT:
        AGENT_DROP(ice, ignored_component, 1);
        return SKIFF_OK;
    case SKF_CANDIDATE_KIND:
        AGENT_DROP(ice, ignored_kind, 1);
        return SKIFF_OK;
    case SKF_CANDIDATE_ADDRESS:
        AGENT_DROP(ice, ignored_address, 1);
        return SKIFF_OK;
    case SKF_CANDIDATE_MALFORMED:
        break;
    }
    return skiff_fault_set_text(SKIFF_ERR_ARGUMENT, "sdp: \"", sdp,
                                "\" is no candidate (RFC 8839 5.1)");
}

void skiff_ice_failure(const skiff_ice *ice, skiff_failure *failure, size_t size)
{
    if (ice->failure != NULL)
        memcpy(failure, ice->failure, MIN(size, sizeof *failure));
    else
        skiff_transport_failure(ice->transport, failure, size);
}

static void format_address(const NiceAddress *address, char *text, size_t size)
{
    gchar ip[NICE_ADDRESS_STRING_LEN];
    bool six = nice_address_ip_version(address) == 6;

    nice_address_to_string(address, ip);
    g_snprintf(text, size, six ? "[%s]:%u" : "%s:%u", ip, nice_address_get_port(address));
}

/* Without a zone, like all other addresses. */
static void write_redirected(const union address *remote, char *text, size_t size)
{
    NiceAddress address;

    nice_address_init(&address);
    nice_address_set_from_sockaddr(&address, &remote->any);
    format_address(&address, text, size);
}

static void write_pair(const struct ice_session *session, skiff_ice_info *info)
{
    NiceCandidate *local = NULL, *remote = NULL;

    if (session == NULL
        || !nice_agent_get_selected_pair(session->agent, session->stream,
                                         NICE_COMPONENT_TYPE_RTP, &local, &remote))
        return;
    info->relayed = local->type == NICE_CANDIDATE_TYPE_RELAYED
                 || remote->type == NICE_CANDIDATE_TYPE_RELAYED;
    format_address(&local->addr, info->local, sizeof info->local);
    format_address(&remote->addr, info->remote, sizeof info->remote);
    if (session->bypass.redirected)
        write_redirected(&session->bypass.path.remote, info->remote, sizeof info->remote);
}

void skiff_ice_get_info(const skiff_ice *ice, skiff_ice_info *info, size_t size)
{
    skiff_ice_info full = { .path_time = ice->path_time,
                            .bypass = ice->current != NULL
                                   && ice->current->bypass.selected != NULL,
                            .bytes_sent = ice->bytes_sent,
                            .bytes_received = ice->bytes_received,
                            .last_media = ice->last_media,
                            .open = ice->open,
                            .disconnected = ice->disconnected };

    full.round_trip = round_trip(ice);
    write_pair(ice->current, &full);
    memcpy(info, &full, MIN(size, sizeof full));
}

static uint32_t unknown_sources(const struct ice_session *session)
{
    return session != NULL ? session->bypass.num_unknown_sources : 0;
}

void skiff_ice_get_counters(const skiff_ice *ice, skiff_ice_counters *counters, size_t size)
{
    skiff_ice_counters full = ice->counters;

    full.drop_unverified_source += unknown_sources(ice->current)
                                 + unknown_sources(ice->next)
                                 + unknown_sources(ice->previous);
    memcpy(counters, &full, MIN(size, sizeof full));
}
