/* external.h - a program that makes handshakes of a library whose language is not C.
 *
 * `PROGRAM shake VERSION GROUP` answers each line of its input, a number of handshakes,
 * with the microseconds of CPU that they took. VERSION "floor" stands for their public-key
 * operations alone.
 */
#ifndef TESTS_BENCH_EXTERNAL_H
#define TESTS_BENCH_EXTERNAL_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "library.h"

/* A struct of zeros is an external program that is not there. */
struct external {
    pid_t pid;
    FILE *replies;
};

/* Starts the program. False when it cannot; external_end ends it. */
bool external_begin(struct external *external, const char *program, const char *version,
                    enum key_share share);
void external_end(struct external *external);

/* Microseconds of CPU for one of so many handshakes, on the average. */
bool external_handshakes(struct external *external, unsigned num, double *micros);

#endif
