/* jitter.h - a little time by chance, so that associations that began together get out
 * of step. Knows times. Nothing secret depends on it: a guess reveals when a datagram
 * comes. */
#ifndef SKF_JITTER_H
#define SKF_JITTER_H

#include <skiff/base.h>

struct jitter {
    uint64_t state;
    bool is_off;
};

/* Returns a random time below `limit`, or 0. splitmix64 is a public-domain generator by
 * Sebastiano Vigna. */
static inline skiff_time jitter_below(struct jitter *jitter, skiff_time limit)
{
    uint64_t z = jitter->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return jitter->is_off || limit == 0 ? 0 : z % limit;
}

#endif
