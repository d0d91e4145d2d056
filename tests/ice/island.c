/* island.c - networks of the test's own. */
#define _GNU_SOURCE
#include "island.h"

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

bool island_ip(const char *format, ...)
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

bool island_runs(const char *interface)
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

bool island_begin(struct island *island)
{
    island->home = open_current();
    island->there = -1;
    if (island->home >= 0 && unshare(CLONE_NEWNET) == 0) {
        island->here = open_current();
        if (island_ip("link set lo up"))
            return true;
        island_end(island);
    }
    fprintf(stderr, "no networks of our own can be had here: nothing is tested\n");
    return false;
}

/* To be called there; the near end goes to the namespace that our descriptor names. */
static bool link_both(struct island *island, const char *name, unsigned network)
{
    bool done = island_ip("link add %s type veth peer name %s-", name, name)
                && island_ip("addr add 10.%u.0.2/24 dev %s", network, name)
                && island_ip("link set %s up", name)
                && island_ip("link set %s- netns /proc/%d/fd/%d", name, (int)getpid(),
                             island->here);

    island_go(island, false);
    return done && island_ip("link set %s- name %s", name, name)
           && island_ip("addr add 10.%u.0.1/24 dev %s", network, name)
           && island_ip("link set %s up", name) && island_runs(name);
}

bool island_join(struct island *island)
{
    bool done = unshare(CLONE_NEWNET) == 0;

    island->there = open_current();
    return done && island_ip("link set lo up") && link_both(island, "e0", 200);
}

bool island_second_link(struct island *island)
{
    island_go(island, true);
    return link_both(island, "f0", 201);
}

void island_go(const struct island *island, bool there)
{
    CU_ASSERT_EQUAL_FATAL(setns(there ? island->there : island->here, CLONE_NEWNET), 0);
}

bool island_bridges(unsigned num)
{
    bool done = true;
    char name[16];

    for (unsigned i = 1; done && i <= num; i++) {
        snprintf(name, sizeof name, "br-x%u", i);
        done = island_ip("link add br-x%u type veth peer name p%u", i, i)
               && island_ip("addr add 172.%u.0.1/16 dev br-x%u", 16 + i, i)
               && island_ip("link set p%u up", i) && island_ip("link set br-x%u up", i)
               && island_runs(name);
    }
    return done;
}

void island_end(struct island *island)
{
    CU_ASSERT_EQUAL_FATAL(setns(island->home, CLONE_NEWNET), 0);
    close(island->home);
    close(island->here);
    if (island->there >= 0)
        close(island->there);
}
