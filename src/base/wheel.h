/* wheel.h - one timer for each association of a context, moved and cancelled in constant time.
 * Knows times and nodes. Knows nothing of what is due. */
#ifndef SKF_WHEEL_H
#define SKF_WHEEL_H

#include <skiff/base.h>

/* Lies inside what it times. Zeros are a node that is not armed. */
struct wheel_node {
    struct wheel_node *next, **prev;
    skiff_time         due;
};

enum { WHEEL_LEVELS = 6, WHEEL_SLOTS = 64 };

struct wheel {
    skiff_time         now;         /* how far the wheel was turned                          */
    uint64_t           used[WHEEL_LEVELS];                  /* a bit for each slot in use    */
    struct wheel_node *slots[WHEEL_LEVELS][WHEEL_SLOTS];
};

void wheel_init(struct wheel *wheel, skiff_time now);

/* Arms or moves; SKIFF_NEVER cancels. Constant, no allocation. */
void wheel_arm(struct wheel *wheel, struct wheel_node *node, skiff_time due);
void wheel_cancel(struct wheel *wheel, struct wheel_node *node);

/* When wheel_due must be asked next: never later than the earliest node is due and at most
 * 1 ms earlier; SKIFF_NEVER when no node is armed. */
skiff_time wheel_deadline(const struct wheel *wheel);

/* Takes out a node that is due, or NULL when none is. */
struct wheel_node *wheel_due(struct wheel *wheel, skiff_time now);

#endif
