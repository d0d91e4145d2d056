/* agent_receive.c - datagrams that arrive from libnice or on the socket beside it: they go
 * to the transport, and where they came from may show that the peer has moved. */
#include "agent_receive.h"

#include "agent_events.h"
#include "agent_lifetime.h"
#include "agent_path.h"
#include "agent_trace.h"
#include "agent_transport.h"

enum {
    MAX_DATAGRAMS = 256, /* datagrams, before other sources have their turn */
    SELECTED_PATH = 1    /* the number of the path, for DTLS */
};

/* Whether the source of a datagram matters: not while all come from the selected path. */
static bool tracks_source(const struct ice_session *session,
                          const struct udp_arrival *arrival)
{
    return session == session->ice->current && arrival->path != NULL
        && (session->rebinding.active
            || skf_bypass_is_other_address(&session->bypass, arrival->path));
}

/* A packet opened that is newer than all before: its source is where the peer is, or may
 * be. */
static void track_source(struct ice_session *session, skiff_time now,
                         const struct path *path)
{
    if (skf_bypass_is_other_address(&session->bypass, path))
        skf_rebinding_on_datagram(&session->rebinding, now, &path->remote);
    else
        skf_rebinding_cancel(&session->rebinding);
    skiff_ice_wake(session->ice);
}

/* A number for an address, for DTLS: MOVED compares it with the last one. */
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

/* A datagram that lies right before another one may use no more than its own bytes. */
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
        skf_agent_run_transport(ice, now);
        return;
    }
    if (arrival->no_tailroom)
        packet->limit = packet->len;
    ice->last_media = now;
    skf_agent_report_media(ice, packet, kind);
}

/* NOLINTNEXTLINE(readability-function-size): the type is libnice's */
void skf_agent_on_datagram(NiceAgent *agent, guint stream, guint component, guint len,
                           gchar *buffer, gpointer data)
{
    struct ice_session *session = data;
    skiff_ice *ice = session->ice;
    skiff_packet packet;

    (void)agent, (void)stream, (void)component;
    skf_consent_checks_read(&session->consent_checks);
    if (!skf_agent_path_wrap(buffer, len, &packet)) {
        AGENT_DROP(ice, drop_oversized, 1);
        return;
    }
    packet.arrived = skf_ice_now();
    skf_agent_enter(ice);
    receive_datagram(session, &(struct udp_arrival){ .packet = &packet });
    skf_agent_leave(ice);
}

gboolean skf_agent_on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct ice_session *session = data;
    skiff_ice *ice = session->ice;
    skiff_time now = skf_ice_now();
    struct udp_arrival arrival;

    (void)condition;
    skf_agent_enter(ice);
    skf_bypass_begin(&session->bypass, fd, MAX_DATAGRAMS);
    while (!ice->freed && skf_bypass_next(&session->bypass, fd, now, &arrival))
        receive_datagram(session, &arrival);
    /* Datagrams that were read already make no descriptor readable. */
    g_source_set_ready_time(g_main_current_source(),
                            skf_bypass_pending(&session->bypass, fd) ? 0 : -1);
    skf_agent_leave(ice);
    return G_SOURCE_CONTINUE;
}
