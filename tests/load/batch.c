/* batch.c - what is done to all callers, one after the other. */
#include "batch.h"

void batch_begin(struct batch *batch, enum batch_kind kind, uint32_t num, skiff_time now)
{
    batch->kind = kind;
    batch->began = now;
    batch->started = 0;
    batch->cursor = batch->num_in_progress = 0;
    batch->remaining = num;
}

bool batch_is_done(const struct batch *batch)
{
    return batch->remaining == 0 && batch->num_in_progress == 0;
}

bool batch_is_paced(const struct batch *batch)
{
    return batch->remaining > 0 && batch->callers->options->rate > 0;
}

static bool start_one(struct batch *batch, uint32_t slot, skiff_time now)
{
    struct callers *callers = batch->callers;

    if (batch->kind == BATCH_OPEN)
        caller_offer(callers, slot, now);
    else if (callers->all[slot].state == CALLER_UP)
        caller_hang_up(callers, slot, now);
    else
        return false; /* it has failed: nothing to close */
    return true;
}

/* As many as the rate allows, 0: all of them. */
static bool may_start(const struct batch *batch, skiff_time now)
{
    uint64_t rate = batch->callers->options->rate;

    return rate == 0 || batch->kind == BATCH_CLOSE
        || batch->started * 1000000 <= (now - batch->began) * rate;
}

/* With few peers the next one may still be coming back from the last time. */
static bool is_away(const struct batch *batch, uint32_t slot)
{
    enum caller_state state = batch->callers->all[slot].state;

    return batch->kind == BATCH_REOPEN && state != CALLER_UP && state != CALLER_FAILED;
}

static void start_more(struct batch *batch, skiff_time now)
{
    while (batch->remaining > 0 && batch->num_in_progress < batch->callers->options->at_once
           && may_start(batch, now) && !is_away(batch, batch->cursor)) {
        uint32_t slot = batch->cursor;
        batch->cursor = (slot + 1) % batch->callers->num;
        batch->remaining--;
        batch->started++;
        if (start_one(batch, slot, now))
            batch->in_progress[batch->num_in_progress++] = slot;
    }
}

/* Is this one still on its way? One that has gone and shall come again is sent off. */
static bool is_in_progress(struct batch *batch, uint32_t slot, skiff_time now)
{
    struct callers *callers = batch->callers;
    struct caller *caller = &callers->all[slot];

    switch (caller->state) {
    case CALLER_UP:
        batch->run->latencies[batch->run->num_latencies++] = caller->elapsed;
        return false;
    case CALLER_IDLE:
        if (batch->kind == BATCH_REOPEN)
            caller_offer(callers, slot, now);
        return batch->kind == BATCH_REOPEN;
    case CALLER_FAILED:
        return false;
    case CALLER_CHECKING:
        caller_insist(callers, slot, now);
        return true;
    case CALLER_OFFERED:
    case CALLER_SHAKING:
    case CALLER_LEAVING:
        break;
    }
    return true;
}

static void check_in_progress(struct batch *batch, skiff_time now)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < batch->num_in_progress; i++)
        if (is_in_progress(batch, batch->in_progress[i], now))
            batch->in_progress[kept++] = batch->in_progress[i];
    batch->num_in_progress = kept;
}

void batch_go_on(struct batch *batch, skiff_time now)
{
    check_in_progress(batch, now);
    start_more(batch, now);
}
