/*
 * agent_lifetime.h - a handle that is freed inside of a callback. Then all but libnice and
 * the handle's own memory is freed at once, and the rest when libnice is off the stack.
 */
#ifndef SKF_AGENT_LIFETIME_H
#define SKF_AGENT_LIFETIME_H

#include "agent_state.h"

/* Around each call from the main context: leave finishes a handle that was freed. */
void skf_agent_enter(skiff_ice *ice);
void skf_agent_leave(skiff_ice *ice);

/* Frees the sessions that were retired, in a run that is not inside of a callback: the
 * caller of that callback may still use one of them. Never to be called from libnice. */
void skf_agent_free_retired(skiff_ice *ice);

/* Releases libnice and the handle. Never to be called from libnice. */
void skf_agent_finish(skiff_ice *ice);

#endif
