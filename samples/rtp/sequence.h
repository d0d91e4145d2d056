/* sequence.h - arithmetic of numbers that wrap around (RFC 3550 section 5.1). Knows no
 * packet. */
#ifndef RTP_SEQUENCE_H
#define RTP_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

/* How far `a` is after `b`: -32768 to 32767, negative where it is before. */
static inline int32_t sequence_distance(uint16_t a, uint16_t b)
{
    uint16_t forward = (uint16_t)(a - b);

    return forward < 0x8000 ? forward : (int32_t)forward - 0x10000;
}

static inline bool sequence_is_after(uint16_t a, uint16_t b)
{
    return sequence_distance(a, b) > 0;
}

/* The number that ends with the 16 bits of `sequence` and is nearest to `highest`. Begin
 * with SEQUENCE_BEGIN + the first sequence number, so that there are numbers before it. */
#define SEQUENCE_BEGIN UINT64_C(0x10000)

static inline uint64_t sequence_extend(uint64_t highest, uint16_t sequence)
{
    return highest + (uint64_t)(int64_t)sequence_distance(sequence, (uint16_t)highest);
}

/* The same distance for the timestamps of RTP, which have 32 bits. */
static inline int64_t sequence_distance32(uint32_t a, uint32_t b)
{
    uint32_t forward = a - b;

    return forward < 0x80000000u ? forward : (int64_t)forward - INT64_C(0x100000000);
}

#endif
