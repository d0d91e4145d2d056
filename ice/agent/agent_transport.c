/* agent_transport.c - runs the transport of a handle: sends its datagrams, and reports its
 * events and the media that it held. */
#include "agent_transport.h"

#include "agent_events.h"
#include "agent_send.h"
#include "agent_timer.h"

static const skiff_bytes nothing = { NULL, 0 };

/* Media that arrived before its keys. */
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
    struct ice_session *all[] = { ice->current, ice->next, ice->previous };

    ice->dtls_connected = true;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i] != NULL)
            all[i]->bypass.dtls_connected = true;
    skf_agent_report_dtls(ice, SKIFF_DTLS_CONNECTED);
    deliver_held(ice);
}

/* No peer with the fingerprints of the renewal has replied. */
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

void skf_agent_run_transport(skiff_ice *ice, skiff_time now)
{
    skiff_dtls_event event;
    skiff_bytes bytes;

    while (!ice->freed && (event = skf_agent_poll(ice, now, &bytes)) != SKIFF_DTLS_NOTHING)
        handle_event(ice, event, bytes);
    if (!ice->freed)
        skf_agent_timer_set(ice);
}
