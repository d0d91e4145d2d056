/* dtls_srtp_peer.h - one peer of a program that owns its socket: what was an SSL with two
 * memory BIOs and two srtp_t. Knows no other peer. */
#ifndef SAMPLES_EMBED_DTLS_SRTP_PEER_H
#define SAMPLES_EMBED_DTLS_SRTP_PEER_H

#include <skiff/transport.h>

#include <netinet/in.h>

struct dtls_srtp_peer {
    int fd;
    struct sockaddr_in address;
    skiff_packet *sent;         /* for datagrams of DTLS; all peers may use the same one */
    skiff_transport *transport; /* NULL: there is no peer */
};

/* Makes the end of a server, for a client with this certificate. */
bool dtls_srtp_start(struct dtls_srtp_peer *peer, skiff_context *context,
                     const skiff_fingerprint *expected, skiff_time now);

/* Passes a datagram that came from the address of the peer. */
void dtls_srtp_receive(struct dtls_srtp_peer *peer, skiff_packet *packet, skiff_time now);

/* Sends what DTLS has to send. Call it when the deadline of the transport has come, too. */
void dtls_srtp_drain(struct dtls_srtp_peer *peer, skiff_time now);

/* Sends a close_notify, and frees the transport. */
void dtls_srtp_hang_up(struct dtls_srtp_peer *peer, skiff_time now);

#endif
