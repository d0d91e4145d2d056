/* tcp.c - all connections: opening and closing, which of them may stay, and a run. */
#include "tcp_internal.h"

#include "base/memory.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS = 64, /* of epoll, in a run */
    STEPS = 4    /* reads and turns for each frame of a run, at most */
};

/* --- opening -------------------------------------------------------------------------- */

static bool open_descriptors(struct tcp *tcp, const struct tcp_options *options)
{
    tcp->poll = epoll_create1(EPOLL_CLOEXEC);
    return tcp->poll >= 0 && skf_tcp_listen(tcp, options);
}

static bool allocate(struct tcp *tcp)
{
    uint32_t slots = tcp->num_slots;

    tcp->all = skf_acquire(tcp->memory, slots * sizeof *tcp->all);
    tcp->vacant = skf_acquire(tcp->memory, slots * sizeof *tcp->vacant);
    tcp->generations = skf_acquire(tcp->memory, slots * sizeof *tcp->generations);
    if (tcp->all == NULL || tcp->vacant == NULL || tcp->generations == NULL)
        return false;
    for (uint32_t slot = slots; slot > 0; slot--)
        tcp->vacant[tcp->num_vacant++] = slot - 1;
    return true;
}

skiff_status skf_tcp_open(const struct tcp_options *options, struct tcp **tcp)
{
    if (options->connections == 0 || options->connections > TCP_MAX_CONNECTIONS
        || options->max_frame > UINT16_MAX)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT,
                                      "tcp_connections: ", options->connections,
                                      " are over 60,000");

    struct tcp *made = skf_acquire(options->memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->memory = options->memory;
    made->listener = made->poll = -1;
    made->connections = options->connections;
    made->max_frame = options->max_frame;
    made->in_size = MAX(READ_BYTES, HEADER + options->max_frame);
    made->out_size = TCP_MAX_UNSENT + HEADER + options->max_frame;
    made->num_slots = options->connections + TCP_HALF_OPEN + ACCEPTS;

    skiff_status status = allocate(made) ? SKIFF_OK : SKIFF_ERR_MEMORY;
    if (status == SKIFF_OK && !open_descriptors(made, options))
        status = skiff_fault_set(
            SKIFF_ERR_STATE, "tcp_connections: no listener could be opened there (errno)");
    if (status != SKIFF_OK) {
        int why = errno;
        skf_tcp_close(made);
        errno = why;
        return status;
    }
    *tcp = made;
    return SKIFF_OK;
}

int skf_tcp_fd(const struct tcp *tcp)
{
    return tcp->poll;
}

const struct tcp_counters *skf_tcp_counters(const struct tcp *tcp)
{
    return &tcp->counters;
}

void skf_tcp_close(struct tcp *tcp)
{
    struct path ignored;

    if (tcp == NULL)
        return;
    skf_tcp_flush(tcp);
    for (uint32_t slot = 0; tcp->all != NULL && slot < tcp->num_slots; slot++)
        if (tcp->all[slot] != NULL && tcp->all[slot]->fd >= 0)
            skf_tcp_end(tcp, tcp->all[slot]);
    while (skf_tcp_next_ended(tcp, &ignored))
        continue;
    if (tcp->listener >= 0)
        close(tcp->listener);
    if (tcp->poll >= 0)
        close(tcp->poll);
    skf_release(tcp->memory, tcp->all, tcp->num_slots * sizeof *tcp->all);
    skf_release(tcp->memory, tcp->vacant, tcp->num_slots * sizeof *tcp->vacant);
    skf_release(tcp->memory, tcp->generations, tcp->num_slots * sizeof *tcp->generations);
    skf_release(tcp->memory, tcp, sizeof *tcp);
}

/* --- which may stay ------------------------------------------------------------------- */

/* The verified connection that lost most frames lately; NULL: all read what they are sent.
 */
static struct connection *slowest(const struct tcp *tcp)
{
    struct connection *found = NULL;

    for (uint32_t slot = 0; slot < tcp->num_slots; slot++) {
        struct connection *connection = tcp->all[slot];
        if (connection == NULL || connection->state != VERIFIED || connection->lost == 0
            || connection->lost_at + TCP_SLOW < tcp->now)
            continue;
        if (found == NULL || connection->lost > found->lost)
            found = connection;
    }
    return found;
}

