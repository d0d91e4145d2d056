/* wire.c - two queues of datagrams in memory, which can lose one of them. */
#include "wire.h"

#include <string.h>

void wire_clear(struct wire *wire)
{
    memset(wire, 0, sizeof *wire);
    wire->to_peer.lose = WIRE_LOSE_NONE;
    wire->to_skiff.lose = WIRE_LOSE_NONE;
}

void queue_put(struct queue *queue, const void *bytes, size_t len)
{
    if (queue->lose == 0) {
        queue->lose = WIRE_LOSE_NONE;
        return;
    }
    if (queue->lose > 0)
        queue->lose--;
    if (len > WIRE_DATAGRAM || queue->sent - queue->read == WIRE_QUEUE) {
        queue->overflown = true;
        return;
    }

    struct datagram *place = &queue->waiting[queue->sent++ % WIRE_QUEUE];
    memcpy(place->bytes, bytes, len);
    place->len = len;
    if (len > queue->longest)
        queue->longest = len;
}

const struct datagram *queue_look(const struct queue *queue)
{
    if (queue->sent == queue->read)
        return NULL;
    return &queue->waiting[queue->read % WIRE_QUEUE];
}

const struct datagram *queue_remove(struct queue *queue)
{
    const struct datagram *next = queue_look(queue);

    if (next != NULL)
        queue->read++;
    return next;
}

int queue_read(struct queue *queue, void *bytes, size_t size)
{
    const struct datagram *next = queue_remove(queue);

    if (next == NULL)
        return -1;

    size_t len = next->len < size ? next->len : size;
    memcpy(bytes, next->bytes, len);
    return (int)len;
}
