/* media_streams.c - streams that are published, orphaned and ended. */
#include "media_state.h"

#include <stdlib.h>

struct stream *media_stream_of(struct media *media, const char *name)
{
    struct stream *stream = media->streams;

    if (strcmp(name, STREAM_ALL) == 0)
        return media->all;
    while (stream != NULL && strcmp(stream->stats.name, name) != 0)
        stream = stream->next;
    return stream;
}

struct stream *media_stream_new(struct media *media, const char *name)
{
    struct stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL)
        return NULL;
    snprintf(stream->stats.name, sizeof stream->stats.name, "%s", name);
    stream->since = clock_now();
    stream->orphaned = SKIFF_NEVER;
    stream->number = ++media->num_streams;
    stream->next = media->streams;
    media->streams = stream;
    return stream;
}

/* Its codec is the one of all publishers. */
struct stream *media_stream_all(void)
{
    struct stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL)
        return NULL;
    snprintf(stream->stats.name, sizeof stream->stats.name, STREAM_ALL);
    stream->stats.audio = CODEC_OPUS;
    stream->since = clock_now();
    stream->orphaned = SKIFF_NEVER;
    return stream;
}

static void nothing(struct worker *worker, void *argument)
{
    (void)worker;
    (void)argument;
}

/* What was relayed of it has gone when each worker has run once. */
void media_stream_release(struct media *media, struct stream *stream)
{
    struct stream **place = &media->streams;

    if (stream == media->all || stream->publisher != NULL || stream->num_watchers > 0)
        return;
    for (unsigned i = 0; i < media->config.threads; i++)
        worker_call(media->workers[i], nothing, NULL);
    while (*place != stream)
        place = &(*place)->next;
    *place = stream->next;
    free(stream);
}

/* --- publishers ----------------------------------------------------------------------- */

static void note_section(struct stream *stream, const struct media_section *section)
{
    struct stream_stats *stats = &stream->stats;

    if (section->kind == MEDIA_DATA) {
        stats->data = true;
    } else if (section->kind == MEDIA_AUDIO && stats->audio == CODEC_NONE) {
        stats->audio = section->codec;
        memcpy(stats->audio_fmtp, section->fmtp, sizeof stats->audio_fmtp);
    } else if (section->kind == MEDIA_VIDEO && stats->video == CODEC_NONE) {
        stats->video = section->codec;
        memcpy(stats->video_fmtp, section->fmtp, sizeof stats->video_fmtp);
        stats->layers = section->num_rids > 0 ? (unsigned)section->num_rids : 1;
        memcpy(stream->rids, section->rid, sizeof stream->rids);
    }
}

static void note_offer(struct stream *stream, const struct description *offer)
{
    struct stream_stats *stats = &stream->stats;

    stats->audio = stats->video = CODEC_NONE;
    stats->layers = 0;
    stats->data = stats->orphaned = false;
    memset(stream->rids, 0, sizeof stream->rids);
    for (size_t i = 0; i < offer->num_sections; i++)
        if (!offer->sections[i].rejected)
            note_section(stream, &offer->sections[i]);
}

/* Ends a session from here; the event SESSION_OVER will come. `why` is static. */
static void end_session(struct session *session, const char *why)
{
    session->why = why;
    worker_call(session->worker, worker_end_session, session);
}

static bool fits(const struct watcher *watcher, const struct stream_stats *stats)
{
    return (watcher->audio == NULL || stats->audio == CODEC_NONE
            || watcher->audio->codec == stats->audio)
        && (watcher->video == NULL || stats->video == CODEC_NONE
            || watcher->video->codec == stats->video);
}

static void end_watchers(struct media *media, const struct stream *stream, bool all,
                         const char *why)
{
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        for (struct session *session = media->buckets[i]; session != NULL;
             session = session->next)
            if (session->stream == stream && session->watcher != NULL
                && (all || !fits(session->watcher, &stream->stats)))
                end_session(session, why);
}

void media_stream_publish(struct media *media, struct stream *stream,
                          struct session *session, const struct description *offer)
{
    struct session *before = stream->publisher;

