/* worker_peers.c - the sessions of a worker: their peers come, are connected
 * and go. */
#include "worker_state.h"

#include "watcher_rtcp.h"

#include <stdio.h>

/* --- the trace ------------------------------------------------------------------------ */

static struct session *session_of(const struct worker *worker, const skiff_trace *event)
{
    struct session *session = handles_find(&worker->handles, event->who);

    if (session == NULL && event->owner != NULL)
        session = handles_find(&worker->handles, event->owner);
    return session != NULL ? session : worker->entering;
}

void worker_on_trace(void *user, const skiff_trace *event)
{
    struct worker *worker = user;
    struct session *session = session_of(worker, event);

    if (session != NULL) {
        const bool was_received = session->trace.received;
        session_trace_add(&session->trace, clock_now(), event);
        if (session->trace.received && !was_received && worker->num_touched < TOUCHED)
            worker->touched[worker->num_touched++] = session;
    }
    trace_file_write(&worker->trace_file, event);
}

static bool add_handles(struct worker *worker, struct session *session)
{
    return handles_add(&worker->handles, session->peer, session)
        && handles_add(&worker->handles, skiff_peer_transport(session->peer), session);
}

/* Before the peer is freed, so that no other handle is mistaken for it. */
static void remove_handles(struct worker *worker, struct session *session)
{
    handles_remove(&worker->handles, skiff_peer_transport(session->peer));
    handles_remove(&worker->handles, session->peer);
}

/* --- branches ------------------------------------------------------------------------- */

static void note_extensions(struct stream *stream, const struct watcher *watcher)
{
    unsigned wanted = 0, mid_len = atomic_load(&stream->mid_len);

    for (size_t i = 0; i < watcher->num_tracks; i++) {
        const struct watcher_track *track = &watcher->tracks[i];
        for (unsigned k = 0; k < NUM_EXTENSIONS; k++)
            wanted |= track->ids[k] != 0 ? 1u << k : 0;
        if (track->mid_len > mid_len)
            mid_len = track->mid_len;
    }
    atomic_fetch_or(&stream->wanted, wanted);
    atomic_store(&stream->mid_len, mid_len); /* signalling waits: nobody else writes */
}

/* Until the watcher is connected its keyframe may be here: the publisher is asked in the
 * next round of this worker. Which layer of several it gets is not known yet. */
static void want_early(struct worker *worker, const struct session *session)
{
    if (session->watcher->video == NULL || session->stream->stats.layers > 1)
        return;
    atomic_fetch_or(&session->stream->keyframes, 1u << SOURCE_VIDEO);
    worker->next_tick = worker->now;
}

static bool join(struct worker *worker, struct session *session)
{
    struct stream *stream = session->stream;
    struct branch **branch = &stream->branches[worker->config.index];

    if (*branch == NULL)
        *branch = branch_new(worker->pool, stream == worker->config.all);
    if (*branch == NULL || !branch_join(*branch, session->watcher))
        return false;
    note_extensions(stream, session->watcher);
    want_early(worker, session);
    atomic_fetch_or(&stream->listeners, UINT64_C(1) << worker->config.index);
    return true;
}

static void leave(struct worker *worker, struct session *session)
{
    struct stream *stream = session->stream;
    struct branch **branch = &stream->branches[worker->config.index];

    if (session->watcher == NULL || *branch == NULL)
        return;
    session->watcher->ready = false;
    branch_leave(*branch, session->watcher);
    if ((*branch)->num_watchers > 0)
        return;
    atomic_fetch_and(&stream->listeners, ~(UINT64_C(1) << worker->config.index));
    branch_free(*branch);
    *branch = NULL;
}

/* --- entering and ending -------------------------------------------------------------- */

static void copy_credentials(struct session *session)
{
    const char *ufrag, *password;

    skiff_peer_credentials(session->peer, &ufrag, &password);
    snprintf(session->answer.ufrag, sizeof session->answer.ufrag, "%s", ufrag);
    snprintf(session->answer.password, sizeof session->answer.password, "%s", password);
}

