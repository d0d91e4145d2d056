/* source_address.c - the local address from which the kernel would send. */
#include "source_address.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANY_PORT = 9 }; /* any but 0 will do for a route */

static bool source_of(int fd, const NiceAddress *to, NiceAddress *from)
{
    NiceAddress target = *to;
    struct sockaddr_storage storage;
    socklen_t len;

    memset(&storage, 0, sizeof storage);
    nice_address_set_port(&target, ANY_PORT);
    nice_address_copy_to_sockaddr(&target, (struct sockaddr *)&storage);
    len = storage.ss_family == AF_INET ? sizeof target.s.ip4 : sizeof target.s.ip6;
    if (connect(fd, (const struct sockaddr *)&storage, len) != 0)
        return false;
    len = sizeof storage;
    if (getsockname(fd, (struct sockaddr *)&storage, &len) != 0)
        return false;
    nice_address_init(from);
    nice_address_set_from_sockaddr(from, (const struct sockaddr *)&storage);
    nice_address_set_port(from, 0);
    return true;
}

bool skf_source_address(const NiceAddress *to, NiceAddress *from)
{
    int fd = socket(to->s.addr.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool known;

    if (fd < 0)
        return false;
    known = source_of(fd, to, from);
    close(fd);
    return known;
}
