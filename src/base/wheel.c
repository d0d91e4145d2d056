/* wheel.c - a hierarchical timing wheel whose levels are the digits of time. */
#include "base/wheel.h"

enum { TICK_BITS = 10, DIGIT_BITS = 6, DIGIT_MASK = WHEEL_SLOTS - 1 };

/* In a slot of more nodes than these the earliest is not looked for, unless it is a slot of
 * one tick: when many are moved or cancelled in the order of their times, each of them is
 * the earliest. */
enum { WALK = 64 };

struct wheel_position {
    unsigned level, slot;
};

/* Where a node lies. True for as long as it lies there: the wheel never turns past a slot
 * in use, and until then the highest digit that differs stays the same. */
static struct wheel_position position_of(const struct wheel *wheel, skiff_time due)
{
    uint64_t tick = due >> TICK_BITS;

    if (tick <= wheel->tick)
        return (struct wheel_position){ 0, (unsigned)wheel->tick & DIGIT_MASK };

    unsigned highest = 63u - (unsigned)__builtin_clzll(tick ^ wheel->tick);
    unsigned level = highest / DIGIT_BITS;
    return (struct wheel_position){ level,
                                    (unsigned)(tick >> (level * DIGIT_BITS)) & DIGIT_MASK };
}

/* The slot in use that comes first; false when the wheel is empty. */
static bool first_position(const struct wheel *wheel, struct wheel_position *position)
{
    for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
        uint64_t used = wheel->used[level];
        if (used != 0) {
            *position = (struct wheel_position){ level, (unsigned)__builtin_ctzll(used) };
            return true;
        }
    }
    return false;
}

/* The first tick of a slot: the digits of the wheel above, the slot's own, zeros below. */
static uint64_t start_of(const struct wheel *wheel, struct wheel_position position)
{
    unsigned shift = position.level * DIGIT_BITS;
    uint64_t above = wheel->tick >> shift & ~(uint64_t)DIGIT_MASK;

    return (above | position.slot) << shift;
}

static struct wheel_earliest find_earliest(const struct wheel *wheel)
{
    struct wheel_position position;
    unsigned walked = 0;

    if (!first_position(wheel, &position))
        return (struct wheel_earliest){ NULL, SKIFF_NEVER };

    const struct wheel_node *found = wheel->slots[position.level][position.slot];
    for (const struct wheel_node *node = found->next; node != NULL; node = node->next) {
        if (position.level > 0 && ++walked == WALK)
            return (struct wheel_earliest){ NULL, start_of(wheel, position) << TICK_BITS };
        if (node->due < found->due)
            found = node;
    }
    return (struct wheel_earliest){ found, found->due };
}

static void file(struct wheel *wheel, struct wheel_node *node)
{
    struct wheel_position position = position_of(wheel, node->due);
    struct wheel_node **slot = &wheel->slots[position.level][position.slot];

    node->next = *slot;
    node->prev = slot;
    if (node->next != NULL)
        node->next->prev = &node->next;
    *slot = node;
    wheel->used[position.level] |= UINT64_C(1) << position.slot;
}

void skf_wheel_init(struct wheel *wheel, skiff_time now)
{
    *wheel = (struct wheel){ .now = now, .tick = now >> TICK_BITS };
}

void skf_wheel_arm(struct wheel *wheel, struct wheel_node *node, skiff_time due)
{
    skf_wheel_cancel(wheel, node);
    if (due == SKIFF_NEVER)
        return;
    node->due = due;
    file(wheel, node);
    if (due < wheel->earliest.bound)
        wheel->earliest = (struct wheel_earliest){ node, due };
}

void skf_wheel_cancel(struct wheel *wheel, struct wheel_node *node)
{
    if (node->prev == NULL)
        return;

    struct wheel_position position = position_of(wheel, node->due);
    *node->prev = node->next;
    if (node->next != NULL)
        node->next->prev = node->prev;
    bool is_last = wheel->slots[position.level][position.slot] == NULL;
    if (is_last)
        wheel->used[position.level] &= ~(UINT64_C(1) << position.slot);
    if (wheel->earliest.first == node || (is_last && wheel->earliest.first == NULL))
        wheel->earliest = (struct wheel_earliest){ NULL, 0 };
    node->next = NULL;
    node->prev = NULL;
}

/* Turns to the start of a slot, which brings all of its nodes to lower levels. */
static void empty_down(struct wheel *wheel, struct wheel_position position)
{
    struct wheel_node *node = wheel->slots[position.level][position.slot];

    wheel->tick = start_of(wheel, position);
    wheel->slots[position.level][position.slot] = NULL;
    wheel->used[position.level] &= ~(UINT64_C(1) << position.slot);
    while (node != NULL) {
        struct wheel_node *next = node->next;
        file(wheel, node);
        node = next;
    }
}

/* Turns to `tick`, or to the slot of single ticks that is in the way. */
static void turn(struct wheel *wheel, uint64_t tick)
{
    struct wheel_position position;

    while (first_position(wheel, &position) && start_of(wheel, position) <= tick) {
        if (position.level == 0) {
            wheel->tick = start_of(wheel, position);
            return;
        }
        empty_down(wheel, position);
    }
    wheel->tick = tick;
}

skiff_time skf_wheel_deadline(const struct wheel *wheel)
{
    return wheel->earliest.bound != 0 ? wheel->earliest.bound : find_earliest(wheel).bound;
}

struct wheel_node *skf_wheel_due(struct wheel *wheel, skiff_time now)
{
    if (now > wheel->now)
        wheel->now = now;
    turn(wheel, wheel->now >> TICK_BITS);
    if (wheel->earliest.bound > wheel->now)
        return NULL;

    struct wheel_node *node = wheel->slots[0][wheel->tick & DIGIT_MASK];
    while (node != NULL && node->due > wheel->now)
        node = node->next;
    if (node != NULL)
        skf_wheel_cancel(wheel, node);
    else
        wheel->earliest = find_earliest(wheel);
    return node;
}
