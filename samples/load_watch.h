/* load_watch.h - how the server is, asked again and again: moments, samples, progress. */
#ifndef LOAD_WATCH_H
#define LOAD_WATCH_H

#include "load_run.h"

struct watch {
    struct notes *notes;
    struct run   *run;
    skiff_time    began, sampled, sample_every, told;
    uint64_t      told_connects, told_cpu;
    bool          waiting[MOMENTS];     /* asked, and not answered                      */
};

void watch_begin(struct watch *watch, struct notes *notes, struct run *run, skiff_time now);

/* Asks for one of the moments; it waits until watch_take has had the answer. */
void watch_mark(struct watch *watch, enum moment moment);
bool watch_waits(const struct watch *watch, enum moment moment);

/* Asks for a sample when it is time. */
void       watch_sample(struct watch *watch, skiff_time now);
skiff_time watch_deadline(const struct watch *watch);

/* A report of the server's, into the run; every second a line of it is printed. */
void watch_take(struct watch *watch, skiff_time now, const struct note *note);

#endif
