/* tcp_call.h - a port that takes connections, and a caller and its TCP connection. */
#ifndef TESTS_PORT_TCP_CALL_H
#define TESTS_PORT_TCP_CALL_H

#include "caller.h"
#include "stream.h"

#include "ice/net/tcp.h"

enum { PLACES = 8 };

struct tcp_call {
    struct fixture fixture;
    struct stream stream;
};

void tcp_call_open_server(struct server *server, uint32_t connections);
void tcp_call_new(struct tcp_call *call);
void tcp_call_free(struct tcp_call *call);

skiff_port_counters tcp_call_counters(const struct tcp_call *call);

/* Sends `num` long packets to the peer. */
void tcp_call_send(struct fixture *fixture, unsigned num);

/* Connects to a caller's port from 127.0.0.0 + host; 127.0.0.0/8 is all on loopback. */
void tcp_call_connect(struct stream *stream, const struct caller *caller, uint32_t host);

#endif
