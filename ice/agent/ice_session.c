/* ice_session.c - one session of ICE: an agent of libnice, and what stands beside it. */
#include "ice_session.h"

#include "agent_state.h"
#include "agent_trace.h"
#include "networks.h"
#include "server_uri.h"

/* --- making --------------------------------------------------------------------------- */

static unsigned max_pairs(const skiff_ice_config *config)
{
    return config->max_pairs != 0 ? config->max_pairs : DEFAULT_PAIRS;
}

/* The addresses of the config, or the best of the host; libnice would use all there are. */
static unsigned add_addresses(struct ice_session *session, const skiff_ice_config *config)
{
    struct networks networks = { .num = 0 };
    unsigned num = 0;
    NiceAddress address;

    if (config->num_addresses == 0)
        skf_networks_choose(&networks, max_pairs(config));
    for (; num < networks.num; num++)
        nice_agent_add_local_address(session->agent, &networks.addresses[num]);
    for (size_t i = 0; i < config->num_addresses; i++) {
        nice_address_init(&address);
        if (!nice_address_set_from_string(&address, config->addresses[i])
            || !skf_networks_can_rank(&address))
            continue;
        nice_agent_add_local_address(session->agent, &address);
        num++;
    }
    session->no_address = num == 0 && config->num_addresses > 0; /* no others are wanted */
    return num;
}

static void wake(void *ice)
{
    skiff_ice_wake(ice);
}

/* The number of TURN servers, each of which may give a local candidate. */
static unsigned add_servers(struct ice_session *session, const skiff_ice_config *config)
{
    struct server server;
    unsigned num = 0;

    for (size_t i = 0; i < config->num_servers; i++)
        num += skf_server_read(config->servers[i], &server) == NULL && server.turn ? 1 : 0;
    session->has_turn = num > 0;
    session->servers = skf_servers_new(&(struct servers_options){ .agent = session->agent,
                                                                  .stream = session->stream,
                                                                  .loop = session->loop,
                                                                  .config = config,
                                                                  .wake = wake,
                                                                  .user = session->ice });
    return num;
}

void skf_ice_session_add_candidate(struct ice_session *session, NiceCandidate *candidate)
{
    skiff_ice_counters *counters = &session->ice->counters;
    uint32_t pruned = session->remotes.pruned;

    if (skf_remote_candidates_add(&session->remotes, skf_ice_now(), candidate))
        counters->candidates_added++;
    else
        AGENT_DROP(session->ice, ignored_kind, 1);
    AGENT_DROP(session->ice, ignored_limit, session->remotes.pruned - pruned);
    skiff_ice_wake(session->ice);
}

static void on_mdns_candidate(void *user, NiceCandidate *candidate)
{
    struct ice_session *session = user;

    if (candidate != NULL)
        skf_ice_session_add_candidate(session, candidate);
    else
        AGENT_DROP(session->ice, ignored_name, 1);
}

/* libnice's own consent is off: its state of a path that was found ends nothing. */
static void make_agent(struct ice_session *session, const skiff_ice_config *config)
{
    guint options = NICE_AGENT_OPTION_ICE_TRICKLE;
    unsigned locals;

    if (config->lite)
        options |= NICE_AGENT_OPTION_LITE_MODE;
    session->agent = nice_agent_new_full(session->loop, NICE_COMPATIBILITY_RFC5245,
                                         (NiceAgentOption)options);
    g_object_set(session->agent, "controlling-mode", (gboolean)config->controlling,
                 "ice-tcp", (gboolean)config->tcp, "force-relay",
                 (gboolean)config->relay_only, "upnp", FALSE, "max-connectivity-checks",
                 (guint)max_pairs(config), NULL);
    session->stream = nice_agent_add_stream(session->agent, 1);
    if (config->first_port != 0)
        nice_agent_set_port_range(session->agent, session->stream, NICE_COMPONENT_TYPE_RTP,
                                  config->first_port,
                                  MAX(config->first_port, config->last_port));
    locals = add_addresses(session, config);
    locals += add_servers(session, config);
    skf_remote_candidates_begin(&session->remotes, session->agent, session->stream, locals,
                                max_pairs(config));
    session->remotes.tcp = config->tcp;
    session->mdns = (struct mdns_candidates){ .loop = session->loop,
                                              .found = on_mdns_candidate,
                                              .user = session };
    nice_agent_get_local_credentials(session->agent, session->stream, &session->ufrag,
                                     &session->pwd);
}

struct ice_session *skf_ice_session_new(skiff_ice *ice)
{
    struct ice_session *session = g_try_new0(struct ice_session, 1);

    if (session == NULL)
        return NULL;
    session->ice = ice;
    session->loop = ice->loop;
    session->path_deadline = SKIFF_NEVER;
    session->close_at = SKIFF_NEVER;
    make_agent(session, &ice->config);
    if (session->servers != NULL)
        return session;
    skf_ice_session_free(session);
    return NULL;
}

/* --- its path ------------------------------------------------------------------------- */

void skf_text_wipe(gchar *text)
{
    if (text != NULL)
        skf_wipe(text, strlen(text));
    g_free(text);
}

void skf_ice_session_set_remote(struct ice_session *session, const char *ufrag,
                                const char *password)
{
    g_free(session->remote_ufrag);
    skf_text_wipe(session->remote_pwd);
    session->remote_ufrag = g_strdup(ufrag);
    session->remote_pwd = g_strdup(password);
    nice_agent_set_remote_credentials(session->agent, session->stream, ufrag, password);
}

static bool selected_pair(const struct ice_session *session, NiceCandidate **local,
                          NiceCandidate **remote)
{
    return nice_agent_get_selected_pair(session->agent, session->stream,
                                        NICE_COMPONENT_TYPE_RTP, local, remote);
}

