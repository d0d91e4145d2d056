/* day_clock.c - the time of day that libraries ask for in this program. */
#include "day_clock.h"

#include <sys/time.h>
#include <time.h>

static uint64_t ahead; /* microseconds; of the one thread that runs tests */

void day_clock_advance(uint64_t msec)
{
    ahead += 1000 * msec;
}

/* Takes the place of libc's, for this program's libraries too. */
__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict time,
                                                        void *restrict zone)
{
    struct timespec now;
    uint64_t usec;

    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    usec = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 + ahead;
    time->tv_sec = (time_t)(usec / 1000000);
    time->tv_usec = (suseconds_t)(usec % 1000000);
    return 0;
}
