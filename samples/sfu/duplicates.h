/* duplicates.h - which of the last sequence numbers of a source have arrived,
 * so that a packet that came twice is sent once. Zeros are a source of which
 * nothing has arrived. */
#ifndef SAMPLES_SFU_DUPLICATES_H
#define SAMPLES_SFU_DUPLICATES_H

#include "../rtp/sequence.h"

#include <string.h>

enum { DUPLICATES_NUMBERS = 1024, DUPLICATES_WORD = 64 }; /* a power of two */

struct duplicates {
    bool has_begun;
    uint16_t highest;
    uint64_t bits[DUPLICATES_NUMBERS / DUPLICATES_WORD];
};

static inline uint64_t *duplicates_word(struct duplicates *duplicates, uint16_t sequence,
                                        uint64_t *bit)
{
    const unsigned at = sequence & (DUPLICATES_NUMBERS - 1);

    *bit = UINT64_C(1) << at % DUPLICATES_WORD;
    return &duplicates->bits[at / DUPLICATES_WORD];
}

/* The numbers up to a new highest one have not arrived. */
static inline void duplicates_advance(struct duplicates *duplicates, uint16_t sequence)
{
    uint64_t bit;

    if (sequence_distance(sequence, duplicates->highest) >= DUPLICATES_NUMBERS)
        memset(duplicates->bits, 0, sizeof duplicates->bits);
    else
        for (uint16_t i = (uint16_t)(duplicates->highest + 1); i != sequence; i++)
            *duplicates_word(duplicates, i, &bit) &= ~bit;
    *duplicates_word(duplicates, sequence, &bit) &= ~bit;
    duplicates->highest = sequence;
}

/* False: the number has arrived before, or is too old to know. */
static inline bool duplicates_add(struct duplicates *duplicates, uint16_t sequence)
{
    uint64_t bit;

    if (!duplicates->has_begun || sequence_is_after(sequence, duplicates->highest)) {
        if (duplicates->has_begun)
            duplicates_advance(duplicates, sequence);
        duplicates->highest = sequence;
        duplicates->has_begun = true;
    } else if (sequence_distance(duplicates->highest, sequence) >= DUPLICATES_NUMBERS) {
        return false;
    }
    uint64_t *word = duplicates_word(duplicates, sequence, &bit);
    if ((*word & bit) != 0)
        return false;
    *word |= bit;
    return true;
}

#endif
