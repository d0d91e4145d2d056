/* agent_sessions.h - which session of a handle carries media, and how long: paths that are
 * found, consent that expires, restarts that replace it. Knows no datagrams. */
#ifndef SKF_AGENT_SESSIONS_H
#define SKF_AGENT_SESSIONS_H

#include "agent_state.h"

/* Begins a restart: set_peer and candidates are for a new session from now on. Errors:
 * MEMORY. */
skiff_status skf_agent_sessions_restart(skiff_ice *ice);

/* The credentials of the peer, for the newest session, which must exist: it seeks a
 * path. */
void skf_agent_sessions_set_remote(skiff_ice *ice, const char *ufrag, const char *password);

/* Each is a step of a run, in this order. All may call back. */
void skf_agent_sessions_free_retired(skiff_ice *ice, skiff_time now);
void skf_agent_sessions_gather(skiff_ice *ice, skiff_time now);
void skf_agent_sessions_follow_paths(skiff_ice *ice, skiff_time now);
void skf_agent_sessions_check_consent(skiff_ice *ice, skiff_time now);
void skf_agent_sessions_check_timeout(skiff_ice *ice, skiff_time now);

#endif
