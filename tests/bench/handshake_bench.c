/* handshake_bench.c - CPU time of whole handshakes, both sides, against their floor.
 *
 * A handshake is timed from new to free. In each round every subject has its turns, again
 * and again, so that whatever else the machine does falls on all of them alike; of a round
 * the medians count, and of the rounds the median of the ratios. Prints lines of "name
 * value".
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "floor.h"
#include "pair.h"

enum {
    ROUNDS      = 7,
    PASSES      = 16,                          /* in a round                              */
    TURNS       = 16,                          /* of each subject in a pass               */
    SAMPLES     = PASSES * TURNS,              /* each certificate has its turn           */
    FLOOR_BATCH = 4                            /* operations that are timed as one        */
};

/* Something that is timed. `floor` is what it is compared with. */
struct subject {
    const char           *name;
    const struct peer    *peer;                /* NULL: it is a floor itself              */
    enum key_share        share;
    const struct subject *floor;
    struct floor         *ops;
    struct yard           yard;
    double                samples[SAMPLES];    /* microseconds, of the round that runs    */
    double                medians[ROUNDS], ratios[ROUNDS];
};

static double now_micros(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, size_t num)
{
    qsort(values, num, sizeof *values, by_value);
    return values[num / 2];
}

/* --- one sample ----------------------------------------------------------------------- */

/* Two of each: both sides sign, verify, make a share and derive a secret. */
static bool time_floor(struct subject *subject, double *micros)
{
    double begun = now_micros();
    bool ok = true;

    for (int op = 0; op < FLOOR_OPS; op++)
        for (int i = 0; i < FLOOR_BATCH; i++)
            ok = floor_run(subject->ops, (enum floor_op)op) && ok;
    *micros = ENDS * (now_micros() - begun) / FLOOR_BATCH;
    return ok;
}

static bool time_handshake(struct subject *subject, size_t turn, double *micros)
{
    double begun = now_micros();
    bool ok = pair_run(&subject->yard, turn);

    *micros = now_micros() - begun;
    return ok;
}

static bool take_sample(struct subject *subject, size_t turn)
{
    double *micros = &subject->samples[turn];

    return subject->peer == NULL ? time_floor(subject, micros)
                                 : time_handshake(subject, turn, micros);
}

/* --- rounds --------------------------------------------------------------------------- */

_Static_assert(SAMPLES % CERTIFICATES == 0, "some certificates have more turns");

static bool run_pass(struct subject *subjects, size_t num, size_t pass)
{
    for (size_t i = 0; i < num; i++)
        for (size_t turn = 0; turn < TURNS; turn++)
            if (!take_sample(&subjects[i], pass * TURNS + turn)) {
                fprintf(stderr, "handshake_bench: %s failed\n", subjects[i].name);
                return false;
            }
    return true;
}

static bool run_passes(struct subject *subjects, size_t num)
{
    for (size_t pass = 0; pass < PASSES; pass++)
        if (!run_pass(subjects, num, pass))
            return false;
    return true;
}

static bool run_round(struct subject *subjects, size_t num, size_t round)
{
    if (!run_passes(subjects, num))
        return false;
    for (size_t i = 0; i < num; i++) {
        struct subject *s = &subjects[i];
        s->medians[round] = median(s->samples, SAMPLES);
        s->ratios[round] =
            s->floor != NULL ? s->medians[round] / s->floor->medians[round] : 1;
    }
    return true;
}

static void report(struct subject *subjects, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        struct subject *s = &subjects[i];
        if (s->floor != NULL)
            printf("%s_x_floor %.3f\n", s->name, median(s->ratios, ROUNDS));
        printf("%s_us %.1f\n", s->name, median(s->medians, ROUNDS));
    }
}

/* --- set-up --------------------------------------------------------------------------- */

static bool prepare(struct subject *subject)
{
    if (subject->peer == NULL)
        return (subject->ops = floor_new(subject->share)) != NULL;
    return yard_open(&subject->yard, subject->peer, subject->share);
}

static bool prepare_all(struct subject *subjects, size_t num)
{
    for (size_t i = 0; i < num; i++)
        if (!prepare(&subjects[i])) {
            fprintf(stderr, "handshake_bench: %s cannot be set up\n", subjects[i].name);
            return false;
        }
    return run_passes(subjects, num);           /* tables built at first use are no cost */
}

static void discard_all(struct subject *subjects, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        floor_free(subjects[i].ops);
        if (subjects[i].peer != NULL)
            yard_close(&subjects[i].yard);
    }
}

int main(void)
{
    static struct subject subjects[] = {
        { .name = "floor12", .share = SHARE_X25519 },
        { "handshake12", &peer_skiff, SHARE_X25519, .floor = &subjects[0] },
        { "handshake13", &peer_skiff13, SHARE_X25519, .floor = &subjects[0] },
        { "libssl12", &peer_libssl, SHARE_X25519, .floor = &subjects[0] },
        { "gnutls12", &peer_gnutls, SHARE_X25519, .floor = &subjects[0] },
        { .name = "floor12_p256", .share = SHARE_P256 },
        { "handshake12_p256", &peer_skiff, SHARE_P256, .floor = &subjects[5] },
        { "handshake13_p256", &peer_skiff13, SHARE_P256, .floor = &subjects[5] },
        { "libssl12_p256", &peer_libssl, SHARE_P256, .floor = &subjects[5] },
        { "gnutls12_p256", &peer_gnutls, SHARE_P256, .floor = &subjects[5] },
    };
    size_t num = sizeof subjects / sizeof *subjects;
    bool ok = prepare_all(subjects, num);

    for (size_t round = 0; ok && round < ROUNDS; round++)
        ok = run_round(subjects, num, round);
    if (ok)
        report(subjects, num);
    discard_all(subjects, num);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
