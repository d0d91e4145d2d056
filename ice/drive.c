/*
 * drive.c - what happens while the main context is iterated: libnice finds candidates,
 * paths and datagrams, the transport wants time and says events. Only this file calls back.
 *
 * A callback may free the handle. Then all but libnice and the handle's own memory is gone
 * at once, every loop here ends, and the rest follows when libnice is off the stack.
 */
#include "agent.h"

#include "bridge.h"

enum { BURST = 256 };           /* datagrams, after which others have their turn         */

static const skiff_failure no_address = {
    SKIFF_ERR_FAILED, -1, false, "ICE: no local address or port could be opened",
    "RFC 8445 5.1.1.1"
};
static const skiff_failure no_path = {
    SKIFF_ERR_FAILED, -1, false, "ICE: no path to the peer was found in time", "RFC 8863 4"
};
static const skiff_failure consent_lost = {
    SKIFF_ERR_FAILED, -1, false, "ICE: the peer no longer answers", "RFC 7675 5.1"
};

static const char a_path[] = "ICE: a path to the peer was found";

static void enter(skiff_ice *ice)
{
    ice->depth++;
}

static gboolean finish_later(gpointer ice)
{
    skf_ice_finish(ice);
    return G_SOURCE_REMOVE;
}

static void leave(skiff_ice *ice)
{
    if (--ice->depth > 0 || !ice->freed)
        return;

    GSource *idle = g_idle_source_new();
    g_source_set_priority(idle, G_PRIORITY_DEFAULT);
    g_source_set_callback(idle, finish_later, ice, NULL);
    g_source_attach(idle, ice->loop);
    g_source_unref(idle);
}

static void tell(skiff_ice *ice, skiff_dtls_event event)
{
    uint32_t bit = UINT32_C(1) << event;

    if ((ice->said & bit) != 0)
        return;
    ice->said |= bit;
    if (ice->config.on_event != NULL)
        ice->config.on_event(ice->config.context, event);
}

void skf_ice_tell(skiff_ice *ice, const skiff_ice_event *event)
{
    if (ice->config.on_ice_event != NULL)
        ice->config.on_ice_event(ice->config.context, event);
}

static void tell_media(skiff_ice *ice, skiff_packet *packet, skiff_kind kind)
{
    if (ice->config.on_media != NULL)
        ice->config.on_media(ice->config.context, packet, kind);
}

static void tell_candidate(skiff_ice *ice, NiceCandidate *candidate)
{
    if (ice->config.on_candidate == NULL
        || candidate->type == NICE_CANDIDATE_TYPE_PEER_REFLEXIVE)
        return;

    gchar *line = nice_agent_generate_local_candidate_sdp(ice->agent, candidate);
    ice->config.on_candidate(ice->config.context, line + strlen("a=candidate:"));
    g_free(line);
}

static void tell_last_candidate(skiff_ice *ice)
{
    if (ice->config.on_candidate != NULL)
        ice->config.on_candidate(ice->config.context, NULL);
}

static void fail(skiff_ice *ice, skiff_time now, const skiff_failure *why)
{
    if (ice->failure == NULL)                   /* the first reason wins */
        ice->failure = why;
    ice->open = false;
    ice->give_up = SKIFF_NEVER;
    skiff_transport_set_path(ice->transport, now, false);
    skf_ice_tell(ice, &(skiff_ice_event){ .kind = SKIFF_ICE_FAILED, .what = why->what });
    if (!ice->freed)
        tell(ice, SKIFF_DTLS_FAILED);
}

/*
 * Polls once, sending what is to be sent. Where the pool is dry the agent has a packet of
 * its own: a transport that is not polled would point into a datagram whose bytes are
 * libnice's again when its callback is over.
 */
static skiff_dtls_event poll_transport(skiff_ice *ice, skiff_time now)
{
    skiff_packet own = { .data = ice->polled, .limit = POLLED };
    skiff_packet *taken = skiff_pool_take(ice->config.pool);
    skiff_packet *packet = taken != NULL ? taken : &own;
    skiff_bytes ignored;
    skiff_dtls_event event = skiff_transport_poll(ice->transport, now, packet, &ignored);

    if (event == SKIFF_DTLS_SEND)
        (void)skf_ice_carry(ice, &packet, 1);
    skiff_packet_give(&taken);
    return event;
}

void skf_ice_flush(skiff_ice *ice, skiff_time now)
{
    while (poll_transport(ice, now) == SKIFF_DTLS_SEND)
        continue;
}

static void take_connected(skiff_ice *ice)
{
    skiff_kind kind;

    ice->proven = true;
    tell(ice, SKIFF_DTLS_CONNECTED);
    while (!ice->freed && skiff_transport_next(ice->transport, &ice->lent, &kind)) {
        tell_media(ice, ice->lent, kind);
        skiff_packet_give(&ice->lent);
    }
}

