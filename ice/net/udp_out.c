/* udp_out.c - sends packets in batches, runs of equal length as one message. */
#define _GNU_SOURCE
#include "udp_internal.h"

#include <errno.h>
#include <netinet/udp.h>

/* --- addresses that refuse runs ------------------------------------------------------- */

/* By address and port only: a collision costs single datagrams, nothing else. */
static struct gso_refusal *gso_refusal_entry(struct udp *udp, const union address *remote)
{
    const uint8_t *bytes = (const uint8_t *)remote;
    uint32_t hash = 0;

    for (size_t i = 0; i < sizeof *remote; i++)
        hash = hash * 31 + bytes[i];
    return &udp->gso_refusals[(hash ^ hash >> 16) % GSO_REFUSALS];
}

static struct gso_refusal *gso_refusal_find(struct udp *udp, const union address *remote)
{
    if (udp->num_gso_refusals == 0)
        return NULL;

    struct gso_refusal *entry = gso_refusal_entry(udp, remote);
    return address_equal(&entry->remote, remote) ? entry : NULL;
}

static bool accepts_runs(struct udp *udp, const union address *remote)
{
    struct gso_refusal *refusal = gso_refusal_find(udp, remote);

    if (refusal == NULL || refusal->singles == 0)
        return true;
    refusal->singles--;
    return false;
}

/* At once after the first refusal, then after 64 datagrams, then 128, to 128 K. */
static void count_refusal(struct udp *udp, const union address *remote)
{
    enum { FIRST = 64, DOUBLED = 12 };
    struct gso_refusal *refusal = gso_refusal_entry(udp, remote);

    if (!address_equal(&refusal->remote, remote)) {
        udp->num_gso_refusals += refusal->remote.any.sa_family == 0 ? 1 : 0;
        *refusal = (struct gso_refusal){ .remote = *remote };
    } else {
        refusal->singles = (uint32_t)FIRST << refusal->refusals;
        refusal->refusals += refusal->refusals < DOUBLED - 1 ? 1 : 0;
    }
}

static void count_run(struct udp *udp, const union address *remote)
{
    struct gso_refusal *refusal = gso_refusal_find(udp, remote);

    if (refusal == NULL)
        return;
    *refusal = (struct gso_refusal){ 0 };
    udp->num_gso_refusals--;
}

/* --- the messages of one call -------------------------------------------------------- */

static const struct path *path_of(const struct udp_out *out, uint32_t at)
{
    return &out->queue.paths[out->leaving[at].path].path;
}

/* How many packets from `at` on leave as one message. */
static uint32_t run_length(struct udp *udp, uint32_t at)
{
    const struct udp_out *out = &udp->out;
    const struct queued_packet *first = &out->leaving[at];
    uint32_t segment = first->packet->len, total = segment, num = 1;

    if (!udp->gso || at < out->single_until
        || !accepts_runs(udp, &path_of(out, at)->remote))
        return 1;
    while (at + num < out->queue.num && num < SEGMENTS) {
        const struct queued_packet *next = first + num;
        uint32_t len = next->packet->len;
        if (len == 0 || len > segment || total + len > MESSAGE_SIZE
            || next->path != first->path)
            break;
        total += len;
        num++;
        if (len < segment) /* the last one may be shorter */
            break;
    }
    return num;
}

/* Adds a control message. They follow each other as CMSG_NXTHDR expects. */
static void add_control(struct msghdr *header, int level, int type, const void *data,
                        size_t size)
{
    struct cmsghdr *control =
        (struct cmsghdr *)(void *)((uint8_t *)header->msg_control + header->msg_controllen);

    memset(control, 0, CMSG_SPACE(size));
    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(control), data, size);
    header->msg_controllen += CMSG_SPACE(size);
}

static bool is_link_local(const union address *local, const union address *remote)
{
    if (local->any.sa_family != remote->any.sa_family)
        return false;
    return local->any.sa_family == AF_INET
             ? local->four.sin_addr.s_addr != htonl(INADDR_ANY)
             : !IN6_IS_ADDR_UNSPECIFIED(&local->six.sin6_addr);
}

/* Only a socket at the wildcard address must set the address from which a datagram
 * leaves. */
