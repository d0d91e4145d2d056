/* udp_in.c - reads datagrams in batches, and returns them one by one. */
#define _GNU_SOURCE
#include "udp_internal.h"

#include <skiff/demux.h>

#include <errno.h>
#include <netinet/udp.h>

static uint8_t *buffer(const struct udp *udp, uint32_t i)
{
    return udp->in.buffers + (size_t)i * BUFFER;
}

/* What is read into; the tail stays free, and is what STUN's readers may look into. */
static struct iovec buffer_vector(const struct udp *udp, uint32_t i)
{
    skiff_packet *packet = udp->in.packets[i];

    if (udp->in.buffers != NULL)
        return (struct iovec){ buffer(udp, i), BUFFER - SKIFF_TAIL };
    return (struct iovec){ packet->data, packet->limit };
}

static bool wants_control(const struct udp *udp)
{
    return udp->gro || udp->is_wildcard;
}

static void prepare(struct udp *udp, uint32_t i)
{
    struct udp_in *in = &udp->in;

    in->vectors[i] = buffer_vector(udp, i);
    in->messages[i].msg_hdr = (struct msghdr){
        .msg_name = &in->addresses[i],
        .msg_namelen = sizeof in->addresses[i],
        .msg_iov = &in->vectors[i],
        .msg_iovlen = 1,
        .msg_control = wants_control(udp) ? in->controls[i].bytes : NULL,
        .msg_controllen = wants_control(udp) ? CONTROL : 0,
    };
}

void skf_udp_in_prepare(struct udp *udp)
{
    for (uint32_t i = 0; i < udp->in.reads; i++)
        prepare(udp, i);
}

static void read_batch(struct udp *udp)
{
    struct udp_in *in = &udp->in;

    for (uint32_t i = 0; i < in->num; i++) /* the last batch has changed no others */
        prepare(udp, i);
    int num = recvmmsg(udp->fd, in->messages, in->reads, MSG_DONTWAIT, NULL);
    udp->counters.reads++;
    if (num < 0 && errno != EAGAIN && errno != EINTR)
        udp->counters.read_errors++;
    in->num = num > 0 ? (uint32_t)num : 0;
    in->at = 0;
    in->drained = in->num < in->reads;
}

/* RFC 8445 section 7.3: a response leaves from where the request was sent to. */
static void read_destination(struct udp *udp, const struct cmsghdr *control)
{
    union address *local = &udp->in.path.local;

    if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(control), sizeof info);
        struct sockaddr_in6 six = { .sin6_family = AF_INET6,
                                    .sin6_port = udp->address.six.sin6_port,
                                    .sin6_addr = info.ipi6_addr };
        if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
            six.sin6_scope_id = info.ipi6_ifindex;
        (void)skf_address_from_sockaddr(&six, local);
    }
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(control), sizeof info);
        local->four.sin_addr = info.ipi_spec_dst;
    }
}

static void read_control(struct udp *udp, struct msghdr *header)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(header);

    for (; control != NULL; control = CMSG_NXTHDR(header, control)) {
        int segment;
        read_destination(udp, control);
        if (control->cmsg_level != IPPROTO_UDP || control->cmsg_type != UDP_GRO)
            continue;
        memcpy(&segment, CMSG_DATA(control), sizeof segment);
        if (segment > 0 && (uint32_t)segment < udp->in.rest_len) {
            udp->in.segment = (uint32_t)segment;
            udp->counters.coalesced++;
        }
    }
}

/* Begins the next message of the batch, which may have no datagram. If its control messages
 * were truncated, the ends of its datagrams and their destination are unknown. */
static void read_message(struct udp *udp)
{
    struct udp_in *in = &udp->in;
    struct mmsghdr *message = &in->messages[in->at];

    in->at++;
    in->rest = message->msg_hdr.msg_iov->iov_base;
    in->rest_len = 0;
    if ((message->msg_hdr.msg_flags & MSG_TRUNC) != 0) {
        udp->counters.drop_truncated++;
        return;
    }
    if (wants_control(udp) && (message->msg_hdr.msg_flags & MSG_CTRUNC) != 0) {
        udp->counters.drop_control++;
        return;
    }
    if (message->msg_len == 0
        || !skf_address_from_sockaddr(message->msg_hdr.msg_name, &in->path.remote)) {
        udp->counters.drop_no_address++;
        return;
    }
    in->rest_len = message->msg_len;
    in->segment = in->rest_len;
    in->path.local = udp->address;
    read_control(udp, &message->msg_hdr);
}

/* The view's limit is what lies before the next datagram, or the end of the buffer. */
static skiff_packet *view_of(struct udp *udp, uint32_t len)
{
    struct udp_in *in = &udp->in;
    uint8_t *end = buffer(udp, in->at - 1) + BUFFER - SKIFF_TAIL;
    uint32_t limit = len < in->rest_len ? len : (uint32_t)(end - in->rest);

    in->view = (skiff_packet){ .data = in->rest, .len = len, .limit = limit };
    return &in->view;
}

static void set_datagram(struct udp *udp, skiff_time now, struct udp_arrival *arrival)
{
    struct udp_in *in = &udp->in;
    uint32_t len = in->segment < in->rest_len ? in->segment : in->rest_len;

    in->current = in->buffers != NULL ? NULL : &in->packets[in->at - 1];
    arrival->packet = in->current == NULL ? view_of(udp, len) : *in->current;
    arrival->packet->len = len;
    arrival->packet->arrived = now;
    arrival->path = &in->path;
    arrival->no_tailroom = len < in->rest_len;
    arrival->begins_batch = in->at == 1 && in->num > 1;
    in->rest += len;
    in->rest_len -= len;
    udp->counters.received++;
}

bool skf_udp_next(struct udp *udp, skiff_time now, struct udp_arrival *arrival)
{
    struct udp_in *in = &udp->in;

    while (in->rest_len == 0) {
        if (in->at == in->num && in->drained) {
            in->drained = false;
            return false;
        }
        if (in->num_empty >= in->max_empty && in->max_empty != UINT32_MAX)
            return false;
        if (in->at == in->num)
            read_batch(udp);
        if (in->at < in->num) {
            read_message(udp);
            in->num_empty += in->rest_len == 0 ? 1 : 0;
        }
    }
    set_datagram(udp, now, arrival);
    return true;
}

static bool is_media(const struct mmsghdr *message)
{
    const uint8_t *bytes = message->msg_hdr.msg_iov->iov_base;

    return message->msg_len > 0 && skiff_protocol_of(bytes[0]) == SKIFF_PROTOCOL_MEDIA;
}

uint32_t skf_udp_media_ahead(const struct udp *udp, union address remotes[UDP_READS])
{
    const struct udp_in *in = &udp->in;
    uint32_t num = 0;

    for (uint32_t i = in->at - 1; i < in->num; i++) {
        if (!is_media(&in->messages[i])
            || !skf_address_from_sockaddr(&in->addresses[i], &remotes[num]))
            continue;
        if (num == 0 || !address_equal(&remotes[num], &remotes[num - 1]))
            num++;
    }
    return num;
}

void skf_udp_begin(struct udp *udp, uint32_t most)
{
    udp->in.num_empty = 0;
    udp->in.max_empty = most;
    if (!skf_udp_pending(udp))
        udp->in.drained = false;
}

uint32_t skf_udp_num_empty(const struct udp *udp)
{
    return udp->in.num_empty;
}

bool skf_udp_pending(const struct udp *udp)
{
    return udp->in.rest_len > 0 || udp->in.at < udp->in.num;
}
