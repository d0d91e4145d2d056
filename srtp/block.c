/* block.c - the only place on this floor that calls malloc and free for skiff. */
#include "srtp/block.h"

#include <stdlib.h>

/* A call through a volatile pointer is one the compiler has to make. */
static void *(*const volatile fill)(void *, int, size_t) = memset;

void *skf_block_acquire(const skiff_allocator *memory, size_t size)
{
    void *block = memory != NULL ? memory->acquire(memory->context, size) : malloc(size);

    if (block != NULL)
        memset(block, 0, size);
    return block;
}

void skf_block_release(const skiff_allocator *memory, void *block, size_t size)
{
    if (block == NULL)
        return;
    fill(block, 0, size);
    if (memory != NULL)
        memory->release(memory->context, block, size);
    else
        free(block);
}