static void take_event(skiff_ice *ice, skiff_dtls_event event)
{
    switch (event) {
    case SKIFF_DTLS_CONNECTED:
        take_connected(ice);
        break;
    case SKIFF_DTLS_CLOSED:
    case SKIFF_DTLS_FAILED:
        tell(ice, event);
        break;
    case SKIFF_DTLS_NOTHING:
    case SKIFF_DTLS_SEND:
    case SKIFF_DTLS_PEER_CERTIFICATE:
    case SKIFF_DTLS_DATA:
    case SKIFF_DTLS_MOVED:
    case SKIFF_DTLS_TICKET:
        break;
    }
}

static void arm(skiff_ice *ice)
{
    skiff_time due = skiff_transport_deadline(ice->transport);

    due = ice->woken ? 0 : MIN(due, ice->give_up);
    g_source_set_ready_time(ice->timer, due < G_MAXINT64 ? (gint64)due : -1);
}

static void run_transport(skiff_ice *ice, skiff_time now)
{
    skiff_dtls_event event;

    while (!ice->freed && (event = poll_transport(ice, now)) != SKIFF_DTLS_NOTHING)
        take_event(ice, event);
    if (!ice->freed)
        arm(ice);
}

static void begin_gathering(skiff_ice *ice, skiff_time now)
{
    if (ice->gathering)
        return;
    ice->gathering = true;
    if (!nice_agent_gather_candidates(ice->agent, ice->stream) && !ice->freed)
        fail(ice, now, &no_address);
}

/* A restart has new credentials for the old candidates. */
static void repeat_candidates(skiff_ice *ice, skiff_time now)
{
    (void)now;
    if (!ice->repeat)
        return;
    ice->repeat = false;

    GSList *all = nice_agent_get_local_candidates(ice->agent, ice->stream,
                                                  NICE_COMPONENT_TYPE_RTP);
    for (GSList *at = all; at != NULL && !ice->freed; at = at->next)
        tell_candidate(ice, at->data);
    g_slist_free_full(all, (GDestroyNotify)nice_candidate_free);
    if (!ice->freed && ice->gathered)
        tell_last_candidate(ice);
}

static void open_path(skiff_ice *ice, skiff_time now)
{
    ice->open = true;
    ice->give_up = SKIFF_NEVER;
    if (ice->path_time == 0)
        ice->path_time = now - ice->told_at;
    skiff_transport_set_path(ice->transport, now, true);
    skf_ice_tell(ice, &(skiff_ice_event){ .kind = SKIFF_ICE_PATH, .what = a_path });
    if (ice->proven && !ice->freed)
        tell(ice, SKIFF_DTLS_CONNECTED);
}

/*
 * libnice says FAILED whenever its list of checks runs dry. While a path is sought that
 * means nothing, for more candidates and the peer's own checks may come (RFC 8863).
 */
static void follow_path(skiff_ice *ice, skiff_time now)
{
    bool seeking = ice->give_up != SKIFF_NEVER;

    if (ice->failure != NULL)                   /* said is said, until a restart */
        return;
    switch (ice->state) {
    case NICE_COMPONENT_STATE_CONNECTED:
    case NICE_COMPONENT_STATE_READY:
        if (ice->told && (seeking || !ice->open))
            open_path(ice, now);
        break;
    case NICE_COMPONENT_STATE_FAILED:
        if (ice->open && !seeking)
            fail(ice, now, &consent_lost);
        break;
    case NICE_COMPONENT_STATE_DISCONNECTED:
    case NICE_COMPONENT_STATE_GATHERING:
    case NICE_COMPONENT_STATE_CONNECTING:
    case NICE_COMPONENT_STATE_LAST:
        break;
    }
}

static void follow_pair(skiff_ice *ice, skiff_time now)
{
    (void)now;
    if (!ice->moved || ice->config.no_split)
        return;
    ice->moved = false;
    skf_split_follow(&ice->split, ice->state == NICE_COMPONENT_STATE_READY);
}

static void lose_patience(skiff_ice *ice, skiff_time now)
{
    if (now >= ice->give_up)
        fail(ice, now, &no_path);
}

static gboolean drive(gpointer data)
{
    static void (*const steps[])(skiff_ice *, skiff_time) = {
        begin_gathering, repeat_candidates, follow_path,
        follow_pair,     lose_patience,     run_transport,
    };
    skiff_ice *ice = data;
    skiff_time now = skf_ice_now();

    enter(ice);
    ice->woken = false;
    for (size_t i = 0; i < G_N_ELEMENTS(steps) && !ice->freed; i++)
        steps[i](ice, now);
    leave(ice);
    return G_SOURCE_CONTINUE;
}

void skiff_ice_wake(skiff_ice *ice)
{
    ice->woken = true;
    g_source_set_ready_time(ice->timer, 0);
}

static void on_state(NiceAgent *agent, guint stream, guint component, guint state,
                     gpointer data)
{
    skiff_ice *ice = data;

    (void)agent, (void)stream, (void)component;
    ice->state = (NiceComponentState)state;
    ice->moved = true;
    skiff_ice_wake(ice);
}

