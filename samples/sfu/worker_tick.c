/* worker_tick.c - what is due at a worker fifty times a second: RTCP to
 * publishers, and for a part of the watchers each time, their layers, reports
 * and timeouts. */
#include "worker_state.h"

#include "feedback.h"

/* Each watcher has its turn in one of so many ticks. */
enum { TURNS = 5, EXPIRE_EVERY = 200000 };

static void send_feedback(struct worker *worker, struct session *session)
{
    struct publisher *publisher = session->publisher;
    skiff_packet *packet = skiff_pool_take(worker->pool);
    struct bytes_out out;
    skiff_peer_info info;

    publisher_want_keyframes(publisher, atomic_exchange(&session->stream->keyframes, 0));
    if (packet == NULL)
        return;
    skiff_peer_get_info(session->peer, &info, sizeof info);
    out = (struct bytes_out){ packet->data, 0, RTCP_BYTES };
    if (feedback_write(publisher, &out, worker->now, info.round_trip)) {
        packet->len = (uint32_t)out.len;
        (void)!skiff_peer_send(session->peer, &packet, 1);
    }
    skiff_packet_release(&packet);
}

static void check_timeout(struct worker *worker, struct session *session)
{
    if (session->trace.stages.check == SKIFF_NEVER && worker->now > session->trace.posted
        && worker->now - session->trace.posted >= CHECK_TIMEOUT)
        worker_end(worker, session,
                   "no connectivity check came within 30 seconds: UDP may be blocked");
}

/* The branch of each watcher, again and again; what is done is done once. */
static void expire(struct worker *worker, const struct session *session)
{
    struct branch *branch = session->stream->branches[worker->config.index];

    if (branch == NULL || worker->now - branch->expired < EXPIRE_EVERY)
        return;
    branch->expired = worker->now;
    feed_expire(&branch->feed, worker->now);
}

static void send_padding(struct worker *worker, struct session *session)
{
    const struct branch *branch = session->stream->branches[worker->config.index];

    if (branch != NULL && session->watcher->ready)
        watcher_pad(session->watcher, &branch->feed, worker->now);
}

void worker_tick(struct worker *worker)
{
    worker->turn = (worker->turn + 1) % TURNS;
    for (size_t i = 0; i < worker->num_sessions; i++) {
        struct session *session = worker->sessions[i];
        if (session->over)
            continue;
        if (session->publisher != NULL && session->connected)
            send_feedback(worker, session);
        if (session->watcher != NULL && session->watcher->probes)
            send_padding(worker, session);
        if (i % TURNS != worker->turn)
            continue;
        expire(worker, session);
        if (session->watcher != NULL)
            worker_serve_watcher(worker, session);
        check_timeout(worker, session);
    }
}
