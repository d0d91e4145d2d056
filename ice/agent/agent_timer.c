/* agent_timer.c - when the main context runs a handle: at its deadline, or at once. */
#include "agent_timer.h"

/* GLib calls dispatch when the ready time has come: the source needs nothing else. */
static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)source;
    return callback(data);
}

GSource *skf_agent_timer_new(skiff_ice *ice, GSourceFunc run)
{
    static const GSourceFuncs funcs = { .dispatch = dispatch };
    GSource *timer = g_source_new((GSourceFuncs *)&funcs, sizeof(GSource));

    g_source_set_callback(timer, run, ice, NULL);
    g_source_attach(timer, ice->loop);
    return timer;
}

void skiff_ice_wake(skiff_ice *ice)
{
    ice->woken = true;
    g_source_set_ready_time(ice->timer, 0);
}

static skiff_time sessions_deadline(const skiff_ice *ice)
{
    const struct ice_session *newest = skf_ice_newest(ice);
    skiff_time due = newest != NULL ? newest->path_deadline : SKIFF_NEVER;

    if (newest != NULL)
        due = MIN(MIN(due, skf_servers_due(newest->servers)),
                  MIN(skf_mdns_candidates_deadline(&newest->mdns),
                      skf_remote_candidates_deadline(&newest->remotes)));
    if (ice->previous != NULL)
        due = MIN(due, ice->previous->close_at);
    if (ice->current != NULL && ice->current->has_path)
        due = MIN(due, MIN(skf_consent_deadline(&ice->current->consent_checks.consent),
                           skf_rebinding_deadline(&ice->current->rebinding)));
    return due;
}

void skf_agent_timer_set(skiff_ice *ice)
{
    skiff_time due = skiff_transport_deadline(ice->transport);

    due = ice->woken ? 0 : MIN(due, sessions_deadline(ice));
    g_source_set_ready_time(ice->timer, due < G_MAXINT64 ? (gint64)due : -1);
}
