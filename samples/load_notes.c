/* load_notes.c - a socket pair that keeps the borders of batches of notes. */
#define _GNU_SOURCE
#include "load_notes.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* All that can be under way must fit, or two that send could wait for each other. */
enum { BUFFER = 1 << 20 };

static bool set_up(struct notes *notes, int fd)
{
    int size = BUFFER;

    *notes = (struct notes){ .fd = fd };
    return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0;
}

bool notes_pair(struct notes *here, struct notes *there)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
        return false;
    return set_up(here, fds[0]) && set_up(there, fds[1]);
}

void notes_close(struct notes *notes)
{
    if (notes->fd >= 0)
        close(notes->fd);
    notes->fd = -1;
}

void notes_put(struct notes *notes, const struct note *note)
{
    notes->out[notes->num_out++] = *note;
    if (notes->num_out == NOTES_AT_ONCE)
        notes_flush(notes);
}

void notes_flush(struct notes *notes)
{
    ssize_t sent = 0;

    while (notes->num_out > 0 && sent >= 0) {
        sent = send(notes->fd, notes->out, notes->num_out * sizeof *notes->out,
                    MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            sent = 0;
        else
            notes->num_out = 0;                 /* who has ended is noticed by taking */
    }
}

int notes_take(struct notes *notes, bool wait)
{
    ssize_t got;

    do {
        got = recv(notes->fd, notes->in, sizeof notes->in, wait ? 0 : MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    return got <= 0 ? -1 : (int)((size_t)got / sizeof *notes->in);
}
