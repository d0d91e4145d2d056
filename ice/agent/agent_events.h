/*
 * agent_events.h - what is reported to the application. Only agent_events.c calls back.
 *
 * A callback may free the handle. Then all but libnice and the handle's own memory is freed
 * at once: each caller looks at ice->freed before it goes on.
 */
#ifndef SKF_AGENT_EVENTS_H
#define SKF_AGENT_EVENTS_H

#include "agent_state.h"

/* Reports an event of ICE. */
void skf_agent_report(skiff_ice *ice, const skiff_ice_event *event);

/* Reports a state of DTLS, each once until a restart. */
void skf_agent_report_dtls(skiff_ice *ice, skiff_dtls_event event);

/* Reports an event of DTLS that may come again. */
void skf_agent_report_dtls_event(skiff_ice *ice, skiff_dtls_event event, skiff_bytes bytes);

/* Reports that there is no path any more, or that none was found. The first reason
 * stays. */
void skf_agent_report_failure(skiff_ice *ice, const skiff_failure *why);

/* Reports an event that has only its text. */
void skf_agent_report_path(skiff_ice *ice, skiff_ice_event_kind kind, const char *what);

void skf_agent_report_media(skiff_ice *ice, skiff_packet *packet, skiff_kind kind);

/* Reports a local candidate of the newest session; and that there are no more. */
void skf_agent_report_candidate(const struct ice_session *session,
                                NiceCandidate *candidate);
void skf_agent_report_end_of_candidates(const struct ice_session *session);

#endif
