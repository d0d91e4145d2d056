/* missing.c - which sequence numbers of a source have not arrived, and when to
 * ask for them. Knows no packet and no RTCP. */
#include "missing.h"

#include <string.h>

#include "sequence.h"

static void append_gap(struct missing *missing, size_t gap, int64_t now_us)
{
    for (size_t i = 0; i < gap; i++) {
        struct missing_number *number = &missing->numbers[missing->num++];
        *number = (struct missing_number){ .sequence = ++missing->highest,
                                           .since_us = now_us,
                                           .due_us = now_us + MISSING_REORDER_US };
    }
}

static void remove_at(struct missing *missing, size_t index)
{
    missing->num--;
    memmove(&missing->numbers[index], &missing->numbers[index + 1],
            (missing->num - index) * sizeof missing->numbers[0]);
}

static enum missing_verdict fill(struct missing *missing, uint16_t sequence)
{
    for (size_t i = 0; i < missing->num; i++) {
        if (missing->numbers[i].sequence == sequence) {
            remove_at(missing, i);
            return MISSING_FILLED;
        }
    }
    return MISSING_OLD;
}

static enum missing_verdict restart(struct missing *missing, uint16_t sequence)
{
    missing->num = 0;
    missing->highest = sequence;
    return MISSING_TOO_MANY;
}

enum missing_verdict missing_add(struct missing *missing, uint16_t sequence, int64_t now_us)
{
    int32_t step = sequence_distance(sequence, missing->highest);

    if (!missing->has_begun) {
        missing->has_begun = true;
        missing->highest = sequence;
        return MISSING_NEXT;
    }
    if (step < -MISSING_MAX_STEP_BACK)
        return restart(missing, sequence);
    if (step <= 0)
        return fill(missing, sequence);

    size_t gap = (size_t)step - 1;
    if (gap > MISSING_MAX - missing->num)
        return restart(missing, sequence);
    append_gap(missing, gap, now_us);
    missing->highest = sequence;
    return gap > 0 ? MISSING_GAP : MISSING_NEXT;
}

static bool has_requests_left(const struct missing_number *number)
{
    return number->requests < MISSING_MAX_REQUESTS;
}

size_t missing_due(struct missing *missing, int64_t now_us, int64_t round_trip_us,
                   uint16_t *sequences, size_t max)
{
    int64_t again_us = round_trip_us + round_trip_us / 4;
    size_t num = 0;

    if (again_us < MISSING_LEAST_AGAIN_US)
        again_us = MISSING_LEAST_AGAIN_US;
    for (size_t i = 0; i < missing->num && num < max; i++) {
        struct missing_number *number = &missing->numbers[i];
        if (number->due_us > now_us || !has_requests_left(number))
            continue;
        number->requests++;
        number->due_us = now_us + again_us;
        sequences[num++] = number->sequence;
    }
    return num;
}

/* When a number is awaited no longer. */
static int64_t end_of(const struct missing_number *number)
{
    int64_t end_us = number->since_us + MISSING_GIVE_UP_US;

    return !has_requests_left(number) && number->due_us < end_us ? number->due_us : end_us;
}

size_t missing_give_up(struct missing *missing, int64_t now_us)
{
    size_t kept = 0, before = missing->num;

    for (size_t i = 0; i < before; i++)
        if (end_of(&missing->numbers[i]) > now_us)
            missing->numbers[kept++] = missing->numbers[i];
    missing->num = kept;
    return before - kept;
}

int64_t missing_deadline(const struct missing *missing)
{
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < missing->num; i++) {
        const struct missing_number *number = &missing->numbers[i];
        int64_t end_us = end_of(number);
        int64_t next = number->due_us < end_us ? number->due_us : end_us;
        if (next < first)
            first = next;
    }
    return first;
}
