/* tcp_in.c - reads bytes from all connections in turn, and finds the frames in them. */
#include "tcp_internal.h"

#include <errno.h>
#include <sys/socket.h>

enum {
    TURN = 16,          /* frames of one connection before the next one's */
    SHORTEST_CHECK = 20 /* bytes: the header of STUN (RFC 8489 section 5) */
};

static uint32_t buffered(const struct connection *connection)
{
    return connection->last - connection->first;
}

static uint32_t frame_length(const struct connection *connection)
{
    const uint8_t *at = connection->in + connection->first;

    return (uint32_t)at[0] << 8 | at[1];
}

/* As far as the bytes show: the first frame must be a binding request. */
static bool may_be_check(const struct connection *connection)
{
    const uint8_t *at = connection->in + connection->first;
    uint32_t len = buffered(connection);

    if (len >= HEADER
        && (frame_length(connection) < SHORTEST_CHECK
            || frame_length(connection) > TCP_FIRST_BYTES - HEADER))
        return false;
    return (len <= HEADER || at[HEADER] == 0) && (len <= HEADER + 1 || at[HEADER + 1] == 1);
}

static bool is_acceptable(const struct tcp *tcp, const struct connection *connection)
{
    if (connection->state == HALF_OPEN)
        return may_be_check(connection);
    return buffered(connection) < HEADER || frame_length(connection) <= tcp->max_frame;
}

static bool has_frame(const struct connection *connection)
{
    return buffered(connection) >= HEADER
        && buffered(connection) - HEADER >= frame_length(connection);
}

/* The rest of a frame moves to the front, so that all of it has space. */
static void move_to_front(struct connection *connection)
{
    memmove(connection->in, connection->in + connection->first, buffered(connection));
    connection->last -= connection->first;
    connection->first = 0;
}

static void read_more(struct tcp *tcp, struct connection *connection)
{
    uint32_t space = connection->state == HALF_OPEN ? TCP_FIRST_BYTES : tcp->in_size;

    move_to_front(connection);
    space = space > connection->last ? space - connection->last : 0;
    ssize_t len =
        recv(connection->fd, connection->in + connection->last, space, MSG_DONTWAIT);
    if (len < 0 && (errno == EAGAIN || errno == EINTR)) {
        connection->readable = false;
        return;
    }
    if (len <= 0) {
        skf_tcp_fail(tcp, connection);
        return;
    }
    connection->last += (uint32_t)len;
    connection->readable = (uint32_t)len == space;
    if (connection->state == CLOSING)
        connection->last = 0;
}

/* The limit of a view is what lies before the next frame, or the end of the buffer. */
static void set_frame(struct tcp *tcp, struct connection *connection,
                      struct udp_arrival *arrival)
{
    uint8_t *data = connection->in + connection->first + HEADER;
    uint32_t len = frame_length(connection);

    connection->first += HEADER + len;
    bool no_tailroom = buffered(connection) > 0;
    uint32_t limit = no_tailroom ? len : (uint32_t)(connection->in + tcp->in_size - data);
    tcp->view =
        (skiff_packet){ .data = data, .len = len, .limit = limit, .arrived = tcp->now };
    tcp->path = connection->path;
    *arrival = (struct udp_arrival){ .packet = &tcp->view,
                                     .path = &tcp->path,
                                     .no_tailroom = no_tailroom };
    tcp->counters.received++;
}

/* Takes the next frame; false for the null packet (RFC 4571 section 2). */
static bool read_frame(struct tcp *tcp, struct connection *connection,
                       struct udp_arrival *arrival)
{
    connection->frames_in_row++;
    if (frame_length(connection) == 0) {
        connection->first += HEADER;
        return false;
    }
    set_frame(tcp, connection, arrival);
    return true;
}

/* After its turn a connection is the last; without anything to read it leaves the queue. */
static void pass_on(struct tcp *tcp, struct connection *connection)
{
    queue_unlink(&tcp->ready, &connection->in_ready);
    connection->ready = connection->readable || has_frame(connection);
    connection->frames_in_row = 0;
    if (connection->ready)
        queue_push(&tcp->ready, &connection->in_ready);
}

/* One step: a frame, a read, or the next one's turn; true for a frame. */
static bool step(struct tcp *tcp, struct connection *connection,
                 struct udp_arrival *arrival)
{
    if (!is_acceptable(tcp, connection)) {
        tcp->counters.drop_frame++;
        skf_tcp_fail(tcp, connection);
        return false;
    }
    if (connection->frames_in_row >= TURN) {
        pass_on(tcp, connection);
        return false;
    }
    if (has_frame(connection))
        return read_frame(tcp, connection, arrival);
    if (connection->readable)
        read_more(tcp, connection);
    else
        pass_on(tcp, connection);
    return false;
}

bool skf_tcp_next(struct tcp *tcp, struct udp_arrival *arrival)
{
    while (tcp->frames > 0 && tcp->steps > 0 && tcp->ready.head != NULL) {
        tcp->steps--;
        if (step(tcp, tcp->ready.head->data, arrival)) {
            tcp->frames--;
            return true;
        }
    }
    return false;
}
