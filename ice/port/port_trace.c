/* port_trace.c - what happens to a port and its peers, reported. */
#include "port_trace.h"

void skf_port_trace(const skiff_port *port, const skiff_peer *peer, skiff_trace *event)
{
    event->kind = peer != NULL ? SKIFF_TRACE_OF_PEER : SKIFF_TRACE_OF_PORT;
    event->who = peer != NULL ? (const void *)peer : port;
    event->owner = peer != NULL ? port : NULL;
    event->when = port->now;
    port->config.trace(port->config.user, event);
}
