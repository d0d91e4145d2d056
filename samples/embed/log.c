/* log.c - what a server writes into its log of a peer and of a port. */
#include "log.h"

#include "../common/errors.h"

#include <inttypes.h>

static void log_counter(const char *what, uint64_t number)
{
    if (number != 0)
        fprintf(stderr, "    %" PRIu64 " %s\n", number, what);
}

/* How the peer was reached, and what arrived and was dropped. */
static void log_totals(skiff_peer *peer)
{
    skiff_counters counters;
    skiff_peer_info info;

    skiff_peer_get_info(peer, &info, sizeof info);
    skiff_transport_get_counters(skiff_peer_transport(peer), &counters, sizeof counters);
    fprintf(stderr,
            "    %" PRIu64 " bytes sent, %" PRIu64 " received, round trip %" PRIu64 " us\n",
            info.bytes_sent, info.bytes_received, info.round_trip);
#define X(name, text) log_counter(text, counters.name);
    SKIFF_COUNTER_LIST(X)
#undef X
}

/* begin: log */
static void log_handshake(skiff_peer *peer)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(skiff_transport_dtls(skiff_peer_transport(peer)), &info,
                        sizeof info);
    fprintf(stderr,
            "    DTLS %04x, suite %04x, group %04x, SRTP profile %04x, %" PRIu64
            " us, %" PRIu32 " flights sent again\n",
            info.version, info.cipher_suite, info.group, info.srtp_profile,
            info.handshake_time, info.flights_resent);
}

void log_event(skiff_peer *peer, skiff_peer_event event)
{
    skiff_failure failure;
    skiff_peer_info info;

    if (event == SKIFF_PEER_DATA)
        return; /* a message is no news of the peer */
    skiff_peer_get_info(peer, &info, sizeof info);
    fprintf(stderr, "%s %s\n", skiff_peer_event_name(event), info.remote);
    if (event == SKIFF_PEER_CONNECTED)
        log_handshake(peer);
    if (event == SKIFF_PEER_FAILED) {
        skiff_transport_failure(skiff_peer_transport(peer), &failure, sizeof failure);
        print_failure(&failure);
    }
    if (event == SKIFF_PEER_CLOSED || event == SKIFF_PEER_FAILED
        || event == SKIFF_PEER_CONSENT_LOST)
        log_totals(peer);
}
/* end: log */

void log_port(const skiff_port *port)
{
    skiff_port_counters counters;

    skiff_port_get_counters(port, &counters, sizeof counters);
    fprintf(stderr, "the port at %s\n", skiff_port_address(port));
#define X(name, text) log_counter(text, counters.name);
    SKIFF_PORT_COUNTER_LIST(X)
#undef X
}
