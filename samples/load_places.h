/* load_places.h - where in 127/8 each association is. Every life of a slot has an address
 * of its own, so that nothing late of the one before is taken for it. */
#ifndef LOAD_PLACES_H
#define LOAD_PLACES_H

#include <stdint.h>

enum { PLACE_SERVER = 0x7f000001, PLACE_FIRST = 0x7f010000, PLACE_LAST = 0x7ffffffe };

/* How many lives of `peers` slots there are addresses for. */
static inline uint32_t place_turns(uint32_t peers)
{
    return (PLACE_LAST - PLACE_FIRST + 1) / peers;
}

static inline uint32_t place_of(uint32_t slot, uint32_t turn, uint32_t peers)
{
    return PLACE_FIRST + turn % place_turns(peers) * peers + slot;
}

static inline uint32_t place_slot(uint32_t address, uint32_t peers)
{
    return (address - PLACE_FIRST) % peers;
}

#endif
