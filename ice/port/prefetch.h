/* prefetch.h - what the datagrams of a read will touch of their peers comes into the caches
 * together, before the first of them is handled. Changes nothing. */
#ifndef SKF_PORT_PREFETCH_H
#define SKF_PORT_PREFETCH_H

#include "port_state.h"

/* For the datagrams that were read together, the first of which is handled next. */
void skf_port_prefetch(skiff_port *port);

#endif
