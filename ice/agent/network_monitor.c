/* network_monitor.c - asks the kernel to report changes of local addresses and
 * interfaces. */
#include "network_monitor.h"

#include "base/memory.h"
#include "loop_source.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REPORT_DELAY = 500 }; /* milliseconds: an interface comes with several changes */

struct network_monitor {
    GMainContext *loop;
    void (*changed)(void *user);
    void *user;
    int fd;
    GSource *source, *timer;
};

static gboolean on_delay(gpointer data)
{
    struct network_monitor *monitor = data;

    skf_source_free(&monitor->timer);
    monitor->changed(monitor->user); /* which may free it */
    return G_SOURCE_REMOVE;
}

/* The messages are not parsed: the callee lists all addresses anyway. */
static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct network_monitor *monitor = data;
    uint8_t ignored[4096];
    ssize_t got;

    (void)condition;
    do
        got = recv(fd, ignored, sizeof ignored, MSG_DONTWAIT);
    while (got > 0 || (got < 0 && errno == ENOBUFS));
    if (monitor->timer != NULL)
        return G_SOURCE_CONTINUE;
    monitor->timer = g_timeout_source_new(REPORT_DELAY);
    g_source_set_callback(monitor->timer, on_delay, monitor, NULL);
    g_source_attach(monitor->timer, monitor->loop);
    return G_SOURCE_CONTINUE;
}

static int open_netlink(void)
{
    struct sockaddr_nl name = { .nl_family = AF_NETLINK,
                                .nl_groups =
                                    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (const struct sockaddr *)&name, sizeof name) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

struct network_monitor *skf_network_monitor_new(GMainContext *loop,
                                                void (*changed)(void *user), void *user)
{
    int fd = open_netlink();
    struct network_monitor *monitor = fd >= 0 ? skf_acquire(NULL, sizeof *monitor) : NULL;

    if (monitor == NULL) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    *monitor = (struct network_monitor){
        .loop = loop, .changed = changed, .user = user, .fd = fd
    };
    monitor->source = skf_readable_new(loop, fd, on_readable, monitor);
    return monitor;
}

void skf_network_monitor_free(struct network_monitor *monitor)
{
    if (monitor == NULL)
        return;
    skf_source_free(&monitor->source);
    skf_source_free(&monitor->timer);
    close(monitor->fd);
    skf_release(NULL, monitor, sizeof *monitor);
}
