/* history.c - the last packets of one source. */
#include "history.h"

#include "../rtp/sequence.h"

static size_t slot_of(uint16_t sequence)
{
    return sequence & (HISTORY_PACKETS - 1);
}

/* The numbers from the oldest to the newest are never more than the places. */
static bool accept_number(struct history *history, uint16_t sequence)
{
    if (!history->has_begun) {
        history->has_begun = true;
        history->oldest = history->newest = sequence;
    }
    if (sequence_distance(history->newest, sequence) >= HISTORY_PACKETS)
        return false;
    if (sequence_is_after(history->oldest, sequence))
        history->oldest = sequence;
    if (sequence_is_after(sequence, history->newest))
        history->newest = sequence;
    if (sequence_distance(history->newest, history->oldest) >= 2 * HISTORY_PACKETS) {
        history_clear(history);
        history->has_begun = true;
        history->oldest = history->newest = sequence;
    }
    while (sequence_distance(history->newest, history->oldest) >= HISTORY_PACKETS)
        skiff_packet_release(&history->kept[slot_of(history->oldest++)].packet);
    return true;
}

void history_keep(struct history *history, skiff_packet *packet,
                  const struct outline *outline)
{
    struct kept_packet *place = &history->kept[slot_of(outline->sequence)];

    if (!accept_number(history, outline->sequence)) {
        skiff_packet_release(&packet);
        return;
    }

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

const struct kept_packet *history_earlier(const struct history *history,
                                          const struct outline *outline)
{
    const struct kept_packet *first = NULL;
    uint16_t sequence = outline->sequence;

    while (history->has_begun && sequence_is_after(sequence, history->oldest)) {
        const struct kept_packet *kept = history_find(history, --sequence);
        if (kept != NULL && kept->outline.timestamp != outline->timestamp)
            break;
        if (kept != NULL && kept->outline.decodable)
            first = kept;
    }
    return first;
}

static const struct kept_packet *first_of_picture(const struct history *history,
                                                  const struct kept_packet *kept)
{
    const struct kept_packet *earlier = history_earlier(history, &kept->outline);

    return earlier != NULL ? earlier : kept;
}

const struct kept_packet *history_decodable(const struct history *history, skiff_time since)
{
    uint16_t sequence = history->newest;

    if (!history->has_begun)
        return NULL;
    for (;; sequence--) {
        const struct kept_packet *kept = history_find(history, sequence);
        if (kept != NULL && kept->outline.decodable)
            return kept->outline.arrived >= since ? first_of_picture(history, kept) : NULL;
        if (sequence == history->oldest)
            return NULL;
    }
}

void history_drop_oldest(struct history *history)
{
    bool dropped = false;

    while (!dropped && history->oldest != history->newest) {
        struct kept_packet *place = &history->kept[slot_of(history->oldest++)];
        dropped = place->packet != NULL;
        skiff_packet_release(&place->packet);
    }
}

void history_expire(struct history *history, skiff_time before)
{
    while (history->oldest != history->newest) {
        struct kept_packet *place = &history->kept[slot_of(history->oldest)];
        if (place->packet != NULL && place->outline.arrived >= before)
            return;
        skiff_packet_release(&place->packet);
        history->oldest++;
    }
}

void history_clear(struct history *history)
{
    history->has_begun = false;
    for (size_t i = 0; i < HISTORY_PACKETS; i++)
        skiff_packet_release(&history->kept[i].packet);
}
