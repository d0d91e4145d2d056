/* feed.c - the sources of a stream at one worker. */
#include "feed.h"

#include "../rtp/sequence.h"
#include "elapsed.h"

#include <stdlib.h>

/* Microseconds: the time over which the rate of a layer is measured, long enough for one of
 * few pictures a second. */
enum { RATE_WINDOW = 2000000 };

void feed_init(struct feed *feed, skiff_pool *pool)
{
    *feed = (struct feed){ .pool = pool };
    for (size_t i = 0; i < NUM_SOURCES; i++)
        bitrate_init(&feed->sources[i].rate, RATE_WINDOW);
}

static void clear_history(struct source *source)
{
    if (source->history != NULL)
        history_clear(source->history);
}

void feed_clear(struct feed *feed)
{
    for (size_t i = 0; i < NUM_SOURCES; i++) {
        clear_history(&feed->sources[i]);
        free(feed->sources[i].history);
    }
    feed_init(feed, feed->pool);
}

/* A new publisher, or a new SSRC: nothing of the old one fits. */
static void begin_source(struct source *source, const struct outline *outline)
{
    struct history *history = source->history;

    clear_history(source);
    if (history == NULL && outline->source != SOURCE_AUDIO)
        history = calloc(1, sizeof *history);
    *source = (struct source){ .edition = outline->edition,
                               .clock_rate = outline->clock_rate,
                               .history = history };
    bitrate_init(&source->rate, RATE_WINDOW);
}

bool feed_packet(struct feed *feed, const struct outline *outline, size_t len)
{
    struct source *source = &feed->sources[outline->source];
    const uint32_t ahead = outline->edition - source->edition;

    if (source->edition != 0 && ahead > UINT32_MAX / 2)
        return false;
    if (ahead != 0)
        begin_source(source, outline);
    source->last_packet = outline->arrived;
    bitrate_add(&source->rate, outline->arrived, len);
    if (outline->decodable && outline->has_vp8 && outline->vp8.height > 0)
        source->height = outline->vp8.height;
    return true;
}

skiff_packet *feed_packet_for(struct feed *feed, uint8_t source, bool *spare)
{
    struct history *history = feed->sources[source].history;
    skiff_packet *packet = skiff_pool_take_spare(feed->pool);

    if (packet == NULL && history != NULL) {
        history_drop_oldest(history);
        packet = skiff_pool_take_spare(feed->pool);
    }
    *spare = packet != NULL;
    return packet != NULL ? packet : skiff_pool_take(feed->pool);
}

void feed_expire(struct feed *feed, skiff_time now)
{
    for (size_t i = 0; i < NUM_SOURCES && now > HISTORY_AGE; i++)
        if (feed->sources[i].history != NULL)
            history_expire(feed->sources[i].history, now - HISTORY_AGE);
}

void feed_keep(struct feed *feed, skiff_packet *packet, const struct outline *outline)
{
    struct source *source = &feed->sources[outline->source];

    if (source->history == NULL)
        skiff_packet_release(&packet);
    else
        history_keep(source->history, packet, outline);
}

void feed_time(struct feed *feed, const struct outline *outline,
               const struct source_time *time)
{
    struct source *source = &feed->sources[outline->source];

    if (source->edition == outline->edition)
        source->time = *time;
}

size_t feed_layers(const struct feed *feed, skiff_time now, struct layer *layers)
{
    size_t num = 0;

    for (size_t i = 0; i < MAX_LAYERS; i++) {
        const struct source *source = &feed->sources[SOURCE_VIDEO + i];
        layers[i] = (struct layer){ 0 };
        if (source->edition == 0)
            continue;
        layers[i].alive = elapsed_since(now, source->last_packet) < SOURCE_ALIVE;
        layers[i].bps = bitrate_of(&source->rate, now);
        layers[i].height = source->height;
        num = i + 1;
    }
    return num;
}

/* RFC 3550 section 6.4.1: the NTP time of a timestamp, in microseconds of any
 * epoch. */
static int64_t ntp_us(const struct source *source, uint32_t timestamp)
{
    const struct source_time *time = &source->time;
    const int64_t seconds = (int64_t)(time->ntp >> 32);
    const int64_t fraction = (int64_t)((time->ntp & UINT32_MAX) * 1000000u >> 32);
    const int64_t ticks = sequence_distance32(timestamp, time->timestamp);

    return seconds * 1000000 + fraction + ticks * 1000000 / source->clock_rate;
}

/* An SR of this edition has come: the one before had other timestamps. */
static bool is_timed(const struct source *source, uint32_t edition)
{
    return source->edition == edition && source->time.known && source->clock_rate > 0;
}

skiff_time feed_elapsed(const struct feed *feed, const struct outline *outline,
                        const struct numbering *before)
{
    const struct mapping *mapping = &before->mappings[0];
    const struct source *to = &feed->sources[outline->source];
    const struct source *from = &feed->sources[mapping->source];
    int64_t elapsed = (int64_t)(outline->arrived - before->arrived);

    if (is_timed(to, outline->edition) && is_timed(from, mapping->edition)
        && outline->edition >> EDITION_BITS == mapping->edition >> EDITION_BITS)
        elapsed = ntp_us(to, outline->timestamp) - ntp_us(from, before->source_timestamp);
    return elapsed > 0 ? (skiff_time)elapsed : 0;
}
