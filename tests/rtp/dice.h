/* dice.h - what the suites of RTP have in common: random numbers of a seed, and a copy of
 * bytes that ends where its memory ends, so that the sanitizers and valgrind see each read
 * behind it. */
#ifndef TEST_RTP_DICE_H
#define TEST_RTP_DICE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number below `sides`, from the state of a seed. */
static inline uint32_t dice(uint32_t *state, uint32_t sides)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % sides;
}

/* Free it. */
static inline uint8_t *exact_copy(const uint8_t *data, size_t len)
{
    uint8_t *copy = calloc(1, len > 0 ? len : 1);

    if (copy == NULL)
        abort();
    if (len > 0)
        memcpy(copy, data, len);
    return len > 0 ? copy : copy + 1;
}

static inline void exact_free(uint8_t *copy, size_t len)
{
    free(len > 0 ? copy : copy - 1);
}

/* Says which seed has broken a test. */
#define HOLDS(seed, condition)                                                             \
  do {                                                                                     \
    if (!(condition)) {                                                                    \
      printf("\n    seed %u: %s\n", (unsigned)(seed), #condition);                         \
      CU_FAIL("a random round");                                                           \
      return;                                                                              \
    }                                                                                      \
  } while (0)

#endif
