/* stream.c - a TCP connection of a caller's, and its frames. */
#include "stream.h"

#include "loopback.h"
#include "suite.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

void stream_open(struct stream *stream, const struct stream_ends *ends)
{
    static const int yes = 1;

    *stream = (struct stream){ .fd = socket(ends->to->sa_family, SOCK_STREAM, 0) };
    CU_ASSERT_FATAL(stream->fd >= 0);
    CU_ASSERT_EQUAL(setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes), 0);
    if (ends->from != NULL)
        CU_ASSERT_EQUAL_FATAL(bind(stream->fd, ends->from, ends->len), 0);
    CU_ASSERT_EQUAL_FATAL(connect(stream->fd, ends->to, ends->len), 0);
    loopback_wait();
}

void stream_close(struct stream *stream)
{
    close(stream->fd);
    loopback_wait();
}

/* Who is closed on meanwhile has not been heard. */
void stream_write(struct stream *stream, const void *bytes, size_t len)
{
    size_t part = stream->split != 0 ? stream->split : len;

    for (size_t at = 0; at < len; at += part)
        (void)send(stream->fd, (const uint8_t *)bytes + at,
                   at + part < len ? part : len - at, MSG_NOSIGNAL);
    loopback_wait();
}

void stream_send(struct stream *stream, const void *bytes, size_t len)
{
    uint8_t frame[2 + UINT16_MAX] = { (uint8_t)(len >> 8), (uint8_t)len };

    memcpy(frame + 2, bytes, len);
    stream_write(stream, frame, 2 + len);
}

static void read_all(struct stream *stream)
{
    ssize_t len;

    loopback_wait();
    memmove(stream->bytes, stream->bytes + stream->first, stream->last - stream->first);
    stream->last -= stream->first;
    stream->first = 0;
    do {
        len = recv(stream->fd, stream->bytes + stream->last, STREAM_BYTES - stream->last,
                   MSG_DONTWAIT);
        stream->last += len > 0 ? (size_t)len : 0;
    } while (len > 0 && stream->last < STREAM_BYTES);
    stream->ended |= stream->last < STREAM_BYTES && (len == 0 || errno != EAGAIN);
}

size_t stream_read(struct stream *stream, uint8_t *bytes, size_t size)
{
    read_all(stream);

    const uint8_t *at = stream->bytes + stream->first;
    size_t left = stream->last - stream->first;
    size_t len = left >= 2 ? (size_t)at[0] << 8 | at[1] : 0;
    if (left < 2 || left - 2 < len)
        return 0;
    CU_ASSERT_FATAL(len <= size);
    memcpy(bytes, at + 2, len);
    stream->first += 2 + len;
    return len;
}

bool stream_has_ended(struct stream *stream)
{
    read_all(stream);
    return stream->ended;
}
