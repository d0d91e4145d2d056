/* incoming.c - SSRCs that are alive in a list, searched from the one that was found last;
 * those that are gone in order; and bits for those that went long before. */
#include "srtp/incoming.h"

#include "srtp/block.h"

enum { GONE_AT_FIRST = 16 };

static const size_t REFUSED_BYTES = (size_t)1 << (INCOMING_REFUSED - 3);

void skf_incoming_clear(struct incoming *incoming)
{
    skf_block_release(incoming->memory, incoming->more,
                      incoming->space * sizeof *incoming->more);
    skf_block_release(incoming->memory, incoming->gone,
                      incoming->space_gone * sizeof *incoming->gone);
    skf_block_release(incoming->memory, incoming->refused, REFUSED_BYTES);
    *incoming = (struct incoming){ .memory = incoming->memory };
}

/* --- alive ---------------------------------------------------------------------------- */

static struct incoming_ssrc *all_of(struct incoming *incoming)
{
    return incoming->more != NULL ? incoming->more : incoming->few;
}

const struct incoming_ssrc *skf_incoming_look(const struct incoming *incoming,
                                              uint32_t ssrc)
{
    const struct incoming_ssrc *all =
        incoming->more != NULL ? incoming->more : incoming->few;

    if (incoming->last < incoming->num && all[incoming->last].ssrc == ssrc)
        return &all[incoming->last];
    for (uint32_t i = 0; i < incoming->num; i++)
        if (all[i].ssrc == ssrc)
            return &all[i];
    return NULL;
}

struct incoming_ssrc *skf_incoming_find(struct incoming *incoming, uint32_t ssrc)
{
    struct incoming_ssrc *all = all_of(incoming);
    const struct incoming_ssrc *found = skf_incoming_look(incoming, ssrc);

    if (found == NULL)
        return NULL;
    incoming->last = (uint32_t)(found - all);
    return &all[incoming->last];
}

static bool make_space(struct incoming *incoming)
{
    uint32_t space = incoming->more != NULL ? incoming->space : INCOMING_AT_FIRST;

    if (incoming->num < space)
        return true;
    struct incoming_ssrc *more =
        skf_block_acquire(incoming->memory, 2 * space * sizeof *more);
    if (more == NULL)
        return false;
    memcpy(more, all_of(incoming), incoming->num * sizeof *more);
    skf_block_release(incoming->memory, incoming->more,
                      incoming->space * sizeof *incoming->more);
    incoming->more = more;
    incoming->space = 2 * space;
    return true;
}

/* --- gone ----------------------------------------------------------------------------- */

