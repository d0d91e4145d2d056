/* source_address.h - which part of an address stands for one client. Knows no limit. */
#ifndef SAMPLES_SFU_SOURCE_ADDRESS_H
#define SAMPLES_SFU_SOURCE_ADDRESS_H

#include <stdint.h>
#include <string.h>

/* An end with IPv6 has at least a /64, and could be another address with each request. Of
 * IPv4, mapped into IPv6, all of the address counts. */
static inline void source_address(const uint8_t address[16], uint8_t source[16])
{
    static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
    const size_t len = memcmp(address, mapped, sizeof mapped) == 0 ? 16 : 8;

    memset(source, 0, 16);
    memcpy(source, address, len);
}

#endif
