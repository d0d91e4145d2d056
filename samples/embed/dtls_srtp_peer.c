/* dtls_srtp_peer.c - one peer of a program that owns its socket. */
#include "dtls_srtp_peer.h"

#include "../common/errors.h"

#include <sys/socket.h>

/* begin: dtls_srtp_peer */
static void send_datagram(const struct dtls_srtp_peer *peer, const skiff_packet *packet)
{
    (void)sendto(peer->fd, packet->data, packet->len, 0,
                 (const struct sockaddr *)&peer->address, sizeof peer->address);
}

/* In the place of SSL_new, SSL_set_bio, SSL_set_accept_state and the callback that compares
 * digests of certificates. */
bool dtls_srtp_start(struct dtls_srtp_peer *peer, skiff_context *context,
                     const skiff_fingerprint *expected, skiff_time now)
{
    skiff_status status =
        skiff_transport_new(context, SKIFF_ROLE_PASSIVE, NULL, now, &peer->transport);

    if (!worked(status, "another peer"))
        return false;
    skiff_transport_set_user(peer->transport, peer); /* for skiff_transport_due */
    return worked(skiff_dtls_expect(skiff_transport_dtls(peer->transport), expected, 1),
                  "the fingerprint");
}

/* In the place of srtp_protect or srtp_protect_rtcp: the packet says which of them. */
static void return_media(const struct dtls_srtp_peer *peer, skiff_packet *packet)
{
    if (skiff_transport_protect(peer->transport, packet) == SKIFF_OK)
        send_datagram(peer, packet);
}

/* In the place of SSL_export_keying_material and two calls of srtp_create: the session is
 * made already. Media that arrived before its keys was held. */
static void on_connected(struct dtls_srtp_peer *peer)
{
    skiff_packet *held;
    skiff_kind kind;

    while (skiff_transport_take_held(peer->transport, &held, &kind)) {
        return_media(peer, held);
        skiff_packet_release(&held);
    }
}

static void on_failed(const struct dtls_srtp_peer *peer)
{
    skiff_failure failure;

    skiff_transport_failure(peer->transport, &failure, sizeof failure);
    print_failure(&failure);
}

/* In the place of SSL_do_handshake, SSL_get_error, BIO_read of what is to be sent, and
 * DTLSv1_handle_timeout. */
void dtls_srtp_drain(struct dtls_srtp_peer *peer, skiff_time now)
{
    skiff_dtls_event event;
    skiff_bytes bytes;

    do {
        event = skiff_transport_poll(peer->transport, now, peer->sent, &bytes);
        if (event == SKIFF_DTLS_SEND)
            send_datagram(peer, peer->sent);
        if (event == SKIFF_DTLS_CONNECTED)
            on_connected(peer);
        if (event == SKIFF_DTLS_FAILED)
            on_failed(peer);
        if (event == SKIFF_DTLS_FAILED || event == SKIFF_DTLS_CLOSED) {
            skiff_transport_free(peer->transport);
            peer->transport = NULL;
        }
    } while (event != SKIFF_DTLS_NOTHING && peer->transport != NULL);
}

/* In the place of the look at the first byte, BIO_write and SSL_read, srtp_unprotect and
 * srtp_unprotect_rtcp. */
void dtls_srtp_receive(struct dtls_srtp_peer *peer, skiff_packet *packet, skiff_time now)
{
    skiff_kind kind;

    if (skiff_transport_receive(peer->transport, now, packet, &kind) != SKIFF_OK)
        return; /* forged, repeated or malformed: it has changed nothing */
    if (kind == SKIFF_RTP || kind == SKIFF_RTCP)
        return_media(peer, packet);
    dtls_srtp_drain(peer, now); /* before the next datagram is read */
}

/* In the place of SSL_shutdown, SSL_free and two calls of srtp_dealloc. */
void dtls_srtp_hang_up(struct dtls_srtp_peer *peer, skiff_time now)
{
    skiff_dtls_close(skiff_transport_dtls(peer->transport), now);
    dtls_srtp_drain(peer, now);
    skiff_transport_free(peer->transport);
    peer->transport = NULL;
}
/* end: dtls_srtp_peer */
