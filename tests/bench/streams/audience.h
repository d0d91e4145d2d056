/* audience.h - the watchers: one socket, which is read once a millisecond so that no server
 * pays for waking anybody, and an SRTP session for each watcher, which opens what came. */
#ifndef BENCH_STREAMS_AUDIENCE_H
#define BENCH_STREAMS_AUDIENCE_H

#include "plan.h"

#include <skiff/srtp.h>
#include <stddef.h>

struct intake;

struct audience {
    int fd;
    struct intake *intake;
    /* Of the server whose turn it is; what is late from another does not count. */
    skiff_srtp **sessions;
    uint16_t server_port;
    uint64_t opened, refused;
};

/* Reads a socket of all addresses. */
void audience_begin(struct audience *audience, int fd);

uint16_t audience_port(const struct audience *audience);

/* Reads and opens all that has come. */
void audience_read(struct audience *audience);

/* Datagrams that the socket had no memory for, since it was opened. */
uint64_t audience_drops(const struct audience *audience);

/* A session that both protects and opens by one key of the plan. */
skiff_srtp *audience_session(uint32_t which);

#endif
