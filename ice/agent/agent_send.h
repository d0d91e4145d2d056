/* agent_send.h - what leaves. Reports nothing. */
#ifndef SKF_AGENT_SEND_H
#define SKF_AGENT_SEND_H

#include "agent_state.h"

/* Sends all packets on the path; the result is how many were sent. */
size_t skf_agent_send(skiff_ice *ice, skiff_packet *const *packets, size_t num);

/* Polls the transport once, and sends what it has to send. */
skiff_dtls_event skf_agent_poll(skiff_ice *ice, skiff_time now, skiff_bytes *bytes);

/* Sends all that the transport has to send now, and reports nothing. */
void skf_agent_flush(skiff_ice *ice, skiff_time now);

#endif