static void add_source(const struct udp *udp, struct msghdr *header,
                       const struct path *path)
{
    union address sockname;

    if (!udp->is_wildcard || !is_link_local(&path->local, &path->remote))
        return;
    (void)skf_address_to_sockaddr(&path->local, udp->family, &sockname);
    if (udp->family == AF_INET6) {
        struct in6_pktinfo info = { .ipi6_addr = sockname.six.sin6_addr,
                                    .ipi6_ifindex = sockname.six.sin6_scope_id };
        add_control(header, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    } else {
        struct in_pktinfo info = { .ipi_spec_dst = sockname.four.sin_addr };
        add_control(header, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    }
}

/* The packets of a message, whose vectors are free from `vectors` on. */
struct run {
    uint32_t at, num;
    struct iovec *vectors;
};

static void write_message(struct udp *udp, uint32_t message, const struct run *run)
{
    struct udp_out *out = &udp->out;
    const struct queued_packet *packets = &out->leaving[run->at];
    const struct path *path = path_of(out, run->at);
    struct msghdr *header = &out->messages[message].msg_hdr;
    uint16_t segment = (uint16_t)packets->packet->len;

    for (uint32_t i = 0; i < run->num; i++)
        run->vectors[i] = (struct iovec){ packets[i].packet->data, packets[i].packet->len };
    *header = (struct msghdr){
        .msg_name = &out->addresses[message],
        .msg_namelen =
            skf_address_to_sockaddr(&path->remote, udp->family, &out->addresses[message]),
        .msg_iov = run->vectors,
        .msg_iovlen = run->num,
        .msg_control = out->controls[message].bytes,
    };
    add_source(udp, header, path);
    if (run->num > 1)
        add_control(header, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment);
}

/* Writes as many messages as fit into one call, from packet `at` on. */
static uint32_t write_messages(struct udp *udp, uint32_t at)
{
    struct udp_out *out = &udp->out;
    struct iovec *const last = &out->vectors[VECTORS - SEGMENTS];
    struct run run = { at, 0, out->vectors };
    uint32_t num = 0;

    for (; num < MESSAGES && run.at < out->queue.num && run.vectors <= last; num++) {
        run.num = run_length(udp, run.at);
        write_message(udp, num, &run);
        run.at += run.num;
        run.vectors += run.num;
    }
    return num;
}

/* --- what became of them ------------------------------------------------------------- */

static uint64_t *counter_of(struct udp_counters *counters, int error)
{
    switch (error) {
    case EMSGSIZE:
        return &counters->lost_oversized;
    case EPERM:
    case EACCES:
    case ECONNREFUSED:
        return &counters->lost_refused;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENODEV:
    case ENXIO:
    case EADDRNOTAVAIL:
    case EINVAL: /* also: the local address is gone, or of another interface */
        return &counters->lost_unreached;
    default:
        return &counters->lost_otherwise;
    }
}

/* A run is refused if the path is narrower than a segment (EINVAL, EMSGSIZE), or if its
 * device cannot compute checksums (EIO). Either concerns this path alone, and may pass. */
static bool must_be_split(struct udp *udp, uint32_t at, uint32_t run, int error)
{
    if (run == 1 || (error != EINVAL && error != EMSGSIZE && error != EIO))
        return false;
    udp->counters.unsegmented++;
    udp->out.single_until = at + run;
    count_refusal(udp, &path_of(&udp->out, at)->remote);
    return true;
}

/* How many packets from `at` on are done, now that the first message was refused. */
static uint32_t handle_refusal(struct udp *udp, uint32_t at, int error)
{
    struct udp_out *out = &udp->out;
    uint32_t run = (uint32_t)out->messages[0].msg_hdr.msg_iovlen;

    if (error == EAGAIN || error == ENOBUFS || error == ENOMEM) {
        udp->counters.lost_full += out->queue.num - at; /* no space for the others */
        return out->queue.num - at;
    }
    if (must_be_split(udp, at, run, error))
        return 0;
    *counter_of(&udp->counters, error) += run;
    return run;
}

static uint32_t handle_success(struct udp *udp, uint32_t at, uint32_t num)
{
    uint32_t num_packets = 0;

    for (uint32_t i = 0; i < num; i++) {
        uint32_t run = (uint32_t)udp->out.messages[i].msg_hdr.msg_iovlen;
        if (run > 1) {
            udp->counters.runs++;
            count_run(udp, &path_of(&udp->out, at + num_packets)->remote);
        }
        num_packets += run;
    }
    udp->counters.sent += num_packets;
    return num_packets;
}

void skf_udp_flush(struct udp *udp)
{
    struct udp_out *out = &udp->out;
    uint32_t at = 0;

    out->single_until = 0;
    out->leaving = skf_send_queue_sorted(&out->queue);
    while (at < out->queue.num) {
        uint32_t num = write_messages(udp, at);
        int sent = sendmmsg(udp->fd, out->messages, num, MSG_DONTWAIT | MSG_NOSIGNAL);
        udp->counters.sends++;
        at += sent > 0 ? handle_success(udp, at, (uint32_t)sent)
                       : handle_refusal(udp, at, errno);
    }
    skf_send_queue_clear(&out->queue);
}

/* --- what is to be sent -------------------------------------------------------------- */

static void enqueue(struct udp *udp, const struct path *path, skiff_packet *packet,
                    bool owned)
{
    if (send_queue_is_full(&udp->out.queue))
        skf_udp_flush(udp);
    send_queue_add(&udp->out.queue, path, packet, owned);
}

void skf_udp_queue(struct udp *udp, const struct path *path, skiff_packet **packet)
{
    enqueue(udp, path, *packet, true);
    *packet = NULL;
}

size_t skf_udp_send(struct udp *udp, const struct path *path, skiff_packet *const *packets,
                    size_t num)
{
    uint64_t before;

    skf_udp_flush(udp);
    before = udp->counters.sent;
    for (size_t i = 0; i < num; i++)
        enqueue(udp, path, packets[i], false);
    skf_udp_flush(udp);
    return (size_t)(udp->counters.sent - before);
}
