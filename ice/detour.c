/* detour.c - another local port to a TURN server. */
#include "detour.h"

#include "port/memory.h"

#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BURST = 64, LONGEST = 65535 };

struct detour {
    int         inner, outer;
    GSource    *sources[2];
    NiceAddress address;                /* of the inner end                               */
    bool        joined;                 /* it knows the socket that it stands for         */
    uint8_t     bytes[LONGEST];
};

static socklen_t put(const NiceAddress *address, struct sockaddr_storage *storage)
{
    memset(storage, 0, sizeof *storage);
    nice_address_copy_to_sockaddr(address, (struct sockaddr *)storage);
    return storage->ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                         : sizeof(struct sockaddr_in6);
}

/* --- datagrams ------------------------------------------------------------------------ */

/* The first from our own address is libnice's; then the kernel keeps others out. */
static bool join(struct detour *detour, const struct sockaddr_storage *from, socklen_t len)
{
    NiceAddress who;

    nice_address_init(&who);
    nice_address_set_from_sockaddr(&who, (const struct sockaddr *)from);
    detour->joined = nice_address_equal_no_port(&who, &detour->address)
                     && connect(detour->inner, (const struct sockaddr *)from, len) == 0;
    return detour->joined;
}

static gboolean on_inner(gint fd, GIOCondition condition, gpointer data)
{
    struct detour *detour = data;
    struct sockaddr_storage from;

    (void)condition;
    for (unsigned i = 0; i < BURST; i++) {
        socklen_t len = sizeof from;
        ssize_t got = recvfrom(fd, detour->bytes, sizeof detour->bytes, MSG_DONTWAIT,
                               (struct sockaddr *)&from, &len);
        if (got < 0)
            break;
        if (detour->joined || join(detour, &from, len))
            (void)send(detour->outer, detour->bytes, (size_t)got,
                       MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean on_outer(gint fd, GIOCondition condition, gpointer data)
{
    struct detour *detour = data;

    (void)condition;
    for (unsigned i = 0; i < BURST; i++) {
        ssize_t got = recv(fd, detour->bytes, sizeof detour->bytes, MSG_DONTWAIT);
        if (got < 0)
            break;
        if (detour->joined)
            (void)send(detour->inner, detour->bytes, (size_t)got,
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
    len = put(&any, &storage);
    fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&storage, len) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool read_address(struct detour *detour)
{
    struct sockaddr_storage storage;
    socklen_t len = sizeof storage;

    if (getsockname(detour->inner, (struct sockaddr *)&storage, &len) != 0)
        return false;
    nice_address_init(&detour->address);
    nice_address_set_from_sockaddr(&detour->address, (const struct sockaddr *)&storage);
    return true;
}

static bool open_ends(struct detour *detour, const NiceAddress *from,
                      const NiceAddress *server)
{
    struct sockaddr_storage to;
    socklen_t len = put(server, &to);

    detour->inner = bound(from);
    detour->outer = bound(from);
    return detour->inner >= 0 && detour->outer >= 0 && read_address(detour)
           && connect(detour->outer, (const struct sockaddr *)&to, len) == 0;
}

static GSource *watch(struct detour *detour, GMainContext *loop, int fd,
                      GUnixFDSourceFunc callback)
{
    GSource *source = g_unix_fd_source_new(fd, G_IO_IN);

    g_source_set_callback(source, G_SOURCE_FUNC(callback), detour, NULL);
    g_source_attach(source, loop);
    return source;
}

struct detour *skf_detour_new(GMainContext *loop, const NiceAddress *from,
                              const NiceAddress *server)
{
    struct detour *made = skf_ice_acquire(NULL, sizeof *made);

    if (made == NULL)
        return NULL;
    made->inner = made->outer = -1;
    if (!open_ends(made, from, server)) {
        skf_detour_free(made);
        return NULL;
    }
    made->sources[0] = watch(made, loop, made->inner, on_inner);
    made->sources[1] = watch(made, loop, made->outer, on_outer);
    return made;
}

const NiceAddress *skf_detour_address(const struct detour *detour)
{
    return &detour->address;
}

void skf_detour_free(struct detour *detour)
{
    for (size_t i = 0; i < G_N_ELEMENTS(detour->sources); i++)
        if (detour->sources[i] != NULL) {
            g_source_destroy(detour->sources[i]);
            g_source_unref(detour->sources[i]);
        }
    if (detour->inner >= 0)
        close(detour->inner);
    if (detour->outer >= 0)
        close(detour->outer);
    skf_ice_release(NULL, detour, sizeof *detour);
}
