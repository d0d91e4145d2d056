/* id.c - DTLS connection ids that say whose they are. */
#include "id.h"

#include <sys/random.h>

enum { HALF = SKIFF_PORT_CONNECTION_ID / 2, PLACE_BITS = 24 };

static uint32_t mask_of(const struct mix *mix, const uint8_t *id)
{
    return (uint32_t)(mix_bytes(mix, id, HALF) >> 16);
}

void skf_id_make(const struct mix *mix, unsigned thread, uint32_t place,
                 uint8_t id[SKIFF_PORT_CONNECTION_ID])
{
    uint32_t hidden = thread << PLACE_BITS | place;

    /* Without random bytes it is still an id, only one that can be told from others. */
    if (getrandom(id, HALF, 0) != HALF)
        memset(id, 0, HALF);
    hidden ^= mask_of(mix, id);
    memcpy(id + HALF, &hidden, HALF);
}

bool skf_id_find(const struct mix *mix, skiff_bytes datagram, unsigned *thread,
                 uint32_t *place)
{
    skiff_bytes id;
    uint32_t hidden;

    if (!skiff_connection_id_peek(datagram, SKIFF_PORT_CONNECTION_ID, &id))
        return false;
    memcpy(&hidden, id.ptr + HALF, HALF);
    hidden ^= mask_of(mix, id.ptr);
    *thread = hidden >> PLACE_BITS;
    *place = hidden & ((UINT32_C(1) << PLACE_BITS) - 1);
    return true;
}