/* The first that is not before this SSRC. */
static uint32_t place_of(const struct incoming *incoming, uint32_t ssrc)
{
    uint32_t from = 0, to = incoming->num_gone;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;

        if (incoming->gone[middle].ssrc < ssrc)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct incoming_gone *skf_incoming_gone(const struct incoming *incoming, uint32_t ssrc)
{
    uint32_t place = place_of(incoming, ssrc);

    if (place == incoming->num_gone || incoming->gone[place].ssrc != ssrc)
        return NULL;
    return &incoming->gone[place];
}

static uint32_t hash(uint32_t ssrc)
{
    return ssrc * UINT32_C(2654435769) >> (32 - INCOMING_REFUSED);
}

bool skf_incoming_may_come(const struct incoming *incoming, uint32_t ssrc)
{
    uint32_t bit = hash(ssrc);

    return incoming->refused == NULL
        || (incoming->refused[bit / 8] >> bit % 8 & 1) == 0;
}

/* The one that went first gives its place, and is refused from then on. At most a place in
   eight is held by one that is back. */
static bool refuse_first(struct incoming *incoming)
{
    struct incoming_gone *gone = incoming->gone, *first = NULL;

    if (incoming->refused == NULL)
        incoming->refused = skf_block_acquire(incoming->memory, REFUSED_BYTES);
    if (incoming->refused == NULL)
        return false;
    for (uint32_t i = 0; i < incoming->num_gone; i++)
        if (!gone[i].back
            && (first == NULL
                || incoming->opened - gone[i].left > incoming->opened - first->left))
            first = &gone[i];
    if (first == NULL)
        return false;

    uint32_t bit = hash(first->ssrc);
    incoming->refused[bit / 8] |= (uint8_t)(1u << bit % 8);
    incoming->num_gone--;
    memmove(first, first + 1,
            (size_t)(gone + incoming->num_gone - first) * sizeof *gone);
    return true;
}

static bool make_space_gone(struct incoming *incoming)
{
    uint32_t num = incoming->num_gone;
    uint32_t space = num > 0 ? 2 * num : GONE_AT_FIRST;

    if (num < incoming->space_gone)
        return true;
    if (num == INCOMING_GONE)
        return refuse_first(incoming);
    struct incoming_gone *more = skf_block_acquire(incoming->memory, space * sizeof *more);
    if (more == NULL)
        return false;
    if (num > 0)
        memcpy(more, incoming->gone, num * sizeof *more);
    skf_block_release(incoming->memory, incoming->gone,
                      incoming->space_gone * sizeof *more);
    incoming->gone = more;
    incoming->space_gone = space;
    return true;
}

static struct incoming_gone *new_gone(struct incoming *incoming, uint32_t ssrc)
{
    if (!make_space_gone(incoming))
        return NULL;

    uint32_t place = place_of(incoming, ssrc);
    struct incoming_gone *gone = &incoming->gone[place];
    memmove(gone + 1, gone, (incoming->num_gone - place) * sizeof *gone);
    incoming->num_gone++;
    return gone;
}

/* Of one that nothing was heard of there is nothing to remember. */
bool skf_incoming_leave(struct incoming *incoming, struct incoming_ssrc *alive)
{
    struct incoming_gone *gone = skf_incoming_gone(incoming, alive->ssrc);

    if (gone == NULL && (alive->rtp != 0 || alive->rtcp != 0)) {
        gone = new_gone(incoming, alive->ssrc);
        if (gone == NULL)
            return false;
    }
    if (gone != NULL)
        *gone = (struct incoming_gone){ .rtp = alive->rtp, .rtcp = alive->rtcp,
                                        .ssrc = alive->ssrc, .left = incoming->opened };
    *alive = all_of(incoming)[--incoming->num];
    return true;
}

/* --- coming --------------------------------------------------------------------------- */

static struct incoming_ssrc *idlest(struct incoming *incoming)
{
    struct incoming_ssrc *all = all_of(incoming), *so_far = all;

    for (uint32_t i = 1; i < incoming->num; i++)
        if (incoming->opened - all[i].heard > incoming->opened - so_far->heard)
            so_far = &all[i];
    return so_far;
}

static bool make_place(struct incoming *incoming, uint32_t *without)
{
    if (incoming->num < INCOMING_MOST)
        return make_space(incoming);

    struct incoming_ssrc *leaves = idlest(incoming);
    uint32_t ssrc = leaves->ssrc;
    if (!skf_incoming_leave(incoming, leaves))
        return false;
    *without = ssrc;
    return true;
}

static struct incoming_gone *set_back(struct incoming *incoming, uint32_t ssrc, bool back)
{
    struct incoming_gone *gone = skf_incoming_gone(incoming, ssrc);

    if (gone != NULL)
        gone->back = back;
    return gone;
}

struct incoming_ssrc *skf_incoming_admit(struct incoming *incoming, uint32_t ssrc,
                                         uint32_t *without)
{
    set_back(incoming, ssrc, true);              /* it must not be refused for the other */
    if (!make_place(incoming, without)) {
        set_back(incoming, ssrc, false);
        *without = ssrc;
        return NULL;
    }

    struct incoming_gone *gone = set_back(incoming, ssrc, true);
    incoming->last = incoming->num++;
    struct incoming_ssrc *fresh = &all_of(incoming)[incoming->last];
    *fresh = (struct incoming_ssrc){ .ssrc = ssrc, .heard = incoming->opened,
                                     .back = gone != NULL };
    if (gone != NULL) {
        fresh->rtp = gone->rtp;
        fresh->rtcp = gone->rtcp;
    }
    return fresh;
}
