/*
 * agent_loop.c - what happens while the main context is iterated: libnice finds candidates,
 * paths and datagrams, the transport wants time and says events.
 *
 * A callback may free the handle. Then all but libnice and the handle's own memory is gone
 * at once, every loop here ends, and the rest follows when libnice is off the stack.
 */
#include "agent_path.h"
#include "agent_sessions.h"
#include "agent_events.h"

enum {
    MAX_DATAGRAMS = 256, /* datagrams, after which others have their turn */
    SELECTED_PATH = 1    /* for DTLS: where the path leads */
};

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

/*
 * Polls once, sending what is to be sent. Where the pool is dry the agent has a packet of
 * its own: a transport that is not polled would point into a datagram whose bytes are
 * libnice's again when its callback is over.
 */
static skiff_dtls_event poll_transport(skiff_ice *ice, skiff_time now, skiff_bytes *bytes)
{
    skiff_packet own = { .data = ice->poll_buffer, .limit = POLL_BUFFER };
    skiff_packet *taken = skiff_pool_take(ice->config.pool);
    skiff_packet *packet = taken != NULL ? taken : &own;
    skiff_dtls_event event = skiff_transport_poll(ice->transport, now, packet, bytes);

    if (event == SKIFF_DTLS_SEND)
        (void)skf_ice_send(ice, &packet, 1);
    skiff_packet_release(&taken);
    return event;
}

void skf_ice_flush(skiff_ice *ice, skiff_time now)
{
    skiff_bytes ignored;

    while (poll_transport(ice, now, &ignored) == SKIFF_DTLS_SEND)
        continue;
}

static const skiff_bytes nothing = { NULL, 0 };

/* Media that came before its keys. */
static void deliver_held(skiff_ice *ice)
{
    skiff_kind kind;

    while (!ice->freed && skiff_transport_take_held(ice->transport, &ice->lent, &kind)) {
        skf_agent_report_media(ice, ice->lent, kind);
        skiff_packet_release(&ice->lent);
    }
}

static void on_connected(skiff_ice *ice)
{
    struct ice_session *all[] = { ice->current, ice->next, ice->last };

    ice->dtls_connected = true;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i] != NULL)
            all[i]->bypass.dtls_connected = true;
    skf_agent_report_dtls(ice, SKIFF_DTLS_CONNECTED);
    deliver_held(ice);
}

/* Nobody with its fingerprints is there. */
static void on_not_renewed(skiff_ice *ice)
{
    g_free(ice->renewed);
    ice->renewed = NULL;
    ice->num_renewed = 0;
    skf_agent_report_dtls_event(ice, SKIFF_DTLS_NOT_RENEWED, nothing);
}

static void on_renewed(skiff_ice *ice)
{
    g_free(ice->expected);
    ice->expected = ice->renewed;
    ice->num_expected = ice->num_renewed;
    ice->renewed = NULL;
    ice->num_renewed = 0;
    skf_agent_report_dtls_event(ice, SKIFF_DTLS_RENEWED, nothing);
    deliver_held(ice);
}

static void handle_event(skiff_ice *ice, skiff_dtls_event event, skiff_bytes bytes)
{
    switch (event) {
    case SKIFF_DTLS_CONNECTED:
        on_connected(ice);
        break;
    case SKIFF_DTLS_CLOSED:
    case SKIFF_DTLS_FAILED:
        skf_agent_report_dtls(ice, event);
        break;
    case SKIFF_DTLS_RENEWED:
        on_renewed(ice);
        break;
    case SKIFF_DTLS_NOT_RENEWED:
        on_not_renewed(ice);
        break;
    case SKIFF_DTLS_HELLO:
    case SKIFF_DTLS_MOVED:
        skf_agent_report_dtls_event(ice, event, nothing);
        break;
    case SKIFF_DTLS_PEER_CERTIFICATE:
    case SKIFF_DTLS_DATA:
    case SKIFF_DTLS_TICKET:
        skf_agent_report_dtls_event(ice, event, bytes);
        break;
    case SKIFF_DTLS_NOTHING:
    case SKIFF_DTLS_SEND:
        break;
    }
}

