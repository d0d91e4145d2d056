/* checks.h - connectivity checks that arrive (RFC 8445 section 7.3). */
#ifndef SKF_CHECKS_H
#define SKF_CHECKS_H

#include "port_state.h"

/* A datagram that begins as STUN. May call back. */
void skf_check_receive(skiff_port *port, const struct udp_arrival *arrival);

#endif
