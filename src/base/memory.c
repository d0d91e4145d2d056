/* memory.c - the only place that calls malloc and free. */
#include "base/memory.h"

#include <stdlib.h>

static void *heap_acquire(void *user, size_t size)
{
    (void)user;
    return calloc(1, size);
}

static void heap_release(void *user, void *block, size_t size)
{
    (void)user;
    (void)size;
    free(block);
}

static const skiff_allocator heap = { heap_acquire, heap_release, NULL };

const skiff_allocator *skf_allocator(const skiff_allocator *memory)
{
    return memory != NULL ? memory : &heap;
}

/* Zeros from calloc are pages that were never touched. */
void *skf_acquire(const skiff_allocator *memory, size_t size)
{
    memory = skf_allocator(memory);
    void *block = memory->acquire(memory->user, size);

    if (block != NULL && memory->acquire != heap_acquire)
        memset(block, 0, size);
    return block;
}

void skf_release(const skiff_allocator *memory, void *block, size_t size)
{
    if (block == NULL)
        return;
    memory = skf_allocator(memory);
    skf_wipe(block, size);
    memory->release(memory->user, block, size);
}

/* A call through a volatile pointer is one the compiler has to make. */
static void *(*const volatile fill)(void *, int, size_t) = memset;

void skf_wipe(void *bytes, size_t len)
{
    if (len > 0)
        fill(bytes, 0, len);
}
