/* send_queue.c - packets in the order in which they came, and a hash table of their paths
 * with open addressing. */
#include "send_queue.h"

/* At most half of the slots are in use. */
static unsigned bits_for(uint32_t capacity)
{
    unsigned bits = 1;

    while ((UINT32_C(1) << bits) < capacity * 2)
        bits++;
    return bits;
}

size_t skf_send_queue_size(uint32_t capacity)
{
    return capacity * (2 * sizeof(struct queued_packet) + sizeof(struct queued_path))
         + (sizeof(uint16_t) << bits_for(capacity));
}

void skf_send_queue_init(struct send_queue *queue, void *bytes, uint32_t capacity,
                         const struct hash_key *key)
{
    struct queued_packet *packets = bytes;
    struct queued_path *paths = (void *)(packets + 2 * (size_t)capacity);

    *queue = (struct send_queue){
        .packets = packets,
        .sorted = packets + capacity,
        .paths = paths,
        .slots = (void *)(paths + capacity),
        .capacity = capacity,
        .bits = bits_for(capacity),
        .hash_key = *key,
    };
    memset(queue->slots, 0, sizeof *queue->slots << queue->bits);
}

/* Of the remote address only: there are few local ones, and paths are compared as a
 * whole. */
static uint32_t slot_of(const struct send_queue *queue, const struct path *path)
{
    uint64_t hash = seeded_hash(&queue->hash_key, &path->remote, sizeof path->remote);

    return (uint32_t)(hash >> 16) & ((UINT32_C(1) << queue->bits) - 1);
}

static uint32_t next_slot(const struct send_queue *queue, uint32_t slot)
{
    return (slot + 1) & ((UINT32_C(1) << queue->bits) - 1);
}

uint32_t skf_send_queue_path(struct send_queue *queue, const struct path *path)
{
    uint32_t slot = slot_of(queue, path);

    for (; queue->slots[slot] != 0; slot = next_slot(queue, slot)) {
        uint32_t found = queue->slots[slot] - 1u;
        if (path_equal(&queue->paths[found].path, path))
            return found;
    }
    queue->paths[queue->num_paths++] = (struct queued_path){ *path, slot, 0 };
    queue->slots[slot] = (uint16_t)queue->num_paths;
    return queue->num_paths - 1;
}

/* Counts the packets of each path, and then where each path begins. */
static void find_places(struct send_queue *queue)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < queue->num_paths; i++)
        queue->paths[i].next = 0;
    for (uint32_t i = 0; i < queue->num; i++)
        queue->paths[queue->packets[i].path].next++;
    for (uint32_t i = 0; i < queue->num_paths; i++) {
        uint32_t num = queue->paths[i].next;
        queue->paths[i].next = at;
        at += num;
    }
}

const struct queued_packet *skf_send_queue_sorted(struct send_queue *queue)
{
    if (!queue->mixed)
        return queue->packets;
    find_places(queue);
    for (uint32_t i = 0; i < queue->num; i++)
        queue->sorted[queue->paths[queue->packets[i].path].next++] = queue->packets[i];
    return queue->sorted;
}

void skf_send_queue_clear(struct send_queue *queue)
{
    for (uint32_t i = 0; i < queue->num; i++)
        if (queue->packets[i].owned)
            skiff_packet_release(&queue->packets[i].packet);
    if (queue->num == 0)
        return;
    if (queue->num_paths > queue->num || queue->num_paths == queue->capacity) {
        for (uint32_t i = 0; i < queue->num_paths; i++)
            queue->slots[queue->paths[i].slot] = 0;
        queue->num_paths = 0;
    }
    queue->num = 0;
    queue->mixed = false;
}
