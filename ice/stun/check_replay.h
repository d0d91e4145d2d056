/*
 * check_replay.h - the last transactions of one peer, as marks of 24 bits. Knows no
 * messages.
 *
 * A captured request stays authentic forever: only that it was seen before shows that it is
 * not new. Each transaction is kept with the address from which it was first good, as it
 * may come again only from there. It is also kept whether a later nomination, or DTLS
 * before CONNECTED, has chosen the path, as an old nomination must not undo that.
 *
 * With a check every 5 s (RFC 7675 5.1) 64 marks last for five minutes. One of 262,144 new
 * transactions is taken for a repeated one by chance: the next check corrects that. Checks
 * come from few addresses, so each is kept once, with 32 bits. If the last checks came from
 * more than eight, those from the first of them may come again from nowhere.
 */
#ifndef SKF_CHECK_REPLAY_H
#define SKF_CHECK_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

enum { REPLAY_MARKS = 64, REPLAY_NONE = REPLAY_MARKS };
enum { REPLAY_SOURCES = 8, REPLAY_NO_SOURCE = REPLAY_SOURCES };

/* Zeros hold none: 0 is no mark. */
struct check_replay {
    uint64_t latest;              /* a bit each: nothing has chosen the path after it */
    uint32_t all[REPLAY_SOURCES]; /* addresses; 0: free */
    uint16_t low[REPLAY_MARKS];   /* of transaction ids: 16 bits, and the other 8 */
    uint8_t high[REPLAY_MARKS];
    /* Where each was first good: an index of `all`, in 4 bits. */
    uint8_t sources[REPLAY_MARKS / 2];
    uint8_t next, next_source;
};

static inline uint32_t check_replay_mark(uint64_t hash)
{
    return hash >> 40 != 0 ? (uint32_t)(hash >> 40) : 1;
}

/* Never 0, which is a free entry. */
static inline uint32_t check_replay_source(uint64_t hash)
{
    return (uint32_t)(hash >> 32) != 0 ? (uint32_t)(hash >> 32) : 1;
}

/* Its index, or REPLAY_NONE. */
static inline unsigned check_replay_find(const struct check_replay *replay, uint32_t mark)
{
    uint16_t low = (uint16_t)mark;
    uint8_t high = (uint8_t)(mark >> 16);
    unsigned index = REPLAY_NONE;

    for (unsigned i = 0; i < REPLAY_MARKS; i++)
        index = ((replay->low[i] == low) & (replay->high[i] == high)) != 0 ? i : index;
    return index;
}

static inline unsigned check_replay_source_of(const struct check_replay *replay,
                                              unsigned index)
{
    return replay->sources[index / 2] >> index % 2 * 4 & 15;
}

static inline void check_replay_set_source(struct check_replay *replay, unsigned index,
                                           unsigned source)
{
    uint8_t *both = &replay->sources[index / 2];
    unsigned shift = index % 2 * 4;

    *both = (uint8_t)((*both & ~(15u << shift)) | source << shift);
}

/* Whether it was first good from there. */
static inline bool check_replay_is_from(const struct check_replay *replay, unsigned index,
                                        uint32_t source)
{
    unsigned of = check_replay_source_of(replay, index);

    return of != REPLAY_NO_SOURCE && replay->all[of] == source;
}

/* The index of an address. A new one takes the place of the one that was added first, from
 * which no transaction may come again then. */
static inline unsigned check_replay_source_index(struct check_replay *replay,
                                                 uint32_t source)
{
    unsigned index = replay->next_source;

    for (unsigned i = 0; i < REPLAY_SOURCES; i++)
        if (replay->all[i] == source)
            return i;
    for (unsigned i = 0; replay->all[index] != 0 && i < REPLAY_MARKS; i++)
        if (check_replay_source_of(replay, i) == index)
            check_replay_set_source(replay, i, REPLAY_NO_SOURCE);
    replay->all[index] = source;
    replay->next_source = (uint8_t)((index + 1) % REPLAY_SOURCES);
    return index;
}

/* Nothing has chosen the path after this transaction; or something does now. */
static inline bool check_replay_is_latest(const struct check_replay *replay, unsigned index)
{
    return (replay->latest >> index & 1) != 0;
}

static inline void check_replay_set_latest(struct check_replay *replay, unsigned index)
{
    replay->latest |= UINT64_C(1) << index;
}

static inline void check_replay_nominated(struct check_replay *replay)
{
    replay->latest = 0;
}

static inline void check_replay_add(struct check_replay *replay, uint32_t mark,
                                    uint32_t source)
{
    unsigned index = replay->next;

    replay->low[index] = (uint16_t)mark;
    replay->high[index] = (uint8_t)(mark >> 16);
    check_replay_set_source(replay, index, check_replay_source_index(replay, source));
    check_replay_set_latest(replay, index);
    replay->next = (uint8_t)((index + 1) % REPLAY_MARKS);
}

#endif
