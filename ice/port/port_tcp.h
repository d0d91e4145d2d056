/* port_tcp.h - the TCP beside the socket of a port. A path has the number of its
 * connection; a port without TCP has none. */
#ifndef SKF_PORT_TCP_H
#define SKF_PORT_TCP_H

#include "port_state.h"

/* Listens where the socket is bound, if the config says so. Errors: as skf_tcp_open. */
SKIFF_MUST_USE skiff_status skf_port_tcp_open(skiff_port *port);

/* Puts all sockets of the port into one descriptor. After skf_forward_join. */
SKIFF_MUST_USE skiff_status skf_port_tcp_watch(skiff_port *port);
void skf_port_tcp_close(skiff_port *port);

/* Verifies a connection after a good check; true for UDP. */
SKIFF_MUST_USE bool skf_port_tcp_verify(skiff_port *port, const struct path *path);

/* No peer uses the path any more. */
void skf_port_tcp_release(skiff_port *port, const struct path *path);

/* Whether a run is due, and by when. */
bool skf_port_tcp_is_due(const skiff_port *port);
skiff_time skf_port_tcp_deadline(const skiff_port *port);

/* Adds what was counted. */
void skf_port_tcp_count(const skiff_port *port, skiff_port_counters *counters);

#endif
