/* share.c - what the ports of a group tell each other. Knows no datagrams from inside. */
#include "share.h"

#include <sys/epoll.h>
#include <unistd.h>

/* Of paths that are handed over, for each peer that a port can have. */
enum { ELSEWHERE = 2 };

static bool watch(const skiff_port *port, int fd)
{
    struct epoll_event event = { .events = EPOLLIN };

    return epoll_ctl(port->wake, EPOLL_CTL_ADD, fd, &event) == 0;
}

skiff_status skf_share_join(skiff_port *port)
{
    skiff_port_group *group = port->config.group;

    if (group == NULL)
        return SKIFF_OK;
    if (!skf_routes_init(&port->elsewhere, port->memory, port->config.peers * ELSEWHERE,
                         &port->mix))
        return SKIFF_ERR_MEMORY;
    if (!skf_group_join(group, &port->thread))
        return SKIFF_ERR_SPACE;
    port->joined = true;
    port->id_mix = *skf_group_mix(group);
    skf_chosen_share(&port->chosen, skf_group_ufrags(group), port->thread);
    port->wake = epoll_create1(EPOLL_CLOEXEC);
    if (port->wake < 0 || !watch(port, skf_udp_fd(port->udp))
        || !watch(port, skf_group_fd(group, port->thread)))
        return SKIFF_ERR_STATE;
    return SKIFF_OK;
}

void skf_share_leave(skiff_port *port)
{
    if (port->config.group == NULL)
        return;
    skf_share_ring(port);
    if (port->joined)
        skf_group_leave(port->config.group, port->thread);
    if (port->wake >= 0)
        close(port->wake);
    skf_routes_clear(&port->elsewhere);
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

/* --- saying --------------------------------------------------------------------------- */

static struct letter *begin(skiff_port *port, unsigned to, enum letter_kind kind,
                            const struct path *path)
{
    struct letter *letter = skf_group_write(port->config.group, to, kind);

    if (letter == NULL)
        return NULL;
    letter->from = port->thread;
    letter->path = *path;
    letter->len = 0;
    port->to_ring |= UINT64_C(1) << to;
    return letter;
}

void skf_share_hand_over(skiff_port *port, unsigned to, const struct udp_arrival *arrival)
{
    const skiff_packet *packet = arrival->packet;

    if (packet->len > LETTER_BYTES) {
        port->counters.drop_long++;
        return;
    }

    struct letter *letter = begin(port, to, LETTER_DATAGRAM, arrival->path);
    if (letter == NULL) {
        port->counters.drop_queue++;
        return;
    }
    memcpy(letter->bytes, packet->data, packet->len);
    letter->len = packet->len;
    skf_group_post(letter);
    port->counters.handed_over++;
}

/* What finds no room is said again: HERE at the next check, GONE when more comes. */
void skf_share_say(skiff_port *port, unsigned to, enum letter_kind kind,
                   const struct path *path)
{
    struct letter *letter = NULL;

    if (skf_share_has(port, to))
        letter = begin(port, to, kind, path);
    if (letter != NULL)
        skf_group_post(letter);
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

/* --- hearing -------------------------------------------------------------------------- */

/* Who is there by his own checks stays there. */
static void hear_here(skiff_port *port, const struct letter *note)
{
    if (skf_routes_find(&port->routes, &note->path) == ROUTE_NONE
        && skf_routes_find(&port->elsewhere, &note->path) == ROUTE_NONE)
        (void)skf_routes_add(&port->elsewhere, &note->path, note->from);
}

static void hear_gone(skiff_port *port, const struct letter *note)
{
    uint32_t route = skf_routes_find(&port->elsewhere, &note->path);

    if (route != ROUTE_NONE && skf_routes_owner(&port->elsewhere, route) == note->from)
        skf_routes_remove(&port->elsewhere, route);
}

void skf_share_listen(skiff_port *port)
{
    skiff_port_group *group = port->config.group;
    struct letter *note;

    while ((note = skf_group_note(group, port->thread)) != NULL) {
        if (note->kind == LETTER_HERE)
            hear_here(port, note);
        else
            hear_gone(port, note);
        skf_group_throw_away(group, port->thread, note);
    }
}

/* What a peer sends first after our reply may overtake the note that was sent before it. */
bool skf_share_is_elsewhere(skiff_port *port, const struct path *path, unsigned *thread)
{
    if (port->config.group == NULL)
        return false;
    skf_share_listen(port);

    uint32_t route = skf_routes_find(&port->elsewhere, path);
    if (route == ROUTE_NONE)
        return false;
    *thread = skf_routes_owner(&port->elsewhere, route);
    return true;
}
