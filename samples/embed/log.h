/* log.h - what a server writes into its log of a peer and of a port. Knows no server. */
#ifndef SAMPLES_EMBED_LOG_H
#define SAMPLES_EMBED_LOG_H

#include <skiff/port.h>

/* One line for each event except DATA, and at the end of a peer what was sent, received and
 * dropped. */
void log_event(skiff_peer *peer, skiff_peer_event event);

/* The counters of a port that are not 0. */
void log_port(const skiff_port *port);

#endif
