/* numbering.c - numbers that go on over a change of the source. */
#include "numbering.h"

#include "../rtp/sequence.h"

enum {
    MAX_ELAPSED = 10000000, /* microseconds: a longer pause is shown as this long */
    MAX_BACK = 8192         /* numbers that a packet can be late by, or asked for after */
};

static uint32_t ticks_of(skiff_time elapsed, uint32_t clock_rate)
{
    const skiff_time bounded = elapsed < MAX_ELAPSED ? elapsed : MAX_ELAPSED;
    const uint32_t ticks = (uint32_t)(bounded * clock_rate / 1000000u);

    return ticks > 0 ? ticks : 1; /* another picture has another timestamp */
}

void numbering_init(struct numbering *numbering, uint16_t first)
{
    *numbering = (struct numbering){ .highest = (uint16_t)(first - 1) };
}

void numbering_change(struct numbering *numbering, const struct outline *first,
                      skiff_time elapsed)
{
    struct mapping mapping = { .source = first->source,
                               .edition = first->edition,
                               .first_sent = (uint16_t)(numbering->highest + 1) };

    mapping.sequence = (uint16_t)(mapping.first_sent - first->sequence);
    if (numbering->num > 0)
        mapping.timestamp =
            numbering->timestamp + ticks_of(elapsed, first->clock_rate) - first->timestamp;
    if (first->has_vp8) {
        vp8_switch(&numbering->vp8, &first->vp8);
        mapping.vp8 = numbering->vp8.offset;
    }
    if (numbering->num < MAPPINGS)
        numbering->num++;
    memmove(numbering->mappings + 1, numbering->mappings,
            (numbering->num - 1) * sizeof *numbering->mappings);
    numbering->mappings[0] = mapping;
}

/* The first number must stay less than half of all numbers behind the highest.
 */
static void advance(struct numbering *numbering)
{
    struct mapping *mapping = &numbering->mappings[0];

    if (sequence_distance(numbering->highest, mapping->first_sent) <= MAX_BACK)
        return;
    mapping->first_sent = (uint16_t)(numbering->highest - MAX_BACK);
    numbering->num = 1;
}

const struct mapping *numbering_use(struct numbering *numbering,
                                    const struct outline *outline)
{
    struct mapping *mapping = &numbering->mappings[0];
    const uint16_t sent = (uint16_t)(outline->sequence + mapping->sequence);

    if (sequence_is_after(mapping->first_sent, sent))
        return NULL;
    if (sequence_is_after(sent, numbering->highest)) {
        numbering->highest = sent;
        numbering->timestamp = outline->timestamp + mapping->timestamp;
        numbering->source_timestamp = outline->timestamp;
        numbering->arrived = outline->arrived;
        advance(numbering);
    }
    if (outline->has_vp8)
        vp8_sent(&numbering->vp8, &outline->vp8);
    return mapping;
}

const struct mapping *numbering_find(const struct numbering *numbering, uint16_t sent)
{
    if (numbering->num == 0 || sequence_is_after(sent, numbering->highest))
        return NULL;
    for (size_t i = 0; i < numbering->num; i++)
        if (!sequence_is_after(numbering->mappings[i].first_sent, sent))
            return &numbering->mappings[i];
    return NULL;
}
