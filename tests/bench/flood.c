/* flood.c - a stranger, and his datagrams: all are written before the first is sent. */
#define _GNU_SOURCE
#include "flood.h"

#include "raw.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    VARIANTS = 64,
    LOOPBACK = 127 << 24,
    ADDRESSES = 1 << 24,
    SSRC = 7,
    AHEAD = 30000 /* so that forged media has not been seen before */
};

struct datagram {
    size_t len;
    uint8_t bytes[2048];
};

struct flood {
    const struct testbed *testbed;
    int fds[FROM_PEERS];
    uint32_t random;
    struct datagram datagrams[FLOOD_KINDS_WITH_HOOK][VARIANTS]; /* the i-th of one */
};

static uint32_t next(struct flood *flood)
{
    flood->random = flood->random * 1664525u + 1013904223u;
    return flood->random >> 8;
}

static void fill(struct flood *flood, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)next(flood);
}

static struct caller *caller_of(const struct flood *flood, size_t i)
{
    return &flood->testbed->callers[i % flood->testbed->num];
}

/* --- datagrams of a flood ------------------------------------------------------------- */

/* Changes a character that does not say where the peer is. */
static void change_ufrag(struct datagram *check, const char *ufrag)
{
    uint8_t *found = memmem(check->bytes, check->len, ufrag, strlen(ufrag));

    demand(found != NULL, "a ufrag in a check");
    uint8_t *last = found + strlen(ufrag) - 1;
    *last = *last == 'x' ? 'y' : 'x';
}

static void write_checks(struct flood *flood, size_t i)
{
    struct datagram *unknown = &flood->datagrams[FLOOD_UFRAG][i];
    struct datagram *signature = &flood->datagrams[FLOOD_SIGNATURE][i];
    struct datagram *check = &flood->datagrams[FLOOD_CHECK][i];
    const struct caller *caller = caller_of(flood, i);
    static const char guess[] = "a-guess-of-24-characters";
    const char *ufrag, *password;

    skiff_peer_credentials(caller->peer, &ufrag, &password);
    unknown->len = caller_check(caller, guess, unknown->bytes);
    change_ufrag(unknown, ufrag);
    signature->len = caller_check(caller, guess, signature->bytes);
    check->len = caller_checks(flood->testbed, caller, check->bytes);
}

static void write_unknown(struct flood *flood, size_t i)
{
    struct datagram *unknown = &flood->datagrams[FLOOD_UNKNOWN][i];
    char ufrag[40];

    snprintf(ufrag, sizeof ufrag, "a/stranger/%06x%06x", next(flood), next(flood));
    unknown->len = testbed_check(ufrag, "a-guess-of-24-characters", unknown->bytes);
}

static void copy_packet(struct datagram *datagram, const skiff_packet *packet)
{
    datagram->len = packet->len;
    memcpy(datagram->bytes, packet->data, packet->len);
}

static void write_hello(struct flood *flood, skiff_packet *packet, size_t i)
{
    const struct testbed *testbed = flood->testbed;
    skiff_transport *transport = NULL;
    skiff_bytes bytes;

    demand(skiff_transport_new(testbed->caller_context, SKIFF_ROLE_ACTIVE, NULL,
                               testbed_now(), &transport)
                   == SKIFF_OK
               && skiff_transport_poll(transport, testbed_now(), packet, &bytes)
                      == SKIFF_DTLS_SEND,
           "a ClientHello");
    copy_packet(&flood->datagrams[FLOOD_HELLO][i], packet);
    skiff_transport_free(transport);
}

static void write_media(struct flood *flood, skiff_packet *packet, size_t i)
{
    struct datagram *media = &flood->datagrams[FLOOD_MEDIA][i];
    const struct caller *caller = caller_of(flood, i);

    media->len = RTP_SEALED;
    fill(flood, media->bytes, media->len);
    rtp_write(media->bytes, (uint16_t)(AHEAD + i), SSRC);

    rtp_write(packet->data, (uint16_t)i, SSRC);
    packet->len = RTP_PLAIN;
    demand(skiff_transport_protect(caller->transport, packet) == SKIFF_OK,
           "skiff_transport_protect");
    copy_packet(&flood->datagrams[FLOOD_REPLAY][i], packet);
    caller_sends(flood->testbed, caller, packet);
}

static void write_noise(struct flood *flood, size_t i)
{
    struct datagram *noise = &flood->datagrams[FLOOD_NOISE][i];

    noise->len = 1 + next(flood) % RTP_SEALED;
    fill(flood, noise->bytes, noise->len);
}

struct flood *flood_new(struct testbed *testbed)
{
    struct flood *flood = calloc(1, sizeof *flood);
    skiff_packet *packet = skiff_pool_take(testbed->pool);
    struct sockaddr_in any = { .sin_family = AF_INET }, one;

    demand(flood != NULL && packet != NULL, "calloc");
    flood->testbed = testbed;
    flood->fds[FROM_ONE] = raw_socket(&one, false);
    flood->fds[FROM_MANY] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    demand(bind(flood->fds[FROM_MANY], (struct sockaddr *)&any, sizeof any) == 0, "bind");
    for (size_t i = 0; i < VARIANTS; i++) {
        write_noise(flood, i);
        write_checks(flood, i);
        write_unknown(flood, i);
        write_hello(flood, packet, i);
        write_media(flood, packet, i);
        testbed_run(testbed);
    }
    testbed_drain(testbed);
    skiff_packet_release(&packet);
    return flood;
}

/* --- how he sends it ------------------------------------------------------------------ */

/* Names any address of 127/8 as the one it is from. */
static void disguise(struct flood *flood, struct msghdr *header)
{
    struct in_pktinfo info = { .ipi_spec_dst = { htonl(
                                   LOOPBACK | (next(flood) % (ADDRESSES - 2) + 1)) } };
    struct cmsghdr *first = CMSG_FIRSTHDR(header);

    *first = (struct cmsghdr){ .cmsg_level = IPPROTO_IP,
                               .cmsg_type = IP_PKTINFO,
                               .cmsg_len = CMSG_LEN(sizeof info) };
    memcpy(CMSG_DATA(first), &info, sizeof info);
}

void flood_send(struct flood *flood, enum flood_kind kind, enum flood_source source,
                const struct sockaddr_in *to, size_t i)
{
    struct datagram *datagram = &flood->datagrams[kind][i % VARIANTS];
    struct sockaddr_in name = *to;
    struct iovec vector = { datagram->bytes, datagram->len };
    alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in_pktinfo))] = { 0 };
    struct msghdr header = {
        .msg_name = &name, .msg_namelen = sizeof name, .msg_iov = &vector, .msg_iovlen = 1
    };

    if (source == FROM_MANY) {
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        disguise(flood, &header);
    }
    int fd = source != FROM_PEERS ? flood->fds[source] : caller_of(flood, i % VARIANTS)->fd;
    (void)!sendmsg(fd, &header, MSG_DONTWAIT);
}
