/* publisher.c - writes, protects and sends a frame. */
#define _GNU_SOURCE
#include "publisher.h"

#include "../raw.h"

#include <netinet/udp.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>

struct frame {
    uint8_t bytes[PLAN_FRAME][RTP_SEALED + SKIFF_TAIL];
    struct iovec vectors[PLAN_FRAME];
    alignas(struct cmsghdr) uint8_t
        control[CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(uint16_t))];
};

static void write_packet(struct server *server, struct frame *frame, size_t i)
{
    uint8_t *bytes = frame->bytes[i];
    skiff_packet packet;

    rtp_write(bytes, server->sequence++, PLAN_SSRC);
    memset(bytes + RTP_HEADER, (int)i, RTP_PLAIN - RTP_HEADER);
    demand(skiff_packet_wrap(bytes, RTP_PLAIN, sizeof frame->bytes[i], &packet) == SKIFF_OK
               && skiff_srtp_protect(server->publisher, &packet) == SKIFF_OK,
           "skiff_srtp_protect");
    frame->vectors[i] = (struct iovec){ bytes, packet.len };
}

/* Where it is from, and where it is cut. */
static void write_control(struct msghdr *message)
{
    const struct in_pktinfo from = { .ipi_spec_dst = {
                                         htonl(PLAN_FIRST + PLAN_PUBLISHER) } };
    const uint16_t segment = RTP_SEALED;

    struct cmsghdr *part = CMSG_FIRSTHDR(message);
    *part = (struct cmsghdr){ CMSG_LEN(sizeof from), IPPROTO_IP, IP_PKTINFO };
    memcpy(CMSG_DATA(part), &from, sizeof from);
    part = CMSG_NXTHDR(message, part);
    *part = (struct cmsghdr){ CMSG_LEN(sizeof segment), IPPROTO_UDP, UDP_SEGMENT };
    memcpy(CMSG_DATA(part), &segment, sizeof segment);
}

void publisher_send_frame(struct server *server, int fd)
{
    struct frame frame = { 0 };
    struct msghdr message = {
        .msg_name = &server->address,
        .msg_namelen = sizeof server->address,
        .msg_iov = frame.vectors,
        .msg_iovlen = PLAN_FRAME,
        .msg_control = frame.control,
        .msg_controllen = sizeof frame.control,
    };

    for (size_t i = 0; i < PLAN_FRAME; i++)
        write_packet(server, &frame, i);
    write_control(&message);
    demand(sendmsg(fd, &message, 0) == PLAN_FRAME * RTP_SEALED, "sendmsg of a frame");
}
