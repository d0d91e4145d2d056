/*
 * agent_loop.c - one run of a handle in its main context: the steps, in their order, and
 * the networks of the host.
 *
 * A callback may free the handle. Then every loop here ends: see agent_lifetime.h.
 */
#include "agent_loop.h"

#include "agent_events.h"
#include "agent_lifetime.h"
#include "agent_sessions.h"
#include "agent_timer.h"
#include "agent_transport.h"

static const char *describe_change(const struct networks *before,
                                   const struct networks *after)
{
    bool lost = !skf_networks_include(after, before);
    bool won = !skf_networks_include(before, after);

    if (lost && won)
        return "ICE: the local addresses have changed";
    if (lost)
        return "ICE: a local address was removed";
    return won ? "ICE: a local address was added" : NULL;
}

/* The application knows what to do about it: a restart gathers anew. */
static void check_networks(skiff_ice *ice, skiff_time now)
{
    struct networks before = ice->networks;
    const char *what;

    (void)now;
    if (!ice->networks_changed)
        return;
    ice->networks_changed = false;
    skf_networks_list(&ice->networks, ice->config.addresses, ice->config.num_addresses);
    what = describe_change(&before, &ice->networks);
    if (what != NULL)
        skf_agent_report_path(ice, SKIFF_ICE_NETWORKS, what);
}

static void on_networks_changed(void *user)
{
    skiff_ice *ice = user;

    ice->networks_changed = true;
    skiff_ice_wake(ice);
}

static gboolean run_agent(gpointer data)
{
    static void (*const steps[])(skiff_ice *, skiff_time) = {
        skf_agent_sessions_free_retired,  skf_agent_sessions_gather,
        skf_agent_sessions_follow_paths,  skf_agent_sessions_check_consent,
        skf_agent_sessions_check_timeout, check_networks,
        skf_agent_run_transport,
    };
    skiff_ice *ice = data;
    skiff_time now = skf_ice_now();

    skf_agent_enter(ice);
    ice->woken = false;
    for (size_t i = 0; i < G_N_ELEMENTS(steps) && !ice->freed; i++)
        steps[i](ice, now);
    skf_agent_leave(ice);
    return G_SOURCE_CONTINUE;
}

void skf_agent_begin(skiff_ice *ice)
{
    ice->timer = skf_agent_timer_new(ice, run_agent);
    if (ice->config.on_ice_event == NULL)
        return;
    skf_networks_list(&ice->networks, ice->config.addresses, ice->config.num_addresses);
    ice->network_monitor = skf_network_monitor_new(ice->loop, on_networks_changed, ice);
}

void skf_agent_detach(skiff_ice *ice)
{
    struct ice_session **all[] = { &ice->current, &ice->next, &ice->previous };

    if (ice->timer == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        skf_ice_session_retire(*all[i]);
        *all[i] = NULL;
    }
    skf_network_monitor_free(ice->network_monitor);
    ice->network_monitor = NULL;
    g_source_destroy(ice->timer);
    g_source_unref(ice->timer);
    ice->timer = NULL;
}
