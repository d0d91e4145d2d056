/* hold.h - copies of packets that came too early, in order. Knows no contents. */
#ifndef SKF_HOLD_H
#define SKF_HOLD_H

#include <skiff/packet.h>

enum { HOLD_MAX = 16 };

/* Zeros are a hold that has nothing. */
struct hold {
    skiff_packet *packets[HOLD_MAX];
    uint8_t       count;
};

/* Copies a packet behind the others; false when there is no place: here, in the pool (which
 * may be NULL), or in a packet of the pool. */
SKIFF_MUST_USE bool hold_copy(struct hold *hold, skiff_pool *pool,
                              const skiff_packet *packet);

/* Takes out the first one, which is the caller's then; NULL when there is none. */
skiff_packet *hold_take(struct hold *hold);

/* Gives all of them back. */
void hold_give(struct hold *hold);

#endif
