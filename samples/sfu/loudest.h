/* loudest.h - who of many speaks loudest, by the audio levels of RFC 6464: the last N that
 * spoke up are chosen, and stay until others are clearly louder. Knows no packets, no
 * streams and no clock.
 *
 * Zeros are valid: nobody is there, and all that come are chosen (count 0: no limit).
 */
#ifndef SAMPLES_SFU_LOUDEST_H
#define SAMPLES_SFU_LOUDEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOUDEST_MAX = 256, LOUDEST_SILENCE = 127 /* -dBov: RFC 6464 section 3 */ };

struct speaker {
    bool present, chosen;
    float level;      /* how loud: 0 is silence, 127 is the most; smoothed */
    uint64_t updated; /* when a level came last */
    uint64_t spoke;   /* when it was last as loud as speech */
};

struct loudest {
    size_t count;    /* how many are chosen at most; 0: all */
    uint64_t ranked; /* when the choice was made last */
    struct speaker speaker[LOUDEST_MAX];
};

void loudest_init(struct loudest *loudest, size_t count);

/* Gives the number of a new publisher, or -1 when LOUDEST_MAX are there. It is chosen at
 * once if there are fewer than N. */
int loudest_join(struct loudest *loudest, uint64_t now);
void loudest_leave(struct loudest *loudest, int number, uint64_t now);

/* A packet of audio with this level: 0 is the loudest, 127 is silence (RFC 6464 section 3).
 * `voice` is the V bit. Cheap: the choice is made anew five times a second. Returns
 * whether the choice has changed. */
bool loudest_level(struct loudest *loudest, int number, uint64_t now, uint8_t level,
                   bool voice);

/* Whether this publisher's audio is to be forwarded. */
bool loudest_is_chosen(const struct loudest *loudest, int number);

#endif
