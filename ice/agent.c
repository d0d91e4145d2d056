/* agent.c - the calls on one ICE handle, and what it sets up in libnice. */
#include "agent.h"

#include "bridge.h"
#include "candidate.h"
#include "server.h"
#include "text.h"

/* RFC 8863 section 4: the time in which the peer's own checks may still come. */
#define PATIENCE SKIFF_MSEC(39500)

static bool addresses_are_valid(const skiff_ice_config *config)
{
    NiceAddress address;

    for (size_t i = 0; i < config->num_addresses; i++)
        if (config->addresses[i] == NULL
            || !nice_address_set_from_string(&address, config->addresses[i]))
            return false;
    return true;
}

static bool servers_are_valid(const skiff_ice_config *config)
{
    struct server server;

    for (size_t i = 0; i < config->num_servers; i++) {
        if (skf_server_read(config->servers[i], &server) != NULL)
            return false;
        if (server.turn && (config->turn_user == NULL || config->turn_password == NULL))
            return false;
    }
    return true;
}

static bool is_valid(const skiff_ice_config *config)
{
    return config != NULL && config->size == sizeof *config && config->shared != NULL
           && (config->pool != NULL || skiff_context_pool(config->shared) != NULL)
           && !(config->lite && config->controlling)
           && (config->last_port == 0 || config->last_port >= config->first_port)
           && (config->addresses != NULL || config->num_addresses == 0)
           && (config->servers != NULL || config->num_servers == 0)
           && addresses_are_valid(config) && servers_are_valid(config);
}

static void add_addresses(skiff_ice *ice, const skiff_ice_config *config)
{
    NiceAddress address;

    for (size_t i = 0; i < config->num_addresses; i++) {
        nice_address_init(&address);
        if (nice_address_set_from_string(&address, config->addresses[i]))
            nice_agent_add_local_address(ice->agent, &address);
    }
}

static void add_servers(skiff_ice *ice, const skiff_ice_config *config)
{
    struct server server;
    bool asked = false;                 /* a STUN server; libnice asks one only */

    for (size_t i = 0; i < config->num_servers; i++) {
        (void)skf_server_read(config->servers[i], &server);
        if (server.turn) {
            ice->relays = true;
            nice_agent_set_relay_info(ice->agent, ice->stream, NICE_COMPONENT_TYPE_RTP,
                                      server.host, server.port, config->turn_user,
                                      config->turn_password, server.transport);
        } else if (!asked) {
            asked = true;
            g_object_set(ice->agent, "stun-server", server.host, "stun-server-port",
                         server.port, NULL);
        }
    }
}

static void read_credentials(skiff_ice *ice)
{
    g_free(ice->ufrag);
    g_free(ice->pwd);
    nice_agent_get_local_credentials(ice->agent, ice->stream, &ice->ufrag, &ice->pwd);
}

static void make_agent(skiff_ice *ice, const skiff_ice_config *config)
{
    guint options = NICE_AGENT_OPTION_ICE_TRICKLE | NICE_AGENT_OPTION_CONSENT_FRESHNESS;

    if (config->lite)
        options |= NICE_AGENT_OPTION_LITE_MODE;
    ice->agent = nice_agent_new_full(ice->loop, NICE_COMPATIBILITY_RFC5245,
                                     (NiceAgentOption)options);
    g_object_set(ice->agent, "controlling-mode", (gboolean)config->controlling,
                 "ice-tcp", (gboolean)config->tcp, "force-relay",
                 (gboolean)config->relay_only, "upnp", FALSE, NULL);
    ice->stream = nice_agent_add_stream(ice->agent, 1);
    if (config->first_port != 0)
        nice_agent_set_port_range(ice->agent, ice->stream, NICE_COMPONENT_TYPE_RTP,
                                  config->first_port,
                                  MAX(config->first_port, config->last_port));
    add_addresses(ice, config);
    add_servers(ice, config);
    read_credentials(ice);
}

/* What the config names for _new alone is not kept: it is the caller's. */
static skiff_ice_config kept(const skiff_ice_config *config)
{
    skiff_ice_config copy = *config;

    if (copy.pool == NULL)
        copy.pool = skiff_context_pool(config->shared);
    copy.addresses = NULL;
    copy.servers = NULL;
    copy.turn_user = NULL;
    copy.turn_password = NULL;
    return copy;
}

skiff_status skiff_ice_new(const skiff_ice_config *config, skiff_ice **ice)
{
    skiff_time now = skf_ice_now();

    if (!is_valid(config) || ice == NULL)
        return SKIFF_ERR_ARGUMENT;

    skiff_ice *made = g_try_new0(skiff_ice, 1);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;

    skiff_role role = config->role != 0 ? config->role : SKIFF_ROLE_ACTPASS;
    skiff_status status = skiff_transport_new(config->shared, role, NULL, now,
                                              &made->transport);
    if (status != SKIFF_OK) {
        g_free(made);
        return status;
    }
    skiff_transport_set_path(made->transport, now, false);
    made->config = kept(config);
    made->loop = config->main_context != NULL ? config->main_context
                                              : g_main_context_default();
    g_main_context_ref(made->loop);
    made->give_up = SKIFF_NEVER;
    make_agent(made, config);
    skf_ice_attach(made);
    *ice = made;
    return SKIFF_OK;
}

