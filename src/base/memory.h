/* memory.h - the allocator of a handle, and wiping. Knows sizes, not contents. */
#ifndef SKF_MEMORY_H
#define SKF_MEMORY_H

#include <skiff/base.h>

/* Returns the allocator that `memory` of a config means: NULL means malloc and free. */
const skiff_allocator *skf_allocator(const skiff_allocator *memory);

/* Returns a block of zeros, or NULL. */
void *skf_acquire(const skiff_allocator *memory, size_t size);

/* Wipes the block and releases it. NULL is allowed. */
void skf_release(const skiff_allocator *memory, void *block, size_t size);

/* Overwrites bytes in a way that the compiler may not remove. */
void skf_wipe(void *bytes, size_t len);

#endif
