/* load_errand.c - what is done to all callers, one after the other. */
#include "load_errand.h"

void errand_begin(struct errand *errand, enum errand_kind kind, uint32_t num,
                  skiff_time now)
{
    errand->kind = kind;
    errand->began = now;
    errand->started = 0;
    errand->cursor = errand->num_flying = 0;
    errand->left = num;
}

bool errand_is_done(const struct errand *errand)
{
    return errand->left == 0 && errand->num_flying == 0;
}

bool errand_is_paced(const struct errand *errand)
{
    return errand->left > 0 && errand->callers->options->rate > 0;
}

static bool start_one(struct errand *errand, uint32_t slot, skiff_time now)
{
    struct callers *callers = errand->callers;

    if (errand->kind == ERRAND_OPEN)
        caller_offer(callers, slot, now);
    else if (callers->all[slot].state == CALLER_UP)
        caller_hang_up(callers, slot, now);
    else
        return false;                               /* it has failed: nothing to close */
    return true;
}

/* As many as the rate allows, 0: all of them. */
static bool may_start(const struct errand *errand, skiff_time now)
{
    uint64_t rate = errand->callers->options->rate;

    return rate == 0 || errand->kind == ERRAND_CLOSE
        || errand->started * 1000000 <= (now - errand->began) * rate;
}

/* With few peers the next one may still be coming back from the last time. */
static bool is_away(const struct errand *errand, uint32_t slot)
{
    enum caller_state state = errand->callers->all[slot].state;

    return errand->kind == ERRAND_REOPEN && state != CALLER_UP && state != CALLER_FAILED;
}

static void start_more(struct errand *errand, skiff_time now)
{
    while (errand->left > 0 && errand->num_flying < errand->callers->options->at_once
           && may_start(errand, now) && !is_away(errand, errand->cursor)) {
        uint32_t slot = errand->cursor;
        errand->cursor = (slot + 1) % errand->callers->num;
        errand->left--;
        errand->started++;
        if (start_one(errand, slot, now))
            errand->flying[errand->num_flying++] = slot;
    }
}

/* Is this one still on its way? One that has gone and shall come again is sent off. */
static bool flies_on(struct errand *errand, uint32_t slot, skiff_time now)
{
    struct callers *callers = errand->callers;
    struct caller *caller = &callers->all[slot];

    switch (caller->state) {
    case CALLER_UP:
        errand->run->latencies[errand->run->num_latencies++] = caller->took;
        return false;
    case CALLER_IDLE:
        if (errand->kind == ERRAND_REOPEN)
            caller_offer(callers, slot, now);
        return errand->kind == ERRAND_REOPEN;
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

static void look_at_flying(struct errand *errand, skiff_time now)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < errand->num_flying; i++)
        if (flies_on(errand, errand->flying[i], now))
            errand->flying[kept++] = errand->flying[i];
    errand->num_flying = kept;
}

void errand_go_on(struct errand *errand, skiff_time now)
{
    look_at_flying(errand, now);
    start_more(errand, now);
}
