/* layers.c - which simulcast layer a watcher gets. */
#include "layers.h"

enum { SECOND = 1000000 }; /* microseconds */

enum {
    NARROW_TIME = 2 * SECOND, /* that a link may carry a little less than is needed */
    DWELL = SECOND,           /* in a layer, before the next step upward */
    TRIAL = 3 * SECOND,       /* that a try without a probe lasts at most */
    UPHELD = 10 * SECOND,     /* after that a step upward has not failed */
    FIRST_BACK_OFF = 2 * SECOND,
    FIRST_BACK_OFF_TRIAL = 8 * SECOND,
    MOST_BACK_OFF_PROBE = 8 * SECOND, /* a probe is seen by nobody */
    MOST_BACK_OFF_TRIAL = 64 * SECOND /* a try is seen when it fails */
};

enum { PEAK_FALLS = 10 * SECOND }; /* what a layer needed lately: to a third */

/* Of what a layer needs: below the first it is left at once, the second makes it safe, the
 * third is what a probe shows. */
static const double much_less = 0.75, margin = 1.15, probe_margin = 1.5, pause_below = 0.5,
                    falling = 0.9;

void layers_prefer(struct layers *layers, uint32_t height)
{
    layers->height = height;
}

/* --- the layers by rank --------------------------------------------------------------- */

struct ladder {
    const struct layer *layer;
    uint8_t index[LAYERS_MAX]; /* the living ones, the lowest first */
    size_t count;
    size_t top; /* of those, the highest that the page needs */
    double other;
};

static bool is_lower(const struct layer *a, const struct layer *b)
{
    if (a->height != 0 && b->height != 0 && a->height != b->height)
        return a->height < b->height;
    return a->bps < b->bps;
}

static void insert(struct ladder *ladder, size_t index)
{
    size_t at = ladder->count++;

    for (; at > 0 && is_lower(&ladder->layer[index], &ladder->layer[ladder->index[at - 1]]);
         at--)
        ladder->index[at] = ladder->index[at - 1];
    ladder->index[at] = (uint8_t)index;
}

static struct ladder ladder_of(const struct layer *layer, size_t count, uint32_t height)
{
    struct ladder ladder = { .layer = layer };

    for (size_t i = 0; i < count && i < LAYERS_MAX; i++)
        if (layer[i].alive)
            insert(&ladder, i);
    while (ladder.top + 1 < ladder.count
           && (height == 0 || layer[ladder.index[ladder.top]].height < height))
        ladder.top++;
    return ladder;
}

static double need(const struct ladder *ladder, size_t rank)
{
    return ladder->layer[ladder->index[rank]].bps + ladder->other;
}

/* The most that it needed lately: the rate of a layer falls for a while when its picture
 * stands still. */
static double peak_need(const struct layers *layers, const struct ladder *ladder,
                        size_t rank)
{
    return layers->peak[ladder->index[rank]] + ladder->other;
}

/* The rank of a layer, or ladder->count: it is not alive. */
static size_t rank_of(const struct ladder *ladder, size_t index)
{
    size_t rank = 0;

    while (rank < ladder->count && ladder->index[rank] != index)
        rank++;
    return rank;
}

/* The highest rank up to `most` that the link carries, or the lowest of all. */
static size_t highest_fitting(const struct ladder *ladder, size_t most, double bps)
{
    size_t rank = most;

    while (rank > 0 && need(ladder, rank) > bps)
        rank--;
    return rank;
}

/* --- steps ---------------------------------------------------------------------------- */

static void step(struct layers *layers, uint64_t now, const struct ladder *ladder,
                 size_t rank)
{
    layers->chosen = true;
    layers->layer = ladder->index[rank];
    layers->switched = now;
    layers->narrow = 0;
    layers->pause = false;
    layers->trying = false;
}

static void wait_longer(struct layers *layers, uint64_t now, uint64_t first, uint64_t most)
{
    layers->back_off = layers->back_off == 0 ? first : 2 * layers->back_off;
    if (layers->back_off > most)
        layers->back_off = most;
    layers->next_try = now + layers->back_off;
}

