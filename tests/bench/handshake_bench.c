/* handshake_bench.c - CPU time of whole handshakes, both sides, against their floor.
 *
 * A handshake is timed from new to free. In each round every subject has its turns, again
 * and again, so that whatever else the machine does falls on all of them alike; of a round
 * the medians count, and of the rounds the median of the ratios. Libraries of other
 * languages are external programs, each a program that an argument "NAME=PROGRAM" names: of
 * their rounds the means count, since garbage is collected now and then. The first
 * handshake of a turn finds the caches as another subject has left them. A median does not
 * see it, so it does not count in the means either. Prints lines of "name value".
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../load/floor.h"
#include "external.h"
#include "pair.h"

enum {
    ROUNDS = 9,
    PASSES = 16,              /* in a round */
    TURNS = 16,               /* of each subject in a pass */
    SAMPLES = PASSES * TURNS, /* each certificate has its turn */
    FLOOR_BATCH = 4           /* operations that are timed as one */
};

/* Something that is timed. `floor` is what it is compared with, a floor itself has none. */
struct subject {
    const char *name;
    const struct library *library;
    enum key_share share;
    const struct subject *floor;
    const char *external, *version; /* of a library of another language */
    const struct subject *rival;    /* is compared with, by the rounds of both */
    struct floor *ops;
    struct pair_setup setup;
    struct external program;
    bool absent;
    double samples[SAMPLES]; /* microseconds, of the round that runs */
    double micros[ROUNDS], ratios[ROUNDS], rivals[ROUNDS];
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

static double mean(const double *values, size_t num)
{
    double sum = 0;

    for (size_t i = 0; i < num; i++)
        sum += values[i];
    return sum / (double)num;
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
    bool ok = pair_run(&subject->setup, turn);

    *micros = now_micros() - begun;
    return ok;
}

static bool record_sample(struct subject *subject, size_t turn)
{
    double *micros = &subject->samples[turn];

    return subject->library == NULL ? time_floor(subject, micros)
                                    : time_handshake(subject, turn, micros);
}

static bool sample_external(struct subject *subject, size_t turn)
{
    double *micros = &subject->samples[turn], cold;

    if (!external_handshakes(&subject->program, 1, &cold)
        || !external_handshakes(&subject->program, TURNS, micros))
        return false;
    for (size_t i = 1; i < TURNS; i++)
        micros[i] = micros[0];
    return true;
}

/* --- rounds --------------------------------------------------------------------------- */

_Static_assert(SAMPLES % CERTIFICATES == 0, "some certificates have more turns");

static bool alternate(struct subject *subject, size_t turn)
{
    bool ok = true;

    if (subject->external != NULL)
        return sample_external(subject, turn);
    for (size_t i = 0; ok && i < TURNS; i++)
        ok = record_sample(subject, turn + i);
    return ok;
}

static bool run_pass(struct subject *subjects, size_t num, size_t pass)
{
    for (size_t i = 0; i < num; i++)
        if (!subjects[i].absent && !alternate(&subjects[i], pass * TURNS)) {
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
        s->micros[round] =
            s->external != NULL ? mean(s->samples, SAMPLES) : median(s->samples, SAMPLES);
        s->ratios[round] =
            s->floor != NULL ? s->micros[round] / s->floor->micros[round] : 1;
        s->rivals[round] =
            s->rival != NULL ? s->rival->micros[round] / s->micros[round] : 1;
    }
    return true;
}

static void report(struct subject *subjects, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        struct subject *s = &subjects[i];
        if (s->absent)
            continue;
        if (s->floor != NULL)
            printf("%s_x_floor %.3f\n", s->name, median(s->ratios, ROUNDS));
        if (s->rival != NULL && !s->rival->absent)
            printf("%s_x_%s %.3f\n", s->rival->name, s->name, median(s->rivals, ROUNDS));
        printf("%s_us %.1f\n", s->name, median(s->micros, ROUNDS));
    }
}

/* --- set-up --------------------------------------------------------------------------- */

/* The program of "NAME=PROGRAM", or NULL. */
static const char *program_of(const char *external, char **arguments)
{
    size_t len = strlen(external);

    for (; *arguments != NULL; arguments++)
        if (strncmp(*arguments, external, len) == 0 && (*arguments)[len] == '=')
            return *arguments + len + 1;
    return NULL;
}

static bool start_external(struct subject *subject, char **arguments)
{
    const char *program = program_of(subject->external, arguments);

    subject->absent = program == NULL;
    return subject->absent
        || external_begin(&subject->program, program, subject->version, subject->share);
}

