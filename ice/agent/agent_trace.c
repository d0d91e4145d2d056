/* agent_trace.c - what happens to an agent, reported. */
#include "agent_trace.h"

void skf_agent_trace(const skiff_ice *ice, skiff_trace *event)
{
    event->kind = SKIFF_TRACE_OF_ICE;
    event->who = ice;
    event->owner = ice->transport;
    event->when = skf_ice_now();
    ice->config.trace(ice->config.user, event);
}