    stream->publisher = session;
    stream->orphaned = SKIFF_NEVER;
    if (before != NULL)
        end_session(before, "another publisher has replaced this one");
    note_offer(stream, offer);
    end_watchers(media, stream, false, "the new publisher sends another codec");
}

void media_stream_leave(struct media *media, struct session *session)
{
    struct stream *stream = session->stream;

    if (session->watcher != NULL)
        stream->num_watchers--;
    else if (stream->publisher == session) {
        stream->publisher = NULL;
        stream->orphaned = clock_now();
        stream->stats.orphaned = true;
    }
    media_stream_release(media, stream);
}

void media_end_orphans(struct media *media)
{
    const skiff_time now = clock_now();

    for (struct stream *stream = media->streams; stream != NULL; stream = stream->next) {
        if (stream->publisher != NULL || stream->orphaned == SKIFF_NEVER
            || now - stream->orphaned < ORPHANED)
            continue;
        stream->orphaned = SKIFF_NEVER;
        end_watchers(media, stream, true, "the publisher has gone");
    }
}

/* --- watchers ------------------------------------------------------------------------- */

static enum codec codec_of(const struct stream *stream, enum media_kind kind)
{
    switch (kind) {
    case MEDIA_AUDIO:
        return stream->stats.audio;
    case MEDIA_VIDEO:
        return stream->stats.video;
    case MEDIA_DATA:
        break;
    }
    return CODEC_NONE;
}

/* How many sections of a kind are used. */
static unsigned most_of(const struct media *media, const struct stream *stream,
                        enum media_kind kind)
{
    if (stream == media->all)
        return kind == MEDIA_AUDIO ? media->config.last_n : 0;
    return 1;
}

static bool fits_section(const struct stream *stream, const struct media_section *section)
{
    const enum codec codec = codec_of(stream, section->kind);

    return section->kind == MEDIA_DATA || (codec != CODEC_NONE && section->codec == codec);
}

/* The first sections of each kind that fit are used. */
bool media_stream_choose(const struct media *media, const struct stream *stream,
                         const struct description *offer, struct description *chosen)
{
    unsigned used[MEDIA_DATA + 1] = { 0 };
    bool lacks_video = false;

    *chosen = *offer;
    for (size_t i = 0; i < chosen->num_sections; i++) {
        struct media_section *section = &chosen->sections[i];
        const enum media_kind kind = section->kind;
        section->num_ssrcs = section->num_rids = 0;
        lacks_video |= kind == MEDIA_VIDEO && !section->rejected
                    && codec_of(stream, kind) != CODEC_NONE;
        if (used[kind] >= most_of(media, stream, kind) || !fits_section(stream, section))
            section->rejected = true;
        used[kind] += !section->rejected;
    }
    if (used[MEDIA_VIDEO] > 0)
        return true;
    return used[MEDIA_AUDIO] > 0 && !lacks_video;
}

/* --- what is read --------------------------------------------------------------------- */

static struct stream_stats stats_of(const struct media *media, const struct stream *stream)
{
    struct stream_stats stats = stream->stats;

    stats.since_s = (double)(clock_now() - stream->since) / 1e6;
    stats.watchers = stream->num_watchers;
    stats.audio_tracks = most_of(media, stream, MEDIA_AUDIO);
    return stats;
}

bool media_find_stream(struct media *media, const char *name, struct stream_stats *stats)
{
    const struct stream *stream = media_stream_of(media, name);

    if (stream != NULL)
        *stats = stats_of(media, stream);
    return stream != NULL;
}

void media_each_stream(struct media *media,
                       void (*each)(void *user, const struct stream_stats *stats),
                       void *user)
{
    for (const struct stream *stream = media->streams; stream != NULL;
         stream = stream->next) {
        const struct stream_stats stats = stats_of(media, stream);
        each(user, &stats);
    }
}

void media_each_watcher(struct media *media, const char *name,
                        void (*each)(void *user, const char *id), void *user)
{
    const struct stream *stream = media_stream_of(media, name);

    for (size_t i = 0; i < SESSION_BUCKETS && stream != NULL; i++)
        for (const struct session *session = media->buckets[i]; session != NULL;
             session = session->next)
            if (session->stream == stream && session->watcher != NULL)
                each(user, session->id);
}
