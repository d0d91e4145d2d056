/* batch.h - what is done to all callers, one after the other: to open, reopen or
 * close them. Few are under way at a time, and no more are begun in a second than asked. */
#ifndef LOAD_BATCH_H
#define LOAD_BATCH_H

#include "caller.h"
#include "run_result.h"

enum batch_kind { BATCH_OPEN, BATCH_REOPEN, BATCH_CLOSE };

struct batch {
    enum batch_kind kind;
    struct callers *callers;
    struct run *run; /* latencies go there */
    skiff_time began;
    uint64_t started;
    uint32_t cursor, remaining, num_in_progress;
    uint32_t in_progress[LOAD_AT_ONCE];
};

/* Sends for the next `num` slots, from the first on. */
void batch_begin(struct batch *batch, enum batch_kind kind, uint32_t num, skiff_time now);

/* Looks at those under way, and starts as many more as may be. */
void batch_go_on(struct batch *batch, skiff_time now);

bool batch_is_done(const struct batch *batch);

/* Is it the rate alone that holds it back? */
bool batch_is_paced(const struct batch *batch);

#endif
