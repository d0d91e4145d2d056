/* worker_stats.c - what signalling reads of the sessions of a worker, and what
 * it sets. */
#include "worker_state.h"

static enum session_state state_of(const struct session *session,
                                   const skiff_peer_info *info)
{
    if (session->connected)
        return info->open ? SESSION_UP : SESSION_LOST;
    if (session->trace.stages.client_hello != SKIFF_NEVER)
        return SESSION_HANDSHAKE;
    return session->trace.stages.check != SKIFF_NEVER ? SESSION_CHECKED : SESSION_WAITING;
}

static void add_peer(const struct session *session, struct session_stats *stats)
{
    skiff_transport *transport = skiff_peer_transport(session->peer);

    skiff_peer_get_info(session->peer, &stats->peer, sizeof stats->peer);
    skiff_dtls_get_info(skiff_transport_dtls(transport), &stats->dtls, sizeof stats->dtls);
    stats->dtls.alpn = NULL; /* not signalling's */
    stats->dtls.server_name = NULL;
    skiff_transport_get_counters(transport, &stats->counters, sizeof stats->counters);
}

static void add_tracks(const struct session *session, skiff_time now,
                       struct session_stats *stats)
{
    const struct watcher *watcher = session->watcher;

    if (session->publisher != NULL) {
        stats->num_tracks =
            publisher_stats(session->publisher, now, stats->tracks, MAX_TRACKS);
        stats->watchers = session->stream->num_watchers;
        return;
    }
    stats->num_tracks =
        watcher_stats(watcher, session->stream->rids, stats->tracks, MAX_TRACKS);
    if (estimate_is_known(&watcher->estimate, now))
        stats->estimate_bps = estimate_bps(&watcher->estimate, now);
}

/* Signalling waits, so that what is its own in the stream can be read. */
static void fill_in(const struct session *session, struct session_stats *stats)
{
    const skiff_time now = clock_now();

    *stats = (struct session_stats){
        .publisher = session->publisher != NULL,
        .age = now - session->trace.posted,
        .stages = session->trace.stages,
        .share = session->trace.share,
        .moves = session->trace.moves,
    };
    memcpy(stats->id, session->id, sizeof stats->id);
    memcpy(stats->stream, session->stream->stats.name, sizeof stats->stream);
    add_peer(session, stats);
    add_tracks(session, now, stats);
    stats->state = state_of(session, &stats->peer);
}

void worker_get_stats(struct worker *worker, void *argument)
{
    struct worker_stats *wanted = argument;

    wanted->num = 0;
    if (wanted->session != NULL) {
        fill_in(wanted->session, &wanted->stats[wanted->num++]);
        return;
    }
    for (size_t i = wanted->from; i < worker->num_sessions && wanted->num < wanted->max;
         i++)
        fill_in(worker->sessions[i], &wanted->stats[wanted->num++]);
}

void worker_get_events(struct worker *worker, void *argument)
{
    struct worker_events *wanted = argument;

    (void)worker;
    wanted->num = session_trace_copy(&wanted->session->trace, &wanted->from, wanted->events,
                                     wanted->max);
}

void worker_prefer(struct worker *worker, void *argument)
{
    const struct worker_preference *preference = argument;
    struct watcher *watcher = preference->session->watcher;

    (void)worker;
    if (watcher == NULL)
        return;
    watcher->paused = preference->paused;
    watcher->fixed_source = preference->source;
    layers_prefer(&watcher->layers, preference->height);
    watcher->chosen = 0; /* at once */
}

void worker_add_totals(struct worker *worker, void *argument)
{
    struct media_totals *totals = argument;
    skiff_port_counters port;

    skiff_port_get_counters(worker->port, &port, sizeof port);
#define X(name, text) totals->port.name += port.name;
    SKIFF_PORT_COUNTER_LIST(X)
#undef X
#define X(name, text) totals->counters.name += worker->counters.name;
    MEDIA_COUNTER_LIST(X)
#undef X
}
