/* forwarding.c - what the ports of a group do for each other. Knows no datagrams from
 * inside. */
#include "forwarding.h"
#include "port_trace.h"

#include <sys/epoll.h>
#include <unistd.h>

static bool watch(const skiff_port *port, int fd)
{
    struct epoll_event event = { .events = EPOLLIN };

    return epoll_ctl(port->wake, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* All that may fail is done before the kernel gives any datagram to the port's socket. */
static skiff_status join(skiff_port *port)
{
    skiff_port_group *group = port->config.group;

    if (!skf_group_join(group, &port->thread, &port->counters.drop_stranger))
        return skiff_fault_set(SKIFF_ERR_SPACE, "group: it has all its ports");
    port->joined = true;
    if (!skf_group_paths_join(&port->group_paths, skf_group_get_paths(group), port->thread,
                              port->memory, port->routes.capacity))
        return SKIFF_ERR_MEMORY;
    port->id_hash_key = *skf_group_hash_key(group);
    skf_credentials_table_join(&port->credentials, skf_group_get_ufrags(group),
                               port->thread);
    port->wake = epoll_create1(EPOLL_CLOEXEC);
    if (port->wake < 0 || !watch(port, skf_mailbox_fd(group, port->thread)))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "group: no descriptor to watch it by (errno)");
    return SKIFF_OK;
}

skiff_status skf_forward_join(skiff_port *port)
{
    skiff_port_group *group = port->config.group;
    skiff_status status = SKIFF_OK;

    if (group == NULL)
        return status;
    skf_group_lock(group);
    status = join(port);
    skf_group_unlock(group);
    return status;
}

skiff_status skf_forward_watch(skiff_port *port)
{
    skiff_port_group *group = port->config.group;

    if (group == NULL)
        return SKIFF_OK;
    if (!watch(port, skf_udp_fd(port->udp)))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "group: the socket cannot be watched (errno)");
    if (!port->config.no_steering) {
        skf_group_lock(group);
        skf_group_paths_steer(&port->group_paths, skf_udp_fd(port->udp),
                              skf_group_threads(group));
        skf_group_unlock(group);
    }
    return SKIFF_OK;
}

void skf_forward_leave(skiff_port *port)
{
    skiff_port_group *group = port->config.group;

    if (group == NULL)
        return;
    skf_forward_wake(port);
    skf_group_lock(group);
    skf_group_paths_leave(&port->group_paths);
    if (port->joined)
        skf_group_leave(group, port->thread);
    skf_group_unlock(group);
    if (port->wake >= 0)
        close(port->wake);
}

bool skf_forward_has_thread(const skiff_port *port, unsigned thread)
{
    return port->config.group != NULL && thread != port->thread
        && skf_group_has(port->config.group, thread);
}

void skf_forward_enable_ids(skiff_port *port)
{
    if (!port->has_ids && port->config.group != NULL)
        skf_group_enable_ids(port->config.group, port->thread);
    port->has_ids = true;
}

bool skf_forward_has_ids(const skiff_port *port, unsigned thread)
{
    if (thread == port->thread)
        return port->has_ids;
    return port->config.group != NULL && skf_group_has_ids(port->config.group, thread);
}

/* --- paths ---------------------------------------------------------------------------- */

bool skf_forward_add_path(skiff_port *port, uint32_t route)
{
    unsigned loser = port->thread;
    bool added =
        skf_group_paths_add(&port->group_paths, route,
                            skf_routes_path(&port->routes, route), port->now, &loser);

    if (loser != port->thread)
        port->to_wake |= UINT64_C(1) << loser;
    return added;
}

void skf_forward_drop_path(skiff_port *port, uint32_t route)
{
    skf_group_paths_drop(&port->group_paths, route);
}

bool skf_forward_find_path(skiff_port *port, const struct path *path, unsigned *thread)
{
    return port->config.group != NULL
        && skf_group_paths_find(skf_group_get_paths(port->config.group), path, thread)
        && *thread != port->thread;
}

/* --- datagrams ------------------------------------------------------------------------ */

/* A half-open connection moves with all bytes that have come through it, which are few. */
static void forward_connection(skiff_port *port, unsigned to, const struct path *path)
{
    skiff_bytes sent;
    int fd = skf_tcp_detach(port->tcp, path->connection, &sent);
    struct mailbox_message *message =
        fd >= 0 ? skf_mailbox_write(port->config.group, to, MAILBOX_DATAGRAM) : NULL;

    if (message == NULL) {
        if (fd < 0) {
            PORT_DROP(port, NULL, drop_stranger);
            return;
        }
        PORT_DROP(port, NULL, drop_queue);
        close(fd);
        return;
    }
    message->sender = port->thread;
    message->path = *path;
    message->fd = fd;
    memcpy(message->bytes, sent.ptr, sent.len);
    message->len = (uint32_t)sent.len;
    port->to_wake |= UINT64_C(1) << to;
    skf_mailbox_post(message);
    port->counters.forwarded++;
}

void skf_forward_datagram(skiff_port *port, unsigned to, const struct udp_arrival *arrival)
{
    if (arrival->path->connection != 0) {
        forward_connection(port, to, arrival->path);
        return;
    }

    const skiff_packet *packet = arrival->packet;
    struct mailbox_message *message =
        skf_mailbox_write(port->config.group, to,
                          packet->len > MAILBOX_BYTES ? MAILBOX_LONG : MAILBOX_DATAGRAM);

    if (message == NULL) {
        PORT_DROP(port, NULL, drop_queue);
        return;
    }
    message->sender = port->thread;
    message->path = *arrival->path;
    memcpy(message->bytes, packet->data, packet->len);
    message->len = packet->len;
    port->to_wake |= UINT64_C(1) << to;
    skf_mailbox_post(message);
    port->counters.forwarded++;
}

void skf_forward_wake(skiff_port *port)
{
    for (unsigned to = 0; port->to_wake != 0; to++) {
        uint64_t bit = UINT64_C(1) << to;
        if ((port->to_wake & bit) != 0)
            skf_mailbox_wake(port->config.group, to);
        port->to_wake &= ~bit;
    }
}

/* --- what was read -------------------------------------------------------------------- */

void skf_forward_set_read(skiff_port *port)
{
    if (port->config.group != NULL)
        skf_mailbox_set_read(port->config.group, port->thread, port->now);
}

bool skf_forward_all_read(skiff_port *port, skiff_time since)
{
    bool all = true;

    for (unsigned thread = 0; thread < GROUP_THREADS; thread++) {
        if (!skf_forward_has_thread(port, thread)
            || skf_mailbox_read_at(port->config.group, thread) >= since)
            continue;
        port->to_wake |= UINT64_C(1) << thread;
        all = false;
    }
    return all;
}
