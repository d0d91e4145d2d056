/* seeded_hash.h - a hash that an attacker cannot predict, for tables. No cryptography. */
#ifndef SKF_SEEDED_HASH_H
#define SKF_SEEDED_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Two random words, drawn once for each port. */
struct hash_key {
    uint64_t seed, factor;
};

static inline uint64_t seeded_hash_word(const struct hash_key *key, uint64_t state,
                                        uint64_t word)
{
    state = (state ^ word) * (key->factor | 1u);
    return state ^ state >> 32;
}

static inline uint64_t seeded_hash(const struct hash_key *key, const void *bytes,
                                   size_t len)
{
    const uint8_t *at = bytes;
    uint64_t state = key->seed ^ len, word;

    for (; len >= sizeof word; at += sizeof word, len -= sizeof word) {
        memcpy(&word, at, sizeof word);
        state = seeded_hash_word(key, state, word);
    }
    word = 0;
    memcpy(&word, at, len);
    return seeded_hash_word(key, seeded_hash_word(key, state, word), key->seed);
}

#endif
