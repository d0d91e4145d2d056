/* mix.h - a hash that nobody outside can guess, for tables. No cryptography. */
#ifndef SKF_MIX_H
#define SKF_MIX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Two random words, drawn once for each port. */
struct mix {
    uint64_t seed, factor;
};

static inline uint64_t mix_word(const struct mix *mix, uint64_t state, uint64_t word)
{
    state = (state ^ word) * (mix->factor | 1u);
    return state ^ state >> 32;
}

static inline uint64_t mix_bytes(const struct mix *mix, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    uint64_t state = mix->seed ^ len, word;

    for (; len >= sizeof word; at += sizeof word, len -= sizeof word) {
        memcpy(&word, at, sizeof word);
        state = mix_word(mix, state, word);
    }
    word = 0;
    memcpy(&word, at, len);
    return mix_word(mix, mix_word(mix, state, word), mix->seed);
}

#endif
