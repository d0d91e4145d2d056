/* raw.c - media without skiff: recvmmsg and GRO, sendmmsg and GSO, and GCM. */
#define _GNU_SOURCE
#include "raw.h"

#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct control {
    alignas(struct cmsghdr) uint8_t bytes[32];
};

struct raw_in {
    int fd;
    bool gro;
    size_t space; /* of each buffer */
    uint8_t *memory;
    struct mmsghdr messages[RAW_READS];
    struct iovec vectors[RAW_READS];
    struct sockaddr_in addresses[RAW_READS];
    struct control controls[RAW_READS];
};

struct raw_out {
    int fd;
    unsigned num;
    struct mmsghdr messages[RAW_SENDS];
    struct iovec vectors[RAW_SENDS][RAW_RUN];
    struct sockaddr_in addresses[RAW_SENDS];
    struct control controls[RAW_SENDS];
};

void demand(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "%s: failed, errno says %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double median_of(double *values, size_t num)
{
    qsort(values, num, sizeof *values, ascending);
    return values[num / 2];
}

size_t fastest_of(double times[][RAW_ROUNDS], size_t libraries, size_t rounds)
{
    size_t fastest = 0;
    double least = 0;

    for (size_t i = 0; i < libraries; i++) {
        double median = median_of(times[i], rounds);
        if (i == 0 || median < least) {
            fastest = i;
            least = median;
        }
    }
    return fastest;
}

/* --- crypto --------------------------------------------------------------------------- */

void rtp_write(uint8_t *packet, uint16_t sequence, uint32_t ssrc)
{
    const uint8_t header[RTP_HEADER] = {
        0x80,
        96,
        (uint8_t)(sequence >> 8),
        (uint8_t)sequence,
        [8] = (uint8_t)(ssrc >> 24),
        (uint8_t)(ssrc >> 16),
        (uint8_t)(ssrc >> 8),
        (uint8_t)ssrc,
    };

    memcpy(packet, header, sizeof header);
}

struct gcm gcm_new(const struct raw_library *library, uint8_t key)
{
    const uint8_t bytes[16] = { key };
    struct gcm gcm = { library, library->gcm_key(bytes, sizeof bytes) };

    demand(gcm.key != NULL, "GCM");
    return gcm;
}

void gcm_free(struct gcm *gcm)
{
    gcm->library->gcm_free(gcm->key);
}

/* Sealing and opening cost the same, and nobody looks at the result. */
void gcm_run(const struct gcm *gcm, uint8_t *packet)
{
    uint8_t iv[RAW_IV] = { 0 };

    memcpy(iv, packet, 4);
    gcm->library->seal(gcm->key, iv, packet, RTP_PLAIN - RTP_HEADER);
}

/* --- sockets -------------------------------------------------------------------------- */

int raw_socket(struct sockaddr_in *address, bool gro)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), on = gro, space = 4 << 20;
    socklen_t size = sizeof *address;

    *address = (struct sockaddr_in){ .sin_family = AF_INET,
                                     .sin_addr = { htonl(INADDR_LOOPBACK) } };
    demand(fd >= 0 && bind(fd, (struct sockaddr *)address, size) == 0
               && getsockname(fd, (struct sockaddr *)address, &size) == 0,
           "a socket");
    demand(setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) == 0
               && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &space, sizeof space) == 0,
           "UDP_GRO");
    return fd;
}

void raw_drain(int fd)
{
    uint8_t none;

    while (recv(fd, &none, sizeof none, MSG_DONTWAIT | MSG_TRUNC) >= 0)
        continue;
}

/* --- reading -------------------------------------------------------------------------- */

struct raw_in *raw_in_new(int fd, bool gro)
{
    struct raw_in *in = calloc(1, sizeof *in);

    demand(in != NULL, "calloc");
    in->fd = fd;
    in->gro = gro;
    in->space = (gro ? RAW_GRO : 2048) + 192; /* so that they do not alias in caches */
    in->memory = malloc(RAW_READS * in->space);
    demand(in->memory != NULL, "malloc");
    return in;
}

