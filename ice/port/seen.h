/* seen.h - the last transactions of one peer, as marks of 32 bits. Knows no messages.
 *
 * A request that somebody captured stays signed for ever: that it was seen is all that
 * tells it from a new one. With each transaction is kept from which address it was first
 * good, for there alone may it come again, and how many nominations had been taken by then,
 * for an old one must not undo a later one. At a check every 5 s (RFC 7675 5.1) 64 are five
 * minutes. Of 67 million new ones one is taken for a repeated one by chance: the next check
 * mends that. */
#ifndef SKF_SEEN_H
#define SKF_SEEN_H

#include <stdbool.h>
#include <stdint.h>

enum { SEEN_MARKS = 64, SEEN_NOT = SEEN_MARKS };

/* Zeros have seen nothing: 0 is no mark. */
struct seen {
    uint32_t marks[SEEN_MARKS];        /* of transaction ids                      */
    uint32_t where[SEEN_MARKS];        /* of the address where each was first good */
    uint8_t  taken[SEEN_MARKS];        /* nominations of the peer's, by then      */
    uint8_t  next;
};

static inline uint32_t seen_mark(uint64_t mixed)
{
    return (uint32_t)(mixed >> 32) != 0 ? (uint32_t)(mixed >> 32) : 1;
}

/* Its place, or SEEN_NOT. */
static inline unsigned seen_find(const struct seen *seen, uint32_t mark)
{
    unsigned place = SEEN_NOT;

    for (unsigned i = 0; i < SEEN_MARKS; i++)
        place = seen->marks[i] == mark ? i : place;
    return place;
}

static inline void seen_add(struct seen *seen, uint32_t mark, uint32_t where,
                            uint32_t taken)
{
    seen->marks[seen->next] = mark;
    seen->where[seen->next] = where;
    seen->taken[seen->next] = (uint8_t)taken;
    seen->next = (uint8_t)((seen->next + 1) % SEEN_MARKS);
}

#endif
