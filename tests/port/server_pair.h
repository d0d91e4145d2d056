/* server_pair.h - two ports of a group, run by turns, and those who call the first. */
#ifndef TESTS_PORT_SERVER_PAIR_H
#define TESTS_PORT_SERVER_PAIR_H

#include "caller.h"

/* So many that the kernel gives some to either port, but for one time in 2^24. */
enum { CALLERS = 24 };

struct server_pair {
    skiff_port_group *group;
    struct server here, there;
    struct caller callers[CALLERS]; /* they call the first */
};

/* Everything but the ports, whose configs may be changed before they are opened: the kernel
 * deals by its hash, if it is not said that it shall be asked to steer. */
void server_pair_new(struct server_pair *servers);
void server_pair_steer(struct server_pair *servers);
void server_pair_open(struct server_pair *servers, int callers);
void server_pair_close(struct server_pair *servers, int callers);

/* The second port joins the first, or leaves it. */
void server_pair_join(struct server_pair *servers);
void server_pair_leave(struct server_pair *servers);

/* A peer of the second port, whose caller has the socket of this one. */
void server_pair_succeed(struct server_pair *servers, const struct caller *before,
                         struct caller *caller);

/* How many paths the group knows. */
uint64_t server_pair_paths(const struct server_pair *servers);

#endif
