/* stream.h - a TCP connection of a caller's to a port, and the frames that go through it
 * (RFC 4571). Knows nothing of what is in them. */
#ifndef TESTS_PORT_STREAM_H
#define TESTS_PORT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { STREAM_BYTES = 1 << 16 };

struct stream {
    int fd;
    size_t split;       /* bytes in one write; 0: all at once */
    size_t first, last; /* bytes that were read and not taken */
    bool ended;         /* the other side has closed it */
    uint8_t bytes[STREAM_BYTES];
};

/* Where it goes to, and from where; NULL: the kernel chooses. */
struct stream_ends {
    const struct sockaddr *to, *from;
    socklen_t len; /* of either */
};

void stream_open(struct stream *stream, const struct stream_ends *ends);
void stream_close(struct stream *stream);

/* Sends bytes as they are; a frame. */
void stream_write(struct stream *stream, const void *bytes, size_t len);
void stream_send(struct stream *stream, const void *bytes, size_t len);

/* Reads what has come: its next frame, or 0. */
size_t stream_read(struct stream *stream, uint8_t *bytes, size_t size);

/* Reads what has arrived; returns whether the other side has ended it. */
bool stream_has_ended(struct stream *stream);

#endif
