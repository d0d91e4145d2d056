/* session_hooks.c - the callbacks of one session: what libnice, the socket beside it and
 * its consent checks call. */
#include "session_hooks.h"

#include "agent_events.h"
#include "agent_lifetime.h"
#include "agent_receive.h"
#include "agent_send.h"
#include "agent_trace.h"

static void on_state(NiceAgent *agent, guint stream, guint component, guint state,
                     gpointer data)
{
    struct ice_session *session = data;

    (void)agent, (void)stream, (void)component;
    session->state = (NiceComponentState)state;
    session->changed = true;
    skiff_ice_wake(session->ice);
}

/* NOLINTNEXTLINE(readability-function-size): the type is libnice's */
static void on_pair(NiceAgent *agent, guint stream, guint component, NiceCandidate *local,
                    NiceCandidate *remote, gpointer data)
{
    struct ice_session *session = data;

    (void)agent, (void)stream, (void)component, (void)local, (void)remote;
    session->changed = true;
    session->awaits_pair = false;
    skiff_ice_wake(session->ice);
}

/* The peer has checked from that address: its media may come from there within the same
 * second. */
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
    skf_agent_enter(ice);
    skf_agent_report_candidate(session, candidate);
    skf_agent_leave(ice);
}

static void on_gathered(NiceAgent *agent, guint stream, gpointer data)
{
    struct ice_session *session = data;

    (void)agent, (void)stream;
    skf_servers_gathered(session->servers);
}

static void send_check(void *user, skiff_packet *check)
{
    const skiff_ice *ice = user;

    AGENT_TRACE(ice, .event = SKIFF_TRACE_STUN_CHECK, .what = "sent", .length = check->len);
    (void)skf_agent_send(user, &check, 1);
}

/* A lite agent sends no checks: it has received one. The first timeout of DTLS follows the
 * round trip of checks. */
static void on_response(void *user)
{
    skiff_ice *ice = user;

    AGENT_TRACE(ice, .event = SKIFF_TRACE_STUN_CHECK,
                .what = ice->config.lite ? "received" : "response");
    if (ice->current != NULL)
        skiff_dtls_set_round_trip(skiff_transport_dtls(ice->transport),
                                  ice->current->consent_checks.consent.round_trip);
    skiff_ice_wake(ice);
}

void skf_session_hooks_attach(struct ice_session *session)
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
                           session->loop, skf_agent_on_datagram, session);
    session->bypass = (struct bypass){ .agent = session->agent,
                                       .stream = session->stream,
                                       .loop = session->loop,
                                       .on_readable = skf_agent_on_readable,
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
