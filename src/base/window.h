/* window.h - which of the last 64 sequence numbers were accepted (RFC 6347 4.1.2.6 and RFC
 * 9147 4.5.1). Knows numbers of 48 bits. Knows no records: the caller asks before it
 * opens one and marks it after. */
#ifndef SKF_WINDOW_H
#define SKF_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum { WINDOW_BITS = 64 };

/* Zeros are a window without a number. */
struct window {
    uint64_t next; /* one more than the highest number accepted */
    uint64_t seen; /* bit i: next - 1 - i was accepted */
};

/* Whether a record of this number may be opened: neither accepted before nor too old. */
static inline bool window_is_new(const struct window *window, uint64_t number)
{
    if (number >= window->next)
        return true;

    uint64_t age = window->next - 1 - number;
    return age < WINDOW_BITS && (window->seen >> age & 1) == 0;
}

/* Marks a new number as accepted. Call it after the record was verified: only that may
 * move the window. */
static inline void window_mark(struct window *window, uint64_t number)
{
    if (number < window->next) {
        window->seen |= UINT64_C(1) << (window->next - 1 - number);
        return;
    }

    uint64_t ahead = number + 1 - window->next;
    window->seen = ahead < WINDOW_BITS ? window->seen << ahead : 0;
    window->seen |= 1;
    window->next = number + 1;
}

#endif
