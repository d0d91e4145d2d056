/* early_media.h - copies of packets that came too early, in order. Knows no contents. */
#ifndef SKF_EARLY_MEDIA_H
#define SKF_EARLY_MEDIA_H

#include <skiff/packet.h>

enum { EARLY_MEDIA_MAX = 16 };

/* Zeros are a hold that has nothing. */
struct early_media {
    skiff_packet *packets[EARLY_MEDIA_MAX];
    uint8_t count;
};

/* Copies a packet behind the others; false when there is no place: here, in the pool (which
 * may be NULL), or in a packet of the pool. */
SKIFF_MUST_USE bool skf_early_media_copy(struct early_media *media, skiff_pool *pool,
                                         const skiff_packet *packet);

/* Takes out the first one, which is the caller's then; NULL when there is none. */
skiff_packet *skf_early_media_take(struct early_media *media);

/* Gives all of them back. */
void skf_early_media_release(struct early_media *media);

#endif
