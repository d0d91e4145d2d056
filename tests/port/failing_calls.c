/* failing_calls.c - stands before some functions of libc, for the library under test alone.
 */
#include "failing_calls.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static const char *refused;
static unsigned passing;

void refuse_calls(const char *name, unsigned good)
{
    refused = name;
    passing = good;
}

static bool refuses(const char *name)
{
    if (refused == NULL || strcmp(refused, name) != 0)
        return false;
    if (passing > 0) {
        passing--;
        return false;
    }
    errno = EMFILE;
    return true;
}

int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags);
int __real_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event);
int __real_eventfd(unsigned value, int flags);
int __wrap_eventfd(unsigned value, int flags);
int __real_getifaddrs(struct ifaddrs **host);
int __wrap_getifaddrs(struct ifaddrs **host);

int __wrap_epoll_create1(int flags)
{
    return refuses("epoll_create1") ? -1 : __real_epoll_create1(flags);
}

/* Only where something is watched that was not. */
int __wrap_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
    bool is_first = what == EPOLL_CTL_ADD;

    return is_first && refuses("epoll_ctl") ? -1 : __real_epoll_ctl(epoll, what, fd, event);
}

int __wrap_eventfd(unsigned value, int flags)
{
    return refuses("eventfd") ? -1 : __real_eventfd(value, flags);
}

int __wrap_getifaddrs(struct ifaddrs **host)
{
    return refuses("getifaddrs") ? -1 : __real_getifaddrs(host);
}
