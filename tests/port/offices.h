/* offices.h - two ports of a group, run by turns, and those who call the first. */
#ifndef TESTS_PORT_OFFICES_H
#define TESTS_PORT_OFFICES_H

#include "caller.h"

/* So many that the kernel gives some to either port, but for one time in 2^24. */
enum { CALLERS = 24 };

struct offices {
    skiff_port_group *group;
    struct office     here, there;
    struct caller     callers[CALLERS];      /* they call the first */
};

/* Everything but the ports, whose configs may be changed before they are opened: the kernel
 * deals by its hash, if it is not said that it shall be asked to steer. */
void offices_new(struct offices *offices);
void offices_steer(struct offices *offices);
void offices_open(struct offices *offices, int callers);
void offices_close(struct offices *offices, int callers);

/* The second port joins the first, or leaves it. */
void offices_join(struct offices *offices);
void offices_leave(struct offices *offices);

/* A peer of the second port, whose caller has the socket of this one. */
void offices_succeed(struct offices *offices, const struct caller *before,
                     struct caller *caller);

/* How many paths the group knows. */
uint64_t offices_paths(const struct offices *offices);

#endif