static void on_pair(NiceAgent *agent, guint stream, guint component,
                    NiceCandidate *local, NiceCandidate *remote, gpointer data)
{
    skiff_ice *ice = data;

    (void)agent, (void)stream, (void)component, (void)local, (void)remote;
    ice->moved = true;
    skiff_ice_wake(ice);
}

static void on_candidate(NiceAgent *agent, NiceCandidate *candidate, gpointer data)
{
    skiff_ice *ice = data;

    (void)agent;
    if (ice->gathered || ice->repeat)
        return;
    enter(ice);
    tell_candidate(ice, candidate);
    leave(ice);
}

static void on_gathered(NiceAgent *agent, guint stream, gpointer data)
{
    skiff_ice *ice = data;

    (void)agent, (void)stream;
    if (ice->gathered)
        return;
    ice->gathered = true;
    if (ice->repeat)
        return;
    enter(ice);
    tell_last_candidate(ice);
    leave(ice);
}

/* What lies right before another datagram may use no more than its own bytes. */
static void take_datagram(skiff_ice *ice, const struct udp_arrival *arrival)
{
    skiff_packet *packet = arrival->packet;
    skiff_time now = packet->arrived;
    skiff_kind kind = SKIFF_SPENT;

    skiff_status status = skiff_transport_receive(ice->transport, now, packet, &kind);
    if (status != SKIFF_OK || (kind != SKIFF_RTP && kind != SKIFF_RTCP)) {
        run_transport(ice, now);
        return;
    }
    if (arrival->crowded)
        packet->limit = packet->len;
    tell_media(ice, packet, kind);
}

static void on_datagram(NiceAgent *agent, guint stream, guint component, guint len,
                        gchar *buffer, gpointer data)
{
    skiff_ice *ice = data;
    skiff_packet packet;

    (void)agent, (void)stream, (void)component;
    if (!skf_bridge_wrap(buffer, len, &packet)) {
        ice->counters.drop_oversized++;
        return;
    }
    packet.arrived = skf_ice_now();
    enter(ice);
    take_datagram(ice, &(struct udp_arrival){ .packet = &packet });
    leave(ice);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    skiff_ice *ice = data;
    skiff_time now = skf_ice_now();
    struct udp_arrival arrival;
    unsigned num = 0;

    (void)condition;
    enter(ice);
    while (!ice->freed && (num++ < BURST || skf_split_pending(&ice->split, fd))
           && skf_split_next(&ice->split, fd, now, &arrival))
        take_datagram(ice, &arrival);
    leave(ice);
    return G_SOURCE_CONTINUE;
}

/* The timer is due when its ready time says so: GLib needs no more of it than this. */
static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)source;
    return callback(data);
}

static GSource *timer_new(skiff_ice *ice)
{
    static const GSourceFuncs funcs = { .dispatch = dispatch };
    GSource *timer = g_source_new((GSourceFuncs *)&funcs, sizeof(GSource));

    g_source_set_callback(timer, drive, ice, NULL);
    g_source_attach(timer, ice->loop);
    return timer;
}

void skf_ice_attach(skiff_ice *ice)
{
    ice->timer = timer_new(ice);
    g_signal_connect(ice->agent, "component-state-changed", G_CALLBACK(on_state), ice);
    g_signal_connect(ice->agent, "new-candidate-full", G_CALLBACK(on_candidate), ice);
    g_signal_connect(ice->agent, "candidate-gathering-done", G_CALLBACK(on_gathered), ice);
    g_signal_connect(ice->agent, "new-selected-pair-full", G_CALLBACK(on_pair), ice);
    nice_agent_attach_recv(ice->agent, ice->stream, NICE_COMPONENT_TYPE_RTP, ice->loop,
                           on_datagram, ice);
    ice->split = (struct split){ .agent = ice->agent, .stream = ice->stream,
                                 .loop = ice->loop, .on_readable = on_readable,
                                 .user = ice,
                                 .receive_buffer = ice->config.receive_buffer,
                                 .send_buffer = ice->config.send_buffer };
    skiff_ice_wake(ice);
}

/* Without any callback libnice leaves its sockets readable, and its loop would spin. */
static void discard(NiceAgent *agent, guint stream, guint component, guint len,
                    gchar *buffer, gpointer data)
{
    (void)agent, (void)stream, (void)component, (void)len, (void)buffer, (void)data;
}

void skf_ice_detach(skiff_ice *ice)
{
    if (ice->timer == NULL)
        return;
    g_signal_handlers_disconnect_by_data(ice->agent, ice);
    nice_agent_attach_recv(ice->agent, ice->stream, NICE_COMPONENT_TYPE_RTP, ice->loop,
                           discard, NULL);
    skf_split_stop(&ice->split);
    g_source_destroy(ice->timer);
    g_source_unref(ice->timer);
    ice->timer = NULL;
}
