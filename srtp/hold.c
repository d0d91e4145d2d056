/* hold.c - copies of packets that came too early. */
#include "srtp/hold.h"

bool hold_copy(struct hold *hold, skiff_pool *pool, const skiff_packet *packet)
{
    if (hold->count == HOLD_MAX || pool == NULL)
        return false;

    skiff_packet *copy = skiff_pool_take_spare(pool);
    if (copy == NULL)
        return false;
    if (packet->len > copy->limit) {
        skiff_packet_give(&copy);
        return false;
    }
    memcpy(copy->data, packet->data, packet->len);
    copy->len = packet->len;
    copy->arrived = packet->arrived;
    hold->packets[hold->count++] = copy;
    return true;
}

skiff_packet *hold_take(struct hold *hold)
{
    skiff_packet *first = hold->packets[0];

    if (hold->count == 0)
        return NULL;
    hold->count--;
    memmove(hold->packets, hold->packets + 1, hold->count * sizeof *hold->packets);
    return first;
}

void hold_give(struct hold *hold)
{
    while (hold->count > 0)
        skiff_packet_give(&hold->packets[--hold->count]);
}