/* RFC 8842 section 5.3: an offerer that is not the DTLS client lets us be it. */
static skiff_role role_for(const struct description *offer)
{
    return offer->setup == SETUP_PASSIVE ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE;
}

static skiff_status make_peer(struct worker *worker, struct session *session,
                              const struct description *offer)
{
    skiff_status status;

    worker->entering = session;
    status = skiff_peer_new(worker->port, role_for(offer), clock_now(), &session->peer);
    worker->entering = NULL;
    if (status != SKIFF_OK)
        return status;
    skiff_peer_set_user(session->peer, session);
    status = skiff_peer_set_remote(session->peer, offer->ufrag, offer->fingerprints,
                                   offer->num_fingerprints);
    if (status != SKIFF_OK)
        return status;
    if (session->watcher != NULL) {
        session->watcher->peer = session->peer;
        session->watcher->counters = &worker->counters;
    } else {
        session->publisher->counters = &worker->counters;
    }
    if (!add_handles(worker, session)
        || (session->watcher != NULL && !join(worker, session)))
        return SKIFF_ERR_MEMORY;
    copy_credentials(session);
    return SKIFF_OK;
}

static void set_status(struct worker_entry *entry, skiff_status status)
{
    entry->status = status;
    snprintf(entry->fault, sizeof entry->fault, "%s", skiff_fault());
}

void worker_add(struct worker *worker, void *argument)
{
    struct worker_entry *entry = argument;
    struct session *session = entry->session;

    set_status(entry, make_peer(worker, session, entry->offer));
    if (entry->status == SKIFF_OK) {
        worker->sessions[worker->num_sessions++] = session;
        worker->counters.sessions_begun++;
    } else if (session->peer != NULL) {
        leave(worker, session);
        remove_handles(worker, session);
        skiff_peer_free(session->peer);
        session->peer = NULL;
        worker->num_touched = 0;
    }
}

static void forget_data(struct worker *worker, const struct session *session)
{
    pthread_mutex_lock(&worker->lock);
    for (size_t i = 0; i < DATA_WAITING; i++)
        if (worker->data[i].session == session)
            worker->data[i].session = NULL;
    pthread_mutex_unlock(&worker->lock);
}

static void send_bye(struct worker *worker, struct session *session)
{
    skiff_packet *packet;
    struct bytes_out out;

    if (session->watcher == NULL || !session->connected || session->over)
        return;
    packet = skiff_pool_take(worker->pool);
    if (packet == NULL)
        return;
    out = (struct bytes_out){ packet->data, 0, packet->limit };
    if (watcher_bye(session->watcher, &out)) {
        packet->len = (uint32_t)out.len;
        (void)!skiff_peer_send(session->peer, &packet, 1);
    }
    skiff_packet_release(&packet);
}

void worker_remove(struct worker *worker, void *argument)
{
    struct session *session = argument;

    send_bye(worker, session);
    leave(worker, session);
    forget_data(worker, session);
    remove_handles(worker, session);
    skiff_peer_free(session->peer);
    session->peer = NULL;
    worker->num_touched = 0; /* it may be among them */
    for (size_t i = 0; i < worker->num_sessions; i++)
        if (worker->sessions[i] == session) {
            worker->sessions[i] = worker->sessions[--worker->num_sessions];
            break;
        }
}

void worker_restart(struct worker *worker, void *argument)
{
    struct worker_entry *entry = argument;
    struct session *session = entry->session;

    (void)worker;
    set_status(entry, skiff_peer_restart(session->peer));
    if (entry->status != SKIFF_OK)
        return;
    copy_credentials(session); /* which are new, whatever the ufrag is */
    set_status(entry, skiff_peer_set_remote(session->peer, entry->ufrag, NULL, 0));
}

/* The peer stays until signalling has read the statistics, and removes the
 * session. */