static bool prepare(struct subject *subject, char **arguments)
{
    if (subject->external != NULL)
        return start_external(subject, arguments);
    if (subject->library == NULL)
        return (subject->ops = floor_new(subject->share)) != NULL;
    bool ready = pair_setup_open(&subject->setup, subject->library, subject->share);
    subject->absent = !ready && subject->share == SHARE_HYBRID;
    return ready || subject->absent; /* not each libcrypto has that group */
}

static bool prepare_all(struct subject *subjects, size_t num, char **arguments)
{
    for (size_t i = 0; i < num; i++)
        if (!prepare(&subjects[i], arguments)) {
            fprintf(stderr, "handshake_bench: %s cannot be set up\n", subjects[i].name);
            return false;
        }
    return run_passes(subjects, num); /* tables built at first use are no cost */
}

static void discard_all(struct subject *subjects, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        floor_free(subjects[i].ops);
        external_end(&subjects[i].program);
        if (subjects[i].library != NULL)
            pair_setup_close(&subjects[i].setup);
    }
}

/* What is measured, each as a ratio to its floor in the same run. */
static struct subject subjects[] = {
    { .name = "floor12", .share = SHARE_X25519 },
    { "handshake12", &library_skiff, SHARE_X25519, .floor = &subjects[0] },
    { "handshake13", &library_skiff13, SHARE_X25519, .floor = &subjects[0] },
    { "libssl12", &library_libssl, SHARE_X25519, .floor = &subjects[0] },
    { "gnutls12", &library_gnutls, SHARE_X25519, .floor = &subjects[0] },
    { .name = "pion12",
      .share = SHARE_X25519,
      .floor = &subjects[0],
      .external = "pion",
      .version = "1.2" },
    { .name = "dimpl12",
      .share = SHARE_X25519,
      .floor = &subjects[0],
      .external = "dimpl",
      .version = "1.2" },
    { .name = "dimpl13",
      .share = SHARE_X25519,
      .floor = &subjects[0],
      .external = "dimpl",
      .version = "1.3" },
    { .name = "pion_floor",
      .share = SHARE_X25519,
      .floor = &subjects[0],
      .external = "pion",
      .version = "floor" },
    { .name = "dimpl_floor",
      .share = SHARE_X25519,
      .floor = &subjects[0],
      .external = "dimpl",
      .version = "floor" },
    { .name = "floor12_p256", .share = SHARE_P256 },
    { "handshake12_p256", &library_skiff, SHARE_P256, .floor = &subjects[10] },
    { "handshake13_p256", &library_skiff13, SHARE_P256, .floor = &subjects[10] },
    { "libssl12_p256", &library_libssl, SHARE_P256, .floor = &subjects[10] },
    { "gnutls12_p256", &library_gnutls, SHARE_P256, .floor = &subjects[10] },
    { .name = "pion12_p256",
      .share = SHARE_P256,
      .floor = &subjects[10],
      .external = "pion",
      .version = "1.2" },
    { .name = "dimpl12_p256",
      .share = SHARE_P256,
      .floor = &subjects[10],
      .external = "dimpl",
      .version = "1.2" },
    { .name = "dimpl13_p256",
      .share = SHARE_P256,
      .floor = &subjects[10],
      .external = "dimpl",
      .version = "1.3" },
    { "handshake13_mlkem_openssl", &library_skiff13, SHARE_HYBRID, .floor = &subjects[0] },
    { .name = "handshake12_awslc",
      .share = SHARE_X25519,
      .floor = &subjects[0],
      .external = "skiff_awslc",
      .version = "1.2",
      .rival = &subjects[6] },
    { .name = "handshake13_awslc",
      .share = SHARE_X25519,
      .floor = &subjects[0],
      .external = "skiff_awslc",
      .version = "1.3",
      .rival = &subjects[7] },
    { .name = "handshake13_mlkem",
      .share = SHARE_HYBRID,
      .floor = &subjects[0],
      .external = "skiff_awslc",
      .version = "1.3" },
};

int main(int argc, char **argv)
{
    size_t num = sizeof subjects / sizeof *subjects;

    (void)argc;
    bool ok = prepare_all(subjects, num, argv + 1);

    for (size_t round = 0; ok && round < ROUNDS; round++)
        ok = run_round(subjects, num, round);
    if (ok)
        report(subjects, num);
    discard_all(subjects, num);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
