/* agent_receive.h - datagrams that arrive: callbacks of libnice and of the main context,
 * with the session as their data. */
#ifndef SKF_AGENT_RECEIVE_H
#define SKF_AGENT_RECEIVE_H

#include "agent_state.h"

/* libnice has read a datagram. */
void skf_agent_on_datagram(NiceAgent *agent, guint stream, guint component, guint len,
                           gchar *buffer, gpointer data);

/* The socket beside libnice has something to read. */
gboolean skf_agent_on_readable(gint fd, GIOCondition condition, gpointer data);

#endif
