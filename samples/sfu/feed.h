/* feed.h - what one worker has of a stream: the state of each source, and its
 * last packets. Knows no watcher. */
#ifndef SAMPLES_SFU_FEED_H
#define SAMPLES_SFU_FEED_H

#include "bitrate.h"
#include "history.h"
#include "layers.h"
#include "numbering.h"
#include "relay.h"

enum {
    SOURCE_ALIVE = 1500000, /* microseconds without a packet, after which it is not */
    HISTORY_AGE = 1500000   /* in which a packet may be asked for again */
};

struct source {
    uint32_t edition; /* 0: nothing has arrived */
    skiff_time last_packet;
    struct source_time time;
    struct bitrate rate;
    uint32_t height;
    uint32_t clock_rate;
    struct history *history; /* NULL: no memory, and nothing is sent again */
};

struct feed {
    struct source sources[NUM_SOURCES];
    skiff_pool *pool;
};

void feed_init(struct feed *feed, skiff_pool *pool);
void feed_clear(struct feed *feed);

/* A packet has arrived. False: it is of an earlier publisher than others were.
 */
bool feed_packet(struct feed *feed, const struct outline *outline, size_t len);

/* A packet of the pool for one of a source. *spare: the history may keep it. Histories use
 * no more than half of the pool: then the oldest packet of this source gives way. NULL: the
 * pool is empty. */
skiff_packet *feed_packet_for(struct feed *feed, uint8_t source, bool *spare);

/* Keeps a laid out packet of the pool, for watchers that ask for it again: of video only,
 * because no browser asks for audio again.
 *
 * Owns: the feed, or the pool if it keeps none. */
void feed_keep(struct feed *feed, skiff_packet *packet, const struct outline *outline);

/* Releases what is too old to be asked for. */
void feed_expire(struct feed *feed, skiff_time now);

/* An SR of the publisher has arrived. */
void feed_time(struct feed *feed, const struct outline *outline,
               const struct source_time *time);

/* The layers of the video, for layers_choose. Returns how many there are, up to
 * the highest that has ever had a packet. */
size_t feed_layers(const struct feed *feed, skiff_time now, struct layer *layers);

/* The time from what a track was sent last to a packet of another source: by the clock of
 * the publisher if both are of sources that it has and that have SRs, else by arrival. */
skiff_time feed_elapsed(const struct feed *feed, const struct outline *outline,
                        const struct numbering *before);

#endif
