/* incoming.c - the SSRCs that are alive, in a list that is searched from the one found
 * last; those that were removed, in order of their SSRC; and bits for those removed long
 * before. */
#include "srtp/incoming.h"

#include "base/memory.h"

enum { REMOVED_INITIAL = 16 };

static const size_t REFUSED_BYTES = (size_t)1 << (INCOMING_REFUSED_BITS - 3);

void skf_incoming_clear(struct incoming *incoming)
{
    skf_release(incoming->memory, incoming->allocated,
                incoming->capacity * sizeof *incoming->allocated);
    skf_release(incoming->memory, incoming->removed,
                incoming->removed_capacity * sizeof *incoming->removed);
    skf_release(incoming->memory, incoming->refused_bits, REFUSED_BYTES);
    *incoming = (struct incoming){ .memory = incoming->memory };
}

/* --- alive ---------------------------------------------------------------------------- */

const struct incoming_ssrc *skf_incoming_find_const(const struct incoming *incoming,
                                                    uint32_t ssrc)
{
    const struct incoming_ssrc *all = incoming_entries_const(incoming);

    if (incoming->last_found < incoming->num && all[incoming->last_found].ssrc == ssrc)
        return &all[incoming->last_found];
    for (uint32_t i = 0; i < incoming->num; i++)
        if (all[i].ssrc == ssrc)
            return &all[i];
    return NULL;
}

struct incoming_ssrc *skf_incoming_find(struct incoming *incoming, uint32_t ssrc)
{
    struct incoming_ssrc *all = incoming_entries(incoming);
    const struct incoming_ssrc *found = skf_incoming_find_const(incoming, ssrc);

    if (found == NULL)
        return NULL;
    incoming->last_found = (uint32_t)(found - all);
    return &all[incoming->last_found];
}

static bool reserve_entry(struct incoming *incoming)
{
    uint32_t space = incoming->allocated != NULL ? incoming->capacity : INCOMING_INLINE;

    if (incoming->num < space)
        return true;
    struct incoming_ssrc *more = skf_acquire(incoming->memory, 2 * space * sizeof *more);
    if (more == NULL)
        return false;
    memcpy(more, incoming_entries(incoming), incoming->num * sizeof *more);
    skf_release(incoming->memory, incoming->allocated,
                incoming->capacity * sizeof *incoming->allocated);
    incoming->allocated = more;
    incoming->capacity = 2 * space;
    return true;
}

/* --- removed -------------------------------------------------------------------------- */

