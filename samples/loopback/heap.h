/* heap.h - who in the process takes memory from the heap, library by library. */
#ifndef LOOPBACK_HEAP_H
#define LOOPBACK_HEAP_H

#include <stdbool.h>
#include <stdint.h>

enum heap_caller {
    HEAP_SKIFF,
    HEAP_LIBSRTP,
    HEAP_LIBCRYPTO,
    HEAP_LIBNICE,
    HEAP_OTHERS,
    HEAP_CALLERS
};

/* Counts from zero, until heap_stop. False under sanitizers and valgrind, which bring a
 * malloc of their own. */
bool heap_start(void);
void heap_stop(void);

/* How often a library took memory; skiff and this program are one where skiff is static. */
uint64_t heap_allocated(enum heap_caller taker);

/* How often anybody took memory between these two. */
void heap_enter_send(void);
void heap_leave_send(void);
uint64_t heap_allocated_sending(void);

#endif
