/* worker_watcher.c - what a worker does for one watcher: it chooses the layer,
 * asks for keyframes and sends reports. Knows neither when a watcher is due nor
 * when it has ended. */
#include "worker_state.h"

#include "watcher_rtcp.h"

static void send_report(struct worker *worker, struct session *session,
                        const struct feed *feed)
{
    skiff_packet *packet = skiff_pool_take(worker->pool);
    struct bytes_out out;

    if (packet == NULL)
        return;
    out = (struct bytes_out){ packet->data, 0, RTCP_BYTES };
    if (watcher_report(session->watcher, feed, worker->now, &out)) {
        packet->len = (uint32_t)out.len;
        (void)!skiff_peer_send(session->peer, &packet, 1);
    }
    skiff_packet_release(&packet);
}

void worker_serve_watcher(struct worker *worker, struct session *session)
{
    struct stream *stream = session->stream;
    const struct branch *branch = stream->branches[worker->config.index];
    skiff_peer_info info;

    if (branch == NULL || !session->watcher->ready)
        return;
    skiff_peer_get_info(session->peer, &info, sizeof info);
    session->watcher->round_trip = info.round_trip;
    if (session->watcher->first_sent != 0)
        session_trace_media(&session->trace, session->watcher->first_sent);
    const bool begins = session->watcher->first_sent == 0;
    const uint32_t keyframes = watcher_choose(session->watcher, &branch->feed, worker->now);
    if (keyframes != 0
        && !(begins && watcher_begin(session->watcher, &branch->feed, worker->now)))
        atomic_fetch_or(&stream->keyframes, keyframes);
    if (worker->now - session->watcher->reported >= WATCHER_REPORT)
        send_report(worker, session, &branch->feed);
}
