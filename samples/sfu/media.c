/* media.c - the life of media, and the events of its sessions. */
#include "media_state.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum {
    CERTIFICATE_DAYS = 30,
    DATA_AT_ONCE = 32 /* messages: a peer that sends many does not keep others waiting */
};

static bool make_workers(struct media *media)
{
    struct worker_config config = { .media = &media->config,
                                    .all = media->all,
                                    .address = media->config.address,
                                    .identity = media->identity,
                                    .group = media->group,
                                    .reports = media->reports,
                                    .workers = media->workers };

    for (unsigned i = 0; i < media->config.threads; i++) {
        config.index = i;
        media->workers[i] = worker_new(&config);
        if (media->workers[i] == NULL)
            return false;
        config.address = worker_address(media->workers[0]);
    }
    for (unsigned i = 0; i < media->config.threads; i++)
        if (!worker_start(media->workers[i]))
            return false;
    return true;
}

static bool make_identity(struct media *media)
{
    skiff_fingerprint fingerprint;

    if (skiff_identity_generate((int64_t)time(NULL), CERTIFICATE_DAYS, &media->identity)
        != SKIFF_OK)
        return false;
    skiff_identity_fingerprint(media->identity, &fingerprint);
    skiff_fingerprint_format(&fingerprint, media->fingerprint);
    return true;
}

static bool open_media(struct media *media)
{
    const unsigned threads = media->config.threads;

    media->reports = reports_new();
    media->all = media_stream_all();
    return media->reports != NULL && media->all != NULL && make_identity(media)
        && (threads == 1
            || skiff_port_group_new((uint16_t)threads, NULL, &media->group) == SKIFF_OK)
        && make_workers(media);
}

struct media *media_new(const struct media_config *config)
{
    struct media *media = calloc(1, sizeof *media);
    int reason;

    if (media == NULL)
        return NULL;
    media->config = *config;
    if (media->config.threads == 0)
        media->config.threads = 1;
    if (media->config.threads > MAX_WORKERS)
        media->config.threads = MAX_WORKERS;
    if (media->config.max_sessions == 0)
        media->config.max_sessions = DEFAULT_SESSIONS;
    if (media->config.last_n == 0)
        media->config.last_n = DEFAULT_LAST_N;
    if (media->config.last_n > MAX_TRACKS)
        media->config.last_n = MAX_TRACKS;
    if (open_media(media))
        return media;
    reason = errno;
    media_free(media);
    errno = reason;
    return NULL;
}

static void remove_all(struct media *media)
{
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        while (media->buckets[i] != NULL)
            media_remove(media, media->buckets[i]);
}

void media_free(struct media *media)
{
    if (media == NULL)
        return;
    remove_all(media);
    for (size_t i = 0; i < MAX_WORKERS; i++)
        if (media->workers[i] != NULL)
            worker_stop(media->workers[i]);
    for (size_t i = 0; i < MAX_WORKERS; i++)
        worker_free(media->workers[i]);
    skiff_port_group_free(media->group);
    free(media->all);
    reports_free(media->reports);
    skiff_identity_free(media->identity);
    free(media);
}

/* --- events --------------------------------------------------------------------------- */

int media_fd(const struct media *media)
{
    return reports_fd(media->reports);
}

skiff_time media_deadline(const struct media *media)
{
    skiff_time due = SKIFF_NEVER;

    for (const struct stream *stream = media->streams; stream != NULL;
         stream = stream->next)
        if (stream->publisher == NULL && stream->orphaned != SKIFF_NEVER
            && stream->orphaned + ORPHANED < due)
            due = stream->orphaned + ORPHANED;
    return due;
}

struct reporting {
    struct media *media;
    void (*on_event)(void *user, const struct session_event *event);
    void *user;
};

static void report(const struct reporting *reporting, const struct session *session,
                   enum session_event_kind kind, skiff_bytes bytes)
{
    const struct session_event event = {
        .kind = kind,
        .id = session->id,
        .stream = session->stream->stats.name,
        .publisher = session->publisher != NULL,
        .why = kind == SESSION_OVER ? session->reason : NULL,
        .bytes = bytes,
    };

    reporting->on_event(reporting->user, &event);
}

/* The callback may have ended any session, this one among them. */
static void report_session(const struct reporting *reporting,
                           const struct reported_session *reported)
{
    const skiff_bytes nothing = { NULL, 0 };
    struct session *session = reported->session;
    char id[SESSION_ID + 1];

    memcpy(id, session->id, sizeof id);
    if (reported->connected)
        report(reporting, session, SESSION_CONNECTED, nothing);
    session = media_find(reporting->media, id);
    if (!reported->over || session == NULL)
        return;
    report(reporting, session, SESSION_OVER, nothing);
    session = media_find(reporting->media, id);
    if (session != NULL)
        media_remove(reporting->media, session);
}

void media_events(struct media *media,
                  void (*on_event)(void *user, const struct session_event *event),
                  void *user)
{
    const struct reporting reporting = { media, on_event, user };
    struct reported_session reported;
    struct reported_data data;

    media_end_orphans(media);
    reports_begin(media->reports);
    while (reports_next_session(media->reports, &reported))
        report_session(&reporting, &reported);
    for (size_t i = 0; reports_next_data(media->reports, &data); i++) {
        const struct session *session = media_find(media, data.id);
        if (session != NULL)
            report(&reporting, session, SESSION_DATA,
                   (skiff_bytes){ data.bytes, data.len });
        if (i + 1 == DATA_AT_ONCE) {
            reports_again(media->reports);
            return;
        }
    }
}

const char *media_address(const struct media *media)
{
    return worker_address(media->workers[0]);
}
