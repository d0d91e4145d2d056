/* history.h - the last packets of one source, as they were laid out, for
 * watchers that ask for them again. Its packets are the pool's: it uses no more
 * than half of the pool. Knows no watcher and no clock. */
#ifndef SAMPLES_SFU_HISTORY_H
#define SAMPLES_SFU_HISTORY_H

#include "outline.h"

#include <skiff/packet.h>

enum { HISTORY_PACKETS = 512 }; /* a power of two: at 3 Mbit/s about 1.5 s */

struct kept_packet {
    skiff_packet *packet; /* NULL: none is kept here */
    struct outline outline;
};

struct history {
    struct kept_packet kept[HISTORY_PACKETS]; /* by sequence number */
    bool has_begun;
    uint16_t oldest, newest; /* nothing outside of these is kept */
};

/* Keeps a packet, in place of the one that had its place.
 *
 * Owns: the history, from now on. */
void history_keep(struct history *history, skiff_packet *packet,
                  const struct outline *outline);

/* NULL: a packet with this number is not kept, or not any longer. */
const struct kept_packet *history_find(const struct history *history, uint16_t sequence);

/* The first packet of the same picture before this one at which a decoder can begin: the
 * parameter sets of H.264, where this is the IDR slice behind them. NULL: none is kept. */
const struct kept_packet *history_earlier(const struct history *history,
                                          const struct outline *outline);

/* The first packet at which a decoder can begin of the newest picture that has one, or NULL
 * if it did not arrive at this time or later. */
const struct kept_packet *history_decodable(const struct history *history,
                                            skiff_time since);

/* Releases what arrived before this time. */
void history_expire(struct history *history, skiff_time before);

/* Releases the oldest packet. */
void history_drop_oldest(struct history *history);

/* Releases all packets. */
void history_clear(struct history *history);

#endif
