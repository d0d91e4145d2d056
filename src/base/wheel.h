/* wheel.h - one timer for each association of a context, moved and cancelled in constant
 * time. Knows times and nodes. Knows nothing of what is due. */
#ifndef SKF_WHEEL_H
#define SKF_WHEEL_H

#include <skiff/base.h>

/* A member of the object whose time it keeps. Zeros are a node that is not armed. */
struct wheel_node {
    struct wheel_node *next, **prev;
    skiff_time due;
};

/* A tick is 2^10 us; 9 digits of 6 bits are then all ticks there are up to SKIFF_NEVER. */
enum { WHEEL_LEVELS = 9, WHEEL_SLOTS = 64 };

/* What is known of the earliest node. */
struct wheel_earliest {
    const struct wheel_node *first; /* NULL: not known which it is */
    skiff_time bound;               /* no node is due before this time; 0: not known */
};

/* A node lies in the level of the highest digit in which its tick differs from the wheel's,
 * so everything in a level is due before anything in the level above it. */
struct wheel {
    skiff_time now; /* the latest time that was ever given */
    uint64_t tick;  /* how far the wheel was turned; no node lies before */
    struct wheel_earliest earliest;
    uint64_t used[WHEEL_LEVELS]; /* a bit for each slot in use */
    struct wheel_node *slots[WHEEL_LEVELS][WHEEL_SLOTS];
};

void skf_wheel_init(struct wheel *wheel, skiff_time now);

/* Arms a node, or moves it. SKIFF_NEVER cancels it. A time in the past is due at once. */
void skf_wheel_arm(struct wheel *wheel, struct wheel_node *node, skiff_time due);

/* A node that is not armed may be cancelled too. */
void skf_wheel_cancel(struct wheel *wheel, struct wheel_node *node);

/* Returns the time of the earliest node, to the microsecond, or SKIFF_NEVER if no node is
 * armed. After the earliest of very many was moved or cancelled it may be a time before
 * that: the start of the slot where they are. That is in the future once skf_wheel_due has
 * returned NULL, and only skf_wheel_due makes it go on.
 * Constant, but for the nodes that are due within the same tick. */
skiff_time skf_wheel_deadline(const struct wheel *wheel);

/* Removes a node that is due and returns it, or NULL. A time that goes back counts as the
 * last one. The cost of a jump of time depends on the nodes in its way, not on its length.
 */
struct wheel_node *skf_wheel_due(struct wheel *wheel, skiff_time now);

#endif
