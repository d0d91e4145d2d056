/* wire.c - a handshake is short: queues are used up from their beginning, and cleared. */
#include "wire.h"

#include <string.h>

void wire_clear(struct wire *wire)
{
    for (int end = 0; end < ENDS; end++)
        wire->to[end].put = wire->to[end].read = 0;
}

struct datagram *wire_slot(struct wire *wire, int to)
{
    struct queue *queue = &wire->to[to];

    return queue->put < WIRE_LONGEST ? &queue->waiting[queue->put] : NULL;
}

void wire_sent(struct wire *wire, int to)
{
    wire->to[to].put++;
}

bool wire_send(struct wire *wire, int to, const void *bytes, size_t len)
{
    struct datagram *slot = wire_slot(wire, to);

    if (slot == NULL || len > sizeof slot->bytes)
        return false;
    memcpy(slot->bytes, bytes, len);
    slot->len = len;
    wire_sent(wire, to);
    return true;
}

struct datagram *wire_receive(struct wire *wire, int at)
{
    struct queue *queue = &wire->to[at];

    return queue->read < queue->put ? &queue->waiting[queue->read++] : NULL;
}

bool wire_waits(const struct wire *wire, int at)
{
    return wire->to[at].read < wire->to[at].put;
}
