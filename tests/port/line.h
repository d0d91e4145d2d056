/* line.h - a port that takes connections, one who calls it, and his connection. */
#ifndef TESTS_PORT_LINE_H
#define TESTS_PORT_LINE_H

#include "caller.h"
#include "stream.h"

#include "ice/port/tcp.h"

enum { PLACES = 8 };

struct line {
    struct desk   desk;
    struct stream stream;
};

void line_open_office(struct office *office, uint32_t connections);
void line_new(struct line *line);
void line_free(struct line *line);

skiff_port_counters line_counters(const struct line *line);

/* Sends `num` long packets to the peer. */
void line_send(struct desk *desk, unsigned num);

/* Connects to a caller's port from 127.0.0.0 + host; 127.0.0.0/8 is all on loopback. */
void line_open(struct stream *stream, const struct caller *caller, uint32_t host);

#endif
