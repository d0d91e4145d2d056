/* repeats.h - how often a watcher may have packets again: each number once in a
 * while, and so many in a second. Zeros are a track of which nothing was asked
 * for. */
#ifndef SAMPLES_SFU_REPEATS_H
#define SAMPLES_SFU_REPEATS_H

#include <skiff/base.h>

enum {
    REPEATS_TRACKED = 64,  /* numbers, a power of two */
    REPEATS_LEAST = 10000, /* microseconds between two repetitions of a number */
    REPEATS_SECOND = 500   /* numbers of one track in a second, all at once if need be */
};

struct repeats {
    struct {
        skiff_time when; /* 0: never */
        uint16_t sequence;
    } last[REPEATS_TRACKED];
    skiff_time filled; /* when `used` last became less */
    uint32_t used;
};

/* Whether a number may be sent again now; if so, it counts as sent. `interval`
 * is the round trip, in which no second request for it makes sense. */
static inline bool repeats_allow(struct repeats *repeats, uint16_t sequence, skiff_time now,
                                 skiff_time interval)
{
    const size_t at = sequence & (REPEATS_TRACKED - 1);
    const skiff_time least = interval > REPEATS_LEAST ? interval : REPEATS_LEAST;
    const skiff_time each = 1000000u / REPEATS_SECOND;
    const skiff_time earned = (now - repeats->filled) / each;

    if (repeats->last[at].when != 0 && repeats->last[at].sequence == sequence
        && now - repeats->last[at].when < least)
        return false;
    if (earned > 0) {
        repeats->used -= earned < repeats->used ? (uint32_t)earned : repeats->used;
        repeats->filled = now;
    }
    if (repeats->used >= REPEATS_SECOND)
        return false;
    repeats->used++;
    repeats->last[at].when = now;
    repeats->last[at].sequence = sequence;
    return true;
}

#endif
