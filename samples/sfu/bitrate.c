/* bitrate.c - how many bits a second passed lately, by a window of time that slides. */
#include "bitrate.h"

#include <string.h>

/* Parts: after a gap that is longer something begins anew, and what is shorter may be a
 * receiver that was busy. And the fewest that a rate rests on. */
enum { LONG_GAP = 4 * BITRATE_PARTS, FEWEST = 2 };

void bitrate_init(struct bitrate *rate, uint32_t window)
{
    *rate = (struct bitrate){ .part_time = window / BITRATE_PARTS };
}

/* Empties the parts that the window leaves behind. */
static void slide(struct bitrate *rate, uint64_t part)
{
    if (part <= rate->part)
        return;
    if (part - rate->part >= BITRATE_PARTS) {
        memset(rate->bytes, 0, sizeof rate->bytes);
        if (part - rate->part >= LONG_GAP)
            rate->first = part;
    } else {
        for (uint64_t i = rate->part + 1; i <= part; i++)
            rate->bytes[i % BITRATE_PARTS] = 0;
    }
    rate->part = part;
}

void bitrate_add(struct bitrate *rate, uint64_t now, size_t bytes)
{
    slide(rate, now / rate->part_time);
    rate->bytes[rate->part % BITRATE_PARTS] += (uint32_t)bytes;
}

uint32_t bitrate_of(const struct bitrate *rate, uint64_t now)
{
    uint64_t end = now / rate->part_time, sum = 0, parts, time;

    if (end < rate->part)
        end = rate->part;
    for (uint64_t i = 0; i < BITRATE_PARTS && i <= rate->part; i++)
        if (end - (rate->part - i) < BITRATE_PARTS)
            sum += rate->bytes[(rate->part - i) % BITRATE_PARTS];
    parts = end - rate->first < BITRATE_PARTS ? end - rate->first : BITRATE_PARTS - 1;
    time = parts * rate->part_time;
    time += now > end * rate->part_time ? now - end * rate->part_time : 0;
    if (time < FEWEST * rate->part_time)
        time = FEWEST * rate->part_time;
    sum = sum * 8 * 1000000 / time;
    return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}
