/* tcp_listen.c - the listener: what it accepts, and which connection must end for that. */
#define _GNU_SOURCE
#include "tcp_internal.h"

#include "base/memory.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 128,
    USER_TIMEOUT = 30000, /* milliseconds: as consent (RFC 7675 5.1) */
    SUBNET = 8            /* bytes of an IPv6 address that are one host's */
};

#define PAUSE SKIFF_MSEC(100) /* when the process has no descriptor left */

static bool set(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/* Accepted sockets inherit these from the listener. The buffers are bounded, as bytes that
 * wait in them are late. A host that has vanished is given up. */
static bool prepare(const struct tcp *tcp, const struct tcp_options *options)
{
    int fd = tcp->listener;
    bool six = options->address.any.sa_family == AF_INET6;

    if (six && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0))
        return false;
    if (options->reuse_port && !set(fd, SOL_SOCKET, SO_REUSEPORT, 1))
        return false;
    (void)set(fd, SOL_SOCKET, SO_RCVBUF, TCP_BUFFER);
    (void)set(fd, SOL_SOCKET, SO_SNDBUF, TCP_BUFFER);
    (void)set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT);
    return set(fd, SOL_SOCKET, SO_REUSEADDR, 1) && set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static bool watch_listener(const struct tcp *tcp, int operation, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.u32 = 0 };

    return epoll_ctl(tcp->poll, operation, tcp->listener, &event) == 0;
}

bool skf_tcp_listen(struct tcp *tcp, const struct tcp_options *options)
{
    int family = options->address.any.sa_family;
    union address sockname;
    socklen_t size = skf_address_to_sockaddr(&options->address, family, &sockname);

    tcp->listener = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return tcp->listener >= 0 && prepare(tcp, options)
        && bind(tcp->listener, &sockname.any, size) == 0
        && listen(tcp->listener, BACKLOG) == 0
        && watch_listener(tcp, EPOLL_CTL_ADD, EPOLLIN);
}

/* --- which must end ------------------------------------------------------------------- */

static bool is_host(const union address *one, const union address *other)
{
    if (one->any.sa_family != other->any.sa_family)
        return false;
    return one->any.sa_family == AF_INET6
             ? memcmp(&one->six.sin6_addr, &other->six.sin6_addr, SUBNET) == 0
             : one->four.sin_addr.s_addr == other->four.sin_addr.s_addr;
}

/* The oldest connection that waits at this address, if the address has all that it may
 * have; else the oldest of all, if there are too many. NULL: none must end. */
static struct connection *connection_to_end(const struct tcp *tcp,
                                            const union address *remote)
{
    struct connection *oldest = NULL;
    unsigned num = 0;

    for (const struct link *link = tcp->waiting.head; link != NULL; link = link->next) {
        struct connection *connection = link->data;
        if (!is_host(&connection->path.remote, remote))
            continue;
        num++;
        if (oldest == NULL)
            oldest = connection;
    }
    if (num >= TCP_OF_ADDRESS)
        return oldest;
    return tcp->waiting.length >= TCP_HALF_OPEN ? tcp->waiting.head->data : NULL;
}

/* --- accepting ------------------------------------------------------------------------ */

static bool read_local_address(int fd, union address *local)
{
    union address sockname;
    socklen_t size = sizeof sockname;

    return getsockname(fd, &sockname.any, &size) == 0
        && skf_address_from_sockaddr(&sockname, local);
}

static struct connection *make_connection(struct tcp *tcp, int fd)
{
    struct connection *made;

    if (tcp->num_vacant == 0) /* those that ended are not reported yet */
        return NULL;
    made = skf_acquire(tcp->memory, skf_tcp_size(tcp));
    if (made == NULL)
        return NULL;
    made->slot = tcp->vacant[--tcp->num_vacant];
    tcp->all[made->slot] = made;
    tcp->generations[made->slot]++;
    made->fd = fd;
    made->out = made->in + tcp->in_size + SKIFF_TAIL;
    made->in_list.data = made->in_ready.data = made;
    made->since = tcp->now;
    made->path.connection = skf_tcp_number(tcp, made->slot);
    queue_push(&tcp->waiting, &made->in_list);
    return made;
}

struct connection *skf_tcp_admit(struct tcp *tcp, int fd, const union address *remote)
{
    struct connection *other = connection_to_end(tcp, remote), *made;
    struct epoll_event event = { .events = EPOLLIN };

    if (other != NULL)
        skf_tcp_reset(tcp, other);
    made = make_connection(tcp, fd);
    if (made == NULL) {
        close(fd);
        return NULL;
    }
    made->path.remote = *remote;
    event.data.u32 = made->slot + 1;
    if (!read_local_address(fd, &made->path.local)
        || epoll_ctl(tcp->poll, EPOLL_CTL_ADD, fd, &event) != 0) {
        skf_tcp_reset(tcp, made);
        return NULL;
    }
    skf_tcp_make_ready(tcp, made);
    return made;
}

/* Without a descriptor to accept with, the listener would stay readable all the time. */
static void pause_listener(struct tcp *tcp)
{
    tcp->paused = watch_listener(tcp, EPOLL_CTL_MOD, 0);
    tcp->paused_until = tcp->now + PAUSE;
}

void skf_tcp_listen_again(struct tcp *tcp)
{
    if (tcp->paused && tcp->paused_until <= tcp->now)
        tcp->paused = !watch_listener(tcp, EPOLL_CTL_MOD, EPOLLIN);
}

void skf_tcp_accept(struct tcp *tcp)
{
    for (unsigned i = 0; i < ACCEPTS; i++) {
        union address sockname, remote;
        socklen_t size = sizeof sockname;
        int fd = accept4(tcp->listener, &sockname.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0
            && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
            pause_listener(tcp);
        if (fd < 0)
            return;
        tcp->counters.accepted++;
        if (skf_address_from_sockaddr(&sockname, &remote))
            (void)skf_tcp_admit(tcp, fd, &remote);
        else
            close(fd);
    }
}
