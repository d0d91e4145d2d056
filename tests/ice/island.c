/* island.c - networks of the test's own. */
#define _GNU_SOURCE
#include "island.h"

#include "suite.h"

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

bool island_begin(struct island *island)
{
    island->home = open_current();
    island->there = -1;
    if (island->home < 0 || unshare(CLONE_NEWNET) != 0)
        return false;
    island->here = open_current();
    if (island_ip("link set lo up"))
        return true;
    island_end(island);
    return false;
}

/* The far end is sent to the namespace of a process of ours, which has moved there. */
bool island_join(struct island *island)
{
    bool done = unshare(CLONE_NEWNET) == 0;

    island->there = open_current();
    done = done && island_ip("link set lo up")
           && island_ip("link add e0 type veth peer name e1")
           && island_ip("addr add 10.200.0.2/24 dev e0") && island_ip("link set e0 up");
    char target[64];
    snprintf(target, sizeof target, "/proc/%d/fd/%d", (int)getpid(), island->here);
    done = done && island_ip("link set e1 netns %s", target);
    island_go(island, false);
    return done && island_ip("link set e1 name e0")
           && island_ip("addr add 10.200.0.1/24 dev e0") && island_ip("link set e0 up");
}

void island_go(const struct island *island, bool there)
{
    CU_ASSERT_EQUAL_FATAL(setns(there ? island->there : island->here, CLONE_NEWNET), 0);
}

bool island_bridges(unsigned num)
{
    bool done = true;

    for (unsigned i = 1; done && i <= num; i++)
        done = island_ip("link add br-x%u type veth peer name p%u", i, i)
               && island_ip("addr add 172.%u.0.1/16 dev br-x%u", 16 + i, i)
               && island_ip("link set p%u up", i) && island_ip("link set br-x%u up", i);
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
