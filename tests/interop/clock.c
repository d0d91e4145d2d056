/* clock.c - the only clock of these programs. */
#define _POSIX_C_SOURCE 200809L

#include "clock.h"

#include <sys/time.h>
#include <time.h>

enum { SECOND = 1000000 };

/* No library takes a context with its question. */
static uint64_t clock_time;

void clock_set(uint64_t now)
{
    clock_time = now;
}

uint64_t clock_get(void)
{
    return clock_time;
}

/* What is in the executable and visible comes before the C library's. */
#pragma GCC visibility push(default)

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    (void)zone;
    now->tv_sec = 1 + (time_t)(clock_time / SECOND);
    now->tv_usec = (suseconds_t)(clock_time % SECOND);
    return 0;
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    (void)which;
    now->tv_sec = 1 + (time_t)(clock_time / SECOND);
    now->tv_nsec = (long)(clock_time % SECOND) * 1000;
    return 0;
}

#pragma GCC visibility pop
