/* memory.h - the memory of a port and its peers: from the allocator of its context, given
 * back wiped. Knows sizes, not contents. */
#ifndef SKF_ICE_MEMORY_H
#define SKF_ICE_MEMORY_H

#include <skiff/base.h>

/* A block of zeros, or NULL. `memory` may be NULL: malloc and free. */
void *skf_ice_acquire(const skiff_allocator *memory, size_t size);

/* Overwrites in a way the compiler may not remove. */
void skf_ice_wipe(void *bytes, size_t len);

/* Wipes the block and gives it back. NULL is allowed. */
void skf_ice_release(const skiff_allocator *memory, void *block, size_t size);

#endif
