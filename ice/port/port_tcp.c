/* port_tcp.c - the TCP beside the socket of a port: it is opened and closed with it, and
 * informed which peers use a connection. Reads and sends nothing. */
#include "port_tcp.h"

#include <sys/epoll.h>
#include <unistd.h>

skiff_status skf_port_tcp_open(skiff_port *port)
{
    struct tcp_options options = { .address = *skf_udp_address(port->udp),
                                   .memory = port->memory,
                                   .connections = port->config.tcp_connections,
                                   .max_frame = port->spare->limit,
                                   .reuse_port = port->config.group != NULL };

    if (options.connections == 0)
        return SKIFF_OK;
    return skf_tcp_open(&options, &port->tcp);
}

static bool watch(const skiff_port *port, int fd)
{
    struct epoll_event event = { .events = EPOLLIN };

    return epoll_ctl(port->wake, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool has_watch(skiff_port *port)
{
    if (port->wake >= 0)
        return true;
    port->wake = epoll_create1(EPOLL_CLOEXEC);
    return port->wake >= 0 && watch(port, skf_udp_fd(port->udp));
}

skiff_status skf_port_tcp_watch(skiff_port *port)
{
    if (port->tcp == NULL)
        return SKIFF_OK;
    if (!has_watch(port) || !watch(port, skf_tcp_fd(port->tcp)))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "tcp_connections: no descriptor to watch them by (errno)");
    return SKIFF_OK;
}

/* In a group skf_forward_leave closes the descriptor. */
void skf_port_tcp_close(skiff_port *port)
{
    skf_tcp_close(port->tcp);
    if (port->config.group == NULL && port->wake >= 0)
        close(port->wake);
}

bool skf_port_tcp_verify(skiff_port *port, const struct path *path)
{
    return path->connection == 0
        || (port->tcp != NULL && skf_tcp_verify(port->tcp, path->connection));
}

void skf_port_tcp_release(skiff_port *port, const struct path *path)
{
    if (path->connection != 0 && port->tcp != NULL)
        skf_tcp_release(port->tcp, path->connection);
}

bool skf_port_tcp_is_due(const skiff_port *port)
{
    return port->tcp != NULL && skf_tcp_is_due(port->tcp);
}

skiff_time skf_port_tcp_deadline(const skiff_port *port)
{
    return port->tcp != NULL ? skf_tcp_deadline(port->tcp) : SKIFF_NEVER;
}

void skf_port_tcp_count(const skiff_port *port, skiff_port_counters *counters)
{
    if (port->tcp == NULL)
        return;

    const struct tcp_counters *tcp = skf_tcp_counters(port->tcp);
    counters->tcp_accepted = tcp->accepted;
    counters->tcp_closed_half_open = tcp->closed_half_open;
    counters->tcp_closed = tcp->closed;
    counters->frames_read = tcp->received;
    counters->frames_sent = tcp->sent;
    counters->drop_frame = tcp->drop_frame;
    counters->drop_slow = tcp->drop_slow;
    counters->drop_tcp_limit = tcp->drop_tcp_limit;
    counters->drop_unsent += tcp->drop_lost;
}
