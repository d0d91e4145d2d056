/* netns.c - networks of the test's own. */
#define _GNU_SOURCE
#include "netns.h"

#include "suite.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_current(void)
{
    return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

bool netns_ip(const char *format, ...)
{
    char command[512];
    va_list arguments;
    int len = snprintf(command, sizeof command, "ip ");

    va_start(arguments, format);
    len += vsnprintf(command + len, sizeof command - (size_t)len, format, arguments);
    va_end(arguments);
    snprintf(command + len, sizeof command - (size_t)len, " 2>/dev/null");
    return system(command) == 0;
}

bool netns_runs(const char *interface)
{
    struct ifreq request;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool runs = false;

    memset(&request, 0, sizeof request);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
    for (int i = 0; i < 5000 && !runs; i++) {
        runs = ioctl(fd, SIOCGIFFLAGS, &request) == 0
            && (request.ifr_flags & IFF_RUNNING) != 0;
        if (!runs)
            poll(NULL, 0, 1);
    }
    close(fd);
    return runs;
}

bool netns_begin(struct netns *netns)
{
    netns->home = open_current();
    netns->there = -1;
    if (netns->home >= 0 && unshare(CLONE_NEWNET) == 0) {
        netns->here = open_current();
        if (netns_ip("link set lo up"))
            return true;
        netns_end(netns);
    }
    fprintf(stderr, "no networks of our own can be had here: nothing is tested\n");
    return false;
}

/* To be called there; the near end goes to the namespace that our descriptor names. */
static bool link_both(struct netns *netns, const char *name, unsigned network)
{
    bool done =
        netns_ip("link add %s type veth peer name %s-", name, name)
        && netns_ip("addr add 10.%u.0.2/24 dev %s", network, name)
        && netns_ip("link set %s up", name)
        && netns_ip("link set %s- netns /proc/%d/fd/%d", name, (int)getpid(), netns->here);

    netns_go(netns, false);
    return done && netns_ip("link set %s- name %s", name, name)
        && netns_ip("addr add 10.%u.0.1/24 dev %s", network, name)
        && netns_ip("link set %s up", name) && netns_runs(name);
}

bool netns_join(struct netns *netns)
{
    bool done = unshare(CLONE_NEWNET) == 0;

    netns->there = open_current();
    return done && netns_ip("link set lo up") && link_both(netns, "e0", 200);
}

bool netns_second_link(struct netns *netns)
{
    netns_go(netns, true);
    return link_both(netns, "f0", 201);
}

void netns_go(const struct netns *netns, bool there)
{
    CU_ASSERT_EQUAL_FATAL(setns(there ? netns->there : netns->here, CLONE_NEWNET), 0);
}

bool netns_bridges(unsigned num)
{
    bool done = true;
    char name[16];

    for (unsigned i = 1; done && i <= num; i++) {
        snprintf(name, sizeof name, "br-x%u", i);
        done = netns_ip("link add br-x%u type veth peer name p%u", i, i)
            && netns_ip("addr add 172.%u.0.1/16 dev br-x%u", 16 + i, i)
            && netns_ip("link set p%u up", i) && netns_ip("link set br-x%u up", i)
            && netns_runs(name);
    }
    return done;
}

void netns_end(struct netns *netns)
{
    CU_ASSERT_EQUAL_FATAL(setns(netns->home, CLONE_NEWNET), 0);
    close(netns->home);
    close(netns->here);
    if (netns->there >= 0)
        close(netns->there);
}
