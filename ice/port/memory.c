/* memory.c - the memory of a port and its peers. */
#include "memory.h"

#include <stdlib.h>

/* A call through a volatile pointer is one the compiler has to make. */
static void *(*const volatile fill)(void *, int, size_t) = memset;

void *skf_ice_acquire(const skiff_allocator *memory, size_t size)
{
    if (memory == NULL)
        return calloc(1, size);

    void *block = memory->acquire(memory->context, size);
    if (block != NULL)
        memset(block, 0, size);
    return block;
}

void skf_ice_wipe(void *bytes, size_t len)
{
    fill(bytes, 0, len);
}

void skf_ice_release(const skiff_allocator *memory, void *block, size_t size)
{
    if (block == NULL)
        return;
    skf_ice_wipe(block, size);
    if (memory != NULL)
        memory->release(memory->context, block, size);
    else
        free(block);
}
