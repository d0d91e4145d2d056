/* history.c - the last packets of one source. */
#include "history.h"

static size_t slot_of(uint16_t sequence)
{
    return sequence & (HISTORY_PACKETS - 1);
}

void history_keep(struct history *history, skiff_packet *packet,
                  const struct outline *outline)
{
    struct kept_packet *place = &history->kept[slot_of(outline->sequence)];

    skiff_packet_release(&place->packet);
    place->packet = packet;
    place->outline = *outline;
}

const struct kept_packet *history_find(const struct history *history, uint16_t sequence)
{
    const struct kept_packet *place = &history->kept[slot_of(sequence)];

    if (place->packet == NULL || place->outline.sequence != sequence)
        return NULL;
    return place;
}

void history_clear(struct history *history)
{
    for (size_t i = 0; i < HISTORY_PACKETS; i++)
        skiff_packet_release(&history->kept[i].packet);
}
