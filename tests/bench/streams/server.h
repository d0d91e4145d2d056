/* server.h - a server of the streams: a process on a core of its own, what it costs, and
 * what publisher and watchers need to take part in it. */
#ifndef BENCH_STREAMS_SERVER_H
#define BENCH_STREAMS_SERVER_H

#include "plan.h"

#include <skiff/srtp.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

enum { SERVER_ROUNDS = 9, SERVER_CORE = 0, CLIENT_CORE = 1 };

struct server {
    const char *name;
    pid_t pid;
    clockid_t clock; /* of its CPU time, all threads */
    struct sockaddr_in address;
    skiff_srtp *publisher, *watchers[PLAN_WATCHERS];
    uint16_t sequence;
    double costs[SERVER_ROUNDS]; /* nanoseconds of CPU for a forwarded packet */
    uint64_t wanted, opened, refused;
    bool is_client_bound;
    double client_busy; /* the most of the client's core in a round, 0 to 1 */
};

/* Starts `name=program`, which gets its name and the watchers' port as arguments, and
 * prints its own port. */
void server_start(struct server *server, char *external, uint16_t watchers_port);

/* skiff's own, in a child. Returns the socket of publisher and watchers, which comes of it.
 */
int server_start_skiff(struct server *server);

/* CPU time so far, in nanoseconds. */
double server_cpu(const struct server *server);
void server_stop(struct server *server);

/* For the server's child: its core, and that it ends with us. */
void server_prepare_child(void);
void server_watch_cpu(struct server *server, pid_t pid);
void pin_to_core(int core);

#endif
