/* agent_path.h - libnice's messages are used as packets in place. Knows no transport. */
#ifndef SKF_AGENT_PATH_H
#define SKF_AGENT_PATH_H

#include <skiff/packet.h>

#include <nice/agent.h>

/* Makes a packet over what libnice received; false if it leaves no space for a tail. */
bool skf_agent_path_wrap(gchar *buffer, guint len, skiff_packet *packet);

/* Sends all packets on the selected pair; the result is how many were sent. */
size_t skf_agent_path_send(NiceAgent *agent, guint stream, skiff_packet *const *packets,
                           size_t num);

#endif
