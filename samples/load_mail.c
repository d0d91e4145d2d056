/* load_mail.c - a UDP socket that reads and sends many datagrams in one call. */
#define _GNU_SOURCE
#include "load_mail.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WANTED = 4 << 20 };                       /* bytes of socket buffer */

/* One datagram with what the kernel says, or is told, of it. */
struct letter {
    uint8_t            bytes[SKIFF_HEAD + MAIL_ROOM + SKIFF_TAIL];
    skiff_packet       packet;
    struct sockaddr_in far;
    struct iovec       view;
    alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

struct mail {
    int            fd;
    size_t         num_in, num_out;
    uint64_t       refused;
    struct letter  in[MAIL_BATCH], out[MAIL_BATCH];
    struct mmsghdr in_headers[MAIL_BATCH], out_headers[MAIL_BATCH];
};

static void address_header(struct letter *letter, struct msghdr *header)
{
    *header = (struct msghdr){ .msg_name = &letter->far, .msg_namelen = sizeof letter->far,
                               .msg_iov = &letter->view, .msg_iovlen = 1,
                               .msg_control = letter->control,
                               .msg_controllen = sizeof letter->control };
}

/* Makes room for the next read in those letters that the last one has filled. */
static void lay_out(struct mail *mail, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        struct letter *letter = &mail->in[i];
        letter->view = (struct iovec){ letter->bytes, MAIL_ROOM };
        address_header(letter, &mail->in_headers[i].msg_hdr);
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
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(address) };
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

struct mail *mail_new(uint32_t address, size_t *granted)
{
    struct mail *mail = calloc(1, sizeof *mail);

    if (mail == NULL)
        return NULL;
    mail->num_in = MAIL_BATCH;
    mail->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (mail->fd >= 0 && set_up(mail->fd, address, granted))
        return mail;
    mail_free(mail);
    return NULL;
}

void mail_free(struct mail *mail)
{
    int kept = errno;

    if (mail == NULL)
        return;
    if (mail->fd >= 0)
        close(mail->fd);
    free(mail);
    errno = kept;
}

int mail_fd(const struct mail *mail)
{
    return mail->fd;
}

uint16_t mail_port(const struct mail *mail)
{
    struct sockaddr_in at = { 0 };
    socklen_t len = sizeof at;

    (void)getsockname(mail->fd, (struct sockaddr *)&at, &len);
    return ntohs(at.sin_port);
}

/* --- reading ----------------------------------------------------------------------- */

size_t mail_read(struct mail *mail, size_t most)
{
    lay_out(mail, mail->num_in);
    int num = recvmmsg(mail->fd, mail->in_headers, (unsigned)most, MSG_DONTWAIT, NULL);
    mail->num_in = num > 0 ? (size_t)num : 0;
    return mail->num_in;
}

static uint32_t came_to(struct msghdr *header)
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

skiff_packet *mail_open(struct mail *mail, size_t i, struct mail_path *path)
{
    struct letter *letter = &mail->in[i];

    *path = (struct mail_path){ came_to(&mail->in_headers[i].msg_hdr),
                                ntohl(letter->far.sin_addr.s_addr),
                                ntohs(letter->far.sin_port) };
    if (skiff_packet_wrap(letter->bytes, mail->in_headers[i].msg_len, sizeof letter->bytes,
                          &letter->packet) != SKIFF_OK)
        return NULL;
    return &letter->packet;
}

/* --- sending ----------------------------------------------------------------------- */

skiff_packet *mail_blank(struct mail *mail)
{
    struct letter *letter = &mail->out[mail->num_out];

    letter->packet = (skiff_packet){ .data = letter->bytes + SKIFF_HEAD,
                                     .limit = MAIL_ROOM, .head = SKIFF_HEAD };
    return &letter->packet;
}

static void leave_from(struct msghdr *header, uint32_t near)
{
    struct in_pktinfo info = { .ipi_spec_dst.s_addr = htonl(near) };
    struct cmsghdr *part = CMSG_FIRSTHDR(header);

    part->cmsg_level = IPPROTO_IP;
    part->cmsg_type = IP_PKTINFO;
    part->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(part), &info, sizeof info);
}

void mail_post(struct mail *mail, const struct mail_path *path)
{
    struct letter *letter = &mail->out[mail->num_out];
    struct msghdr *header = &mail->out_headers[mail->num_out].msg_hdr;

    letter->far = (struct sockaddr_in){ .sin_family = AF_INET,
                                        .sin_port = htons(path->far_port),
                                        .sin_addr.s_addr = htonl(path->far) };
    letter->view = (struct iovec){ letter->packet.data, letter->packet.len };
    address_header(letter, header);
    leave_from(header, path->near);
    if (++mail->num_out == MAIL_BATCH)
        mail_flush(mail);
}

void mail_flush(struct mail *mail)
{
    size_t sent = 0;

    while (sent < mail->num_out) {
        int num = sendmmsg(mail->fd, mail->out_headers + sent,
                           (unsigned)(mail->num_out - sent), 0);
        if (num < 0 && errno == EINTR)
            continue;
        mail->refused += num <= 0;               /* the first one: go on behind it */
        sent += num > 0 ? (size_t)num : 1;
    }
    mail->num_out = 0;
}

uint64_t mail_refused(const struct mail *mail)
{
    return mail->refused;
}
