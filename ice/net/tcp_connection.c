/* tcp_connection.c - one connection: its number, its state, and how it ends. Knows no
 * frames, and not which connections may stay. */
#include "tcp_internal.h"

#include "base/memory.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

uint32_t skf_tcp_number(const struct tcp *tcp, uint32_t slot)
{
    return (uint32_t)tcp->generations[slot] << 16 | (slot + 1);
}

struct connection *skf_tcp_find(const struct tcp *tcp, uint32_t number)
{
    uint32_t slot = (number & UINT16_MAX) - 1;
    struct connection *found = slot < tcp->num_slots ? tcp->all[slot] : NULL;

    return found != NULL && found->path.connection == number && found->fd >= 0 ? found
                                                                               : NULL;
}

size_t skf_tcp_size(const struct tcp *tcp)
{
    return sizeof(struct connection) + tcp->in_size + SKIFF_TAIL + tcp->out_size;
}

void skf_tcp_watch(const struct tcp *tcp, struct connection *connection)
{
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = connection->slot + 1 };

    if (connection->blocked)
        event.events |= EPOLLOUT;
    (void)epoll_ctl(tcp->poll, EPOLL_CTL_MOD, connection->fd, &event);
}

static struct queue *queue_of(struct tcp *tcp, enum state state)
{
    switch (state) {
    case HALF_OPEN:
    case CLOSING:
        return &tcp->waiting;
    case RELEASED:
        return &tcp->released;
    case ENDED:
        return &tcp->ended;
    case VERIFIED:
        break;
    }
    return NULL;
}

static bool has_verified(enum state state)
{
    return state == VERIFIED || state == RELEASED;
}

void skf_tcp_enter(struct tcp *tcp, struct connection *connection, enum state state)
{
    struct queue *from = queue_of(tcp, connection->state), *to = queue_of(tcp, state);

    if (from != NULL)
        queue_unlink(from, &connection->in_list);
    if (to != NULL)
        queue_push(to, &connection->in_list);
    tcp->num_verified += has_verified(state) ? 1 : 0;
    tcp->num_verified -= has_verified(connection->state) ? 1 : 0;
    connection->state = state;
}

/* The memory stays until the end was reported: a frame in it may be in use. */
void skf_tcp_forget(struct tcp *tcp, struct connection *connection)
{
    if (connection->ready)
        queue_unlink(&tcp->ready, &connection->in_ready);
    connection->ready = false;
    connection->fd = -1;
    skf_tcp_enter(tcp, connection, ENDED);
}

void skf_tcp_end(struct tcp *tcp, struct connection *connection)
{
    close(connection->fd);
    *(connection->was_verified ? &tcp->counters.closed : &tcp->counters.closed_half_open) +=
        1;
    skf_tcp_forget(tcp, connection);
}

/* An attacker may want the kernel to keep many closed connections: this leaves none. */
void skf_tcp_reset(struct tcp *tcp, struct connection *connection)
{
    struct linger at_once = { 1, 0 };

    (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    skf_tcp_end(tcp, connection);
}

void skf_tcp_fail(struct tcp *tcp, struct connection *connection)
{
    if (connection->state == HALF_OPEN)
        skf_tcp_reset(tcp, connection);
    else
        skf_tcp_end(tcp, connection);
}

static void remove_connection(struct tcp *tcp, struct connection *connection)
{
    queue_unlink(&tcp->ended, &connection->in_list);
    tcp->all[connection->slot] = NULL;
    tcp->vacant[tcp->num_vacant++] = connection->slot;
    skf_release(tcp->memory, connection, skf_tcp_size(tcp));
}

bool skf_tcp_next_ended(struct tcp *tcp, struct path *path)
{
    while (tcp->ended.head != NULL) {
        struct connection *connection = tcp->ended.head->data;
        bool reported = connection->was_verified;
        *path = connection->path;
        remove_connection(tcp, connection);
        if (reported)
            return true;
    }
    return false;
}

void skf_tcp_make_ready(struct tcp *tcp, struct connection *connection)
{
    connection->readable = true;
    if (connection->ready)
        return;
    connection->ready = true;
    connection->frames_in_row = 0;
    queue_push(&tcp->ready, &connection->in_ready);
}
