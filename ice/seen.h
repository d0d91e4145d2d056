/* seen.h - the last transactions of one peer, as marks of 32 bits. Knows no messages.
 *
 * A request that somebody captured stays signed for ever: that it was seen is all that
 * tells it from a new one. At a check every 5 s (RFC 7675 5.1) 64 are five minutes. Of 67
 * million new ones one is taken for a repeated one by chance: the next check mends that. */
#ifndef SKF_SEEN_H
#define SKF_SEEN_H

#include <stdbool.h>
#include <stdint.h>

enum { SEEN_MARKS = 64 };

/* Zeros have seen nothing: 0 is no mark. */
struct seen {
    uint32_t marks[SEEN_MARKS];
    uint8_t  next;
};

static inline uint32_t seen_mark(uint64_t mixed)
{
    return (uint32_t)(mixed >> 32) != 0 ? (uint32_t)(mixed >> 32) : 1;
}

static inline bool seen_has(const struct seen *seen, uint32_t mark)
{
    bool found = false;

    for (unsigned i = 0; i < SEEN_MARKS; i++)
        found |= seen->marks[i] == mark;
    return found;
}

static inline void seen_add(struct seen *seen, uint32_t mark)
{
    seen->marks[seen->next] = mark;
    seen->next = (uint8_t)((seen->next + 1) % SEEN_MARKS);
}

#endif
