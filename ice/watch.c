/* watch.c - hears from the kernel that local addresses or interfaces have changed. */
#include "watch.h"

#include "port/memory.h"

#include <errno.h>
#include <glib-unix.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SETTLE_TIME = 500 };     /* milliseconds: an interface comes with several changes */

struct watch {
    GMainContext *loop;
    void        (*changed)(void *user);
    void         *user;
    int           fd;
    GSource      *source, *timer;
};

static void drop(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_source_unref(*source);
    *source = NULL;
}

static gboolean on_settled(gpointer data)
{
    struct watch *watch = data;

    drop(&watch->timer);
    watch->changed(watch->user);                /* which may free it */
    return G_SOURCE_REMOVE;
}

/* What has changed is not read: whoever is told looks at all there is. */
static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct watch *watch = data;
    uint8_t ignored[4096];
    ssize_t got;

    (void)condition;
    do
        got = recv(fd, ignored, sizeof ignored, MSG_DONTWAIT);
    while (got > 0 || (got < 0 && errno == ENOBUFS));
    if (watch->timer != NULL)
        return G_SOURCE_CONTINUE;
    watch->timer = g_timeout_source_new(SETTLE_TIME);
    g_source_set_callback(watch->timer, on_settled, watch, NULL);
    g_source_attach(watch->timer, watch->loop);
    return G_SOURCE_CONTINUE;
}

static int open_netlink(void)
{
    struct sockaddr_nl name = { .nl_family = AF_NETLINK,
                                .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR
                                             | RTMGRP_IPV6_IFADDR };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (const struct sockaddr *)&name, sizeof name) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

struct watch *skf_watch_new(GMainContext *loop, void (*changed)(void *user), void *user)
{
    int fd = open_netlink();
    struct watch *made = fd >= 0 ? skf_ice_acquire(NULL, sizeof *made) : NULL;

    if (made == NULL) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    *made = (struct watch){ .loop = loop, .changed = changed, .user = user, .fd = fd };
    made->source = g_unix_fd_source_new(fd, G_IO_IN);
    g_source_set_callback(made->source, G_SOURCE_FUNC(on_readable), made, NULL);
    g_source_attach(made->source, loop);
    return made;
}

void skf_watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    drop(&watch->source);
    drop(&watch->timer);
    close(watch->fd);
    skf_ice_release(NULL, watch, sizeof *watch);
}
