/* clock.h - the only clock of these programs. It stands before the system's, so that
 * libraries that ask the system what time it is are told what the test says. */
#ifndef SKF_INTEROP_CLOCK_H
#define SKF_INTEROP_CLOCK_H

#include <stdint.h>

/* Microseconds since the test began. */
void clock_set(uint64_t now);
uint64_t clock_get(void);

#endif
