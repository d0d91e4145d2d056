/* draw.h - numbers that look random and that a seed decides, so that what fails can be told
 * again. */
#ifndef TESTS_PORT_DRAW_H
#define TESTS_PORT_DRAW_H

#include <stdint.h>

static inline uint32_t draw(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 32);
}

#endif
