/* netns.h - networks of the test's own, which lead nowhere. They need root and ip(8). */
#ifndef TESTS_ICE_NETNS_H
#define TESTS_ICE_NETNS_H

#include <stdbool.h>

struct netns {
    int home, here, there; /* network namespaces; there: another one, or -1 */
};

/* Moves the thread to a new namespace; false, and nothing is done, where it cannot be had.
 */
bool netns_begin(struct netns *netns);

/* Makes another one, with "e0" between the two: 10.200.0.1 here and 10.200.0.2 there. */
bool netns_join(struct netns *netns);

/* One more link between the two: "f0", 10.201.0.1 here and 10.201.0.2 there. */
bool netns_second_link(struct netns *netns);

/* Where sockets are made from now on. */
void netns_go(const struct netns *netns, bool there);

/* Runs ip(8) with these arguments, in the namespace where we are. */
bool netns_ip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Waits until the kernel says that an interface carries, which it says late. */
bool netns_runs(const char *interface);

/* Bridges "br-x1" and so on, each with a network of its own. */
bool netns_bridges(unsigned num);

/* Back home; the islands sink. */
void netns_end(struct netns *netns);

#endif
