/* datagrams.h - which peer a datagram is for that has arrived. */
#ifndef SKF_DATAGRAMS_H
#define SKF_DATAGRAMS_H

#include "port_state.h"

/* A datagram, which was read by this thread or by another one. May call back. */
void skf_datagram_receive(skiff_port *port, const struct udp_arrival *arrival);

#endif
