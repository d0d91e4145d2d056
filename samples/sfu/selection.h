/* selection.h - whose audio a watcher of all streams gets: the loudest speakers, each in a
 * place of its own, as many as it has tracks. Knows no packet and no watcher. */
#ifndef SAMPLES_SFU_SELECTION_H
#define SAMPLES_SFU_SELECTION_H

#include "loudest.h"

#include <skiff/base.h>

/* A speaker without a packet for so long has gone. */
enum { SPEAKER_GONE = 3000000 };

/* A publisher whose audio came lately. */
struct selected_speaker {
    uint32_t origin; /* the number of its stream; 0: none is here */
    int place;       /* -1: it has none */
    skiff_time last_packet;
};

struct selection {
    struct loudest loudest;
    struct selected_speaker speakers[LOUDEST_MAX]; /* by their numbers in `loudest` */
    int num_places;
    skiff_time now, swept;
};

void selection_init(struct selection *selection, unsigned num_places);

/* Packets of other workers have earlier times now and then: they count as of the last one.
 * A packet of audio with its level (RFC 6464 section 3). Returns the place in which it is
 * forwarded, below num_places, or -1. */
int selection_place(struct selection *selection, uint32_t origin, skiff_time now,
                    uint8_t level, bool voice);

#endif
