/* agent_transport.h - runs the transport of a handle. Knows no sessions of ICE. */
#ifndef SKF_AGENT_TRANSPORT_H
#define SKF_AGENT_TRANSPORT_H

#include "agent_state.h"

/* Polls the transport until there is nothing left, and sets the timer. May free the
 * handle. */
void skf_agent_run_transport(skiff_ice *ice, skiff_time now);

#endif
