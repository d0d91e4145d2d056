/* udp.c - a UDP socket that reads and sends many datagrams in one call. */
#define _GNU_SOURCE
#include "udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WANTED = 4 << 20 }; /* bytes of socket buffer */

/* One datagram with what the kernel says, or is told, of it. */
struct datagram {
    uint8_t bytes[SKIFF_HEAD + UDP_DATAGRAM + SKIFF_TAIL];
    skiff_packet packet;
    struct sockaddr_in far;
    struct iovec view;
    alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

struct udp {
    int fd;
    size_t num_in, num_out;
    uint64_t refused;
    struct datagram in[UDP_BATCH], out[UDP_BATCH];
    struct mmsghdr in_headers[UDP_BATCH], out_headers[UDP_BATCH];
};

static void address_header(struct datagram *datagram, struct msghdr *header)
{
    *header = (struct msghdr){ .msg_name = &datagram->far,
                               .msg_namelen = sizeof datagram->far,
                               .msg_iov = &datagram->view,
                               .msg_iovlen = 1,
                               .msg_control = datagram->control,
                               .msg_controllen = sizeof datagram->control };
}

/* Makes space for the next read in those buffers that the last one has filled. */
static void lay_out(struct udp *udp, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        struct datagram *datagram = &udp->in[i];
        datagram->view = (struct iovec){ datagram->bytes, UDP_DATAGRAM };
        address_header(datagram, &udp->in_headers[i].msg_hdr);
    }
}

/* --- opening ----------------------------------------------------------------------- */

static bool set(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/* What is never cut to pieces needs no number for them, which the kernel would draw. */
static bool set_up(int fd, uint32_t address, size_t *granted)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
    int buffer = 0;
    socklen_t len = sizeof buffer;

    if (!set(fd, IPPROTO_IP, IP_PKTINFO, 1)
        || !set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
        || !set(fd, SOL_SOCKET, SO_RCVBUF, WANTED)
        || !set(fd, SOL_SOCKET, SO_SNDBUF, WANTED)
        || getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, &len) != 0
        || bind(fd, (struct sockaddr *)&at, sizeof at) != 0)
        return false;
    *granted = (size_t)buffer;
    return true;
}

struct udp *udp_new(uint32_t address, size_t *granted)
{
    struct udp *udp = calloc(1, sizeof *udp);

    if (udp == NULL)
        return NULL;
    udp->num_in = UDP_BATCH;
    udp->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (udp->fd >= 0 && set_up(udp->fd, address, granted))
        return udp;
    udp_free(udp);
    return NULL;
}

void udp_free(struct udp *udp)
{
    int kept = errno;

    if (udp == NULL)
        return;
    if (udp->fd >= 0)
        close(udp->fd);
    free(udp);
    errno = kept;
}

int udp_fd(const struct udp *udp)
{
    return udp->fd;
}

uint16_t udp_port(const struct udp *udp)
{
    struct sockaddr_in at = { 0 };
    socklen_t len = sizeof at;

    (void)getsockname(udp->fd, (struct sockaddr *)&at, &len);
    return ntohs(at.sin_port);
}

/* --- reading ----------------------------------------------------------------------- */

size_t udp_read(struct udp *udp, size_t most)
{
    lay_out(udp, udp->num_in);
    int num = recvmmsg(udp->fd, udp->in_headers, (unsigned)most, MSG_DONTWAIT, NULL);
    udp->num_in = num > 0 ? (size_t)num : 0;
    return udp->num_in;
}

static uint32_t local_address_of(struct msghdr *header)
{
    struct in_pktinfo info;

    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
         part = CMSG_NXTHDR(header, part))
        if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
            memcpy(&info, CMSG_DATA(part), sizeof info);
            return ntohl(info.ipi_addr.s_addr);
        }
    return 0;
}

skiff_packet *udp_open(struct udp *udp, size_t i, struct udp_path *path)
{
    struct datagram *datagram = &udp->in[i];

    *path = (struct udp_path){ local_address_of(&udp->in_headers[i].msg_hdr),
                               ntohl(datagram->far.sin_addr.s_addr),
                               ntohs(datagram->far.sin_port) };
    if (skiff_packet_wrap(datagram->bytes, udp->in_headers[i].msg_len,
                          sizeof datagram->bytes, &datagram->packet)
        != SKIFF_OK)
        return NULL;
    return &datagram->packet;
}

/* --- sending ----------------------------------------------------------------------- */

skiff_packet *udp_blank(struct udp *udp)
{
    struct datagram *datagram = &udp->out[udp->num_out];

    datagram->packet = (skiff_packet){ .data = datagram->bytes + SKIFF_HEAD,
                                       .limit = UDP_DATAGRAM,
                                       .head = SKIFF_HEAD };
    return &datagram->packet;
}

static void set_source(struct msghdr *header, uint32_t near)
{
    struct in_pktinfo info = { .ipi_spec_dst.s_addr = htonl(near) };
    struct cmsghdr *part = CMSG_FIRSTHDR(header);

    part->cmsg_level = IPPROTO_IP;
    part->cmsg_type = IP_PKTINFO;
    part->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(part), &info, sizeof info);
}

void udp_post(struct udp *udp, const struct udp_path *path)
{
    struct datagram *datagram = &udp->out[udp->num_out];
    struct msghdr *header = &udp->out_headers[udp->num_out].msg_hdr;

    datagram->far = (struct sockaddr_in){ .sin_family = AF_INET,
                                          .sin_port = htons(path->far_port),
                                          .sin_addr.s_addr = htonl(path->far) };
    datagram->view = (struct iovec){ datagram->packet.data, datagram->packet.len };
    address_header(datagram, header);
    set_source(header, path->near);
    if (++udp->num_out == UDP_BATCH)
        udp_flush(udp);
}

void udp_flush(struct udp *udp)
{
    size_t sent = 0;

    while (sent < udp->num_out) {
        int num =
            sendmmsg(udp->fd, udp->out_headers + sent, (unsigned)(udp->num_out - sent), 0);
        if (num < 0 && errno == EINTR)
            continue;
        udp->refused += num <= 0; /* the first one: go on behind it */
        sent += num > 0 ? (size_t)num : 1;
    }
    udp->num_out = 0;
}

uint64_t udp_refused(const struct udp *udp)
{
    return udp->refused;
}
