/* srtp_echo.c - answers every media packet with itself, over one UDP socket, which is
 * connected and handed down as file descriptor 3. */
#include <skiff/skiff.h>

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

static skiff_time now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (skiff_time)t.tv_sec * 1000000u + (skiff_time)t.tv_nsec / 1000u;
}

static int wait_until(int fd, skiff_time deadline)
{
    skiff_time t = now();
    int ms = deadline <= t ? 0 : (int)((deadline - t) / 1000u) + 1;
    struct pollfd readable = { .fd = fd, .events = POLLIN };

    return poll(&readable, 1, deadline == SKIFF_NEVER ? -1 : ms);
}

/* Does what the transport wants done; false when the association is over. */
static bool drain(int fd, skiff_transport *transport, skiff_packet *spare)
{
    skiff_failure why;
    skiff_bytes bytes;

    for (;;)
        switch (skiff_transport_poll(transport, now(), spare, &bytes)) {
        case SKIFF_DTLS_NOTHING:
            return true;
        case SKIFF_DTLS_SEND:
            (void)send(fd, spare->data, spare->len, 0);
            break;
        case SKIFF_DTLS_CLOSED:
            return false;
        case SKIFF_DTLS_FAILED:
            skiff_transport_failure(transport, &why, sizeof why);
            fprintf(stderr, "%s (%s)\n", why.what, why.spec);
            return false;
        case SKIFF_DTLS_PEER_CERTIFICATE:
        case SKIFF_DTLS_CONNECTED:
        case SKIFF_DTLS_DATA:
        case SKIFF_DTLS_MOVED:
        case SKIFF_DTLS_TICKET:
            break;
        }
}

static void run(int fd, skiff_transport *transport, skiff_packet *packet,
                skiff_packet *spare)
{
    skiff_kind kind;

    while (drain(fd, transport, spare)) {
        if (wait_until(fd, skiff_transport_deadline(transport)) <= 0)
            continue;

        ssize_t got = recv(fd, packet->data, packet->limit, 0);
        if (got <= 0)
            continue;
        packet->len = (uint32_t)got;
        if (skiff_transport_receive(transport, now(), packet, &kind) != SKIFF_OK)
            continue;                                    /* counted; nothing to undo */
        if ((kind == SKIFF_RTP || kind == SKIFF_RTCP)
            && skiff_transport_protect(transport, packet) == SKIFF_OK)
            (void)send(fd, packet->data, packet->len, 0);
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
    config.newest = SKIFF_DTLS_1_2;
    if (skiff_context_new(&config, &context) == SKIFF_OK
        && skiff_transport_new(context, SKIFF_ROLE_PASSIVE, NULL, now(), &transport)
               == SKIFF_OK
        && skiff_dtls_expect(skiff_transport_dtls(transport), peer, 1) == SKIFF_OK) {
        run(fd, transport, packet, spare);
        code = 0;
    }
    skiff_transport_free(transport);
    skiff_context_free(context);
    skiff_packet_give(&spare);
    skiff_packet_give(&packet);
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
