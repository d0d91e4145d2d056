/* worker_media.c - the path of a packet: from its publisher to the watchers of
 * this worker, and to the other workers that have some. No allocation, no lock.
 */
#include "worker_state.h"

#include "watcher_rtcp.h"

/* --- to other workers ----------------------------------------------------------------- */

static void relay_to(struct worker *worker, unsigned to, const struct relay_head *head,
                     skiff_bytes bytes)
{
    struct relay *relay = worker->config.workers[to]->from[worker->config.index];
    struct relay_item *item = relay_place(relay);

    if (item == NULL || bytes.len > RELAY_BYTES) {
        worker->counters.drop_relay++;
        return;
    }
    item->head = *head;
    item->len = (uint32_t)bytes.len;
    if (bytes.len > 0)
        memcpy(item->bytes, bytes.ptr, bytes.len);
    relay_put(relay);
    worker->woken |= UINT64_C(1) << to;
    worker->counters.relayed++;
}

static void relay(struct worker *worker, const struct relay_head *head, skiff_bytes bytes)
{
    const uint64_t own = UINT64_C(1) << worker->config.index;
    const uint64_t listeners =
        atomic_load_explicit(&head->stream->listeners, memory_order_relaxed);

    for (uint64_t others = listeners & ~own; others != 0; others &= others - 1)
        relay_to(worker, (unsigned)__builtin_ctzll(others), head, bytes);
}

/* --- from a publisher ----------------------------------------------------------------- */

static skiff_packet *new_packet(struct worker *worker, struct branch *branch,
                                uint8_t source, bool *spare)
{
    *spare = false;
    return branch != NULL ? feed_packet_for(&branch->feed, source, spare)
                          : skiff_pool_take(worker->pool);
}

/* The packets of one stream. */
static void forward_here(struct worker *worker, struct branch_packet *packets, size_t num)
{
    struct branch *branch = packets->stream->branches[worker->config.index];

    if (branch != NULL)
        branch_forward(branch, packets, num);
    for (size_t i = 0; i < num; i++)
        if (branch != NULL && packets[i].accepted && packets[i].spare)
            feed_keep(&branch->feed, packets[i].plain, &packets[i].outline);
        else
            skiff_packet_release(&packets[i].plain);
}

void worker_forward_waiting(struct worker *worker)
{
    struct branch_packet *packets = worker->waiting;
    const size_t num = worker->num_waiting;

    worker->num_waiting = 0;
    for (size_t i = 0, end; i < num; i = end) {
        for (end = i + 1; end < num && packets[end].stream == packets[i].stream;)
            end++;
        forward_here(worker, packets + i, end - i);
    }
}

/* It is forwarded at the end of the run, with those that came beside it. */
static void wait_for_others(struct worker *worker, const struct branch_packet *packet)
{
    if (worker->num_waiting == WAITING_PACKETS)
        worker_forward_waiting(worker);
    worker->waiting[worker->num_waiting++] = *packet;
}

/* Into an empty packet of the pool, for the stream of the head. */
static bool lay_out(struct worker *worker, const struct ingested *ingested,
                    const skiff_packet *packet, skiff_packet *plain,
                    struct relay_head *head)
{
    struct layout *layout = &ingested->track->layout;
    struct bytes_out out = { plain->data, 0, plain->limit };
    struct outline *outline = &head->outline;

    layout->now = worker->now;
    layout->wanted = atomic_load_explicit(&head->stream->wanted, memory_order_relaxed);
    layout->mid_len =
        (uint8_t)atomic_load_explicit(&head->stream->mid_len, memory_order_relaxed);
    if (!outline_write(layout, packet->data, &ingested->rtp, &out, outline))
        return false;
    plain->len = (uint32_t)out.len;
    outline->source = ingested->layer->source;
    outline->origin = ingested->origin;
    outline->edition = ingested->layer->edition;
    outline->clock_rate = ingested->track->section.clock_rate;
    outline->arrived = worker->now;
    return true;
}

