/* day_clock.h - the time of day that libraries ask for in this program: usrsctp sends again
 * what was lost some time ago by gettimeofday, and by ticks besides. With this a test
 * passes both. */
#ifndef TESTS_SFU_DAY_CLOCK_H
#define TESTS_SFU_DAY_CLOCK_H

#include <stdint.h>

void day_clock_advance(uint64_t msec);

#endif
