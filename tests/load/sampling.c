/* sampling.c - asks the server how it is, keeps what it says, and prints how it goes. */
#include "sampling.h"

#include <stdio.h>

enum { SAMPLE_FIRST = 50000, PROGRESS = 1000000 /* microseconds */ };

void sampling_begin(struct watch *watch, struct signalling *signalling, struct run *run,
                    skiff_time now)
{
    *watch = (struct watch){ .signalling = signalling,
                             .run = run,
                             .began = now,
                             .sampled = now,
                             .printed = now,
                             .sample_every = SAMPLE_FIRST };
    run->num_samples = 0;
}

/* Samples have the number MOMENTS. */
static void ask(const struct watch *watch, uint32_t moment, bool with_heap)
{
    struct signal_message message = { .kind = SIGNAL_ASK,
                                      .slot = moment,
                                      .body.with_heap = with_heap };

    signalling_put(watch->signalling, &message);
}

void sampling_mark(struct watch *watch, enum moment moment)
{
    watch->waiting[moment] = true;
    ask(watch, (uint32_t)moment, moment != PURELY_OPENED);
}

bool sampling_waits(const struct watch *watch, enum moment moment)
{
    return watch->waiting[moment];
}

skiff_time sampling_deadline(const struct watch *watch)
{
    return watch->sampled + watch->sample_every;
}

void sampling_sample(struct watch *watch, skiff_time now)
{
    if (now < sampling_deadline(watch))
        return;
    watch->sampled = now;
    ask(watch, MOMENTS, false);
}

/* --- what the server says ---------------------------------------------------------- */

static void print_progress(struct watch *watch, skiff_time now, const struct report *report)
{
    double seconds = (double)(now - watch->printed) / 1e6;

    if (now - watch->printed < PROGRESS)
        return;
    printf("%-7s %5.0f s  %9llu opened, %6.0f/s, %u failed, server %3.0f %% of a core, "
           "%.0f MiB\n",
           server_name(watch->run->kind), (double)(now - watch->began) / 1e6,
           (unsigned long long)report->connects,
           (double)(report->connects - watch->printed_connects) / seconds, report->failed,
           (double)(report->cpu - watch->printed_cpu) / seconds / 1e7,
           (double)report->rss / 1048576);
    fflush(stdout);
    watch->printed = now;
    watch->printed_connects = report->connects;
    watch->printed_cpu = report->cpu;
}

/* When all space is used every second one is forgotten, and they come half as often. */
static void thin_out(struct watch *watch)
{
    struct run *run = watch->run;

    for (size_t i = 0; 2 * i + 1 < RUN_SAMPLES; i++)
        run->samples[i] = run->samples[2 * i + 1];
    run->num_samples = RUN_SAMPLES / 2;
    watch->sample_every *= 2;
}

static void keep_sample(struct watch *watch, skiff_time now, const struct report *report)
{
    struct run *run = watch->run;

    if (run->num_samples == RUN_SAMPLES)
        thin_out(watch);
    run->samples[run->num_samples++] =
        (struct sample){ now - watch->began, report->connects };
}

void sampling_record(struct watch *watch, skiff_time now,
                     const struct signal_message *message)
{
    const struct report *report = &message->body.report;

    if (message->slot >= MOMENTS) {
        keep_sample(watch, now, report);
        print_progress(watch, now, report);
        return;
    }
    watch->run->marks[message->slot] = (struct mark){ now - watch->began, true, *report };
    watch->waiting[message->slot] = false;
}
