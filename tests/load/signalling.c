/* signalling.c - a socket pair that keeps the borders of batches of signals. */
#define _GNU_SOURCE
#include "signalling.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* All that can be under way must fit, or two that send could wait for each other. */
enum { BUFFER = 1 << 20 };

static bool set_up(struct signalling *signalling, int fd)
{
    int size = BUFFER;

    *signalling = (struct signalling){ .fd = fd };
    return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0;
}

bool signalling_pair(struct signalling *here, struct signalling *there)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
        return false;
    return set_up(here, fds[0]) && set_up(there, fds[1]);
}

void signalling_close(struct signalling *signalling)
{
    if (signalling->fd >= 0)
        close(signalling->fd);
    signalling->fd = -1;
}

void signalling_put(struct signalling *signalling, const struct signal_message *message)
{
    signalling->out[signalling->num_out++] = *message;
    if (signalling->num_out == SIGNALS_AT_ONCE)
        signalling_flush(signalling);
}

void signalling_flush(struct signalling *signalling)
{
    ssize_t sent = 0;

    while (signalling->num_out > 0 && sent >= 0) {
        sent = send(signalling->fd, signalling->out,
                    signalling->num_out * sizeof *signalling->out, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            sent = 0;
        else
            signalling->num_out = 0; /* who has ended is noticed by reading */
    }
}

int signalling_read(struct signalling *signalling, bool wait)
{
    ssize_t got;

    do {
        got = recv(signalling->fd, signalling->in, sizeof signalling->in,
                   wait ? 0 : MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    return got <= 0 ? -1 : (int)((size_t)got / sizeof *signalling->in);
}