bool skf_ice_session_pair_changed(const struct ice_session *session)
{
    NiceCandidate *local, *remote;

    return selected_pair(session, &local, &remote)
        && !(nice_address_equal(&local->addr, &session->local)
             && nice_address_equal(&remote->addr, &session->remote));
}

/* RFC 8445 7.1.1: the priority of a peer-reflexive candidate, should the check make one. */
static uint32_t priority_of(const NiceCandidate *local)
{
    return (UINT32_C(110) << 24) | (local->priority & 0xffffff);
}

void skf_ice_session_begin_consent(struct ice_session *session, skiff_time now)
{
    NiceCandidate *local, *remote;

    if (!selected_pair(session, &local, &remote))
        return;
    session->local = local->addr;
    session->remote = remote->addr;
    if (session->ice->config.lite) {
        skf_consent_checks_begin_lite(&session->consent_checks, now, session->ufrag,
                                      session->pwd, session->ice->config.consent);
        return;
    }
    skf_consent_checks_begin(
        &session->consent_checks, now,
        &(struct check_credentials){ .ours = session->ufrag,
                                     .theirs = session->remote_ufrag,
                                     .password = session->remote_pwd,
                                     .priority = priority_of(local),
                                     .controlling = session->ice->config.controlling },
        session->ice->config.consent);
}

static void copy_credentials(struct ice_session *session, const struct ice_session *from)
{
    g_free(session->ufrag);
    skf_text_wipe(session->pwd);
    g_free(session->remote_ufrag);
    skf_text_wipe(session->remote_pwd);
    session->ufrag = g_strdup(from->ufrag);
    session->pwd = g_strdup(from->pwd);
    session->remote_ufrag = g_strdup(from->remote_ufrag);
    session->remote_pwd = g_strdup(from->remote_pwd);
}

static void copy_candidates(struct ice_session *session, const struct ice_session *from)
{
    GSList *candidates = nice_agent_get_remote_candidates(from->agent, from->stream,
                                                          NICE_COMPONENT_TYPE_RTP);

    if (candidates != NULL)
        (void)nice_agent_set_remote_candidates(session->agent, session->stream,
                                               NICE_COMPONENT_TYPE_RTP, candidates);
    g_slist_free_full(candidates, (GDestroyNotify)nice_candidate_free);
}

void skf_ice_session_inherit(struct ice_session *session, struct ice_session *from)
{
    copy_credentials(session, from);
    session->remote_set_at = from->remote_set_at;
    session->path_deadline = from->path_deadline;
    nice_agent_set_local_credentials(session->agent, session->stream, session->ufrag,
                                     session->pwd);
    if (session->remote_ufrag == NULL)
        return;
    nice_agent_set_remote_credentials(session->agent, session->stream,
                                      session->remote_ufrag, session->remote_pwd);
    copy_candidates(session, from);
    skf_remote_candidates_inherit(&session->remotes, &from->remotes);
}

void skf_ice_session_restart_agent(struct ice_session *old, struct ice_session *next)
{
    nice_agent_restart_stream(old->agent, old->stream);
    skf_ice_session_inherit(old, next);
    old->agent_restarted = true;
    old->awaits_pair = true;
    old->repeat_candidates = true;
}

/* --- its end -------------------------------------------------------------------------- */

static void on_closed(GObject *agent, GAsyncResult *result, gpointer loop)
{
    (void)result;
    g_object_unref(agent);
    g_main_context_unref(loop);
}

/* A TURN server keeps an allocation until it is deleted or expires (RFC 8656
 * section 3.4). */
static void close_agent(NiceAgent *agent, GMainContext *loop)
{
    g_main_context_push_thread_default(loop);
    nice_agent_close_async(agent, on_closed, g_main_context_ref(loop));
    g_main_context_pop_thread_default(loop);
}

/* Without any callback libnice leaves its sockets readable, and its loop would spin. */
/* NOLINTNEXTLINE(readability-function-size): the type is libnice's */
static void discard(NiceAgent *agent, guint stream, guint component, guint len,
                    gchar *buffer, gpointer data)
{
    (void)agent, (void)stream, (void)component, (void)len, (void)buffer, (void)data;
}

void skf_ice_session_retire(struct ice_session *session)
{
    if (session == NULL)
        return;

    skiff_ice *ice = session->ice;
    g_signal_handlers_disconnect_by_data(session->agent, session);
    nice_agent_attach_recv(session->agent, session->stream, NICE_COMPONENT_TYPE_RTP,
                           session->loop, discard, NULL);
    skf_consent_checks_end(&session->consent_checks);
    skf_bypass_stop(&session->bypass);
    skf_servers_free(session->servers);
    session->servers = NULL;
    skf_mdns_candidates_end(&session->mdns);
    skf_remote_candidates_end(&session->remotes);
    AGENT_DROP(ice, drop_unverified_source, session->bypass.num_unknown_sources);
    session->next_retired = ice->retired;
    ice->retired = session;
    skiff_ice_wake(ice);
}

void skf_ice_session_free(struct ice_session *session)
{
    skf_consent_checks_end(&session->consent_checks);
    skf_bypass_close(&session->bypass);
    skf_servers_free(session->servers);
    skf_mdns_candidates_end(&session->mdns);
    skf_remote_candidates_end(&session->remotes);
    if (session->has_turn)
        close_agent(session->agent, session->loop);
    else
        g_object_unref(session->agent);
    g_free(session->ufrag);
    skf_text_wipe(session->pwd);
    g_free(session->remote_ufrag);
    skf_text_wipe(session->remote_pwd);
    g_free(session);
}