static void on_closed(GObject *agent, GAsyncResult *result, gpointer loop)
{
    (void)result;
    g_object_unref(agent);
    g_main_context_unref(loop);
}

/* A TURN server keeps what it was asked for until it is told (RFC 8656 section 3.4). */
static void close_agent(NiceAgent *agent, GMainContext *loop)
{
    g_main_context_push_thread_default(loop);
    nice_agent_close_async(agent, on_closed, g_main_context_ref(loop));
    g_main_context_pop_thread_default(loop);
}

void skf_ice_finish(skiff_ice *ice)
{
    skf_split_close(&ice->split);
    if (ice->relays)
        close_agent(ice->agent, ice->loop);
    else
        g_object_unref(ice->agent);
    g_main_context_unref(ice->loop);
    g_free(ice);
}

void skiff_ice_free(skiff_ice *ice)
{
    if (ice == NULL)
        return;
    skf_ice_detach(ice);
    skiff_packet_give(&ice->lent);
    skiff_transport_free(ice->transport);
    g_free(ice->ufrag);
    g_free(ice->pwd);
    g_free(ice->expected);
    if (ice->depth > 0)
        ice->freed = true;              /* drive.c finishes, out of the callback */
    else
        skf_ice_finish(ice);
}

void skiff_ice_close(skiff_ice *ice)
{
    skiff_time now = skf_ice_now();

    skiff_dtls_close(skiff_transport_dtls(ice->transport), now);
    skf_ice_flush(ice, now);
    ice->said = UINT32_MAX;             /* nothing is said any more, and nothing heard */
    ice->config.on_media = NULL;
}

void skiff_ice_credentials(const skiff_ice *ice, const char **ufrag, const char **pwd)
{
    *ufrag = ice->ufrag;
    *pwd = ice->pwd;
}

static bool is_expected(const skiff_ice *ice, const skiff_fingerprint *any_of, size_t num)
{
    if (num != ice->num_expected)
        return false;
    for (size_t i = 0; i < num; i++)
        if (any_of[i].hash != ice->expected[i].hash || any_of[i].len != ice->expected[i].len
            || memcmp(any_of[i].bytes, ice->expected[i].bytes, any_of[i].len) != 0)
            return false;
    return true;
}

static skiff_status expect(skiff_ice *ice, const skiff_fingerprint *any_of, size_t num)
{
    if (num == 0)
        return SKIFF_OK;
    if (any_of == NULL)
        return SKIFF_ERR_ARGUMENT;
    if (ice->num_expected > 0)
        return is_expected(ice, any_of, num) ? SKIFF_OK : SKIFF_ERR_ARGUMENT;

    skiff_dtls *dtls = skiff_transport_dtls(ice->transport);
    skiff_status status = skiff_dtls_expect(dtls, any_of, num);
    if (status != SKIFF_OK)
        return status;
    ice->expected = g_memdup2(any_of, num * sizeof *any_of);
    ice->num_expected = num;
    return SKIFF_OK;
}

skiff_status skiff_ice_set_peer(skiff_ice *ice, const char *ufrag, const char *pwd,
                                const skiff_fingerprint *any_of, size_t num)
{
    if (!text_is_credential(ufrag, 4) || !text_is_credential(pwd, 22))
        return SKIFF_ERR_ARGUMENT;
    if (ice->told)
        return SKIFF_ERR_STATE;

    skiff_status status = expect(ice, any_of, num);
    if (status != SKIFF_OK)
        return status;
    ice->told = true;
    ice->told_at = skf_ice_now();
    ice->give_up = ice->told_at
                   + (ice->config.patience != 0 ? ice->config.patience : PATIENCE);
    nice_agent_set_remote_credentials(ice->agent, ice->stream, ufrag, pwd);
    skiff_ice_wake(ice);
    return SKIFF_OK;
}

static uint32_t bit(skiff_dtls_event event)
{
    return UINT32_C(1) << event;
}

skiff_status skiff_ice_restart(skiff_ice *ice)
{
    if ((ice->said & bit(SKIFF_DTLS_CLOSED)) != 0)
        return SKIFF_ERR_CLOSED;
    if ((ice->said & bit(SKIFF_DTLS_FAILED)) != 0 && ice->failure == NULL)
        return SKIFF_ERR_FAILED;

    if (ice->failure != NULL)
        ice->said &= ~(bit(SKIFF_DTLS_CONNECTED) | bit(SKIFF_DTLS_FAILED));
    ice->failure = NULL;
    ice->told = false;
    ice->give_up = SKIFF_NEVER;
    ice->repeat = ice->gathering;
    nice_agent_restart_stream(ice->agent, ice->stream);
    read_credentials(ice);
    skiff_ice_wake(ice);
    return SKIFF_OK;
}

