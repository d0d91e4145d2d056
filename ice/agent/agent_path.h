/* agent_path.h - libnice's messages are packets, where they lie. Knows no transport. */
#ifndef SKF_AGENT_PATH_H
#define SKF_AGENT_PATH_H

#include <skiff/packet.h>

#include <nice/agent.h>

/* Makes a packet over what libnice received; false when it leaves no room for a tail. */
bool skf_agent_path_wrap(gchar *buffer, guint len, skiff_packet *packet);

/* Sends all packets on the selected pair; the answer is how many went out. */
size_t skf_agent_path_send(NiceAgent *agent, guint stream, skiff_packet *const *packets,
                           size_t num);

#endif
