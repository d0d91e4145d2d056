/* arrivals.h - what one watcher has received, and what all of them have. Knows no
 * packets. */
#ifndef SFU_LOAD_ARRIVALS_H
#define SFU_LOAD_ARRIVALS_H

#include <skiff/base.h>

enum { DELAY_STEP_US = 20, DELAY_STEPS = 50000 /* up to a second, and what took longer */ };

/* The numbers from `first` on and before `last` count. */
struct arrivals {
    uint64_t first, last;
    uint64_t received;            /* of these, by all watchers */
    uint64_t late;                /* again, or behind a later one */
    uint32_t delays[DELAY_STEPS]; /* from the publisher to the watcher */
};

/* One watcher: the number behind the highest one that it has received. */
struct watcher {
    uint64_t next;
};

void arrivals_count(struct arrivals *arrivals, struct watcher *watcher, uint64_t number,
                    skiff_time delay);

/* Such a part of all delays was at most that long, in microseconds. */
double arrivals_delay(const struct arrivals *arrivals, double part);

#endif
