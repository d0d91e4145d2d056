/* selection.c - the loudest speakers, each in a place of its own. */
#include "selection.h"

enum { SWEEP_EVERY = 1000000 };

void selection_init(struct selection *selection, unsigned num_places)
{
    *selection = (struct selection){ .num_places = (int)num_places };
    loudest_init(&selection->loudest, num_places);
}

static void remove_speaker(struct selection *selection, int number, skiff_time now)
{
    loudest_leave(&selection->loudest, number, now);
    selection->speakers[number] = (struct selected_speaker){ 0 };
}

static void sweep(struct selection *selection, skiff_time now)
{
    if (now - selection->swept < SWEEP_EVERY)
        return;
    selection->swept = now;
    for (int i = 0; i < LOUDEST_MAX; i++)
        if (selection->speakers[i].origin != 0
            && now - selection->speakers[i].last_packet > SPEAKER_GONE)
            remove_speaker(selection, i, now);
}

static int number_of(struct selection *selection, uint32_t origin, skiff_time now)
{
    for (int i = 0; i < LOUDEST_MAX; i++)
        if (selection->speakers[i].origin == origin)
            return i;

    const int number = loudest_join(&selection->loudest, now);
    if (number >= 0)
        selection->speakers[number] = (struct selected_speaker){ origin, -1, now };
    return number;
}

/* The places of those that are no longer chosen are free. */
static int free_place(struct selection *selection)
{
    bool used[LOUDEST_MAX] = { false };
    int place = 0;

    for (int i = 0; i < LOUDEST_MAX; i++) {
        struct selected_speaker *speaker = &selection->speakers[i];
        if (speaker->origin == 0 || speaker->place < 0)
            continue;
        if (loudest_is_chosen(&selection->loudest, i))
            used[speaker->place] = true;
        else
            speaker->place = -1;
    }
    while (place < selection->num_places && used[place])
        place++;
    return place < selection->num_places ? place : -1;
}

int selection_place(struct selection *selection, uint32_t origin, skiff_time now,
                    uint8_t level, bool voice)
{
    now = selection->now = now > selection->now ? now : selection->now;
    sweep(selection, now);
    const int number = number_of(selection, origin, now);
    if (number < 0)
        return -1;

    struct selected_speaker *speaker = &selection->speakers[number];
    speaker->last_packet = now;
    (void)loudest_level(&selection->loudest, number, now, level, voice);
    if (!loudest_is_chosen(&selection->loudest, number))
        return -1;
    if (speaker->place < 0)
        speaker->place = free_place(selection);
    return speaker->place;
}
