/* generation.c - one run of ICE: an agent of libnice, and what stands beside it. */
#include "generation.h"

#include "agent.h"
#include "networks.h"
#include "server.h"

/* --- made ----------------------------------------------------------------------------- */

static unsigned max_pairs(const skiff_ice_config *config)
{
    return config->max_pairs != 0 ? config->max_pairs : REMOTES_PAIRS;
}

/* Those of the config, or those worth it; libnice would take all there are. */
static unsigned add_addresses(struct generation *made, const skiff_ice_config *config)
{
    struct networks networks = { .num = 0 };
    unsigned num = 0;
    NiceAddress address;

    if (config->num_addresses == 0)
        skf_networks_choose(&networks, max_pairs(config));
    for (; num < networks.num; num++)
        nice_agent_add_local_address(made->agent, &networks.addresses[num]);
    for (size_t i = 0; i < config->num_addresses; i++) {
        nice_address_init(&address);
        if (!nice_address_set_from_string(&address, config->addresses[i])
            || !skf_networks_can_rank(&address))
            continue;
        nice_agent_add_local_address(made->agent, &address);
        num++;
    }
    made->barred = num == 0 && config->num_addresses > 0;       /* others are unwanted */
    return num;
}

static void wake(void *ice)
{
    skiff_ice_wake(ice);
}

/* How many of them are TURN servers, each of which may give a local candidate. */
static unsigned add_servers(struct generation *made, const skiff_ice_config *config)
{
    struct server server;
    unsigned num = 0;

    for (size_t i = 0; i < config->num_servers; i++)
        num += skf_server_read(config->servers[i], &server) == NULL && server.turn ? 1 : 0;
    made->relays = num > 0;
    made->servers = skf_servers_new(&(struct servers_of){ .agent = made->agent,
                                                          .stream = made->stream,
                                                          .loop = made->loop,
                                                          .config = config,
                                                          .wake = wake,
                                                          .user = made->ice });
    return num;
}

void skf_generation_add(struct generation *made, NiceCandidate *candidate)
{
    skiff_ice_counters *counters = &made->ice->counters;
    uint32_t pruned = made->remotes.pruned;

    if (skf_remotes_add(&made->remotes, skf_ice_now(), candidate))
        counters->candidates_taken++;
    else
        counters->ignored_kind++;
    counters->ignored_limit += made->remotes.pruned - pruned;
    skiff_ice_wake(made->ice);
}

static void on_found(void *user, NiceCandidate *candidate)
{
    struct generation *made = user;

    if (candidate != NULL)
        skf_generation_add(made, candidate);
    else
        made->ice->counters.ignored_name++;
}

/* Without consent of libnice's own: what it says of a path that was found ends nothing. */
static void make_agent(struct generation *made, const skiff_ice_config *config)
{
    guint options = NICE_AGENT_OPTION_ICE_TRICKLE;
    unsigned locals;

    if (config->lite)
        options |= NICE_AGENT_OPTION_LITE_MODE;
    made->agent = nice_agent_new_full(made->loop, NICE_COMPATIBILITY_RFC5245,
                                      (NiceAgentOption)options);
    g_object_set(made->agent, "controlling-mode", (gboolean)config->controlling,
                 "ice-tcp", (gboolean)config->tcp, "force-relay",
                 (gboolean)config->relay_only, "upnp", FALSE,
                 "max-connectivity-checks", (guint)max_pairs(config), NULL);
    made->stream = nice_agent_add_stream(made->agent, 1);
    if (config->first_port != 0)
        nice_agent_set_port_range(made->agent, made->stream, NICE_COMPONENT_TYPE_RTP,
                                  config->first_port,
                                  MAX(config->first_port, config->last_port));
    locals = add_addresses(made, config);
    locals += add_servers(made, config);
    skf_remotes_begin(&made->remotes, made->agent, made->stream, locals, max_pairs(config));
    made->remotes.tcp = config->tcp;
    made->hidden = (struct hidden){ .loop = made->loop, .found = on_found, .user = made };
    nice_agent_get_local_credentials(made->agent, made->stream, &made->ufrag, &made->pwd);
}

struct generation *skf_generation_new(skiff_ice *ice)
{
    struct generation *made = g_try_new0(struct generation, 1);

    if (made == NULL)
        return NULL;
    made->ice = ice;
    made->loop = ice->loop;
    made->give_up = SKIFF_NEVER;
    made->leave = SKIFF_NEVER;
    make_agent(made, &ice->config);
    if (made->servers != NULL)
        return made;
    skf_generation_free(made);
    return NULL;
}

