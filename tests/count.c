/* count.c - malloc and its kin, counted and passed on to libc. */
#define _POSIX_C_SOURCE 200809L
#include "count.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

struct count count_now(void)
{
    return (struct count){ 0 };
}

void count_refuse(uint64_t nth)
{
    (void)nth;
}

#else

#  include <errno.h>
#  include <malloc.h>
#  include <stdatomic.h>
#  include <stddef.h>

/* glibc's own names for what is replaced here. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t num, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

/* What follows is seen by every library: a hidden malloc would count only our own. */
#  pragma GCC visibility push(default)
void *malloc(size_t size);
void *calloc(size_t num, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
void *aligned_alloc(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);
int posix_memalign(void **block, size_t alignment, size_t size);
#  pragma GCC visibility pop

/* Of the whole process, as the heap is. */
static atomic_uint_fast64_t allocs, frees, until_refused;
static atomic_int_fast64_t live;

static bool refused(void)
{
    uint_fast64_t left = atomic_load(&until_refused);

    while (left > 0)
        if (atomic_compare_exchange_weak(&until_refused, &left, left - 1))
            return left == 1;
    return false;
}

static void *count_block(void *block)
{
    if (block != NULL) {
        atomic_fetch_add_explicit(&allocs, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&live, (int64_t)malloc_usable_size(block),
                                  memory_order_relaxed);
    }
    return block;
}

static void given(void *block)
{
    if (block != NULL) {
        atomic_fetch_add_explicit(&frees, 1, memory_order_relaxed);
        atomic_fetch_sub_explicit(&live, (int64_t)malloc_usable_size(block),
                                  memory_order_relaxed);
    }
}

void *malloc(size_t size)
{
    return refused() ? NULL : count_block(__libc_malloc(size));
}

void *calloc(size_t num, size_t size)
{
    return refused() ? NULL : count_block(__libc_calloc(num, size));
}

void *realloc(void *block, size_t size)
{
    size_t before = block != NULL ? malloc_usable_size(block) : 0;

    if (refused())
        return NULL;
    void *moved = __libc_realloc(block, size);
    if (moved == NULL && size > 0) /* refused by libc: the old block stays */
        return NULL;
    if (block != NULL) {
        atomic_fetch_add_explicit(&frees, 1, memory_order_relaxed);
        atomic_fetch_sub_explicit(&live, (int64_t)before, memory_order_relaxed);
    }
    return count_block(moved);
}

void *memalign(size_t alignment, size_t size)
{
    return refused() ? NULL : count_block(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    void *made = memalign(alignment, size);

    if (made == NULL)
        return ENOMEM;
    *block = made;
    return 0;
}

void free(void *block)
{
    given(block);
    __libc_free(block);
}

struct count count_now(void)
{
    return (struct count){ atomic_load(&allocs), atomic_load(&frees), atomic_load(&live) };
}

void count_refuse(uint64_t nth)
{
    atomic_store(&until_refused, nth);
}

#endif

/* A copy is made inside libc: so other libraries are counted, too. */
bool count_works(void)
{
    uint64_t before = count_now().allocs;
    char *volatile copy = strdup("counted");

    free(copy);
    return count_now().allocs > before;
}
