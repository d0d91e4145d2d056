/* turn_proxy.c - another local port to a TURN server. */
#include "turn_proxy.h"

#include "base/memory.h"
#include "loop_source.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_DATAGRAMS = 64, LONGEST = 65535 };

struct turn_proxy {
    int inner, outer;
    GSource *sources[2];
    NiceAddress address; /* of the inner end */
    bool joined;         /* the socket of libnice is known */
    uint8_t bytes[LONGEST];
};

static socklen_t to_sockaddr(const NiceAddress *address, struct sockaddr_storage *storage)
{
    memset(storage, 0, sizeof *storage);
    nice_address_copy_to_sockaddr(address, (struct sockaddr *)storage);
    return storage->ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                         : sizeof(struct sockaddr_in6);
}

/* --- datagrams ------------------------------------------------------------------------ */

/* The first datagram from our own address is libnice's. Then the kernel accepts no other
 * source. */
static bool join(struct turn_proxy *proxy, const struct sockaddr_storage *from,
                 socklen_t len)
{
    NiceAddress source;

    nice_address_init(&source);
    nice_address_set_from_sockaddr(&source, (const struct sockaddr *)from);
    proxy->joined = nice_address_equal_no_port(&source, &proxy->address)
                 && connect(proxy->inner, (const struct sockaddr *)from, len) == 0;
    return proxy->joined;
}

static gboolean on_inner(gint fd, GIOCondition condition, gpointer data)
{
    struct turn_proxy *proxy = data;
    struct sockaddr_storage from;

    (void)condition;
    for (unsigned i = 0; i < MAX_DATAGRAMS; i++) {
        socklen_t len = sizeof from;
        ssize_t got = recvfrom(fd, proxy->bytes, sizeof proxy->bytes, MSG_DONTWAIT,
                               (struct sockaddr *)&from, &len);
        if (got < 0)
            break;
        if (proxy->joined || join(proxy, &from, len))
            (void)send(proxy->outer, proxy->bytes, (size_t)got,
                       MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean on_outer(gint fd, GIOCondition condition, gpointer data)
{
    struct turn_proxy *proxy = data;

    (void)condition;
    for (unsigned i = 0; i < MAX_DATAGRAMS; i++) {
        ssize_t got = recv(fd, proxy->bytes, sizeof proxy->bytes, MSG_DONTWAIT);
        if (got < 0)
            break;
        if (proxy->joined)
            (void)send(proxy->inner, proxy->bytes, (size_t)got,
                       MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    return G_SOURCE_CONTINUE;
}

/* --- its two ends --------------------------------------------------------------------- */

static int bound(const NiceAddress *from)
{
    NiceAddress any = *from;
    struct sockaddr_storage storage;
    socklen_t len;
    int fd;

    nice_address_set_port(&any, 0);
    len = to_sockaddr(&any, &storage);
    fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&storage, len) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool read_address(struct turn_proxy *proxy)
{
    struct sockaddr_storage storage;
    socklen_t len = sizeof storage;

    if (getsockname(proxy->inner, (struct sockaddr *)&storage, &len) != 0)
        return false;
    nice_address_init(&proxy->address);
    nice_address_set_from_sockaddr(&proxy->address, (const struct sockaddr *)&storage);
    return true;
}

static bool open_ends(struct turn_proxy *proxy, const NiceAddress *from,
                      const NiceAddress *server)
{
    struct sockaddr_storage to;
    socklen_t len = to_sockaddr(server, &to);

    proxy->inner = bound(from);
    proxy->outer = bound(from);
    return proxy->inner >= 0 && proxy->outer >= 0 && read_address(proxy)
        && connect(proxy->outer, (const struct sockaddr *)&to, len) == 0;
}

struct turn_proxy *skf_turn_proxy_new(GMainContext *loop, const NiceAddress *from,
                                      const NiceAddress *server)
{
    struct turn_proxy *made = skf_acquire(NULL, sizeof *made);

    if (made == NULL)
        return NULL;
    made->inner = made->outer = -1;
    if (!open_ends(made, from, server)) {
        skf_turn_proxy_free(made);
        return NULL;
    }
    made->sources[0] = skf_readable_new(loop, made->inner, on_inner, made);
    made->sources[1] = skf_readable_new(loop, made->outer, on_outer, made);
    return made;
}

const NiceAddress *skf_turn_proxy_address(const struct turn_proxy *proxy)
{
    return &proxy->address;
}

void skf_turn_proxy_free(struct turn_proxy *proxy)
{
    for (size_t i = 0; i < G_N_ELEMENTS(proxy->sources); i++)
        skf_source_free(&proxy->sources[i]);
    if (proxy->inner >= 0)
        close(proxy->inner);
    if (proxy->outer >= 0)
        close(proxy->outer);
    skf_release(NULL, proxy, sizeof *proxy);
}