/* --- its path ------------------------------------------------------------------------- */

void skf_text_wipe(gchar *text)
{
    if (text != NULL)
        skf_ice_wipe(text, strlen(text));
    g_free(text);
}

void skf_generation_tell(struct generation *made, const char *ufrag, const char *pwd)
{
    g_free(made->their_ufrag);
    skf_text_wipe(made->their_pwd);
    made->their_ufrag = g_strdup(ufrag);
    made->their_pwd = g_strdup(pwd);
    nice_agent_set_remote_credentials(made->agent, made->stream, ufrag, pwd);
}

static bool selected(const struct generation *made, NiceCandidate **local,
                     NiceCandidate **remote)
{
    return nice_agent_get_selected_pair(made->agent, made->stream, NICE_COMPONENT_TYPE_RTP,
                                        local, remote);
}

bool skf_generation_has_moved(const struct generation *made)
{
    NiceCandidate *local, *remote;

    return selected(made, &local, &remote)
           && !(nice_address_equal(&local->addr, &made->local)
                && nice_address_equal(&remote->addr, &made->remote));
}

/* RFC 8445 7.1.1: that of a peer-reflexive candidate, should the check make one. */
static uint32_t priority_of(const NiceCandidate *local)
{
    return (UINT32_C(110) << 24) | (local->priority & 0xffffff);
}

void skf_generation_keep(struct generation *made, skiff_time now)
{
    NiceCandidate *local, *remote;

    if (!selected(made, &local, &remote))
        return;
    made->local = local->addr;
    made->remote = remote->addr;
    if (made->ice->config.lite) {
        skf_keep_begin_lite(&made->keeper, now, made->ufrag, made->pwd,
                            made->ice->config.consent);
        return;
    }
    skf_keep_begin(&made->keeper, now,
                   &(struct check_names){ .ours = made->ufrag,
                                          .theirs = made->their_ufrag,
                                          .password = made->their_pwd,
                                          .priority = priority_of(local),
                                          .controlling = made->ice->config.controlling },
                   made->ice->config.consent);
}

static void take_texts(struct generation *made, const struct generation *from)
{
    g_free(made->ufrag);
    skf_text_wipe(made->pwd);
    g_free(made->their_ufrag);
    skf_text_wipe(made->their_pwd);
    made->ufrag = g_strdup(from->ufrag);
    made->pwd = g_strdup(from->pwd);
    made->their_ufrag = g_strdup(from->their_ufrag);
    made->their_pwd = g_strdup(from->their_pwd);
}

static void take_candidates(struct generation *made, const struct generation *from)
{
    GSList *told = nice_agent_get_remote_candidates(from->agent, from->stream,
                                                    NICE_COMPONENT_TYPE_RTP);

    if (told != NULL)
        (void)nice_agent_set_remote_candidates(made->agent, made->stream,
                                               NICE_COMPONENT_TYPE_RTP, told);
    g_slist_free_full(told, (GDestroyNotify)nice_candidate_free);
}

void skf_generation_inherit(struct generation *made, struct generation *from)
{
    take_texts(made, from);
    made->told_at = from->told_at;
    made->give_up = from->give_up;
    nice_agent_set_local_credentials(made->agent, made->stream, made->ufrag, made->pwd);
    if (made->their_ufrag == NULL)
        return;
    nice_agent_set_remote_credentials(made->agent, made->stream, made->their_ufrag,
                                      made->their_pwd);
    take_candidates(made, from);
    skf_remotes_inherit(&made->remotes, &from->remotes);
}

void skf_generation_take_over(struct generation *old, struct generation *names)
{
    nice_agent_restart_stream(old->agent, old->stream);
    skf_generation_inherit(old, names);
    old->in_place = true;
    old->repeat = true;
}

/* --- its end -------------------------------------------------------------------------- */

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

void skf_generation_free(struct generation *made)
{
    skf_keep_end(&made->keeper);
    skf_split_close(&made->split);
    skf_servers_free(made->servers);
    skf_hidden_end(&made->hidden);
    skf_remotes_end(&made->remotes);
    if (made->relays)
        close_agent(made->agent, made->loop);
    else
        g_object_unref(made->agent);
    g_free(made->ufrag);
    skf_text_wipe(made->pwd);
    g_free(made->their_ufrag);
    skf_text_wipe(made->their_pwd);
    g_free(made);
}
