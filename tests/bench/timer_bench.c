/* timer_bench.c - a million armed timers: what arming, moving and cancelling one costs.
 *
 * Each node lies in a 64-byte block of its own, as in an association, and they are taken in
 * random order. The measure is one touch of a block that nobody could foresee: a word of it
 * is changed, and another says which block is next. Touches of blocks that are known before
 * overlap, here some thirty times: timer_x_row_touch is against those. A round does all in
 * turn; a key is the median of the rounds' ratios, and the worst of the three. Prints lines
 * of "name value".
 */
#define _POSIX_C_SOURCE 200809L
#include "base/wheel.h"
#include "count.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TIMERS = 1000000, ROUNDS = 7 };

/* Dues lie within half a minute, as those of handshakes and of consent do. */
#define SPAN SKIFF_MSEC(30000)

struct timed {
    _Alignas(64) struct wheel_node node;
};

struct touched {
    _Alignas(64) struct touched *next;
    uint64_t times;
};

struct bench {
    struct timed *timers;
    struct touched *others;
    uint32_t *order;
    skiff_time *deadlines; /* for arming, then for moving */
    struct wheel wheel;
    skiff_time now;
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* xorshift64: the same numbers in each run. */
static uint64_t random_number(void)
{
    static uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void shuffle(uint32_t *order)
{
    for (uint32_t i = TIMERS; i-- > 1;) {
        uint32_t j = (uint32_t)(random_number() % (i + 1)), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

static void choose_deadlines(struct bench *b)
{
    for (size_t i = 0; i < 2 * (size_t)TIMERS; i++)
        b->deadlines[i] = b->now + random_number() % SPAN;
}

static void link_others(struct bench *b)
{
    for (size_t i = 0; i < TIMERS; i++)
        b->others[b->order[i]].next = &b->others[b->order[(i + 1) % TIMERS]];
}

static void touch(struct bench *b)
{
    struct touched *at = &b->others[b->order[0]];

    for (size_t i = 0; i < TIMERS; i++, at = at->next)
        at->times++;
}

static void touch_in_a_row(struct bench *b)
{
    for (size_t i = 0; i < TIMERS; i++)
        b->others[b->order[i]].times++;
}

static void arm(struct bench *b)
{
    for (size_t i = 0; i < TIMERS; i++)
        skf_wheel_arm(&b->wheel, &b->timers[b->order[i]].node, b->deadlines[i]);
}

static void move(struct bench *b)
{
    for (size_t i = 0; i < TIMERS; i++)
        skf_wheel_arm(&b->wheel, &b->timers[b->order[i]].node, b->deadlines[TIMERS + i]);
}

static void cancel(struct bench *b)
{
    for (size_t i = 0; i < TIMERS; i++)
        skf_wheel_cancel(&b->wheel, &b->timers[b->order[i]].node);
}

static double time_of(struct bench *b, void (*work)(struct bench *))
{
    double from = seconds();

    work(b);
    return seconds() - from;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, ascending);
    return values[ROUNDS / 2];
}

static struct bench set_up(void)
{
    struct bench b = { .timers = aligned_alloc(64, TIMERS * sizeof *b.timers),
                       .others = aligned_alloc(64, TIMERS * sizeof *b.others),
                       .order = malloc(TIMERS * sizeof *b.order),
                       .deadlines = malloc(2 * TIMERS * sizeof *b.deadlines),
                       .now = SKIFF_MSEC(1000000) };

    if (b.timers == NULL || b.others == NULL || b.order == NULL || b.deadlines == NULL)
        exit(EXIT_FAILURE);
    memset(b.timers, 0, TIMERS * sizeof *b.timers);
    memset(b.others, 0, TIMERS * sizeof *b.others);
    for (uint32_t i = 0; i < TIMERS; i++)
        b.order[i] = i;
    skf_wheel_init(&b.wheel, b.now);
    return b;
}

int main(void)
{
    static void (*const works[])(struct bench *) = { arm, move, cancel };
    static const char *const names[] = { "arm", "move", "cancel" };
    double ratios[3][ROUNDS], in_a_row[ROUNDS], worst = 0;
    struct bench b = set_up();
    uint64_t allocs = count_now().allocs;

    for (int round = 0; round < ROUNDS; round++) {
        shuffle(b.order);
        choose_deadlines(&b);
        link_others(&b);
        double one = time_of(&b, touch);
        in_a_row[round] = one / time_of(&b, touch_in_a_row);
        for (int i = 0; i < 3; i++)
            ratios[i][round] = time_of(&b, works[i]) / one;
    }
    allocs = count_now().allocs - allocs;
    for (int i = 0; i < 3; i++) {
        double ratio = median(ratios[i]);
        printf("timer_%s_x_touch %.3f\n", names[i], ratio);
        worst = ratio > worst ? ratio : worst;
    }
    printf("timer_x_touch %.3f\n", worst);
    printf("timer_x_row_touch %.3f\n", worst * median(in_a_row));
    if (count_works())
        printf("timer_mallocs %llu\n", (unsigned long long)allocs);
    free(b.timers);
    free(b.others);
    free(b.order);
    free(b.deadlines);
    return 0;
}
