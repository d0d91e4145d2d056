/* load_errand.h - what is done to all callers, one after the other: to open, reopen or
 * close them. Few are under way at a time, and no more are begun in a second than asked. */
#ifndef LOAD_ERRAND_H
#define LOAD_ERRAND_H

#include "load_caller.h"
#include "load_run.h"

enum errand_kind { ERRAND_OPEN, ERRAND_REOPEN, ERRAND_CLOSE };

struct errand {
    enum errand_kind kind;
    struct callers  *callers;
    struct run      *run;               /* latencies go there                           */
    skiff_time       began;
    uint64_t         started;
    uint32_t         cursor, left, num_flying;
    uint32_t         flying[LOAD_AT_ONCE];
};

/* Sends for the next `num` slots, from the first on. */
void errand_begin(struct errand *errand, enum errand_kind kind, uint32_t num,
                  skiff_time now);

/* Looks at those under way, and starts as many more as may be. */
void errand_go_on(struct errand *errand, skiff_time now);

bool errand_is_done(const struct errand *errand);

/* Is it the rate alone that holds it back? */
bool errand_is_paced(const struct errand *errand);

#endif
