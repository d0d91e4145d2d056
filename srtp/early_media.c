/* early_media.c - copies of packets that came too early. Each has a pointer to the next one
 * in its tail, which is free until the packet is opened. */
#include "srtp/early_media.h"

_Static_assert(SKIFF_TAIL >= sizeof(skiff_packet *), "a pointer fits into the tail");

static void set_next(skiff_packet *packet, skiff_packet *next)
{
    memcpy(packet->data + packet->limit, &next, sizeof next);
}

static skiff_packet *next_of(const skiff_packet *packet)
{
    skiff_packet *next;

    memcpy(&next, packet->data + packet->limit, sizeof next);
    return next;
}

bool skf_early_media_copy(struct early_media *media, skiff_pool *pool,
                          const skiff_packet *packet)
{
    if (media->count == EARLY_MEDIA_MAX || pool == NULL)
        return false;

    skiff_packet *copy = skiff_pool_take_spare(pool);
    if (copy == NULL)
        return false;
    if (packet->len > copy->limit) {
        skiff_packet_release(&copy);
        return false;
    }
    memcpy(copy->data, packet->data, packet->len);
    copy->len = packet->len;
    copy->arrived = packet->arrived;
    if (media->count > 0)
        set_next(media->last, copy);
    else
        media->first = copy;
    media->last = copy;
    media->count++;
    return true;
}

skiff_packet *skf_early_media_take(struct early_media *media)
{
    skiff_packet *first = media->first;

    if (media->count == 0)
        return NULL;
    media->count--;
    media->first = media->count > 0 ? next_of(first) : NULL;
    return first;
}

void skf_early_media_release(struct early_media *media)
{
    skiff_packet *packet;

    while ((packet = skf_early_media_take(media)) != NULL)
        skiff_packet_release(&packet);
}
