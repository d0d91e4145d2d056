/*
 * check_replay.h - the last transactions of one peer, as marks of 32 bits. Knows no
 * messages.
 *
 * A captured request stays signed forever: only that it was seen before shows that it is
 * not new. Each transaction is kept with the address from which it was first good, as it
 * may come again only from there. It is also kept with the number of nominations that were
 * applied by then, as an old one must not undo a later one.
 *
 * With a check every 5 s (RFC 7675 5.1) 64 marks last for five minutes. One of 67 million
 * new transactions is taken for a repeated one by chance: the next check corrects that.
 */
#ifndef SKF_CHECK_REPLAY_H
#define SKF_CHECK_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

enum { REPLAY_MARKS = 64, REPLAY_NONE = REPLAY_MARKS };

/* Zeros hold none: 0 is no mark. */
struct check_replay {
    uint32_t marks[REPLAY_MARKS];   /* of transaction ids */
    uint32_t sources[REPLAY_MARKS]; /* of the address where each was first good */
    uint8_t
        nominations[REPLAY_MARKS]; /* nominations of the peer that were applied by then */
    uint8_t next;
};

static inline uint32_t check_replay_mark(uint64_t hash)
{
    return (uint32_t)(hash >> 32) != 0 ? (uint32_t)(hash >> 32) : 1;
}

/* Its index, or REPLAY_NONE. */
static inline unsigned check_replay_find(const struct check_replay *replay, uint32_t mark)
{
    unsigned index = REPLAY_NONE;

    for (unsigned i = 0; i < REPLAY_MARKS; i++)
        index = replay->marks[i] == mark ? i : index;
    return index;
}

static inline void check_replay_add(struct check_replay *replay, uint32_t mark,
                                    uint32_t source, uint32_t nominations)
{
    replay->marks[replay->next] = mark;
    replay->sources[replay->next] = source;
    replay->nominations[replay->next] = (uint8_t)nominations;
    replay->next = (uint8_t)((replay->next + 1) % REPLAY_MARKS);
}

#endif
