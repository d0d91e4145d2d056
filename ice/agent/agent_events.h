/*
 * agent_events.h - what the application is told. Only agent_events.c calls back.
 *
 * A callback may free the handle. Then all but libnice and the handle's own memory is gone
 * at once: who has told something looks at ice->freed before it goes on.
 */
#ifndef SKF_AGENT_EVENTS_H
#define SKF_AGENT_EVENTS_H

#include "agent.h"

/* Reports an event that is not DTLS's. */
void skf_agent_report(skiff_ice *ice, const skiff_ice_event *event);

/* How DTLS is, each once until a restart. */
void skf_agent_report_dtls(skiff_ice *ice, skiff_dtls_event event);

/* One that may come again. */
void skf_agent_report_dtls_event(skiff_ice *ice, skiff_dtls_event event, skiff_bytes bytes);

/* That there is no path any more, or none was found. The first reason wins. */
void skf_agent_report_failure(skiff_ice *ice, const skiff_failure *why);

/* A kind that has nothing but its sentence. */
void skf_agent_report_path(skiff_ice *ice, skiff_ice_event_kind kind, const char *what);

void skf_agent_report_media(skiff_ice *ice, skiff_packet *packet, skiff_kind kind);

/* A local candidate of the newest generation; that there are no more. */
void skf_agent_report_candidate(const struct ice_session *session,
                                NiceCandidate *candidate);
void skf_agent_report_end_of_candidates(const struct ice_session *session);

#endif
