/* tcp_transfer.c - connections that continue on another thread: their first check names a
 * peer there, which the kernel does not know when it chooses a listener. */
#include "tcp_internal.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int skf_tcp_detach(struct tcp *tcp, uint32_t number, skiff_bytes *sent)
{
    struct connection *connection = skf_tcp_find(tcp, number);
    int fd;

    if (connection == NULL || connection->state != HALF_OPEN || connection->moved
        || tcp->path.connection != number
        || epoll_ctl(tcp->poll, EPOLL_CTL_DEL, connection->fd, NULL) != 0)
        return -1;
    fd = connection->fd;
    sent->ptr = tcp->view.data - HEADER;
    sent->len = (size_t)(connection->in + connection->last - sent->ptr);
    skf_tcp_forget(tcp, connection);
    return fd;
}

static bool read_remote_address(int fd, union address *remote)
{
    union address sockname;
    socklen_t size = sizeof sockname;

    return getpeername(fd, &sockname.any, &size) == 0
        && skf_address_from_sockaddr(&sockname, remote);
}

void skf_tcp_attach(struct tcp *tcp, int fd, skiff_bytes sent)
{
    union address remote;
    struct connection *connection;

    if (sent.len > TCP_FIRST_BYTES || !read_remote_address(fd, &remote)) {
        close(fd);
        return;
    }
    connection = skf_tcp_admit(tcp, fd, &remote);
    if (connection == NULL)
        return;
    memcpy(connection->in, sent.ptr, sent.len);
    connection->last = (uint32_t)sent.len;
    connection->moved = true;
}
