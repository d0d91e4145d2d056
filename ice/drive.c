/*
 * drive.c - what happens while the main context is iterated: libnice finds candidates,
 * paths and datagrams, the transport wants time and says events.
 *
 * A callback may free the handle. Then all but libnice and the handle's own memory is gone
 * at once, every loop here ends, and the rest follows when libnice is off the stack.
 */
#include "bridge.h"
#include "succession.h"
#include "tell.h"

enum {
    BURST     = 256,            /* datagrams, after which others have their turn         */
    HOME_PATH = 1               /* for DTLS: where the path leads                        */
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
    skiff_packet own = { .data = ice->polled, .limit = POLLED };
    skiff_packet *taken = skiff_pool_take(ice->config.pool);
    skiff_packet *packet = taken != NULL ? taken : &own;
    skiff_dtls_event event = skiff_transport_poll(ice->transport, now, packet, bytes);

    if (event == SKIFF_DTLS_SEND)
        (void)skf_ice_carry(ice, &packet, 1);
    skiff_packet_give(&taken);
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
static void take_held(skiff_ice *ice)
{
    skiff_kind kind;

    while (!ice->freed && skiff_transport_next(ice->transport, &ice->lent, &kind)) {
        skf_tell_media(ice, ice->lent, kind);
        skiff_packet_give(&ice->lent);
    }
}

static void take_connected(skiff_ice *ice)
{
    struct generation *all[] = { ice->current, ice->next, ice->last };

    ice->proven = true;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i] != NULL)
            all[i]->split.proven = true;
    skf_tell_dtls(ice, SKIFF_DTLS_CONNECTED);
    take_held(ice);
}

/* Nobody with its fingerprints is there. */
static void take_not_renewed(skiff_ice *ice)
{
    g_free(ice->renewed);
    ice->renewed = NULL;
    ice->num_renewed = 0;
    skf_tell_again(ice, SKIFF_DTLS_NOT_RENEWED, nothing);
}

static void take_renewed(skiff_ice *ice)
{
    g_free(ice->expected);
    ice->expected = ice->renewed;
    ice->num_expected = ice->num_renewed;
    ice->renewed = NULL;
    ice->num_renewed = 0;
    skf_tell_again(ice, SKIFF_DTLS_RENEWED, nothing);
    take_held(ice);
}

static void take_event(skiff_ice *ice, skiff_dtls_event event, skiff_bytes bytes)
{
    switch (event) {
    case SKIFF_DTLS_CONNECTED:
        take_connected(ice);
        break;
    case SKIFF_DTLS_CLOSED:
    case SKIFF_DTLS_FAILED:
        skf_tell_dtls(ice, event);
        break;
    case SKIFF_DTLS_RENEWED:
        take_renewed(ice);
        break;
    case SKIFF_DTLS_NOT_RENEWED:
        take_not_renewed(ice);
        break;
    case SKIFF_DTLS_HELLO:
    case SKIFF_DTLS_MOVED:
        skf_tell_again(ice, event, nothing);
        break;
    case SKIFF_DTLS_PEER_CERTIFICATE:
    case SKIFF_DTLS_DATA:
    case SKIFF_DTLS_TICKET:
        skf_tell_again(ice, event, bytes);
        break;
    case SKIFF_DTLS_NOTHING:
    case SKIFF_DTLS_SEND:
        break;
    }
}

static void arm(skiff_ice *ice)
{
    skiff_time due = skiff_transport_deadline(ice->transport);

    due = ice->woken ? 0 : MIN(due, skf_succession_due(ice));
    g_source_set_ready_time(ice->timer, due < G_MAXINT64 ? (gint64)due : -1);
}

static void run_transport(skiff_ice *ice, skiff_time now)
{
    skiff_dtls_event event;
    skiff_bytes bytes;

    while (!ice->freed && (event = poll_transport(ice, now, &bytes)) != SKIFF_DTLS_NOTHING)
        take_event(ice, event, bytes);
    if (!ice->freed)
        arm(ice);
}

static const char *change(const struct networks *before, const struct networks *after)
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
static void look_around(skiff_ice *ice, skiff_time now)
{
    struct networks before = ice->networks;
    const char *what;

    (void)now;
    if (!ice->stirred)
        return;
    ice->stirred = false;
    skf_networks_list(&ice->networks, ice->config.addresses, ice->config.num_addresses);
    what = change(&before, &ice->networks);
    if (what != NULL)
        skf_tell_path(ice, SKIFF_ICE_NETWORKS, what);
}

static void on_stirred(void *user)
{
    skiff_ice *ice = user;

    ice->stirred = true;
    skiff_ice_wake(ice);
}

