/* memory.h - the allocator of a handle, and wiping. Knows sizes, not contents. */
#ifndef SKF_MEMORY_H
#define SKF_MEMORY_H

#include <skiff/base.h>

/* The allocator that a config's `memory` means: itself, or malloc and free when NULL. */
const skiff_allocator *skf_allocator(const skiff_allocator *memory);

/* A block of zeros, or NULL. */
void *skf_acquire(const skiff_allocator *memory, size_t size);

/* Wipes the block and gives it back. NULL is allowed. */
void skf_release(const skiff_allocator *memory, void *block, size_t size);

/* Overwrites in a way the compiler may not remove. */
void skf_wipe(void *bytes, size_t len);

#endif
