/* bitrate.h - how many bits a second passed lately, by a window of time that slides. Knows
 * no packets and no clock.
 */
#ifndef SAMPLES_SFU_BITRATE_H
#define SAMPLES_SFU_BITRATE_H

#include <stddef.h>
#include <stdint.h>

enum { BITRATE_PARTS = 8 }; /* that the window has */

struct bitrate {
    uint32_t part_time; /* microseconds of a part */
    uint64_t part;      /* the number of the newest part, counted from time 0 */
    uint64_t first;     /* the part of the first packet */
    uint32_t bytes[BITRATE_PARTS];
};

/* The window in microseconds, and at most an hour. */
void bitrate_init(struct bitrate *rate, uint32_t window);

/* Times are in microseconds. What is earlier than the last time counts as of that time. */
void bitrate_add(struct bitrate *rate, uint64_t now, size_t bytes);

/* Bits a second over the window. As long as packets have come for less than the window,
 * they are divided by that time, so that a stream shows its rate soon after it began. */
uint32_t bitrate_of(const struct bitrate *rate, uint64_t now);

#endif
