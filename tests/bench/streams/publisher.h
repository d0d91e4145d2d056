/* publisher.h - one publisher of 1 Mbit/s: frames of packets that leave together. */
#ifndef BENCH_STREAMS_PUBLISHER_H
#define BENCH_STREAMS_PUBLISHER_H

#include "server.h"

/* Sends the next frame to a server in one call (UDP_SEGMENT), from the publisher's address.
 */
void publisher_send_frame(struct server *server, int fd);

#endif