static gboolean drive(gpointer data)
{
    static void (*const steps[])(skiff_ice *, skiff_time) = {
        skf_succession_bury,    skf_succession_gather,   skf_succession_follow,
        skf_succession_consent, skf_succession_patience, look_around,
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
    struct generation *made = data;

    (void)agent, (void)stream, (void)component;
    made->state = (NiceComponentState)state;
    made->moved = true;
    skiff_ice_wake(made->ice);
}

static void on_pair(NiceAgent *agent, guint stream, guint component,
                    NiceCandidate *local, NiceCandidate *remote, gpointer data)
{
    struct generation *made = data;

    (void)agent, (void)stream, (void)component, (void)local, (void)remote;
    made->moved = true;
    skiff_ice_wake(made->ice);
}

/* The peer has checked from there: its media may come from there before the next second. */
static void on_remote(NiceAgent *agent, NiceCandidate *candidate, gpointer data)
{
    struct generation *made = data;

    (void)agent, (void)candidate;
    made->split.asked = 0;
}

static void on_candidate(NiceAgent *agent, NiceCandidate *candidate, gpointer data)
{
    struct generation *made = data;
    skiff_ice *ice = made->ice;

    (void)agent;
    skf_servers_candidate(made->servers, candidate);
    if (made->gathered || made->repeat)
        return;
    enter(ice);
    skf_tell_candidate(made, candidate);
    leave(ice);
}

static void on_gathered(NiceAgent *agent, guint stream, gpointer data)
{
    struct generation *made = data;

    (void)agent, (void)stream;
    skf_servers_gathered(made->servers);
}

/* Where the path leads, nothing is asked of what came. */
static bool is_telling(const struct generation *made, const struct udp_arrival *arrival)
{
    return made == made->ice->current && arrival->path != NULL
           && (made->rebound.active || skf_split_is_elsewhere(&made->split, arrival->path));
}

/* Something came that is newer than all before: from where the peer is, or may be. */
static void note_source(struct generation *made, skiff_time now, const struct path *path)
{
    if (skf_split_is_elsewhere(&made->split, path))
        skf_rebound_hear(&made->rebound, now, &path->remote);
    else
        skf_rebound_forget(&made->rebound);
    skiff_ice_wake(made->ice);
}

/* A number for an address that DTLS may be told of: MOVED compares it with the last one. */
static uint64_t number_of(const union address *from)
{
    bool six = from->any.sa_family == AF_INET6;
    const uint8_t *ip = six ? from->six.sin6_addr.s6_addr
                            : (const uint8_t *)&from->four.sin_addr.s_addr;
    uint64_t number = six ? from->six.sin6_port : from->four.sin_port;

    for (size_t i = 0; i < (six ? 16u : 4u); i++)
        number = (number ^ ip[i]) * UINT64_C(0x100000001b3);          /* as FNV-1a does */
    return number > HOME_PATH ? number : HOME_PATH + 1;
}

static skiff_status open_datagram(struct generation *made,
                                  const struct udp_arrival *arrival, skiff_kind *kind)
{
    skiff_transport *transport = made->ice->transport;
    skiff_time now = arrival->packet->arrived;

    arrival->packet->path = HOME_PATH;
    if (!is_telling(made, arrival))
        return skiff_transport_receive(transport, now, arrival->packet, kind);

    if (skf_split_is_elsewhere(&made->split, arrival->path))
        arrival->packet->path = number_of(&arrival->path->remote);

    uint32_t before = skiff_transport_newest(transport);
    skiff_status status = skiff_transport_receive(transport, now, arrival->packet, kind);
    if (skiff_transport_newest(transport) != before)
        note_source(made, now, arrival->path);
    return status;
}

/* What lies right before another datagram may use no more than its own bytes. */
static void take_datagram(struct generation *made, const struct udp_arrival *arrival)
{
    skiff_ice *ice = made->ice;
    skiff_packet *packet = arrival->packet;
    skiff_time now = packet->arrived;
    skiff_kind kind = SKIFF_SPENT;
    uint32_t len = packet->len;

    skiff_status status = open_datagram(made, arrival, &kind);
    if (status == SKIFF_OK) {
        ice->bytes_received += len;
        skf_consent_hear(&made->keeper.consent, now);
    }
    if (status != SKIFF_OK || (kind != SKIFF_RTP && kind != SKIFF_RTCP)) {
        run_transport(ice, now);
        return;
    }
    if (arrival->crowded)
        packet->limit = packet->len;
    ice->last_media = now;
    skf_tell_media(ice, packet, kind);
}

static void on_datagram(NiceAgent *agent, guint stream, guint component, guint len,
                        gchar *buffer, gpointer data)
{
    struct generation *made = data;
    skiff_ice *ice = made->ice;
    skiff_packet packet;

    (void)agent, (void)stream, (void)component;
    skf_keep_look(&made->keeper);
    if (!skf_bridge_wrap(buffer, len, &packet)) {
        ice->counters.drop_oversized++;
        return;
    }
    packet.arrived = skf_ice_now();
    enter(ice);
    take_datagram(made, &(struct udp_arrival){ .packet = &packet });
    leave(ice);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct generation *made = data;
    skiff_ice *ice = made->ice;
    skiff_time now = skf_ice_now();
    struct udp_arrival arrival;

    (void)condition;
    enter(ice);
    skf_split_begin(&made->split, fd, BURST);
    while (!ice->freed && skf_split_next(&made->split, fd, now, &arrival))
        take_datagram(made, &arrival);
    /* What was read already makes no descriptor readable. */
    g_source_set_ready_time(g_main_current_source(),
                            skf_split_pending(&made->split, fd) ? 0 : -1);
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

static void carry_check(void *user, skiff_packet *check)
{
    (void)skf_ice_carry(user, &check, 1);
}

/* DTLS waits for its answers as long as a check has. */
static void on_answer(void *user)
{
    skiff_ice *ice = user;

    if (ice->current != NULL)
        skiff_dtls_set_round_trip(skiff_transport_dtls(ice->transport),
                                  ice->current->keeper.consent.round_trip);
    skiff_ice_wake(ice);
}

void skf_ice_begin(skiff_ice *ice)
{
    ice->timer = timer_new(ice);
    if (ice->config.on_ice_event == NULL)
        return;
    skf_networks_list(&ice->networks, ice->config.addresses, ice->config.num_addresses);
    ice->watch = skf_watch_new(ice->loop, on_stirred, ice);
}

void skf_ice_attach(struct generation *made)
{
    skiff_ice *ice = made->ice;

    g_signal_connect(made->agent, "component-state-changed", G_CALLBACK(on_state), made);
    g_signal_connect(made->agent, "new-candidate-full", G_CALLBACK(on_candidate), made);
    g_signal_connect(made->agent, "candidate-gathering-done", G_CALLBACK(on_gathered),
                     made);
    g_signal_connect(made->agent, "new-selected-pair-full", G_CALLBACK(on_pair), made);
    g_signal_connect(made->agent, "new-remote-candidate-full", G_CALLBACK(on_remote), made);
    nice_agent_attach_recv(made->agent, made->stream, NICE_COMPONENT_TYPE_RTP, made->loop,
                           on_datagram, made);
    made->split = (struct split){ .agent = made->agent, .stream = made->stream,
                                  .loop = made->loop, .on_readable = on_readable,
                                  .user = made, .proven = ice->proven,
                                  .receive_buffer = ice->config.receive_buffer,
                                  .send_buffer = ice->config.send_buffer };
    made->keeper = (struct keeper){ .agent = made->agent, .stream = made->stream,
                                    .loop = made->loop, .carry = carry_check,
                                    .answered = on_answer, .user = ice };
    skiff_ice_wake(ice);
}

/* Without any callback libnice leaves its sockets readable, and its loop would spin. */
static void discard(NiceAgent *agent, guint stream, guint component, guint len,
                    gchar *buffer, gpointer data)
{
    (void)agent, (void)stream, (void)component, (void)len, (void)buffer, (void)data;
}

void skf_ice_retire(skiff_ice *ice, struct generation *made)
{
    if (made == NULL)
        return;
    g_signal_handlers_disconnect_by_data(made->agent, made);
    nice_agent_attach_recv(made->agent, made->stream, NICE_COMPONENT_TYPE_RTP, made->loop,
                           discard, NULL);
    skf_keep_end(&made->keeper);
    skf_split_stop(&made->split);
    skf_servers_free(made->servers);
    made->servers = NULL;
    skf_hidden_end(&made->hidden);
    skf_remotes_end(&made->remotes);
    ice->counters.drop_unproven += made->split.strangers;
    made->after = ice->retired;
    ice->retired = made;
    skiff_ice_wake(ice);
}

void skf_ice_detach(skiff_ice *ice)
{
    struct generation **all[] = { &ice->current, &ice->next, &ice->last };

    if (ice->timer == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        skf_ice_retire(ice, *all[i]);
        *all[i] = NULL;
    }
    skf_watch_free(ice->watch);
    ice->watch = NULL;
    g_source_destroy(ice->timer);
    g_source_unref(ice->timer);
    ice->timer = NULL;
}
