/* elapsed.h - the time between two times of different threads. A packet that another worker
 * relays may be later than the time at which this worker's run began. */
#ifndef SAMPLES_SFU_ELAPSED_H
#define SAMPLES_SFU_ELAPSED_H

#include <stdint.h>

/* 0 if `then` is later. */
static inline uint64_t elapsed_since(uint64_t now, uint64_t then)
{
    return now > then ? now - then : 0;
}

#endif
