/* wishes.h - how often a watcher may have a keyframe (PLI, FIR), which all watchers of its
 * stream pay for. Zeros are a watcher that has not asked. */
#ifndef SAMPLES_SFU_WISHES_H
#define SAMPLES_SFU_WISHES_H

#include <skiff/base.h>

#include <stdbool.h>

enum {
    WISHES_SAME = 500000,  /* microseconds in which it is the same wish once more */
    WISHES_EACH = 2000000, /* microseconds in which one more is allowed, */
    WISHES_AT_ONCE = 5     /* and so many of one that asked for none */
};

struct wishes {
    skiff_time last; /* when one was granted; 0: never */
    skiff_time free; /* when none of them counts any more */
};

/* Whether a wish is granted now. */
static inline bool wishes_allow(struct wishes *wishes, skiff_time now)
{
    const skiff_time free = wishes->free > now ? wishes->free : now;

    if (wishes->last != 0 && now - wishes->last < WISHES_SAME)
        return false;
    if (free - now > (WISHES_AT_ONCE - 1) * (skiff_time)WISHES_EACH)
        return false;
    wishes->last = now;
    wishes->free = free + WISHES_EACH;
    return true;
}

#endif