static void set_timer(skiff_ice *ice)
{
    skiff_time due = skiff_transport_deadline(ice->transport);

    due = ice->woken ? 0 : MIN(due, skf_agent_sessions_deadline(ice));
    g_source_set_ready_time(ice->timer, due < G_MAXINT64 ? (gint64)due : -1);
}

static void run_transport(skiff_ice *ice, skiff_time now)
{
    skiff_dtls_event event;
    skiff_bytes bytes;

    while (!ice->freed && (event = poll_transport(ice, now, &bytes)) != SKIFF_DTLS_NOTHING)
        handle_event(ice, event, bytes);
    if (!ice->freed)
        set_timer(ice);
}

static const char *describe_change(const struct networks *before,
                                   const struct networks *after)
{
    bool lost = !skf_networks_include(after, before);
    bool won = !skf_networks_include(before, after);

    if (lost && won)
        return "ICE: the local addresses are others";
    if (lost)
        return "ICE: a local address went";
    return won ? "ICE: a local address came" : NULL;
}

/* What to do about it is the application's to know: a restart gathers anew. */
static void check_networks(skiff_ice *ice, skiff_time now)
{
    struct networks before = ice->networks;
    const char *what;

    (void)now;
    if (!ice->networks_changed)
        return;
    ice->networks_changed = false;
    skf_networks_list(&ice->networks, ice->config.addresses, ice->config.num_addresses);
    what = describe_change(&before, &ice->networks);
    if (what != NULL)
        skf_agent_report_path(ice, SKIFF_ICE_NETWORKS, what);
}

static void on_networks_changed(void *user)
{
    skiff_ice *ice = user;

    ice->networks_changed = true;
    skiff_ice_wake(ice);
}

