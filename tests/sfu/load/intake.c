/* intake.c - reads sockets with many datagrams a call. */
#define _GNU_SOURCE
#include "intake.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdalign.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    MESSAGES = 32,
    RUN = 65536,              /* bytes of the longest */
    RECEIVE_BUFFER = 8 << 20, /* of a socket */
    CONTROL = CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(int))
};

struct message {
    uint8_t bytes[RUN + SKIFF_TAIL];
    struct sockaddr_in far;
    struct iovec view;
    alignas(struct cmsghdr) uint8_t control[CONTROL];
};

struct intake {
    struct message messages[MESSAGES];
    struct mmsghdr headers[MESSAGES];
    size_t num, at; /* messages, and the one that is being taken apart: */
    size_t offset, segment;
    struct udp_path path;
    skiff_packet packet;
};

struct intake *intake_new(void)
{
    return calloc(1, sizeof(struct intake));
}

void intake_free(struct intake *intake)
{
    free(intake);
}

void intake_prepare(int fd)
{
    int on = 1, wanted = RECEIVE_BUFFER;

    (void)setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted);
}

static void lay_out(struct intake *intake)
{
    for (size_t i = 0; i < MESSAGES; i++) {
        struct message *message = &intake->messages[i];
        message->view = (struct iovec){ message->bytes, RUN };
        intake->headers[i].msg_hdr = (struct msghdr){ .msg_name = &message->far,
                                                      .msg_namelen = sizeof message->far,
                                                      .msg_iov = &message->view,
                                                      .msg_iovlen = 1,
                                                      .msg_control = message->control,
                                                      .msg_controllen = CONTROL };
    }
}

/* Whose a message is, and where it is cut. */
static void begin(struct intake *intake)
{
    struct msghdr *header = &intake->headers[intake->at].msg_hdr;
    const struct message *message = &intake->messages[intake->at];
    struct in_pktinfo info = { 0 };
    int segment = 0;

    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
         part = CMSG_NXTHDR(header, part))
        if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO)
            memcpy(&info, CMSG_DATA(part), sizeof info);
        else if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == UDP_GRO)
            memcpy(&segment, CMSG_DATA(part), sizeof segment);
    intake->path =
        (struct udp_path){ ntohl(info.ipi_addr.s_addr), ntohl(message->far.sin_addr.s_addr),
                           ntohs(message->far.sin_port) };
    intake->segment = segment > 0 ? (size_t)segment : RUN;
    intake->offset = 0;
}

bool intake_read(struct intake *intake, int fd)
{
    lay_out(intake);
    int num = recvmmsg(fd, intake->headers, MESSAGES, MSG_DONTWAIT, NULL);
    intake->num = num > 0 ? (size_t)num : 0;
    intake->at = 0;
    if (intake->num > 0)
        begin(intake);
    return intake->num > 0;
}

skiff_packet *intake_next(struct intake *intake, struct udp_path *path)
{
    while (intake->at < intake->num
           && intake->offset >= intake->headers[intake->at].msg_len)
        if (++intake->at < intake->num)
            begin(intake);
    if (intake->at == intake->num)
        return NULL;
    struct message *message = &intake->messages[intake->at];
    size_t rest = intake->headers[intake->at].msg_len - intake->offset;
    size_t len = rest < intake->segment ? rest : intake->segment;
    uint8_t *bytes = message->bytes + intake->offset;
    *path = intake->path;
    intake->offset += len;
    if (skiff_packet_wrap(bytes, len,
                          sizeof message->bytes - (size_t)(bytes - message->bytes),
                          &intake->packet)
        != SKIFF_OK)
        return NULL;
    return &intake->packet;
}
