/* count.h - counts what every library in the process takes from the heap, and can refuse.
 *
 * Linked into an executable, its malloc stands before libc's for all libraries. Under a
 * sanitizer or valgrind, which bring their own, nothing is counted: ask count_works. */
#ifndef SKF_COUNT_H
#define SKF_COUNT_H

#include <stdbool.h>
#include <stdint.h>

struct count {
    uint64_t allocs; /* malloc, calloc, realloc, memalign and their kin */
    uint64_t frees;
    int64_t live; /* bytes in use, as the heap rounds them */
};

/* Whether the counters see anything at all. */
bool count_works(void);

/* The counters since the start of the process. */
struct count count_now(void);

/* Refuses the n-th allocation of the process from now on, once; 0 refuses none. */
void count_refuse(uint64_t nth);

#endif