static gboolean run_agent(gpointer data)
{
    static void (*const steps[])(skiff_ice *, skiff_time) = {
        skf_agent_sessions_free_retired,
        skf_agent_sessions_gather,
        skf_agent_sessions_follow_paths,
        skf_agent_sessions_check_consent,
        skf_agent_sessions_check_timeout,
        check_networks,
        run_transport,
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
    struct ice_session *session = data;

    (void)agent, (void)stream, (void)component;
    session->state = (NiceComponentState)state;
    session->changed = true;
    skiff_ice_wake(session->ice);
}

static void on_pair(NiceAgent *agent, guint stream, guint component, NiceCandidate *local,
                    NiceCandidate *remote, gpointer data)
{
    struct ice_session *session = data;

    (void)agent, (void)stream, (void)component, (void)local, (void)remote;
    session->changed = true;
    skiff_ice_wake(session->ice);
}

/* The peer has checked from there: its media may come from there before the next second. */
static void on_remote(NiceAgent *agent, NiceCandidate *candidate, gpointer data)
{
    struct ice_session *session = data;

    (void)agent, (void)candidate;
    session->bypass.candidates_read_at = 0;
}

static void on_candidate(NiceAgent *agent, NiceCandidate *candidate, gpointer data)
{
    struct ice_session *session = data;
    skiff_ice *ice = session->ice;

    (void)agent;
    skf_servers_candidate(session->servers, candidate);
    if (session->gathered || session->repeat_candidates)
        return;
    enter(ice);
    skf_agent_report_candidate(session, candidate);
    leave(ice);
}

static void on_gathered(NiceAgent *agent, guint stream, gpointer data)
{
    struct ice_session *session = data;

    (void)agent, (void)stream;
    skf_servers_gathered(session->servers);
}

/* Where the path leads, nothing is asked of what came. */
static bool tracks_source(const struct ice_session *session,
                          const struct udp_arrival *arrival)
{
    return session == session->ice->current && arrival->path != NULL
        && (session->rebinding.active
            || skf_bypass_is_other_address(&session->bypass, arrival->path));
}

/* Something came that is newer than all before: from where the peer is, or may be. */
static void track_source(struct ice_session *session, skiff_time now,
                         const struct path *path)
{
    if (skf_bypass_is_other_address(&session->bypass, path))
        skf_rebinding_on_datagram(&session->rebinding, now, &path->remote);
    else
        skf_rebinding_cancel(&session->rebinding);
    skiff_ice_wake(session->ice);
}

/* A number for an address that DTLS may be told of: MOVED compares it with the last one. */
static uint64_t number_of(const union address *from)
{
    bool six = from->any.sa_family == AF_INET6;
    const uint8_t *ip =
        six ? from->six.sin6_addr.s6_addr : (const uint8_t *)&from->four.sin_addr.s_addr;
    uint64_t number = six ? from->six.sin6_port : from->four.sin_port;

    for (size_t i = 0; i < (six ? 16u : 4u); i++)
        number = (number ^ ip[i]) * UINT64_C(0x100000001b3); /* as FNV-1a does */
    return number > SELECTED_PATH ? number : SELECTED_PATH + 1;
}

static skiff_status open_datagram(struct ice_session *session,
                                  const struct udp_arrival *arrival, skiff_kind *kind)
{
    skiff_transport *transport = session->ice->transport;
    skiff_time now = arrival->packet->arrived;

    arrival->packet->path = SELECTED_PATH;
    if (!tracks_source(session, arrival))
        return skiff_transport_receive(transport, now, arrival->packet, kind);

    if (skf_bypass_is_other_address(&session->bypass, arrival->path))
        arrival->packet->path = number_of(&arrival->path->remote);

    uint32_t before = skiff_transport_newest(transport);
    skiff_status status = skiff_transport_receive(transport, now, arrival->packet, kind);
    if (skiff_transport_newest(transport) != before)
        track_source(session, now, arrival->path);
    return status;
}

/* What lies right before another datagram may use no more than its own bytes. */
static void receive_datagram(struct ice_session *session, const struct udp_arrival *arrival)
{
    skiff_ice *ice = session->ice;
    skiff_packet *packet = arrival->packet;
    skiff_time now = packet->arrived;
    skiff_kind kind = SKIFF_CONSUMED;
    uint32_t len = packet->len;

    skiff_status status = open_datagram(session, arrival, &kind);
    if (status == SKIFF_OK) {
        ice->bytes_received += len;
        skf_consent_on_datagram(&session->consent_checks.consent, now);
    }
    if (status != SKIFF_OK || (kind != SKIFF_RTP && kind != SKIFF_RTCP)) {
        run_transport(ice, now);
        return;
    }
    if (arrival->no_tailroom)
        packet->limit = packet->len;
    ice->last_media = now;
    skf_agent_report_media(ice, packet, kind);
}

static void on_datagram(NiceAgent *agent, guint stream, guint component, guint len,
                        gchar *buffer, gpointer data)
{
    struct ice_session *session = data;
    skiff_ice *ice = session->ice;
    skiff_packet packet;

    (void)agent, (void)stream, (void)component;
    skf_consent_checks_read(&session->consent_checks);
    if (!skf_agent_path_wrap(buffer, len, &packet)) {
        ice->counters.drop_oversized++;
        return;
    }
    packet.arrived = skf_ice_now();
    enter(ice);
    receive_datagram(session, &(struct udp_arrival){ .packet = &packet });
    leave(ice);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct ice_session *session = data;
    skiff_ice *ice = session->ice;
    skiff_time now = skf_ice_now();
    struct udp_arrival arrival;

    (void)condition;
    enter(ice);
    skf_bypass_begin(&session->bypass, fd, MAX_DATAGRAMS);
    while (!ice->freed && skf_bypass_next(&session->bypass, fd, now, &arrival))
        receive_datagram(session, &arrival);
    /* What was read already makes no descriptor readable. */
    g_source_set_ready_time(g_main_current_source(),
                            skf_bypass_pending(&session->bypass, fd) ? 0 : -1);
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

    g_source_set_callback(timer, run_agent, ice, NULL);
    g_source_attach(timer, ice->loop);
    return timer;
}

static void send_check(void *user, skiff_packet *check)
{
    (void)skf_ice_send(user, &check, 1);
}

/* DTLS waits for its answers as long as a check has. */
static void on_response(void *user)
{
    skiff_ice *ice = user;

    if (ice->current != NULL)
        skiff_dtls_set_round_trip(skiff_transport_dtls(ice->transport),
                                  ice->current->consent_checks.consent.round_trip);
    skiff_ice_wake(ice);
}

void skf_ice_begin(skiff_ice *ice)
{
    ice->timer = timer_new(ice);
    if (ice->config.on_ice_event == NULL)
        return;
    skf_networks_list(&ice->networks, ice->config.addresses, ice->config.num_addresses);
    ice->network_monitor = skf_network_monitor_new(ice->loop, on_networks_changed, ice);
}

void skf_ice_attach(struct ice_session *session)
{
    skiff_ice *ice = session->ice;

    g_signal_connect(session->agent, "component-state-changed", G_CALLBACK(on_state),
                     session);
    g_signal_connect(session->agent, "new-candidate-full", G_CALLBACK(on_candidate),
                     session);
    g_signal_connect(session->agent, "candidate-gathering-done", G_CALLBACK(on_gathered),
                     session);
    g_signal_connect(session->agent, "new-selected-pair-full", G_CALLBACK(on_pair),
                     session);
    g_signal_connect(session->agent, "new-remote-candidate-full", G_CALLBACK(on_remote),
                     session);
    nice_agent_attach_recv(session->agent, session->stream, NICE_COMPONENT_TYPE_RTP,
                           session->loop, on_datagram, session);
    session->bypass = (struct bypass){ .agent = session->agent,
                                       .stream = session->stream,
                                       .loop = session->loop,
                                       .on_readable = on_readable,
                                       .user = session,
                                       .dtls_connected = ice->dtls_connected,
                                       .receive_buffer = ice->config.receive_buffer,
                                       .send_buffer = ice->config.send_buffer };
    session->consent_checks = (struct consent_checks){ .agent = session->agent,
                                                       .stream = session->stream,
                                                       .loop = session->loop,
                                                       .send = send_check,
                                                       .on_response = on_response,
                                                       .user = ice };
    skiff_ice_wake(ice);
}

/* Without any callback libnice leaves its sockets readable, and its loop would spin. */
static void discard(NiceAgent *agent, guint stream, guint component, guint len,
                    gchar *buffer, gpointer data)
{
    (void)agent, (void)stream, (void)component, (void)len, (void)buffer, (void)data;
}

void skf_ice_retire(skiff_ice *ice, struct ice_session *session)
{
    if (session == NULL)
        return;
    g_signal_handlers_disconnect_by_data(session->agent, session);
    nice_agent_attach_recv(session->agent, session->stream, NICE_COMPONENT_TYPE_RTP,
                           session->loop, discard, NULL);
    skf_consent_checks_end(&session->consent_checks);
    skf_bypass_stop(&session->bypass);
    skf_servers_free(session->servers);
    session->servers = NULL;
    skf_mdns_candidates_end(&session->mdns);
    skf_remote_candidates_end(&session->remotes);
    ice->counters.drop_unverified_source += session->bypass.num_unknown_sources;
    session->next_retired = ice->retired;
    ice->retired = session;
    skiff_ice_wake(ice);
}

void skf_ice_detach(skiff_ice *ice)
{
    struct ice_session **all[] = { &ice->current, &ice->next, &ice->last };

    if (ice->timer == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        skf_ice_retire(ice, *all[i]);
        *all[i] = NULL;
    }
    skf_network_monitor_free(ice->network_monitor);
    ice->network_monitor = NULL;
    g_source_destroy(ice->timer);
    g_source_unref(ice->timer);
    ice->timer = NULL;
}
