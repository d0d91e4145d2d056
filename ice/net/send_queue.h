/* send_queue.h - packets that wait to be sent, and their paths. They leave path after path,
 * so that what one peer is sent can be one message, whatever was queued between. Knows no
 * socket.
 *
 * The packets of a path keep the order in which they were added. The paths keep the order
 * in which the queue first got a packet for them. A flush keeps the paths, unless they are
 * more than its packets were. So a program that sends to many peers in turn has each path
 * found by one comparison. Every other path is found by a hash with a secret seed, because
 * strangers choose addresses. A queue that is not in the order of its paths is sorted by
 * one pass, so the cost is linear. */
#ifndef SKF_SEND_QUEUE_H
#define SKF_SEND_QUEUE_H

#include "address.h"
#include "seeded_hash.h"

#include <skiff/packet.h>

struct queued_packet {
    skiff_packet *packet;
    uint32_t path; /* index of the path */
    bool owned;    /* it goes back to its pool afterwards */
};

struct queued_path {
    struct path path;
    uint32_t slot; /* of the table */
    uint32_t next; /* where its next packet goes while the queue is sorted */
};

struct send_queue {
    struct queued_packet *packets; /* in the order in which they were added */
    struct queued_packet *sorted;  /* path after path, where that is another order */
    struct queued_path *paths;     /* each once */
    uint16_t *slots;               /* the index of a path plus one; 0: the slot is free */
    uint32_t capacity, num, num_paths;
    uint32_t last; /* the path of the last packet */
    bool mixed;    /* a packet is for a path before that of another before it */
    unsigned bits; /* of the number of slots */
    struct hash_key hash_key;
};

/* How many bytes a queue of `capacity` packets needs, from 1 to 2^15. And makes one there:
 * they need no value. */
size_t skf_send_queue_size(uint32_t capacity);
void skf_send_queue_init(struct send_queue *queue, void *bytes, uint32_t capacity,
                         const struct hash_key *key);

/* The index of a path, which is added if it is new. */
uint32_t skf_send_queue_path(struct send_queue *queue, const struct path *path);

static inline bool send_queue_is_full(const struct send_queue *queue)
{
    return queue->num == queue->capacity || queue->num_paths == queue->capacity;
}

/* Adds a packet to a queue that is not full. */
static inline void send_queue_add(struct send_queue *queue, const struct path *path,
                                  skiff_packet *packet, bool owned)
{
    uint32_t before = queue->last, next = before + 1;

    if (before >= queue->num_paths || !path_equal(&queue->paths[before].path, path)) {
        if (next < queue->num_paths && path_equal(&queue->paths[next].path, path))
            queue->last = next;
        else
            queue->last = skf_send_queue_path(queue, path);
    }
    queue->mixed |= queue->num > 0 && queue->last < before;
    queue->packets[queue->num++] = (struct queued_packet){ packet, queue->last, owned };
}

/* All packets, path after path. */
const struct queued_packet *skf_send_queue_sorted(struct send_queue *queue);

/* Releases the packets that it owns. The queue is empty then; it forgets the paths if they
 * are more than the packets were, or all that it has space for. */
void skf_send_queue_clear(struct send_queue *queue);

#endif
