/* port_trace.h - the one home for what happens to a port and its peers: counts drops, and
 * reports events where the port has a trace callback. Knows no cause. */
#ifndef SKF_PORT_TRACE_H
#define SKF_PORT_TRACE_H

#include "port_state.h"

/* Reports an event of a peer, or of the port itself where `peer` is NULL, to the callback,
 * which is there. */
void skf_port_trace(const skiff_port *port, const skiff_peer *peer, skiff_trace *event);

/* Without a callback this is one branch, and nothing is evaluated. */
#define PORT_TRACE(port, peer, ...)                                                        \
  ((port)->config.trace != NULL                                                            \
       ? skf_port_trace((port), (peer), &(skiff_trace){ __VA_ARGS__ })                     \
       : (void)0)

/* Counts a drop, and reports it by the name of its counter. */
#define PORT_DROP(port, peer, name)                                                        \
  ((port)->counters.name++,                                                                \
   PORT_TRACE(port, peer, .event = SKIFF_TRACE_DROP, .what = #name, .count = 1))

/* The number of a path of a port in a trace; 0: it is no peer's. */
static inline uint64_t port_trace_path(skiff_port *port, const struct path *path)
{
    uint32_t route = skf_routes_find(&port->routes, path);

    return route != ROUTE_NONE ? route + UINT64_C(1) : 0;
}

#endif