void raw_in_free(struct raw_in *in)
{
    free(in->memory);
    free(in);
}

static size_t segment_of(struct mmsghdr *message)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(&message->msg_hdr);
    int segment = (int)message->msg_len;

    if (control != NULL && control->cmsg_type == UDP_GRO)
        memcpy(&segment, CMSG_DATA(control), sizeof segment);
    return (size_t)segment;
}

static size_t open_all(struct raw_in *in, int num, const struct gcm *gcm)
{
    size_t packets = 0;

    for (int i = 0; i < num; i++) {
        size_t segment = segment_of(&in->messages[i]);
        for (size_t at = 0; at < in->messages[i].msg_len; at += segment, packets++)
            if (gcm != NULL)
                gcm_run(gcm, in->memory + (size_t)i * in->space + at);
    }
    return packets;
}

size_t raw_in_read(struct raw_in *in, const struct gcm *gcm)
{
    struct pollfd ready = { in->fd, POLLIN, 0 };

    demand(poll(&ready, 1, 10000) == 1, "poll");
    for (size_t i = 0; i < RAW_READS; i++) {
        in->vectors[i] = (struct iovec){ in->memory + i * in->space, in->space };
        in->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &in->addresses[i],
            .msg_namelen = sizeof in->addresses[i],
            .msg_iov = &in->vectors[i],
            .msg_iovlen = 1,
            .msg_control = in->gro ? in->controls[i].bytes : NULL,
            .msg_controllen = in->gro ? sizeof in->controls[i] : 0,
        };
    }
    int num = recvmmsg(in->fd, in->messages, RAW_READS, MSG_DONTWAIT, NULL);
    demand(num > 0, "recvmmsg");
    return open_all(in, num, gcm);
}

/* --- sending -------------------------------------------------------------------------- */

struct raw_out *raw_out_new(int fd)
{
    struct raw_out *out = calloc(1, sizeof *out);

    demand(out != NULL, "calloc");
    out->fd = fd;
    return out;
}

void raw_out_free(struct raw_out *out)
{
    free(out);
}

static void add_segment_size(struct raw_out *out, struct msghdr *header)
{
    struct control *control = &out->controls[out->num];
    const uint16_t segment = RTP_SEALED;

    header->msg_control = control->bytes;
    header->msg_controllen = CMSG_SPACE(sizeof segment);
    struct cmsghdr *first = CMSG_FIRSTHDR(header);
    *first = (struct cmsghdr){ .cmsg_level = IPPROTO_UDP,
                               .cmsg_type = UDP_SEGMENT,
                               .cmsg_len = CMSG_LEN(sizeof segment) };
    memcpy(CMSG_DATA(first), &segment, sizeof segment);
}

void raw_out_add(struct raw_out *out, const struct sockaddr_in *to, uint8_t *const *packets,
                 size_t run)
{
    if (out->num == RAW_SENDS)
        raw_out_flush(out);

    struct msghdr *header = &out->messages[out->num].msg_hdr;
    struct iovec *vectors = out->vectors[out->num];
    out->addresses[out->num] = *to;
    for (size_t i = 0; i < run; i++)
        vectors[i] = (struct iovec){ packets[i], RTP_SEALED };
    *header = (struct msghdr){
        .msg_name = &out->addresses[out->num],
        .msg_namelen = sizeof *out->addresses,
        .msg_iov = vectors,
        .msg_iovlen = run,
    };
    if (run > 1)
        add_segment_size(out, header);
    out->num++;
}

void raw_out_flush(struct raw_out *out)
{
    unsigned sent = 0;

    while (sent < out->num) {
        int went = sendmmsg(out->fd, out->messages + sent, out->num - sent, MSG_DONTWAIT);
        demand(went > 0, "sendmmsg");
        sent += (unsigned)went;
    }
    out->num = 0;
}
