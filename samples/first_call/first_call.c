/* first_call.c - a DTLS-SRTP call between two ends in one process, over a socket pair.
 * Knows the loop that every program on a transport needs, and nothing of ICE or signalling.
 * README.md and docs/start.md show the code between the markers "begin" and "end". */
#include "../common/clock.h"

#include <skiff/skiff.h>

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_ONCE = 64 }; /* datagrams, after which timers have their turn */

static const uint8_t rtp_packet[] = { 0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 'h', 'i' };

struct end {
    int fd;
    skiff_identity *identity;
    skiff_pool *pool;
    skiff_context *context;
    skiff_transport *transport;
    skiff_packet *in, *out;
    bool is_connected;
    unsigned media_received;
};

static void on_media(struct end *end, const skiff_packet *packet)
{
    if (packet->len == sizeof rtp_packet
        && memcmp(packet->data, rtp_packet, sizeof rtp_packet) == 0)
        end->media_received++;
}

/* Media that arrived before the keys was held. What nobody takes is lost. */
static void on_connected(struct end *end)
{
    skiff_packet *held;
    skiff_kind kind;

    end->is_connected = true;
    while (skiff_transport_take_held(end->transport, &held, &kind)) {
        on_media(end, held);
        skiff_packet_release(&held);
    }
}

static void on_failed(const struct end *end)
{
    skiff_failure failure;

    skiff_transport_failure(end->transport, &failure, sizeof failure);
    fprintf(stderr, "%s (%s)\n", failure.what, failure.spec);
}

/* begin: loop */
/* Does what the transport asks for. Returns false when the association is over. */
static bool drain(struct end *end, skiff_time now)
{
    skiff_dtls_event event;
    skiff_bytes bytes;

    while ((event = skiff_transport_poll(end->transport, now, end->out, &bytes))
           != SKIFF_DTLS_NOTHING) {
        if (event == SKIFF_DTLS_SEND) /* if the datagram is lost, it is sent again */
            (void)send(end->fd, end->out->data, end->out->len, 0);
        if (event == SKIFF_DTLS_CONNECTED) /* the peer is proven, the SRTP keys are set */
            on_connected(end);
        if (event == SKIFF_DTLS_FAILED) /* skiff_transport_failure says why */
            on_failed(end);
        if (event == SKIFF_DTLS_FAILED || event == SKIFF_DTLS_CLOSED)
            return false;
    }
    return true;
}

/* Reads what has arrived, with one time for all of it. */
static bool receive(struct end *end, skiff_time now)
{
    skiff_kind kind;
    ssize_t got;

    for (int i = 0; i < AT_ONCE; i++) {
        got = recv(end->fd, end->in->data, end->in->limit, MSG_DONTWAIT);
        if (got < 0)
            return true;
        end->in->len = (uint32_t)got;
        if (skiff_transport_receive(end->transport, now, end->in, &kind) == SKIFF_OK
            && (kind == SKIFF_RTP || kind == SKIFF_RTCP))
            on_media(end, end->in); /* decrypted in place */
        if (!drain(end, now))       /* before the next datagram is read */
            return false;
    }
    return true;
}
/* end: loop */

static bool serve_both(struct end *a, struct end *b)
{
    struct pollfd fds[] = { { .fd = a->fd, .events = POLLIN },
                            { .fd = b->fd, .events = POLLIN } };
    skiff_time now = clock_now();

    if (!drain(a, now) || !drain(b, now))
        return false;
    skiff_time due = skiff_transport_deadline(a->transport);
    if (skiff_transport_deadline(b->transport) < due)
        due = skiff_transport_deadline(b->transport);
    (void)poll(fds, 2, skiff_wait_ms(due, now));
    now = clock_now();
    return receive(a, now) && receive(b, now);
}

static bool send_media(struct end *end)
{
    memcpy(end->out->data, rtp_packet, sizeof rtp_packet);
    end->out->len = sizeof rtp_packet;
    return skiff_transport_protect(end->transport, end->out) == SKIFF_OK
        && send(end->fd, end->out->data, end->out->len, 0) > 0;
}

/* begin: call */
/* Makes one end. A program has one identity, and one pool and context for each thread. */
static bool open_end(struct end *end, skiff_role role)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_pool_config packets = skiff_pool_defaults();

    if (skiff_identity_generate((int64_t)time(NULL), 30, &end->identity) != SKIFF_OK
        || skiff_pool_new(&packets, &end->pool) != SKIFF_OK)
        return false;
    end->in = skiff_pool_take(end->pool);
    end->out = skiff_pool_take(end->pool);
    config.identity = end->identity;
    config.pool = end->pool;
    return skiff_context_new(&config, &end->context) == SKIFF_OK
        && skiff_transport_new(end->context, role, NULL, clock_now(), &end->transport)
               == SKIFF_OK;
}

/* Tells one end who its peer is. Between two programs the fingerprint travels in SDP. */
static bool expect_peer(struct end *end, const struct end *peer)
{
    skiff_fingerprint fingerprint;

    skiff_identity_fingerprint(peer->identity, &fingerprint);
    return skiff_dtls_expect(skiff_transport_dtls(end->transport), &fingerprint, 1)
        == SKIFF_OK;
}

/* Connects the two ends, and sends one packet of media from the client to the server. */
static bool call(struct end *client, struct end *server)
{
    if (!open_end(client, SKIFF_ROLE_ACTIVE) || !open_end(server, SKIFF_ROLE_PASSIVE)
        || !expect_peer(client, server) || !expect_peer(server, client))
        return false;
    while (!client->is_connected || !server->is_connected)
        if (!serve_both(client, server))
            return false;
    if (!send_media(client))
        return false;
    while (server->media_received == 0)
        if (!serve_both(client, server))
            return false;
    return true;
}
/* end: call */

static void close_end(struct end *end)
{
    skiff_transport_free(end->transport);
    skiff_context_free(end->context);
    skiff_packet_release(&end->in);
    skiff_packet_release(&end->out);
    skiff_pool_free(end->pool);
    skiff_identity_free(end->identity);
    (void)close(end->fd);
}

static void report(const struct end *client, const struct end *server)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(skiff_transport_dtls(client->transport), &info, sizeof info);
    printf("DTLS 1.%d in %.1f ms, %u packet of media received\n",
           info.version == SKIFF_DTLS_1_3 ? 3 : 2, (double)info.handshake_time / 1000,
           server->media_received);
}

int main(void)
{
    struct end client = { .fd = -1 }, server = { .fd = -1 };
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) != 0)
        return 1;
    client.fd = fds[0];
    server.fd = fds[1];
    bool is_good = call(&client, &server);
    if (is_good)
        report(&client, &server);
    close_end(&client);
    close_end(&server);
    return is_good ? 0 : 1;
}
