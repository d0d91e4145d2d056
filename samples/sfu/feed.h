/* feed.h - what one worker has of a stream: the state of each source, and its
 * last packets. Knows no watcher. */
#ifndef SAMPLES_SFU_FEED_H
#define SAMPLES_SFU_FEED_H

#include "bitrate.h"
#include "history.h"
#include "layers.h"
#include "relay.h"

/* A source without a packet for so long is not alive. */
enum { SOURCE_ALIVE = 1500000 };

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

/* Keeps a laid out packet of the pool, for watchers that ask for it again.
 *
 * Owns: the feed, or the pool if it keeps none. */
void feed_keep(struct feed *feed, skiff_packet *packet, const struct outline *outline);

/* An SR of the publisher has arrived. */
void feed_time(struct feed *feed, const struct outline *outline,
               const struct source_time *time);

/* The layers of the video, for layers_choose. Returns how many there are, up to
 * the highest that has ever had a packet. */
size_t feed_layers(const struct feed *feed, skiff_time now, struct layer *layers);

/* The time from a timestamp of one source to a packet of another, which may be
 * the same, by the clock of the publisher if there are SRs of both, else by
 * arrival. */
skiff_time feed_elapsed(const struct feed *feed, const struct outline *outline,
                        uint8_t before, uint32_t timestamp, skiff_time arrived);

#endif
