/* heap.c - who in the process takes memory from the heap, library by library.
 *
 * The malloc of an executable stands before libc's for every library, and the address that
 * it returns to says which library called. GLib calls for libnice and the other way round,
 * so the two are one. (GLib before 2.76 has slices beside the heap, which count only with
 * G_SLICE=always-malloc.) */
#define _GNU_SOURCE
#include "heap.h"

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

bool heap_start(void)
{
    return false;
}

void heap_stop(void)
{
}

uint64_t heap_allocated(enum heap_caller taker)
{
    (void)taker;
    return 0;
}

void heap_enter_send(void)
{
}

void heap_leave_send(void)
{
}

uint64_t heap_allocated_sending(void)
{
    return 0;
}

#else

#  include <dlfcn.h>
#  include <errno.h>
#  include <stdatomic.h>
#  include <stdlib.h>
#  include <string.h>

/* glibc's own names for what is replaced here. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t num, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

/* Every library must see these, not the program alone. */
#  pragma GCC visibility push(default)
void *malloc(size_t size);
void *calloc(size_t num, size_t size);
void *realloc(void *block, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);
int posix_memalign(void **block, size_t alignment, size_t size);
#  pragma GCC visibility pop

static atomic_bool counting, sending;
static atomic_uint_fast64_t allocated[HEAP_CALLERS], allocated_sending;

static const void *object_of(const void *address, const char **name)
{
    Dl_info info;

    if (dladdr(address, &info) == 0)
        return NULL;
    *name = info.dli_fname;
    return info.dli_fbase;
}

static enum heap_caller caller_at(const void *caller)
{
    static const struct {
        const char *name;
        enum heap_caller caller;
    } libraries[] = {
        { "libskiff", HEAP_SKIFF },      { "libsrtp2", HEAP_LIBSRTP },
        { "libcrypto", HEAP_LIBCRYPTO }, { "libnice", HEAP_LIBNICE },
        { "libglib", HEAP_LIBNICE },     { "libgobject", HEAP_LIBNICE },
        { "libgio", HEAP_LIBNICE },
    };
    const char *name = "", *own = "";
    const void *object = object_of(caller, &name);

    if (object == object_of((const void *)(uintptr_t)&object_of, &own))
        return HEAP_SKIFF;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        if (strstr(name, libraries[i].name) != NULL)
            return libraries[i].caller;
    return HEAP_OTHERS;
}

static void note(const void *caller)
{
    if (!atomic_load_explicit(&counting, memory_order_relaxed))
        return;
    atomic_fetch_add(&allocated[caller_at(caller)], 1);
    if (atomic_load(&sending))
        atomic_fetch_add(&allocated_sending, 1);
}

#  define RECORD_CALLER() note(__builtin_return_address(0))

void *malloc(size_t size)
{
    RECORD_CALLER();
    return __libc_malloc(size);
}

void *calloc(size_t num, size_t size)
{
    RECORD_CALLER();
    return __libc_calloc(num, size);
}

void *realloc(void *block, size_t size)
{
    RECORD_CALLER();
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    RECORD_CALLER();
    return __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
    RECORD_CALLER();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    RECORD_CALLER();
    void *made = __libc_memalign(alignment, size);
    if (made == NULL)
        return ENOMEM;
    *block = made;
    return 0;
}

static void start_from_zero(void)
{
    for (size_t i = 0; i < HEAP_CALLERS; i++)
        atomic_store(&allocated[i], 0);
    atomic_store(&allocated_sending, 0);
    atomic_store(&counting, true);
}

bool heap_start(void)
{
    void *(*volatile allocate)(size_t) = malloc; /* volatile: the compiler must not know */

    start_from_zero();
    free(allocate(1));
    bool works = atomic_load(&allocated[HEAP_SKIFF]) == 1;
    start_from_zero();
    return works;
}

void heap_stop(void)
{
    atomic_store(&counting, false);
}

uint64_t heap_allocated(enum heap_caller taker)
{
    return atomic_load(&allocated[taker]);
}

void heap_enter_send(void)
{
    atomic_store(&sending, true);
}

void heap_leave_send(void)
{
    atomic_store(&sending, false);
}

uint64_t heap_allocated_sending(void)
{
    return atomic_load(&allocated_sending);
}

#endif
