/* clock.h - the time that a sample passes to skiff: microseconds on a clock that only goes
 * forward. skiff reads no clock of its own. */
#ifndef SAMPLES_CLOCK_H
#define SAMPLES_CLOCK_H

#include <skiff/base.h>

#include <time.h>

static inline skiff_time clock_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (skiff_time)t.tv_sec * 1000000u + (skiff_time)t.tv_nsec / 1000u;
}

#endif
