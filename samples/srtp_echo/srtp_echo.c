/* srtp_echo.c - answers every media packet with itself, over one UDP socket, which is
 * connected and handed down as file descriptor 3. */
#include "../common/clock.h"

#include <skiff/skiff.h>

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

enum { AT_ONCE = 64 }; /* datagrams, after which timers have their turn */

static void wait_until(int fd, skiff_time deadline)
{
    struct pollfd readable = { .fd = fd, .events = POLLIN };

    (void)poll(&readable, 1, skiff_wait_ms(deadline, clock_now()));
}

static void send_back(int fd, skiff_transport *transport, skiff_packet *media)
{
    if (skiff_transport_protect(transport, media) == SKIFF_OK)
        (void)send(fd, media->data, media->len, 0);
}

/* Media that came before the keys was held: what nobody takes is lost. */
static void receive_held_media(int fd, skiff_transport *transport)
{
    skiff_packet *held;
    skiff_kind kind;

    while (skiff_transport_take_held(transport, &held, &kind)) {
        send_back(fd, transport, held);
        skiff_packet_release(&held);
    }
}

/* Does what the transport wants done; false when the association is over. */
static bool drain(int fd, skiff_transport *transport, skiff_time now, skiff_packet *spare)
{
    skiff_failure failure;
    skiff_bytes bytes;

    for (;;)
        switch (skiff_transport_poll(transport, now, spare, &bytes)) {
        case SKIFF_DTLS_NOTHING:
            return true;
        case SKIFF_DTLS_SEND:
            (void)send(fd, spare->data, spare->len, 0);
            break;
        case SKIFF_DTLS_CLOSED:
            return false;
        case SKIFF_DTLS_FAILED:
            skiff_transport_failure(transport, &failure, sizeof failure);
            fprintf(stderr, "%s (%s)\n", failure.what, failure.spec);
            return false;
        case SKIFF_DTLS_CONNECTED:
            receive_held_media(fd, transport);
            break;
        case SKIFF_DTLS_PEER_CERTIFICATE:
        case SKIFF_DTLS_DATA:
        case SKIFF_DTLS_MOVED:
        case SKIFF_DTLS_TICKET:
        case SKIFF_DTLS_HELLO:
        case SKIFF_DTLS_RENEWED:
        case SKIFF_DTLS_NOT_RENEWED:
            break;
        }
}

/* Reads all that has come, with one time, so that no timer is judged before what it waits
 * for was read. */
static bool receive(int fd, skiff_transport *transport, skiff_packet *packet,
                    skiff_packet *spare)
{
    skiff_time now = clock_now();
    bool lives = true;
    skiff_kind kind;
    ssize_t got;

    for (int i = 0; i < AT_ONCE && lives; i++) {
        got = recv(fd, packet->data, packet->limit, MSG_DONTWAIT);
        if (got < 0)
            return true;
        packet->len = (uint32_t)got;
        if (skiff_transport_receive(transport, now, packet, &kind) == SKIFF_OK
            && (kind == SKIFF_RTP || kind == SKIFF_RTCP))
            send_back(fd, transport, packet);     /* opened where it lies */
        lives = drain(fd, transport, now, spare); /* DATA points into the packet */
    }
    return lives;
}

static void run(int fd, skiff_transport *transport, skiff_packet *packet,
                skiff_packet *spare)
{
    while (drain(fd, transport, clock_now(), spare)) {
        wait_until(fd, skiff_transport_deadline(transport));
        if (!receive(fd, transport, packet, spare))
            return;
    }
}

static int serve(int fd, const skiff_identity *me, const skiff_fingerprint *peer,
                 skiff_pool *pool)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_packet *packet = skiff_pool_take(pool);
    skiff_packet *spare = skiff_pool_take(pool);
    skiff_transport *transport = NULL;
    skiff_context *context = NULL;
    int code = 1;

    config.identity = me;
    config.pool = pool;
    if (skiff_context_new(&config, &context) == SKIFF_OK
        && skiff_transport_new(context, SKIFF_ROLE_PASSIVE, NULL, clock_now(), &transport)
               == SKIFF_OK
        && skiff_dtls_expect(skiff_transport_dtls(transport), peer, 1) == SKIFF_OK) {
        run(fd, transport, packet, spare);
        code = 0;
    }
    skiff_transport_free(transport);
    skiff_context_free(context);
    skiff_packet_release(&spare);
    skiff_packet_release(&packet);
    return code;
}

int main(int argc, char **argv)
{
    skiff_pool_config config = skiff_pool_defaults();
    skiff_identity *me = NULL;
    skiff_pool *pool = NULL;
    skiff_fingerprint peer;
    int code = 1;

    if (argc != 2 || skiff_fingerprint_parse(argv[1], &peer) != SKIFF_OK) {
        fprintf(stderr, "usage: srtp_echo 'sha-256 AB:CD:...' 3<>connected-udp-socket\n");
        return 2;
    }
    if (skiff_identity_generate((int64_t)time(NULL), 30, &me) == SKIFF_OK
        && skiff_pool_new(&config, &pool) == SKIFF_OK)
        code = serve(3, me, &peer, pool);
    skiff_pool_free(pool);
    skiff_identity_free(me);
    return code;
}
