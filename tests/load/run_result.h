/* run_result.h - what one run with one server showed, as it was measured. */
#ifndef LOAD_RUN_RESULT_H
#define LOAD_RUN_RESULT_H

#include "signalling.h"
#include "options.h"

/* The moments at which the server was asked how it is. */
enum moment {
    BEGUN,         /* nobody has come yet */
    PURELY_OPENED, /* so far it has done nothing but open: no consent, no media */
    ALL_OPENED,
    HELD, /* each has proven since ALL_OPENED that it is alive */
    REOPENED,
    HELD_AGAIN,
    ALL_CLOSED,
    MOMENTS
};

struct mark {
    skiff_time at; /* since BEGUN; 0 for BEGUN, and for what did not come */
    bool valid;
    struct report report;
};

enum { RUN_SAMPLES = 512 };

struct sample {
    skiff_time at;
    uint64_t connects;
};

struct run {
    enum server_kind kind;
    uint32_t peers, alive;
    uint32_t failed, silent;   /* as either side has seen it */
    uint64_t without_response; /* checks of those that were up */
    skiff_time longest;        /* between two checks of one */
    skiff_time late;           /* what was due longest: check or media */
    struct mark marks[MOMENTS];
    size_t num_samples;
    struct sample samples[RUN_SAMPLES];
    size_t num_latencies;
    uint32_t *latencies; /* first check to SRTP, microseconds */
};

#endif