void worker_end(struct worker *worker, struct session *session, const char *why)
{
    if (session->over)
        return;
    snprintf(session->reason, sizeof session->reason, "%s", why);
    session->over = true;
    leave(worker, session);
    worker->counters.sessions_over++;
    reports_put_over(worker->config.reports, session);
}

void worker_end_session(struct worker *worker, void *argument)
{
    struct session *session = argument;

    worker_end(worker, session, session->why);
}

/* --- what the port reports ------------------------------------------------------------ */

/* So that the first packets allocate nothing. Without memory they try again. */
static void add_ssrcs(const struct session *session)
{
    skiff_srtp *srtp = skiff_transport_srtp(skiff_peer_transport(session->peer));
    const struct watcher *watcher = session->watcher;

    if (srtp == NULL || watcher == NULL)
        return;
    for (size_t i = 0; i < watcher->num_tracks; i++) {
        (void)!skiff_srtp_add_ssrc(srtp, watcher->tracks[i].ssrc);
        if (watcher->tracks[i].rtx_payload_type != 0)
            (void)!skiff_srtp_add_ssrc(srtp, watcher->tracks[i].rtx_ssrc);
    }
}

static void on_connected(struct worker *worker, struct session *session)
{
    session->connected = true;
    add_ssrcs(session);
    if (session->watcher != NULL) {
        session->watcher->ready = true;
        worker_serve_watcher(worker, session); /* it needs a keyframe, */
        worker->next_tick = worker->now;       /* which is asked for at once */
    }
    reports_put_connected(worker->config.reports, session);
}

static void on_failed(struct worker *worker, struct session *session)
{
    skiff_failure failure;
    char why[sizeof session->reason];

    skiff_transport_failure(skiff_peer_transport(session->peer), &failure, sizeof failure);
    snprintf(why, sizeof why, "DTLS failed: %s (%s)", failure.what, failure.spec);
    worker_end(worker, session, why);
}

void worker_on_event(void *user, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes)
{
    struct worker *worker = user;
    struct session *session = skiff_peer_user(peer);

    if (session == NULL || session->over)
        return;
    switch (event) {
    case SKIFF_PEER_CONNECTED:
        on_connected(worker, session);
        break;
    case SKIFF_PEER_CLOSED:
        worker_end(worker, session, "the peer has closed the connection");
        break;
    case SKIFF_PEER_FAILED:
        on_failed(worker, session);
        break;
    case SKIFF_PEER_CONSENT_LOST:
        if (session->trace.stages.check != SKIFF_NEVER)
            worker_end(worker, session, "no check and no media came for 15 seconds");
        break;
    case SKIFF_PEER_RENEWED:
        add_ssrcs(session);
        break;
    case SKIFF_PEER_DATA:
        worker->counters.data_received++;
        if (!reports_put_data(worker->config.reports, session, bytes))
            worker->counters.drop_data++;
        break;
    case SKIFF_PEER_PATH:
    case SKIFF_PEER_CERTIFICATE:
    case SKIFF_PEER_TICKET:
    case SKIFF_PEER_CONFLICT:
    case SKIFF_PEER_DISPLACED:
    case SKIFF_PEER_NEW:
    case SKIFF_PEER_HELLO:
    case SKIFF_PEER_NOT_RENEWED:
        break;
    }
}

void worker_deliver_data(struct worker *worker, const struct waiting_data *data)
{
    skiff_packet *packet;

    if (data->session == NULL || data->session->over || !data->session->connected)
        return;
    packet = skiff_pool_take(worker->pool);
    if (packet == NULL) {
        worker->counters.drop_data++;
        return;
    }
    memcpy(packet->data, data->bytes, data->len);
    packet->len = (uint32_t)data->len;
    if (skiff_peer_send_data(data->session->peer, &packet) == SKIFF_OK)
        worker->counters.data_sent++;
    else
        worker->counters.drop_data++;
    skiff_packet_release(&packet);
}
