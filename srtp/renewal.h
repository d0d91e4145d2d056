/*
 * renewal.h - a second association of a transport, which is to replace the current one
 * (RFC 8842, RFC 6347 4.2.8, RFC 9147 5.11). Knows no addresses.
 *
 *     AWAITING_HELLO  a server waits for a hello with a cookie; others leave no state
 *     HANDSHAKING     the handshake runs; media that the old keys do not open is held
 *     UNCONFIRMED     the peer is trusted; a client of DTLS 1.3 waits until the server has
 *                     verified it, too
 *     REPLACED        it is the current one; the old SRTP session opens late media
 *
 * Until REPLACED the old association stays as it is, and lives on when the new one fails.
 * In each stage the SRTP session that was replaced last opens late media, for its time.
 */
#ifndef SKF_RENEWAL_H
#define SKF_RENEWAL_H

#include "srtp/transport_state.h"

enum {
    RENEWAL_COPY = 2048,      /* the longest datagram that both associations may get */
    OLD_KEYS_LIFETIME_S = 120 /* RFC 5764 5.2: the maximum segment lifetime, seconds */
};

/* Ends it in any stage, with the held media that was for it alone. */
void skf_renewal_end(skiff_transport *transport, skiff_time now);

/* A DTLS datagram has arrived while there is a renewal. */
SKIFF_MUST_USE skiff_status skf_renewal_receive(skiff_transport *transport, skiff_time now,
                                                skiff_packet *packet);

/* The current association has reported that the peer has moved. */
void skf_renewal_follow(skiff_transport *transport, skiff_time now);

/* What the renewal has to send or to report, once the current association has nothing. */
skiff_dtls_event skf_renewal_poll(skiff_transport *transport, skiff_time now,
                                  skiff_packet *packet, skiff_bytes *bytes);

/* Opens media with either of two sessions. A packet that did not open is unchanged. */
SKIFF_MUST_USE enum srtp_opening skf_renewal_open(skiff_transport *transport,
                                                  skiff_time now, skiff_packet *packet);

/* Whether media that does not open may be protected under keys that are still to come. */
bool skf_renewal_awaits_keys(const skiff_transport *transport);

/* Whether there is a new association that has not replaced the old one: held media is for
 * its keys. */
bool skf_renewal_is_under_way(const skiff_transport *transport);

skiff_time skf_renewal_deadline(const skiff_transport *transport);

#endif
