/* tcp_out.c - sends packets as frames. What a socket does not accept waits for it, up to a
 * bound. */
#include "tcp_internal.h"

#include <skiff/demux.h>

#include <errno.h>
#include <sys/socket.h>

/* Packets for one connection in a row, and how many of their bytes left. */
struct frames {
    uint32_t at, num;
};

static uint32_t unsent_len(const struct connection *connection)
{
    return connection->end - connection->unsent;
}

/* --- what is not sent at once --------------------------------------------------------- */

/* Packets that keep a connection alive have space when media, which is late by then, has
 * not. */
static uint32_t bound_of(const skiff_packet *packet)
{
    bool is_media =
        packet->len > 0 && skiff_protocol_of(packet->data[0]) == SKIFF_PROTOCOL_MEDIA;

    return is_media ? TCP_MAX_UNSENT / 2 : TCP_MAX_UNSENT;
}

static void drop_frame(struct tcp *tcp, struct connection *connection)
{
    tcp->counters.drop_slow++;
    if (connection->lost_at + TCP_SLOW < tcp->now)
        connection->lost = 0;
    connection->lost++;
    connection->lost_at = tcp->now;
}

/* `done` bytes of the frame were sent: the rest of it must follow in any case. */
static void store_unsent(struct tcp *tcp, struct connection *connection,
                         skiff_packet *packet, uint32_t done)
{
    const uint8_t *frame = packet->data - HEADER;
    uint32_t len = HEADER + packet->len;

    if (done == 0 && unsent_len(connection) + len > bound_of(packet)) {
        drop_frame(tcp, connection);
        return;
    }
    memmove(connection->out, connection->out + connection->unsent, unsent_len(connection));
    connection->end -= connection->unsent;
    connection->unsent = 0;
    memcpy(connection->out + connection->end, frame + done, len - done);
    connection->end += len - done;
    tcp->counters.sent++;
}

/* --- sending -------------------------------------------------------------------------- */

static uint32_t write_vectors(struct tcp *tcp, const struct connection *connection,
                              const struct frames *frames, struct iovec *vectors)
{
    uint32_t num = 0;

    if (unsent_len(connection) > 0)
        vectors[num++] =
            (struct iovec){ connection->out + connection->unsent, unsent_len(connection) };
    for (uint32_t i = frames->at; i < frames->at + frames->num; i++) {
        skiff_packet *packet = tcp->queue[i].packet;
        vectors[num++] = (struct iovec){ packet->data - HEADER, HEADER + packet->len };
    }
    return num;
}

/* How many bytes the socket accepted; 0 also when the connection has failed. */
static size_t send_vectors(struct tcp *tcp, struct connection *connection,
                           struct iovec *vectors, uint32_t num)
{
    struct msghdr header = { .msg_iov = vectors, .msg_iovlen = num };
    ssize_t sent = sendmsg(connection->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (sent >= 0)
        return (size_t)sent;
    if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ENOMEM)
        connection->blocked = true;
    else
        skf_tcp_fail(tcp, connection);
    return 0;
}

static size_t consume_unsent(struct connection *connection, size_t sent)
{
    uint32_t len = MIN((uint32_t)sent, unsent_len(connection));

    connection->unsent += len;
    return sent - len;
}

static void consume_frames(struct tcp *tcp, struct connection *connection,
                           const struct frames *frames, size_t sent)
{
    for (uint32_t i = frames->at; i < frames->at + frames->num; i++) {
        skiff_packet *packet = tcp->queue[i].packet;
        uint32_t len = HEADER + packet->len;
        if (sent >= len) {
            tcp->counters.sent++;
            sent -= len;
            continue;
        }
        store_unsent(tcp, connection, packet, (uint32_t)sent);
        sent = 0;
    }
}

static void send_frames(struct tcp *tcp, struct connection *connection,
                        const struct frames *frames)
{
    struct iovec vectors[RUN + 1];
    bool waited = connection->blocked;
    size_t sent = 0;

    if (!connection->blocked)
        sent = send_vectors(tcp, connection, vectors,
                            write_vectors(tcp, connection, frames, vectors));
    if (connection->fd < 0) {
        tcp->counters.drop_lost += frames->num;
        return;
    }
    consume_frames(tcp, connection, frames, consume_unsent(connection, sent));
    connection->blocked = unsent_len(connection) > 0;
    if (connection->blocked != waited)
        skf_tcp_watch(tcp, connection);
}

void skf_tcp_resume(struct tcp *tcp, struct connection *connection)
{
    static const struct frames none = { 0, 0 };

    connection->blocked = false;
    if (unsent_len(connection) > 0)
        send_frames(tcp, connection, &none);
    if (connection->fd >= 0)
        skf_tcp_watch(tcp, connection);
}

/* --- what is queued ------------------------------------------------------------------- */

static uint32_t run_length(const struct tcp *tcp, uint32_t at)
{
    uint32_t num = 1;

    while (num < RUN && at + num < tcp->num
           && tcp->queue[at + num].connection == tcp->queue[at].connection)
        num++;
    return num;
}

void skf_tcp_flush(struct tcp *tcp)
{
    struct frames frames = { 0, 0 };

    for (; frames.at < tcp->num; frames.at += frames.num) {
        struct connection *connection = skf_tcp_find(tcp, tcp->queue[frames.at].connection);
        frames.num = run_length(tcp, frames.at);
        if (connection != NULL)
            send_frames(tcp, connection, &frames);
        else
            tcp->counters.drop_lost += frames.num;
    }
    for (uint32_t i = 0; i < tcp->num; i++)
        if (tcp->queue[i].owned)
            skiff_packet_release(&tcp->queue[i].packet);
    tcp->num = 0;
}

/* Three kinds of packets are not sent, and count as lost. One is too long for LENGTH. One
 * has no space for LENGTH before it. One is of a larger pool, and too long for `out`, in
 * which waits what the kernel does not accept at once. */
static void enqueue(struct tcp *tcp, struct frame frame)
{
    skiff_packet *packet = frame.packet;

    if (packet->len > UINT16_MAX || packet->len > tcp->out_size - HEADER
        || packet->head < HEADER) {
        tcp->counters.drop_lost++;
        if (frame.owned)
            skiff_packet_release(&packet);
        return;
    }
    if (tcp->num == QUEUED)
        skf_tcp_flush(tcp);
    packet->data[-2] = (uint8_t)(packet->len >> 8);
    packet->data[-1] = (uint8_t)packet->len;
    tcp->queue[tcp->num++] = frame;
}

void skf_tcp_queue(struct tcp *tcp, uint32_t connection, skiff_packet **packet)
{
    enqueue(tcp, (struct frame){ *packet, connection, true });
    *packet = NULL;
}

void skf_tcp_send(struct tcp *tcp, uint32_t connection, skiff_packet *packet)
{
    enqueue(tcp, (struct frame){ packet, connection, false });
    skf_tcp_flush(tcp);
}
