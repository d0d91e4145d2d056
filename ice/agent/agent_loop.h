/* agent_loop.h - a handle in its main context. */
#ifndef SKF_AGENT_LOOP_H
#define SKF_AGENT_LOOP_H

#include "agent_state.h"

/* Makes the timer of the handle, and watches the networks of the host. */
void skf_agent_begin(skiff_ice *ice);

/* Takes all callbacks off: from here on nothing is called back. */
void skf_agent_detach(skiff_ice *ice);

#endif
