/* share.c - what the ports of a group do for each other. Knows no datagrams from inside. */
#include "share.h"

#include <sys/epoll.h>
#include <unistd.h>

static bool watch(const skiff_port *port, int fd)
{
    struct epoll_event event = { .events = EPOLLIN };

    return epoll_ctl(port->wake, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* All that may fail is done before the kernel deals anything to the port's socket. */
static skiff_status join(skiff_port *port)
{
    skiff_port_group *group = port->config.group;

    if (!skf_group_join(group, &port->thread, &port->counters.drop_stranger))
        return skiff_fault_set(SKIFF_ERR_SPACE, "group: it has all its ports");
    port->joined = true;
    if (!skf_shared_paths_join(&port->elsewhere, skf_group_paths(group), port->thread,
                               port->memory, port->routes.capacity))
        return SKIFF_ERR_MEMORY;
    port->id_mix = *skf_group_mix(group);
    skf_chosen_share(&port->chosen, skf_group_ufrags(group), port->thread);
    port->wake = epoll_create1(EPOLL_CLOEXEC);
    if (port->wake < 0 || !watch(port, skf_group_fd(group, port->thread)))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "group: no descriptor to watch it by (errno)");
    return SKIFF_OK;
}

skiff_status skf_share_join(skiff_port *port)
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

skiff_status skf_share_watch(skiff_port *port)
{
    skiff_port_group *group = port->config.group;

    if (group == NULL)
        return SKIFF_OK;
    if (!watch(port, skf_udp_fd(port->udp)))
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "group: the socket cannot be watched (errno)");
    if (!port->config.no_steering) {
        skf_group_lock(group);
        skf_shared_paths_steer(&port->elsewhere, skf_udp_fd(port->udp),
                               skf_group_threads(group));
        skf_group_unlock(group);
    }
    return SKIFF_OK;
}

void skf_share_leave(skiff_port *port)
{
    skiff_port_group *group = port->config.group;

    if (group == NULL)
        return;
    skf_share_ring(port);
    skf_group_lock(group);
    skf_shared_paths_leave(&port->elsewhere);
    if (port->joined)
        skf_group_leave(group, port->thread);
    skf_group_unlock(group);
    if (port->wake >= 0)
        close(port->wake);
}

bool skf_share_has(const skiff_port *port, unsigned thread)
{
    return port->config.group != NULL && thread != port->thread
           && skf_group_has(port->config.group, thread);
}

void skf_share_give_ids(skiff_port *port)
{
    if (!port->gives_ids && port->config.group != NULL)
        skf_group_give_ids(port->config.group, port->thread);
    port->gives_ids = true;
}

bool skf_share_gives_ids(const skiff_port *port, unsigned thread)
{
    if (thread == port->thread)
        return port->gives_ids;
    return port->config.group != NULL && skf_group_gives_ids(port->config.group, thread);
}

/* --- paths ---------------------------------------------------------------------------- */

bool skf_share_claim(skiff_port *port, uint32_t route)
{
    unsigned loser = port->thread;
    bool claimed = skf_shared_paths_claim(&port->elsewhere, route,
                                          skf_routes_path(&port->routes, route), port->now,
                                          &loser);

    if (loser != port->thread)
        port->to_ring |= UINT64_C(1) << loser;
    return claimed;
}

void skf_share_drop(skiff_port *port, uint32_t route)
{
    skf_shared_paths_drop(&port->elsewhere, route);
}

bool skf_share_is_elsewhere(skiff_port *port, const struct path *path, unsigned *thread)
{
    return port->config.group != NULL
           && skf_shared_paths_find(skf_group_paths(port->config.group), path, thread)
           && *thread != port->thread;
}

/* --- datagrams ------------------------------------------------------------------------ */

/* With all that has come through it, which is not much: it is half open. */
static void hand_over_connection(skiff_port *port, unsigned to, const struct path *path)
{
    skiff_bytes sent;
    int fd = skf_tcp_give_away(port->tcp, path->connection, &sent);
    struct letter *letter = fd >= 0 ? skf_group_write(port->config.group, to,
                                                      LETTER_DATAGRAM)
                                    : NULL;

    if (letter == NULL) {
        *(fd >= 0 ? &port->counters.drop_queue : &port->counters.drop_stranger) += 1;
        if (fd >= 0)
            close(fd);
        return;
    }
    letter->from = port->thread;
    letter->path = *path;
    letter->fd = fd;
    memcpy(letter->bytes, sent.ptr, sent.len);
    letter->len = (uint32_t)sent.len;
    port->to_ring |= UINT64_C(1) << to;
    skf_group_post(letter);
    port->counters.handed_over++;
}

void skf_share_hand_over(skiff_port *port, unsigned to, const struct udp_arrival *arrival)
{
    if (arrival->path->connection != 0) {
        hand_over_connection(port, to, arrival->path);
        return;
    }

    const skiff_packet *packet = arrival->packet;
    struct letter *letter = skf_group_write(port->config.group, to,
                                            packet->len > LETTER_BYTES ? LETTER_LONG
                                                                       : LETTER_DATAGRAM);

    if (letter == NULL) {
        port->counters.drop_queue++;
        return;
    }
    letter->from = port->thread;
    letter->path = *arrival->path;
    memcpy(letter->bytes, packet->data, packet->len);
    letter->len = packet->len;
    port->to_ring |= UINT64_C(1) << to;
    skf_group_post(letter);
    port->counters.handed_over++;
}

void skf_share_ring(skiff_port *port)
{
    for (unsigned to = 0; port->to_ring != 0; to++) {
        uint64_t bit = UINT64_C(1) << to;
        if ((port->to_ring & bit) != 0)
            skf_group_ring(port->config.group, to);
        port->to_ring &= ~bit;
    }
}

/* --- what was read -------------------------------------------------------------------- */

void skf_share_note_read(skiff_port *port)
{
    if (port->config.group != NULL)
        skf_group_note_read(port->config.group, port->thread, port->now);
}

bool skf_share_have_read(skiff_port *port, skiff_time since)
{
    bool all = true;

    for (unsigned thread = 0; thread < GROUP_THREADS; thread++) {
        if (!skf_share_has(port, thread)
            || skf_group_read_at(port->config.group, thread) >= since)
            continue;
        port->to_ring |= UINT64_C(1) << thread;
        all = false;
    }
    return all;
}
