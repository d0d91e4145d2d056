/* emulated_path.c - a network between two ends of a pair, on loopback. */
#include "emulated_path.h"

#include "suite.h"

#include <skiff/demux.h>

#include <glib-unix.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_lost(struct emulated_path *path, const void *from)
{
    path->random = path->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(path->random >> 33) % 100 < path->loss || path->cut == from
        || path->cut == path;
}

static struct emulated_socket *socket_of(struct emulated_path *path,
                                         const union address *real)
{
    for (unsigned i = 0; i < path->num_sockets; i++)
        if (address_equal(&path->sockets[i].real, real))
            return &path->sockets[i];
    return NULL;
}

static bool record(struct emulated_path *path, const struct emulated_socket *from,
                   struct emulated_socket *to, const uint8_t *bytes, size_t len)
{
    if (from->end != path->recorded)
        return false;
    path->last = to;
    path->len = len;
    memcpy(path->bytes, bytes, len);
    return true;
}

/* To the end that a socket stands for, from the socket that stands for the sender. */
static void pass(struct emulated_socket *to, const union address *source,
                 const uint8_t *bytes, size_t len)
{
    struct emulated_path *path = to->path;
    struct emulated_socket *from = socket_of(path, source);

    if (from == NULL || is_lost(path, from->end)) {
        path->lost++;
        return;
    }
    path->passed++;
    if (skiff_protocol_of(bytes[0]) == SKIFF_PROTOCOL_MEDIA) {
        path->media++;
        if (record(path, from, to, bytes, len) && path->catches)
            return;
    }
    (void)!sendto(from->fd, bytes, len, 0, &to->real.any, sizeof to->real.four);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct emulated_socket *leg = data;
    uint8_t bytes[2048];
    union address sockaddr, source;
    socklen_t size = sizeof sockaddr;
    ssize_t len;

    (void)condition;
    while ((len = recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, &sockaddr.any, &size))
           > 0) {
        if (skf_address_from_sockaddr(&sockaddr, &source))
            pass(leg, &source, bytes, (size_t)len);
        size = sizeof sockaddr;
    }
    return G_SOURCE_CONTINUE;
}

static int open_at(unsigned host)
{
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_addr = { htonl((INADDR_LOOPBACK & ~0xffu) | host) } };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&here, sizeof here), 0);
    return fd;
}

static void open_socket(struct emulated_socket *leg, unsigned host)
{
    leg->fd = open_at(host);
    leg->source = g_unix_fd_source_new(leg->fd, G_IO_IN);
    g_source_set_callback(leg->source, G_SOURCE_FUNC(on_readable), leg, NULL);
    g_source_attach(leg->source, leg->path->loop);
}

static void close_socket(struct emulated_socket *leg)
{
    g_source_destroy(leg->source);
    g_source_unref(leg->source);
    close(leg->fd);
}

void emulated_path_open(struct emulated_path *path, GMainContext *loop, unsigned seed)
{
    memset(path, 0, sizeof *path);
    path->loop = loop;
    path->random = seed;
}

void emulated_path_close(struct emulated_path *path)
{
    for (unsigned i = 0; i < path->num_sockets; i++)
        close_socket(&path->sockets[i]);
    path->num_sockets = 0;
    if (path->stranger != 0)
        close(path->stranger);
}

static unsigned port_of_socket(int fd)
{
    struct sockaddr_in sockaddr;
    socklen_t size = sizeof sockaddr;

    CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&sockaddr, &size), 0);
    return ntohs(sockaddr.sin_port);
}

/* "foundation component transport priority 127.0.0.1 port typ ..." */
void emulated_path_rewrite(struct emulated_path *path, void *end, const char *sdp,
                           char *rewritten, size_t size)
{
    char head[128], text[ADDRESS_TEXT];
    unsigned port = 0;
    int rest = 0;
    union address real;

    CU_ASSERT_EQUAL_FATAL(
        sscanf(sdp, "%127s %*s %*s %*s 127.0.0.1 %u %n", head, &port, &rest), 2);
    snprintf(text, sizeof text, "127.0.0.1:%u", port);
    CU_ASSERT_TRUE_FATAL(skf_address_read(text, &real));
    struct emulated_socket *leg = socket_of(path, &real);
    if (leg == NULL) {
        CU_ASSERT_TRUE_FATAL(path->num_sockets < EMULATED_SOCKETS);
        leg = &path->sockets[path->num_sockets++];
        *leg = (struct emulated_socket){ .path = path, .end = end, .real = real };
        open_socket(leg, 1);
    }
    snprintf(rewritten, size, "%s 1 UDP 2015363327 127.0.0.1 %u %s", head,
             port_of_socket(leg->fd), sdp + rest);
}

void emulated_path_rebind(struct emulated_path *path, const void *end, unsigned host)
{
    for (unsigned i = 0; i < path->num_sockets; i++) {
        if (path->sockets[i].end != end)
            continue;
        close_socket(&path->sockets[i]);
        open_socket(&path->sockets[i], host);
    }
}

void emulated_path_meet_stranger(struct emulated_path *path, char *candidate, size_t size)
{
    path->stranger = open_at(1);
    snprintf(candidate, size, "9 1 UDP 1 127.0.0.1 %u typ host",
             port_of_socket(path->stranger));
}

void emulated_path_replay(struct emulated_path *path)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(path->last);
    (void)!sendto(path->stranger, path->bytes, path->len, 0, &path->last->real.any,
                  sizeof path->last->real.four);
}

unsigned emulated_path_returned(struct emulated_path *path)
{
    uint8_t bytes[2048];
    unsigned num = 0;

    while (recv(path->stranger, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        num += skiff_protocol_of(bytes[0]) == SKIFF_PROTOCOL_MEDIA;
    return num;
}
