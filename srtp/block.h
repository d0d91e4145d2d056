/* block.h - the memory of a handle on this floor: from the config's allocator, given back
 * wiped. Knows sizes, not contents. */
#ifndef SKF_BLOCK_H
#define SKF_BLOCK_H

#include <skiff/base.h>

/* A block of zeros, or NULL. `memory` may be NULL: malloc and free. */
void *skf_block_acquire(const skiff_allocator *memory, size_t size);

/* Wipes the block and gives it back. NULL is allowed. */
void skf_block_release(const skiff_allocator *memory, void *block, size_t size);

#endif
