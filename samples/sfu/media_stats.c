/* media_stats.c - statistics and traces, copied from the workers some at a
 * time. */
#include "media_state.h"

#include <stdlib.h>

enum { STATS_AT_ONCE = 32, EVENTS_AT_ONCE = 32 };

bool media_session(struct media *media, const char *id, struct session_stats *stats)
{
    const struct session *session = media_find(media, id);
    struct worker_stats wanted = { session, 0, 1, 0, stats };

    if (session == NULL)
        return false;
    worker_call(session->worker, worker_get_stats, &wanted);
    return true;
}

void media_each(struct media *media,
                void (*each)(void *user, const struct session_stats *stats), void *user)
{
    struct session_stats *stats = calloc(STATS_AT_ONCE, sizeof *stats);

    for (unsigned i = 0; i < media->config.threads && stats != NULL; i++) {
        struct worker_stats wanted = { NULL, 0, STATS_AT_ONCE, STATS_AT_ONCE, stats };
        while (wanted.num == STATS_AT_ONCE) {
            worker_call(media->workers[i], worker_get_stats, &wanted);
            for (size_t k = 0; k < wanted.num; k++)
                each(user, &stats[k]);
            wanted.from += wanted.num;
        }
    }
    free(stats);
}

void media_get_totals(struct media *media, struct media_totals *totals)
{
    *totals = (struct media_totals){ .sessions = media->num_sessions,
                                     .workers = media->config.threads };
    for (unsigned i = 0; i < media->config.threads; i++)
        worker_call(media->workers[i], worker_add_totals, totals);
    for (const struct stream *stream = media->streams; stream != NULL;
         stream = stream->next) {
        totals->streams++;
        totals->watchers += stream->num_watchers;
    }
    totals->publishers = totals->sessions - totals->watchers;
}

uint64_t media_trace(struct media *media, const char *id, uint64_t from,
                     void (*each)(void *user, const skiff_trace *event), void *user)
{
    const struct session *session = media_find(media, id);
    skiff_trace events[EVENTS_AT_ONCE];
    struct worker_events wanted = { session, from, EVENTS_AT_ONCE, EVENTS_AT_ONCE, events };

    while (session != NULL && wanted.num == EVENTS_AT_ONCE) {
        worker_call(session->worker, worker_get_events, &wanted);
        for (size_t i = 0; i < wanted.num; i++)
            each(user, &events[i]);
    }
    return wanted.from;
}
