/*
 * srtp_echo.c - sends every media packet back to the peer that it comes from.
 *
 *     srtp_echo PORT FINGERPRINT        such as 5004 "sha-256 AB:CD:..."
 * It shows the loop of a transport (DTLS-SRTP, RFC 5764) over one UDP socket: media is
 * opened and protected where it lies, and media that overtakes the handshake is not lost.
 * The peer is the client, and must have the certificate with this fingerprint.
 *
 * It leaves out ICE, RTCP of its own, and more than one peer: see samples/forward.
 */
#include "../common/basics.h"
#include "../common/udp.h"
#include "../common/wait.h"

#include <skiff/transport.h>

enum { BATCH = 64 }; /* datagrams, after which timers have their turn */

struct echo {
    struct basics basics;
    struct udp udp;
    skiff_fingerprint expected;
    skiff_transport *transport; /* NULL until a client is there */
    skiff_packet *received, *sent;
    bool closed, failed;
};

static void start(struct echo *echo)
{
    skiff_context *context = echo->basics.context;
    skiff_status status = skiff_transport_new(context, SKIFF_ROLE_PASSIVE, NULL,
                                              clock_now(), &echo->transport);

    echo->failed = !worked(status, "the transport")
                || !worked(skiff_dtls_expect(skiff_transport_dtls(echo->transport),
                                             &echo->expected, 1),
                           "the fingerprint");
}

static void send_back(struct echo *echo, skiff_packet *media)
{
    if (skiff_transport_protect(echo->transport, media) == SKIFF_OK)
        udp_send(&echo->udp, media);
}

/* Media that came before the keys is held. It is lost unless it is taken now. */
static void send_held_back(struct echo *echo)
{
    skiff_packet *held;
    skiff_kind kind;

    while (skiff_transport_take_held(echo->transport, &held, &kind)) {
        send_back(echo, held);
        skiff_packet_release(&held);
    }
}

static void handle_event(struct echo *echo, skiff_dtls_event event)
{
    skiff_failure failure;

    if (event == SKIFF_DTLS_SEND)
        udp_send(&echo->udp, echo->sent); /* what is lost, poll says again */
    if (event == SKIFF_DTLS_CONNECTED) {
        fprintf(stderr, "connected\n");
        send_held_back(echo);
    }
    if (event == SKIFF_DTLS_CLOSED)
        fprintf(stderr, "the peer has closed\n");
    if (event == SKIFF_DTLS_FAILED) {
        skiff_transport_failure(echo->transport, &failure, sizeof failure);
        print_failure(&failure);
    }
    echo->closed |= event == SKIFF_DTLS_CLOSED;
    echo->failed |= event == SKIFF_DTLS_FAILED;
}

static void drain(struct echo *echo, skiff_time now)
{
    skiff_dtls_event event;
    skiff_bytes bytes;

    do {
        event = skiff_transport_poll(echo->transport, now, echo->sent, &bytes);
        handle_event(echo, event);
    } while (event != SKIFF_DTLS_NOTHING);
}

/* All that has come, with one time: no timer fires before what it waits for was read. */
static void receive(struct echo *echo, skiff_time now)
{
    skiff_packet *packet = echo->received;
    skiff_kind kind;

    for (int i = 0; i < BATCH && udp_receive(&echo->udp, packet); i++) {
        if (echo->transport == NULL
            && udp_accept(&echo->udp, echo->basics.context, now, packet, echo->sent))
            start(echo);
        if (echo->transport == NULL
            || skiff_transport_receive(echo->transport, now, packet, &kind) != SKIFF_OK)
            continue; /* not the peer's, forged or repeated: it has changed nothing */
        if (kind == SKIFF_RTP || kind == SKIFF_RTCP)
            send_back(echo, packet);
        drain(echo, now); /* DTLS stays borrowed until this is done */
    }
}

static void run(struct echo *echo)
{
    struct pollfd readable = { echo->udp.fd, POLLIN, 0 };
    skiff_time deadline = SKIFF_NEVER;

    while (!echo->closed && !echo->failed && wait_until(&readable, 1, deadline)) {
        receive(echo, clock_now());
        if (echo->transport == NULL)
            continue;
        drain(echo, clock_now());
        deadline = skiff_transport_deadline(echo->transport);
    }
    if (echo->transport != NULL) {
        skiff_dtls_close(skiff_transport_dtls(echo->transport), clock_now());
        drain(echo, clock_now());
    }
}

int main(int argc, char **argv)
{
    struct echo echo = { 0 };

    if (argc != 3)
        fprintf(stderr, "usage: srtp_echo PORT FINGERPRINT\n");
    if (argc != 3
        || !worked(skiff_fingerprint_parse(argv[2], &echo.expected), "the fingerprint")
        || !udp_open(&echo.udp, NULL, argv[1]))
        return 2;
    hold_interrupts();
    echo.failed = !basics_open(&echo.basics, false);
    if (!echo.failed) {
        print_own_fingerprint(&echo.basics);
        echo.received = skiff_pool_take(echo.basics.pool);
        echo.sent = skiff_pool_take(echo.basics.pool);
        run(&echo);
    }
    skiff_transport_free(echo.transport);
    skiff_packet_release(&echo.received);
    skiff_packet_release(&echo.sent);
    basics_close(&echo.basics);
    close(echo.udp.fd);
    return echo.failed ? 1 : 0;
}
