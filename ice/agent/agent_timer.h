/* agent_timer.h - when the main context runs a handle: at its deadline, or at once, which
 * is skiff_ice_wake. Never calls back. */
#ifndef SKF_AGENT_TIMER_H
#define SKF_AGENT_TIMER_H

#include "agent_state.h"

/* Makes the timer of a handle, which calls `run` with it. */
GSource *skf_agent_timer_new(skiff_ice *ice, GSourceFunc run);

/* Sets it to the deadline of the transport and of the sessions. */
void skf_agent_timer_set(skiff_ice *ice);

#endif
