/* udp.c - opens and closes a UDP socket, and finds out what it supports. */
#define _GNU_SOURCE
#include "udp_internal.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <unistd.h>

/* --- memory -------------------------------------------------------------------------- */

static void *acquire(const skiff_allocator *memory, size_t size)
{
    return memory != NULL ? memory->acquire(memory->user, size) : malloc(size);
}

/* The buffers hold no secrets of ours, so they are not wiped. */
static void release(const skiff_allocator *memory, void *block, size_t size)
{
    if (memory == NULL)
        free(block);
    else if (block != NULL)
        memory->release(memory->user, block, size);
}

static bool allocate_buffers(struct udp *udp)
{
    struct udp_in *in = &udp->in;

    if (udp->gro || udp->pool == NULL) {
        in->buffers = acquire(udp->memory, (size_t)in->reads * BUFFER);
        return in->buffers != NULL;
    }
    for (uint32_t i = 0; i < in->reads; i++) {
        in->packets[i] = skiff_pool_take(udp->pool);
        if (in->packets[i] == NULL)
            return false;
    }
    return true;
}

/* --- the socket ---------------------------------------------------------------------- */

static bool set(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

static bool has(int fd, int level, int name)
{
    int value;
    socklen_t size = sizeof value;

    return getsockopt(fd, level, name, &value, &size) == 0;
}

static bool is_wildcard(const union address *address)
{
    return address->any.sa_family == AF_INET
             ? address->four.sin_addr.s_addr == htonl(INADDR_ANY)
             : IN6_IS_ADDR_UNSPECIFIED(&address->six.sin6_addr);
}

/* On the wildcard address the kernel must report to which address a datagram was sent. */
static bool enable_addresses(const struct udp *udp)
{
    if (!udp->is_wildcard)
        return true;
    return udp->family == AF_INET6 ? set(udp->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                                   : set(udp->fd, IPPROTO_IP, IP_PKTINFO, 1);
}

/* An IPv6 socket may send IPv4, too. */
static bool forbid_fragments(const struct udp *udp)
{
    return set(udp->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)
        && (udp->family == AF_INET
            || set(udp->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE));
}

/* The kernel counts each datagram with its own overhead, never less than this. */
static uint32_t find_backlog(int fd)
{
    enum { LEAST = 256 };
    int bytes = 0;
    socklen_t size = sizeof bytes;

    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size) != 0 || bytes < LEAST)
        return 1;
    return (uint32_t)bytes / LEAST;
}

static bool prepare(struct udp *udp, const struct udp_options *options)
{
    int fd = udp->fd;

    if (udp->family == AF_INET6 && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, options->ipv6_only))
        return false;
    if (options->reuse_port && !set(fd, SOL_SOCKET, SO_REUSEPORT, 1))
        return false;
    if (options->no_fragments && !forbid_fragments(udp))
        return false;
    if (options->receive_buffer != 0) /* within the limits of the system */
        (void)set(fd, SOL_SOCKET, SO_RCVBUF, (int)options->receive_buffer);
    if (options->send_buffer != 0)
        (void)set(fd, SOL_SOCKET, SO_SNDBUF, (int)options->send_buffer);
    udp->backlog = find_backlog(fd);
    udp->gso = !options->no_offload && has(fd, IPPROTO_UDP, UDP_SEGMENT);
    udp->gro = !options->no_offload && set(fd, IPPROTO_UDP, UDP_GRO, 1);
    return enable_addresses(udp);
}

static bool bind_to(struct udp *udp, const union address *address)
{
    union address sockname;
    socklen_t size = skf_address_to_sockaddr(address, udp->family, &sockname);

    if (bind(udp->fd, &sockname.any, size) != 0)
        return false;
    size = sizeof sockname;
    return getsockname(udp->fd, &sockname.any, &size) == 0
        && skf_address_from_sockaddr(&sockname, &udp->address);
}

static skiff_status open_socket(struct udp *udp, const struct udp_options *options)
{
    udp->family = options->address.any.sa_family;
    udp->is_wildcard = is_wildcard(&options->address);
    udp->fd = socket(udp->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (udp->fd < 0 || !prepare(udp, options) || !bind_to(udp, &options->address))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "address: no socket could be opened there (errno)");
    if (!allocate_buffers(udp))
        return SKIFF_ERR_MEMORY;
    skf_udp_in_prepare(udp);
    return SKIFF_OK;
}

static bool is_valid(const struct udp_options *options)
{
    int family = options->address.any.sa_family;

    return (family == AF_INET || family == AF_INET6) && options->reads <= READS_MAX
        && options->queue <= UDP_MAX_QUEUE && options->receive_buffer <= INT32_MAX
        && options->send_buffer <= INT32_MAX;
}

skiff_status skf_udp_open(const struct udp_options *options, struct udp **udp)
{
    if (!is_valid(options))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "receive_buffer, send_buffer: over 2,147,483,647 bytes");

    uint32_t queue = options->queue != 0 ? options->queue : QUEUE;
    struct udp *made = acquire(options->memory, sizeof *made + skf_send_queue_size(queue));
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    memset(made, 0, offsetof(struct udp, out)); /* the queue itself is not touched */
    skf_send_queue_init(&made->out.queue, made + 1, queue, &options->hash_key);
    made->memory = options->memory;
    made->pool = options->pool;
    made->in.reads = options->reads != 0 ? options->reads : READS;
    made->in.max_empty = UINT32_MAX;

    skiff_status status = open_socket(made, options);
    if (status != SKIFF_OK) {
        int why = errno;
        skf_udp_close(made);
        errno = why;
        return status;
    }
    *udp = made;
    return SKIFF_OK;
}

void skf_udp_close(struct udp *udp)
{
    if (udp == NULL)
        return;
    if (udp->fd >= 0)
        close(udp->fd);
    skf_send_queue_clear(&udp->out.queue);
    for (uint32_t i = 0; i < udp->in.reads; i++)
        skiff_packet_release(&udp->in.packets[i]);
    release(udp->memory, udp->in.buffers, (size_t)udp->in.reads * BUFFER);
    release(udp->memory, udp, sizeof *udp + skf_send_queue_size(udp->out.queue.capacity));
}

/* A connected socket gets no more of the others' datagrams: here it is connected to its own
 * address. */
void skf_udp_retire(struct udp *udp)
{
    union address self = udp->address, sockname;

    if (udp->is_wildcard && udp->family == AF_INET6)
        self.six.sin6_addr = in6addr_loopback;
    else if (udp->is_wildcard)
        self.four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)!connect(udp->fd, &sockname.any,
                   skf_address_to_sockaddr(&self, udp->family, &sockname));
}

int skf_udp_fd(const struct udp *udp)
{
    return udp->fd;
}

const union address *skf_udp_address(const struct udp *udp)
{
    return &udp->address;
}

uint32_t skf_udp_backlog(const struct udp *udp)
{
    return udp->backlog;
}

/* The number that SO_RXQ_OVFL would add to each datagram, read only when it is asked
 * for. */
static uint32_t kernel_drops(int fd)
{
    uint32_t info[SK_MEMINFO_VARS] = { 0 };
    socklen_t size = sizeof info;

    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size) != 0 || size < sizeof info)
        return 0;
    return info[SK_MEMINFO_DROPS];
}

struct udp_counters skf_udp_counters(const struct udp *udp)
{
    struct udp_counters counters = udp->counters;

    counters.drop_receive_buffer = kernel_drops(udp->fd);
    return counters;
}