skiff_transport *skiff_ice_transport(skiff_ice *ice)
{
    return ice->transport;
}

static void add(skiff_ice *ice, NiceCandidate *candidate)
{
    GSList one = { candidate, NULL };
    int added = nice_agent_set_remote_candidates(ice->agent, ice->stream,
                                                 NICE_COMPONENT_TYPE_RTP, &one);

    if (added > 0)
        ice->counters.candidates_taken++;
    else
        ice->counters.ignored_kind++;
    nice_candidate_free(candidate);
}

skiff_status skiff_ice_add_candidate(skiff_ice *ice, const char *sdp)
{
    NiceCandidate *candidate = NULL;

    if (!ice->told)
        return SKIFF_ERR_STATE;
    if (sdp == NULL || *sdp == '\0') {
        nice_agent_peer_candidate_gathering_done(ice->agent, ice->stream);
        return SKIFF_OK;
    }
    switch (skf_candidate_read(sdp, &candidate)) {
    case SKF_CANDIDATE_TAKEN:
        add(ice, candidate);
        return SKIFF_OK;
    case SKF_CANDIDATE_NAME:
        ice->counters.ignored_name++;
        return SKIFF_OK;
    case SKF_CANDIDATE_COMPONENT:
        ice->counters.ignored_component++;
        return SKIFF_OK;
    case SKF_CANDIDATE_KIND:
        ice->counters.ignored_kind++;
        return SKIFF_OK;
    case SKF_CANDIDATE_ADDRESS:
        ice->counters.ignored_address++;
        return SKIFF_OK;
    case SKF_CANDIDATE_MALFORMED:
        break;
    }
    return SKIFF_ERR_ARGUMENT;
}

/* What libnice does not send without consent (RFC 7675 5.1), nobody sends: its to say. */
bool skf_ice_is_split(const skiff_ice *ice)
{
    return ice->split.selected != NULL
           && (ice->state == NICE_COMPONENT_STATE_CONNECTED
               || ice->state == NICE_COMPONENT_STATE_READY);
}

size_t skf_ice_carry(skiff_ice *ice, skiff_packet *const *packets, size_t num)
{
    size_t sent = skf_ice_is_split(ice)
                      ? skf_split_send(&ice->split, packets, num)
                      : skf_bridge_send(ice->agent, ice->stream, packets, num);

    ice->counters.unsent += (uint32_t)(num - sent);
    return sent;
}

skiff_status skiff_ice_send(skiff_ice *ice, skiff_packet *const *packets, size_t num,
                            size_t *sent)
{
    skiff_status status = SKIFF_OK;
    size_t sealed = 0;

    *sent = 0;
    if (!ice->open)
        return SKIFF_ERR_STATE;
    while (sealed < num && status == SKIFF_OK) {
        status = skiff_transport_protect(ice->transport, packets[sealed]);
        sealed += status == SKIFF_OK ? 1 : 0;
    }
    *sent = skf_ice_carry(ice, packets, sealed);
    return status;
}

void skiff_ice_failure(const skiff_ice *ice, skiff_failure *why, size_t size)
{
    if (ice->failure != NULL)
        memcpy(why, ice->failure, MIN(size, sizeof *why));
    else
        skiff_transport_failure(ice->transport, why, size);
}

static void format_address(const NiceAddress *address, char *text, size_t size)
{
    gchar ip[NICE_ADDRESS_STRING_LEN];
    bool six = nice_address_ip_version(address) == 6;

    nice_address_to_string(address, ip);
    g_snprintf(text, size, six ? "[%s]:%u" : "%s:%u", ip, nice_address_get_port(address));
}

void skiff_ice_get_info(const skiff_ice *ice, skiff_ice_info *info, size_t size)
{
    skiff_ice_info full = { .path_time = ice->path_time, .split = skf_ice_is_split(ice) };
    NiceCandidate *local = NULL, *remote = NULL;

    if (nice_agent_get_selected_pair(ice->agent, ice->stream, NICE_COMPONENT_TYPE_RTP,
                                     &local, &remote)) {
        full.relayed = local->type == NICE_CANDIDATE_TYPE_RELAYED
                       || remote->type == NICE_CANDIDATE_TYPE_RELAYED;
        format_address(&local->addr, full.local, sizeof full.local);
        format_address(&remote->addr, full.remote, sizeof full.remote);
    }
    memcpy(info, &full, MIN(size, sizeof full));
}

void skiff_ice_get_counters(const skiff_ice *ice, skiff_ice_counters *counters, size_t size)
{
    skiff_ice_counters full = ice->counters;

    full.drop_unproven = ice->split.strangers;
    memcpy(counters, &full, MIN(size, sizeof full));
}
