/* island.h - networks of the test's own, which lead nowhere. They need root and ip(8). */
#ifndef TESTS_ICE_ISLAND_H
#define TESTS_ICE_ISLAND_H

#include <stdbool.h>

struct island {
    int home, here, there;      /* network namespaces; there: another island, or -1 */
};

/* Moves the thread to a new island; false, and nothing is done, where it cannot be had. */
bool island_begin(struct island *island);

/* Makes another one, with "e0" between the two: 10.200.0.1 here and 10.200.0.2 there. */
bool island_join(struct island *island);

/* One more link between the two: "f0", 10.201.0.1 here and 10.201.0.2 there. */
bool island_second_link(struct island *island);

/* Where sockets are made from now on. */
void island_go(const struct island *island, bool there);

/* Runs ip(8) with these arguments, in the island where we are. */
bool island_ip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Waits until the kernel says that an interface carries, which it says late. */
bool island_runs(const char *interface);

/* Bridges "br-x1" and so on, each with a network of its own. */
bool island_bridges(unsigned num);

/* Back home; the islands sink. */
void island_end(struct island *island);

#endif
