/* addresses.h - where in 127/8 each association is. Every life of a slot has an address
 * of its own, so that nothing late of the one before is taken for it. */
#ifndef LOAD_ADDRESSES_H
#define LOAD_ADDRESSES_H

#include <stdint.h>

enum { ADDRESS_SERVER = 0x7f000001, ADDRESS_FIRST = 0x7f010000, ADDRESS_LAST = 0x7ffffffe };

/* How many lives of `peers` slots there are addresses for. */
static inline uint32_t address_turns(uint32_t peers)
{
    return (ADDRESS_LAST - ADDRESS_FIRST + 1) / peers;
}

static inline uint32_t address_of(uint32_t slot, uint32_t turn, uint32_t peers)
{
    return ADDRESS_FIRST + turn % address_turns(peers) * peers + slot;
}

static inline uint32_t address_slot(uint32_t address, uint32_t peers)
{
    return (address - ADDRESS_FIRST) % peers;
}

#endif
