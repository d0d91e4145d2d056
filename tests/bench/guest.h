/* guest.h - a program that makes handshakes of a library whose language is not C.
 *
 * `PROGRAM shake VERSION GROUP` answers each line of its input, a number of handshakes,
 * with the microseconds of CPU that they took. VERSION "floor" stands for their public-key
 * operations alone.
 */
#ifndef SKF_BENCH_GUEST_H
#define SKF_BENCH_GUEST_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "peer.h"

/* A struct of zeros is a guest that is not there. */
struct guest {
    pid_t pid;
    FILE *answers;
};

/* Starts the program. False when it cannot; guest_end ends it. */
bool guest_begin(struct guest *guest, const char *program, const char *version,
                 enum key_share share);
void guest_end(struct guest *guest);

/* Microseconds of CPU for one of so many handshakes, on the average. */
bool guest_shake(struct guest *guest, unsigned num, double *micros);

#endif
