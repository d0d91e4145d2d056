/*
 * from_libssl.c - a DTLS-SRTP server in the shape that it has on libssl and libsrtp: a
 * socket of its own, a table of peers by address, one timer for all handshakes.
 *
 *     embed_from_libssl PORT FINGERPRINT      such as 5004 "sha-256 AB:CD:..."
 *
 * docs/embedding.md has the calls of libssl and libsrtp beside those of dtls_srtp_peer.c. A
 * peer is a client whose certificate has this fingerprint. Its media goes back to it. This
 * leaves out ICE: a cookie proves each address, and a peer that goes without a close_notify
 * keeps its place.
 */
#include "dtls_srtp_peer.h"

#include "../common/basics.h"
#include "../common/udp.h"
#include "../common/wait.h"

enum { MAX_PEERS = 64, BATCH = 256 };

struct server {
    struct basics basics;
    struct udp udp;
    skiff_fingerprint expected;
    struct dtls_srtp_peer peers[MAX_PEERS];
    skiff_packet *received, *sent;
};

/* The peer that the last datagram came from; else a place for a new one, or NULL. */
static struct dtls_srtp_peer *find_peer(struct server *server)
{
    const struct sockaddr_in *from = &server->udp.from;
    struct dtls_srtp_peer *found = NULL;

    for (size_t i = 0; i < MAX_PEERS; i++) {
        struct dtls_srtp_peer *peer = &server->peers[i];
        if (peer->transport == NULL)
            found = peer;
        else if (peer->address.sin_port == from->sin_port
                 && peer->address.sin_addr.s_addr == from->sin_addr.s_addr)
            return peer;
    }
    return found;
}

/* begin: cookie */
/* In the place of DTLSv1_listen and its two cookie callbacks. Anybody can send a
 * ClientHello from a forged address: only one with a cookie makes a peer. */
static void accept_peer(struct server *server, struct dtls_srtp_peer *peer, skiff_time now)
{
    skiff_context *context = server->basics.context;
    skiff_bytes from = { (const uint8_t *)&server->udp.from, sizeof server->udp.from };
    skiff_bytes hello = { server->received->data, server->received->len };
    skiff_hello_verdict verdict =
        skiff_context_check_hello(context, now, from, hello, server->sent);

    if (verdict == SKIFF_HELLO_REPLY)
        (void)sendto(server->udp.fd, server->sent->data, server->sent->len, 0,
                     (const struct sockaddr *)&server->udp.from, sizeof server->udp.from);
    *peer = (struct dtls_srtp_peer){ server->udp.fd, server->udp.from, server->sent, NULL };
    if (verdict == SKIFF_HELLO_ACCEPT)
        (void)dtls_srtp_start(peer, context, &server->expected, now);
}
/* end: cookie */

static void receive(struct server *server, skiff_time now)
{
    for (int i = 0; i < BATCH && udp_receive(&server->udp, server->received); i++) {
        struct dtls_srtp_peer *peer = find_peer(server);
        if (peer != NULL && peer->transport == NULL)
            accept_peer(server, peer, now);
        if (peer != NULL && peer->transport != NULL)
            dtls_srtp_receive(peer, server->received, now);
    }
}

/* begin: timer */
/* In the place of DTLSv1_get_timeout for each SSL: the context knows the earliest deadline
 * of all its transports, and which of them are due. */
static void serve(struct server *server)
{
    skiff_context *context = server->basics.context;
    struct pollfd readable = { server->udp.fd, POLLIN, 0 };
    skiff_transport *due;

    while (wait_until(&readable, 1, skiff_context_deadline(context))) {
        receive(server, clock_now());
        while ((due = skiff_transport_due(context, clock_now())) != NULL)
            dtls_srtp_drain(skiff_transport_user(due), clock_now());
    }
}
/* end: timer */

static void end(struct server *server)
{
    for (size_t i = 0; i < MAX_PEERS; i++)
        if (server->peers[i].transport != NULL)
            dtls_srtp_hang_up(&server->peers[i], clock_now());
    skiff_packet_release(&server->received);
    skiff_packet_release(&server->sent);
    basics_close(&server->basics);
    close(server->udp.fd);
}

int main(int argc, char **argv)
{
    struct server server = { 0 };

    if (argc != 3)
        fprintf(stderr, "usage: embed_from_libssl PORT FINGERPRINT\n");
    if (argc != 3
        || !worked(skiff_fingerprint_parse(argv[2], &server.expected), "the fingerprint")
        || !udp_open(&server.udp, NULL, argv[1]))
        return 2;
    hold_interrupts();
    bool opened = basics_open(&server.basics, false);
    if (opened) {
        print_own_fingerprint(&server.basics);
        server.received = skiff_pool_take(server.basics.pool);
        server.sent = skiff_pool_take(server.basics.pool);
        serve(&server);
    }
    end(&server);
    return opened ? 0 : 1;
}