/* A step down soon after a step up means that the step up was wrong. */
static void step_down(struct layers *layers, uint64_t now, const struct ladder *ladder,
                      const struct layers_link *link)
{
    size_t rank = rank_of(ladder, layers->layer);
    bool pause = link->bps < pause_below * need(ladder, rank);

    if (layers->raised != 0)
        wait_longer(layers, now, FIRST_BACK_OFF_TRIAL, MOST_BACK_OFF_TRIAL);
    else
        layers->next_try = now + FIRST_BACK_OFF;
    step(layers, now, ladder, highest_fitting(ladder, rank - 1, link->bps));
    layers->pause = pause;
    layers->raised = 0;
}

/* The keyframe with which a layer begins fills the queue for a moment. */
static double least_part(const struct layers *layers, uint64_t now)
{
    bool has_begun = layers->raised == layers->switched && now - layers->switched < DWELL;

    return has_begun ? pause_below : much_less;
}

static bool is_too_narrow(struct layers *layers, uint64_t now, double needed, double bps)
{
    if (bps >= needed) {
        layers->narrow = 0;
        return false;
    }
    if (layers->narrow == 0)
        layers->narrow = now;
    if (layers->trying)
        return now - layers->switched > TRIAL || bps < falling * layers->before;
    return bps < least_part(layers, now) * needed || now - layers->narrow > NARROW_TIME;
}

static void step_up(struct layers *layers, uint64_t now, const struct ladder *ladder,
                    const struct layers_link *link)
{
    size_t rank = rank_of(ladder, layers->layer) + 1;

    step(layers, now, ladder, rank);
    layers->raised = now;
    layers->before = link->bps;
    layers->trying = link->bps < margin * peak_need(layers, ladder, rank);
    if (!layers->trying)
        layers->next_try = now; /* the link has grown, and by how much is not known */
}

/* Returns the bits a second of the probe that is due, or 0. */
static uint32_t consider_up(struct layers *layers, uint64_t now,
                            const struct ladder *ladder, const struct layers_link *link)
{
    double needed = peak_need(layers, ladder, rank_of(ladder, layers->layer) + 1);

    if (now - layers->switched < DWELL)
        return 0;
    if (link->bps >= margin * needed) {
        step_up(layers, now, ladder, link);
        return 0;
    }
    if (now < layers->next_try)
        return 0;
    if (!link->can_probe) {
        step_up(layers, now, ladder, link);
        return 0;
    }
    wait_longer(layers, now, FIRST_BACK_OFF, MOST_BACK_OFF_PROBE);
    return (uint32_t)(probe_margin * needed);
}

/* --- the choice ----------------------------------------------------------------------- */

static uint32_t consider(struct layers *layers, uint64_t now, const struct ladder *ladder,
                         const struct layers_link *link)
{
    size_t rank = rank_of(ladder, layers->layer);

    if (!layers->chosen || rank == ladder->count || rank > ladder->top) {
        step(layers, now, ladder, highest_fitting(ladder, ladder->top, link->bps));
        return 0;
    }
    if (layers->raised != 0 && now - layers->raised >= UPHELD) {
        layers->raised = 0;
        layers->back_off = 0;
        layers->trying = false;
    }
    if (!link->known)
        return 0;
    if (rank > 0 && is_too_narrow(layers, now, need(ladder, rank), link->bps))
        step_down(layers, now, ladder, link);
    else if (rank < ladder->top && layers->narrow == 0)
        return consider_up(layers, now, ladder, link);
    return 0;
}

static void measure_peaks(struct layers *layers, uint64_t now, const struct layer *layer,
                          size_t count)
{
    uint64_t elapsed = now - layers->asked < SECOND ? now - layers->asked : SECOND;

    for (size_t i = 0; i < count && i < LAYERS_MAX; i++) {
        layers->peak[i] *= 1 - (double)elapsed / PEAK_FALLS;
        if (layers->peak[i] < layer[i].bps)
            layers->peak[i] = layer[i].bps;
    }
    layers->asked = now;
}

struct layers_choice layers_choose(struct layers *layers, uint64_t now,
                                   const struct layer *layer, size_t count,
                                   const struct layers_link *link)
{
    struct ladder ladder = ladder_of(layer, count, layers->height);
    struct layers_choice choice = { .layer = -1 };

    measure_peaks(layers, now, layer, count);
    ladder.other = link->other;
    if (ladder.count == 0)
        return choice;
    choice.probe_bps = consider(layers, now, &ladder, link);
    choice.layer = layers->layer;
    choice.pause = layers->pause;
    return choice;
}
