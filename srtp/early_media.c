/* early_media.c - copies of packets that came too early. */
#include "srtp/early_media.h"

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
    media->packets[media->count++] = copy;
    return true;
}

skiff_packet *skf_early_media_take(struct early_media *media)
{
    skiff_packet *first = media->packets[0];

    if (media->count == 0)
        return NULL;
    media->count--;
    memmove(media->packets, media->packets + 1, media->count * sizeof *media->packets);
    return first;
}

void skf_early_media_release(struct early_media *media)
{
    while (media->count > 0)
        skiff_packet_release(&media->packets[--media->count]);
}