/* To the watchers of one stream: that of the publisher, or STREAM_ALL. */
static void forward(struct worker *worker, struct stream *stream,
                    const struct ingested *ingested, const skiff_packet *packet)
{
    struct branch *branch = stream->branches[worker->config.index];
    struct relay_head head = { .stream = stream };
    bool spare;
    skiff_packet *plain = new_packet(worker, branch, ingested->layer->source, &spare);

    if (plain == NULL) {
        worker->counters.drop_unsent++;
        return;
    }
    if (!lay_out(worker, ingested, packet, plain, &head)) {
        worker->counters.drop_rtp++;
        skiff_packet_release(&plain);
        return;
    }
    if (head.outline.decodable)
        ingested->layer->wants_keyframe = false;
    relay(worker, &head, (skiff_bytes){ plain->data, plain->len });
    const struct branch_packet waiting = { stream, plain, head.outline, spare, false };
    wait_for_others(worker, &waiting);
}

static void forward_times(struct worker *worker, struct session *session, uint32_t sources)
{
    struct stream *stream = session->stream;
    struct branch *branch = stream->branches[worker->config.index];

    for (unsigned i = 0; i < NUM_SOURCES; i++) {
        if ((sources >> i & 1) == 0)
            continue;
        const struct publisher_layer *layer = publisher_layer_of(session->publisher, i);
        const struct relay_head head = { .stream = stream,
                                         .outline = { .source = layer->source,
                                                      .edition = layer->edition },
                                         .time = layer->time };
        relay(worker, &head, (skiff_bytes){ NULL, 0 });
        if (branch != NULL)
            feed_time(&branch->feed, &head.outline, &head.time);
    }
}

static void on_published(struct worker *worker, struct session *session,
                         skiff_packet *packet, skiff_kind kind)
{
    struct ingested ingested;

    if (kind == SKIFF_RTCP)
        forward_times(worker, session,
                      publisher_rtcp(session->publisher, packet, worker->now));
    else if (publisher_rtp(session->publisher, packet, worker->now, &ingested)) {
        if (session->trace.stages.first_media == SKIFF_NEVER)
            session_trace_media(&session->trace, worker->now);
        ingested.origin = session->stream->number;
        forward(worker, session->stream, &ingested, packet);
        if (ingested.layer->source == SOURCE_AUDIO
            && atomic_load_explicit(&worker->config.all->listeners, memory_order_relaxed)
                   != 0)
            forward(worker, worker->config.all, &ingested, packet);
    }
}

void worker_on_media(void *user, skiff_peer *peer, skiff_packet *packet, skiff_kind kind)
{
    struct worker *worker = user;
    struct session *session = skiff_peer_user(peer);
    struct branch *branch;

    if (session == NULL || session->over)
        return;
    if (session->publisher != NULL) {
        on_published(worker, session, packet, kind);
        return;
    }
    branch = session->stream->branches[worker->config.index];
    if (kind != SKIFF_RTCP || branch == NULL)
        return;
    const uint32_t keyframes =
        watcher_rtcp(session->watcher, &branch->feed, packet, worker->now);
    if (keyframes != 0)
        atomic_fetch_or(&session->stream->keyframes, keyframes);
}

/* --- from other workers --------------------------------------------------------------- */

static void receive_item(struct worker *worker, const struct relay_item *item)
{
    struct branch *branch = item->head.stream->branches[worker->config.index];
    skiff_packet *plain;
    bool spare;

    if (branch == NULL)
        return;
    if (item->len == 0) {
        feed_time(&branch->feed, &item->head.outline, &item->head.time);
        return;
    }
    plain = new_packet(worker, branch, item->head.outline.source, &spare);
    if (plain == NULL || plain->limit < item->len) {
        worker->counters.drop_unsent++;
        skiff_packet_release(&plain);
        return;
    }
    memcpy(plain->data, item->bytes, item->len);
    plain->len = item->len;
    const struct branch_packet waiting = { item->head.stream, plain, item->head.outline,
                                           spare, false };
    wait_for_others(worker, &waiting);
}

void worker_receive_relayed(struct worker *worker)
{
    struct relay_item *item;

    for (size_t i = 0; i < worker->config.media->threads; i++)
        while (worker->from[i] != NULL && (item = relay_next(worker->from[i])) != NULL) {
            receive_item(worker, item);
            relay_drop(worker->from[i]);
        }
}
