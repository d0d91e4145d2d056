/* relay.c - a ring of one producer and one consumer. */
#include "relay.h"

#include <stdatomic.h>
#include <stdlib.h>

/* The two counters only grow; each is written by one of the two threads. */
struct relay {
    _Alignas(64) atomic_size_t put;
    _Alignas(64) atomic_size_t dropped;
    struct relay_item items[RELAY_ITEMS];
};

struct relay *relay_new(void)
{
    struct relay *relay = aligned_alloc(64, (sizeof *relay + 63) / 64 * 64);

    if (relay == NULL)
        return NULL;
    atomic_init(&relay->put, 0);
    atomic_init(&relay->dropped, 0);
    return relay;
}

void relay_free(struct relay *relay)
{
    free(relay);
}

struct relay_item *relay_place(struct relay *relay)
{
    const size_t put = atomic_load_explicit(&relay->put, memory_order_relaxed);

    if (put - atomic_load_explicit(&relay->dropped, memory_order_acquire) == RELAY_ITEMS)
        return NULL;
    return &relay->items[put % RELAY_ITEMS];
}

void relay_put(struct relay *relay)
{
    atomic_fetch_add_explicit(&relay->put, 1, memory_order_release);
}

struct relay_item *relay_next(struct relay *relay)
{
    const size_t dropped = atomic_load_explicit(&relay->dropped, memory_order_relaxed);

    if (atomic_load_explicit(&relay->put, memory_order_acquire) == dropped)
        return NULL;
    return &relay->items[dropped % RELAY_ITEMS];
}

void relay_drop(struct relay *relay)
{
    atomic_fetch_add_explicit(&relay->dropped, 1, memory_order_release);
}
