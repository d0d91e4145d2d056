/* early_media.h - copies of packets that came too early, in order. Knows no contents. */
#ifndef SKF_EARLY_MEDIA_H
#define SKF_EARLY_MEDIA_H

#include <skiff/packet.h>

enum { EARLY_MEDIA_MAX = 16 };

/* Zeros hold nothing. */
struct early_media {
    skiff_packet *first, *last;
    uint8_t count;
};

/* Copies a packet behind the others. False if 16 are held already, if the pool is NULL or
 * has none to spare, or if its packets are too short. */
SKIFF_MUST_USE bool skf_early_media_copy(struct early_media *media, skiff_pool *pool,
                                         const skiff_packet *packet);

/* The first packet, which is the caller's from now on; NULL when there is none. */
skiff_packet *skf_early_media_take(struct early_media *media);

/* Releases all of them. */
void skf_early_media_release(struct early_media *media);

#endif
