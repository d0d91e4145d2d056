/* connection_id.c - DTLS connection ids that contain the slot of their peer. */
#include "connection_id.h"

#include <sys/random.h>

enum { HALF = SKIFF_PORT_CONNECTION_ID / 2, SLOT_BITS = 24 };

static uint32_t mask_of(const struct hash_key *key, const uint8_t *id)
{
    return (uint32_t)(seeded_hash(key, id, HALF) >> 16);
}

void skf_connection_id_make(const struct hash_key *key, unsigned thread, uint32_t slot,
                            uint8_t id[SKIFF_PORT_CONNECTION_ID])
{
    uint32_t masked = thread << SLOT_BITS | slot;

    /* Without random bytes it is still an id, but one that others can recognize. */
    if (getrandom(id, HALF, 0) != HALF)
        memset(id, 0, HALF);
    masked ^= mask_of(key, id);
    memcpy(id + HALF, &masked, HALF);
}

bool skf_connection_id_find(const struct hash_key *key, skiff_bytes datagram,
                            unsigned *thread, uint32_t *slot)
{
    skiff_bytes id;
    uint32_t masked;

    if (!skiff_connection_id_peek(datagram, SKIFF_PORT_CONNECTION_ID, &id))
        return false;
    memcpy(&masked, id.ptr + HALF, HALF);
    masked ^= mask_of(key, id.ptr);
    *thread = masked >> SLOT_BITS;
    *slot = masked & ((UINT32_C(1) << SLOT_BITS) - 1);
    return true;
}
