/* sampling.h - how the server is, asked again and again: moments, samples, progress. */
#ifndef LOAD_SAMPLING_H
#define LOAD_SAMPLING_H

#include "run_result.h"

struct watch {
    struct signalling *signalling;
    struct run *run;
    skiff_time began, sampled, sample_every, printed;
    uint64_t printed_connects, printed_cpu;
    bool waiting[MOMENTS]; /* asked, and not answered */
};

void sampling_begin(struct watch *watch, struct signalling *signalling, struct run *run,
                    skiff_time now);

/* Asks for one of the moments; it waits until sampling_record has had the answer. */
void sampling_mark(struct watch *watch, enum moment moment);
bool sampling_waits(const struct watch *watch, enum moment moment);

/* Asks for a sample when it is time. */
void sampling_sample(struct watch *watch, skiff_time now);
skiff_time sampling_deadline(const struct watch *watch);

/* A report of the server's, into the run; every second a line of it is printed. */
void sampling_record(struct watch *watch, skiff_time now,
                     const struct signal_message *message);

#endif
