/*
 * agent_sessions.h - which generation of a handle carries media, and how long: paths that
 * are found, consent that ends, restarts that take over. Knows no datagrams.
 */
#ifndef SKF_AGENT_SESSIONS_H
#define SKF_AGENT_SESSIONS_H

#include "agent.h"

/* A restart: from now on the peer is told of another generation. MEMORY. */
skiff_status skf_agent_sessions_restart(skiff_ice *ice);

/* Who the peer is, for the newest generation, which must be there: a path is sought. */
void skf_agent_sessions_set_remote(skiff_ice *ice, const char *ufrag, const char *password);

/* Each is a step of the drive, in this order; all may call back. */
void skf_agent_sessions_free_retired(skiff_ice *ice, skiff_time now);
void skf_agent_sessions_gather(skiff_ice *ice, skiff_time now);
void skf_agent_sessions_follow_paths(skiff_ice *ice, skiff_time now);
void skf_agent_sessions_check_consent(skiff_ice *ice, skiff_time now);
void skf_agent_sessions_check_timeout(skiff_ice *ice, skiff_time now);

#endif
