/* bitrate.h - how many bits a second passed lately, by a window of one second that slides.
 * Knows no packets and no clock. Zeros are valid and empty. */
#ifndef SFU_BITRATE_H
#define SFU_BITRATE_H

#include <stddef.h>
#include <stdint.h>

enum {
    BITRATE_PARTS = 8,
    BITRATE_PART = 125000 /* microseconds: eight parts are the window */
};

struct bitrate {
    uint64_t part;  /* the number of the newest part, counted from time 0 */
    uint64_t first; /* the part of the first packet, plus one; 0 when there was none */
    uint32_t bytes[BITRATE_PARTS];
};

/* Times are in microseconds and may stand still. A time before the last one counts as the
 * last one. */
void bitrate_add(struct bitrate *rate, uint64_t now, size_t bytes);

/* Bits a second over the window. A rate that is younger than the window is divided by its
 * age, so that a stream shows its rate soon after it began. */
uint32_t bitrate_of(const struct bitrate *rate, uint64_t now);

#endif