static bool free_slot(struct tcp *tcp)
{
    struct connection *slow;

    if (tcp->num_verified < tcp->connections)
        return true;
    tcp->counters.drop_tcp_limit++;
    slow = slowest(tcp);
    if (slow != NULL)
        skf_tcp_end(tcp, slow);
    return slow != NULL;
}

bool skf_tcp_verify(struct tcp *tcp, uint32_t number)
{
    struct connection *connection = skf_tcp_find(tcp, number);

    if (connection == NULL || connection->state == CLOSING)
        return false;
    if (connection->state == HALF_OPEN && !free_slot(tcp))
        return false;
    if (connection->state != VERIFIED)
        skf_tcp_enter(tcp, connection, VERIFIED);
    connection->was_verified = true;
    return true;
}

void skf_tcp_release(struct tcp *tcp, uint32_t number)
{
    struct connection *connection = skf_tcp_find(tcp, number);

    if (connection != NULL && connection->state == VERIFIED)
        skf_tcp_enter(tcp, connection, RELEASED);
}

/* Closing a socket with unread bytes would reset it, and the bytes sent last would be lost.
 * So only the sending half is shut down, and the other side gets time to close. */
static void begin_closing(struct tcp *tcp, struct connection *connection)
{
    if (shutdown(connection->fd, SHUT_WR) != 0) {
        skf_tcp_end(tcp, connection);
        return;
    }
    connection->first = connection->last = 0;
    connection->since = tcp->now;
    skf_tcp_enter(tcp, connection, CLOSING);
    skf_tcp_make_ready(tcp, connection);
}

/* --- a run ---------------------------------------------------------------------------- */

static void end_due(struct tcp *tcp)
{
    while (tcp->waiting.head != NULL) {
        struct connection *connection = tcp->waiting.head->data;
        if (connection->since + TCP_FIRST_CHECK > tcp->now)
            return;
        skf_tcp_reset(tcp, connection);
    }
}

static void close_released(struct tcp *tcp)
{
    if (tcp->released.head != NULL)
        skf_tcp_flush(tcp);
    while (tcp->released.head != NULL)
        begin_closing(tcp, tcp->released.head->data);
}

static void handle_event(struct tcp *tcp, const struct epoll_event *event)
{
    uint32_t slot = event->data.u32 - 1;
    struct connection *connection;

    if (event->data.u32 == 0) {
        skf_tcp_accept(tcp);
        return;
    }
    connection = tcp->all[slot];
    if (connection == NULL || connection->fd < 0)
        return;
    if ((event->events & EPOLLOUT) != 0)
        skf_tcp_resume(tcp, connection);
    if (connection->fd >= 0 && (event->events & ~(uint32_t)EPOLLOUT) != 0)
        skf_tcp_make_ready(tcp, connection);
}

static uint32_t steps_of(uint32_t most)
{
    return most < UINT32_MAX / STEPS ? most * STEPS : UINT32_MAX;
}

void skf_tcp_begin(struct tcp *tcp, skiff_time now, uint32_t most)
{
    struct epoll_event events[EVENTS];

    tcp->now = now;
    tcp->most = tcp->frames = most;
    tcp->steps = steps_of(most);
    close_released(tcp);
    end_due(tcp);
    skf_tcp_listen_again(tcp);
    int num = epoll_wait(tcp->poll, events, EVENTS, 0);
    for (int i = 0; i < num; i++)
        handle_event(tcp, &events[i]);
}

uint32_t skf_tcp_num_read(const struct tcp *tcp)
{
    return MAX(tcp->most - tcp->frames, (steps_of(tcp->most) - tcp->steps) / STEPS);
}

bool skf_tcp_pending(const struct tcp *tcp)
{
    return tcp->ready.head != NULL;
}

bool skf_tcp_is_due(const struct tcp *tcp)
{
    return tcp->ready.head != NULL || tcp->released.head != NULL || tcp->ended.head != NULL;
}

skiff_time skf_tcp_deadline(const struct tcp *tcp)
{
    skiff_time deadline = tcp->paused ? tcp->paused_until : SKIFF_NEVER;

    if (tcp->waiting.head != NULL) {
        const struct connection *oldest = tcp->waiting.head->data;
        deadline = MIN(deadline, oldest->since + TCP_FIRST_CHECK);
    }
    return deadline;
}
