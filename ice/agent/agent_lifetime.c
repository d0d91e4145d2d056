/* agent_lifetime.c - a handle that is freed inside of a callback, and sessions, which must
 * not be freed inside of libnice's. */
#include "agent_lifetime.h"

static void free_retired(skiff_ice *ice)
{
    while (ice->retired != NULL) {
        struct ice_session *session = ice->retired;
        ice->retired = session->next_retired;
        skf_ice_session_free(session);
    }
}

void skf_agent_free_retired(skiff_ice *ice)
{
    if (ice->depth == 1)
        free_retired(ice);
}

void skf_agent_finish(skiff_ice *ice)
{
    free_retired(ice);
    g_main_context_unref(ice->loop);
    g_free(ice);
}

void skf_agent_enter(skiff_ice *ice)
{
    ice->depth++;
}

static gboolean finish_later(gpointer ice)
{
    skf_agent_finish(ice);
    return G_SOURCE_REMOVE;
}

static void finish_in_loop(skiff_ice *ice)
{
    GSource *idle = g_idle_source_new();

    g_source_set_priority(idle, G_PRIORITY_DEFAULT);
    g_source_set_callback(idle, finish_later, ice, NULL);
    g_source_attach(idle, ice->loop);
    g_source_unref(idle);
}

void skf_agent_leave(skiff_ice *ice)
{
    if (--ice->depth > 0)
        return;
    if (ice->freed)
        finish_in_loop(ice);
    else if (ice->retired != NULL) /* perhaps a run inside of a callback left them */
        skiff_ice_wake(ice);
}
