/* packet.c - datagrams with space around them, from a pool of fixed size. */
#include <skiff/packet.h>

#include "base/memory.h"

enum { DEFAULT_PACKETS = 512, DEFAULT_LIMIT = 1500, LARGEST_LIMIT = 65535, ALIGNMENT = 16 };

struct slot {
    skiff_packet packet; /* first: a packet of a pool is its slot */
    skiff_pool *pool;
    struct slot *next; /* NULL while taken, and at the end of the free ones */
    bool in_use;
};

struct skiff_pool {
    const skiff_allocator *memory;
    size_t size; /* of the whole block, slots and bytes included */
    struct slot *free;
    uint32_t packets, limit, in_use;
};

static size_t rounded(size_t n)
{
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void lay_out(skiff_pool *pool, size_t stride)
{
    uint8_t *at = (uint8_t *)pool + rounded(sizeof *pool);

    for (uint32_t i = 0; i < pool->packets; i++, at += stride) {
        struct slot *slot = (struct slot *)(void *)at;
        slot->pool = pool;
        slot->next = pool->free;
        pool->free = slot;
    }
}

skiff_status skiff_pool_new(const skiff_pool_config *config, skiff_pool **pool)
{
    if (config == NULL || pool == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "config, pool: must not be NULL");
    if (config->size != sizeof *config)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "size: not what skiff_pool_defaults sets");
    if (config->limit > LARGEST_LIMIT)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "limit: ", config->limit,
                                      " is over 65,535");

    uint32_t packets = config->packets != 0 ? config->packets : DEFAULT_PACKETS;
    uint32_t limit = config->limit != 0 ? config->limit : DEFAULT_LIMIT;
    size_t stride = rounded(sizeof(struct slot)) + rounded(SKIFF_HEAD + limit + SKIFF_TAIL);
    if (packets > (SIZE_MAX - rounded(sizeof **pool)) / stride)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "packets: ", packets,
                                      " take more bytes than there are addresses");

    size_t size = rounded(sizeof **pool) + packets * stride;
    skiff_pool *made = skf_acquire(config->memory, size);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->memory = config->memory;
    made->size = size;
    made->packets = packets;
    made->limit = limit;
    lay_out(made, stride);
    *pool = made;
    return SKIFF_OK;
}

void skiff_pool_free(skiff_pool *pool)
{
    if (pool != NULL)
        skf_release(pool->memory, pool, pool->size);
}

skiff_packet *skiff_pool_take(skiff_pool *pool)
{
    struct slot *slot = pool->free;

    if (slot == NULL)
        return NULL;
    pool->free = slot->next;
    slot->next = NULL;
    slot->in_use = true;
    slot->packet =
        (skiff_packet){ .data = (uint8_t *)slot + rounded(sizeof *slot) + SKIFF_HEAD,
                        .limit = pool->limit,
                        .head = SKIFF_HEAD };
    pool->in_use++;
    return &slot->packet;
}

skiff_packet *skiff_pool_take_spare(skiff_pool *pool)
{
    return pool->in_use < pool->packets / 2 ? skiff_pool_take(pool) : NULL;
}

void skiff_packet_release(skiff_packet **packet)
{
    if (packet == NULL || *packet == NULL)
        return;

    struct slot *slot = (struct slot *)*packet;
    skiff_pool *pool = slot->pool;
    *packet = NULL;
    if (!slot->in_use) /* released twice: the pool must not contain it twice */
        return;
    slot->in_use = false;
    slot->next = pool->free;
    pool->free = slot;
    pool->in_use--;
}

void skiff_packet_clear(skiff_packet *packet)
{
    packet->data += packet->used;
    packet->limit -= packet->used;
    packet->head += packet->used;
    packet->used = 0;
    packet->len = 0;
}

skiff_status skiff_packet_wrap(uint8_t *memory, size_t len, size_t space,
                               skiff_packet *packet)
{
    if (memory == NULL || packet == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "memory, packet: must not be NULL");
    if (len > LARGEST_LIMIT)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "len: ", len, " is over 65,535");
    if (space < SKIFF_TAIL || space - SKIFF_TAIL < len)
        return skiff_fault_set(
            SKIFF_ERR_ARGUMENT,
            "space: fewer than SKIFF_TAIL (148) bytes behind the datagram");

    size_t limit = space - SKIFF_TAIL;
    if (limit > LARGEST_LIMIT)
        limit = LARGEST_LIMIT;
    *packet =
        (skiff_packet){ .data = memory, .len = (uint32_t)len, .limit = (uint32_t)limit };
    return SKIFF_OK;
}