/* The first that is not below this SSRC. */
static uint32_t removed_index_of(const struct incoming *incoming, uint32_t ssrc)
{
    uint32_t from = 0, to = incoming->num_removed;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;

        if (incoming->removed[middle].ssrc < ssrc)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct incoming_removed *skf_incoming_removed(const struct incoming *incoming,
                                              uint32_t ssrc)
{
    uint32_t index = removed_index_of(incoming, ssrc);

    if (index == incoming->num_removed || incoming->removed[index].ssrc != ssrc)
        return NULL;
    return &incoming->removed[index];
}

static uint32_t hash(uint32_t ssrc)
{
    return ssrc * UINT32_C(2654435769) >> (32 - INCOMING_REFUSED_BITS);
}

bool skf_incoming_may_add(const struct incoming *incoming, uint32_t ssrc)
{
    uint32_t bit = hash(ssrc);

    return incoming->refused_bits == NULL
        || (incoming->refused_bits[bit / 8] >> bit % 8 & 1) == 0;
}

/* Frees the slot of the SSRC that was removed first, which is refused from then on. At most
 * one slot in eight belongs to an SSRC that is alive again. */
static bool refuse_oldest(struct incoming *incoming)
{
    struct incoming_removed *removed = incoming->removed, *first = NULL;

    if (incoming->refused_bits == NULL)
        incoming->refused_bits = skf_acquire(incoming->memory, REFUSED_BYTES);
    if (incoming->refused_bits == NULL)
        return false;
    for (uint32_t i = 0; i < incoming->num_removed; i++)
        if (!removed[i].readmitted
            && (first == NULL
                || incoming->packets_opened - removed[i].removed_at
                       > incoming->packets_opened - first->removed_at))
            first = &removed[i];
    if (first == NULL)
        return false;

    uint32_t bit = hash(first->ssrc);
    incoming->refused_bits[bit / 8] |= (uint8_t)(1u << bit % 8);
    incoming->num_removed--;
    memmove(first, first + 1,
            (size_t)(removed + incoming->num_removed - first) * sizeof *removed);
    return true;
}

static bool reserve_removed(struct incoming *incoming)
{
    uint32_t num = incoming->num_removed;
    uint32_t space = num > 0 ? 2 * num : REMOVED_INITIAL;

    if (num < incoming->removed_capacity)
        return true;
    if (num == INCOMING_REMOVED_MAX)
        return refuse_oldest(incoming);
    struct incoming_removed *more = skf_acquire(incoming->memory, space * sizeof *more);
    if (more == NULL)
        return false;
    if (num > 0)
        memcpy(more, incoming->removed, num * sizeof *more);
    skf_release(incoming->memory, incoming->removed,
                incoming->removed_capacity * sizeof *more);
    incoming->removed = more;
    incoming->removed_capacity = space;
    return true;
}

static struct incoming_removed *insert_removed(struct incoming *incoming, uint32_t ssrc)
{
    if (!reserve_removed(incoming))
        return NULL;

    uint32_t index = removed_index_of(incoming, ssrc);
    struct incoming_removed *removed = &incoming->removed[index];
    memmove(removed + 1, removed, (incoming->num_removed - index) * sizeof *removed);
    incoming->num_removed++;
    return removed;
}

/* An SSRC from which nothing was received leaves nothing to remember. */
bool skf_incoming_remove(struct incoming *incoming, struct incoming_ssrc *alive)
{
    struct incoming_removed *removed = skf_incoming_removed(incoming, alive->ssrc);

    if (removed == NULL && (alive->rtp != 0 || alive->rtcp != 0)) {
        removed = insert_removed(incoming, alive->ssrc);
        if (removed == NULL)
            return false;
    }
    if (removed != NULL)
        *removed = (struct incoming_removed){ .rtp = alive->rtp,
                                              .rtcp = alive->rtcp,
                                              .ssrc = alive->ssrc,
                                              .removed_at = incoming->packets_opened };
    *alive = incoming_entries(incoming)[--incoming->num];
    return true;
}

/* --- adding and removing -------------------------------------------------------------- */

static struct incoming_ssrc *idlest(struct incoming *incoming)
{
    struct incoming_ssrc *all = incoming_entries(incoming), *idle = all;

    for (uint32_t i = 1; i < incoming->num; i++)
        if (incoming->packets_opened - all[i].last_packet
            > incoming->packets_opened - idle->last_packet)
            idle = &all[i];
    return idle;
}

static bool evict_if_full(struct incoming *incoming, uint32_t *evicted)
{
    if (incoming->num < INCOMING_MAX)
        return reserve_entry(incoming);

    struct incoming_ssrc *idle = idlest(incoming);
    uint32_t ssrc = idle->ssrc;
    if (!skf_incoming_remove(incoming, idle))
        return false;
    *evicted = ssrc;
    return true;
}

static struct incoming_removed *set_readmitted(struct incoming *incoming, uint32_t ssrc,
                                               bool readmitted)
{
    struct incoming_removed *removed = skf_incoming_removed(incoming, ssrc);

    if (removed != NULL)
        removed->readmitted = readmitted;
    return removed;
}

struct incoming_ssrc *skf_incoming_add(struct incoming *incoming, uint32_t ssrc,
                                       uint32_t *evicted)
{
    set_readmitted(incoming, ssrc, true); /* so that it is not refused as the oldest */
    if (!evict_if_full(incoming, evicted)) {
        set_readmitted(incoming, ssrc, false);
        *evicted = ssrc;
        return NULL;
    }

    struct incoming_removed *removed = set_readmitted(incoming, ssrc, true);
    incoming->last_found = incoming->num++;
    struct incoming_ssrc *added = &incoming_entries(incoming)[incoming->last_found];
    *added =
        (struct incoming_ssrc){ .ssrc = ssrc, .last_packet = incoming->packets_opened };
    if (removed != NULL) {
        added->rtp = removed->rtp;
        added->rtcp = removed->rtcp;
    }
    return added;
}
