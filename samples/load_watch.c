/* load_watch.c - asks the server how it is, keeps what it says, and prints how it goes. */
#include "load_watch.h"

#include <stdio.h>

enum { SAMPLE_FIRST = 50000, PROGRESS = 1000000 /* microseconds */ };

void watch_begin(struct watch *watch, struct notes *notes, struct run *run, skiff_time now)
{
    *watch = (struct watch){ .notes = notes, .run = run, .began = now, .sampled = now,
                             .told = now, .sample_every = SAMPLE_FIRST };
    run->num_samples = 0;
}

/* Samples have the number MOMENTS. */
static void ask(const struct watch *watch, uint32_t moment, bool with_heap)
{
    struct note note = { .kind = NOTE_ASK, .slot = moment, .of.with_heap = with_heap };

    notes_put(watch->notes, &note);
}

void watch_mark(struct watch *watch, enum moment moment)
{
    watch->waiting[moment] = true;
    ask(watch, (uint32_t)moment, moment != PURELY_OPENED);
}

bool watch_waits(const struct watch *watch, enum moment moment)
{
    return watch->waiting[moment];
}

skiff_time watch_deadline(const struct watch *watch)
{
    return watch->sampled + watch->sample_every;
}

void watch_sample(struct watch *watch, skiff_time now)
{
    if (now < watch_deadline(watch))
        return;
    watch->sampled = now;
    ask(watch, MOMENTS, false);
}

/* --- what the server says ---------------------------------------------------------- */

static void tell_progress(struct watch *watch, skiff_time now, const struct report *report)
{
    double seconds = (double)(now - watch->told) / 1e6;

    if (now - watch->told < PROGRESS)
        return;
    printf("%-7s %5.0f s  %9llu opened, %6.0f/s, %u failed, server %3.0f %% of a core, "
           "%.0f MiB\n", server_name(watch->run->kind), (double)(now - watch->began) / 1e6,
           (unsigned long long)report->connects,
           (double)(report->connects - watch->told_connects) / seconds, report->failed,
           (double)(report->cpu - watch->told_cpu) / seconds / 1e7,
           (double)report->rss / 1048576);
    fflush(stdout);
    watch->told = now;
    watch->told_connects = report->connects;
    watch->told_cpu = report->cpu;
}

/* When all room is used every second one is forgotten, and they come half as often. */
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
    run->samples[run->num_samples++] = (struct sample){ now - watch->began,
                                                        report->connects };
}

void watch_take(struct watch *watch, skiff_time now, const struct note *note)
{
    const struct report *report = &note->of.report;

    if (note->slot >= MOMENTS) {
        keep_sample(watch, now, report);
        tell_progress(watch, now, report);
        return;
    }
    watch->run->marks[note->slot] = (struct mark){ now - watch->began, true, *report };
    watch->waiting[note->slot] = false;
}
