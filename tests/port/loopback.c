/* loopback.c - a datagram of our own, sent last, comes last. */
#define _GNU_SOURCE
#include "loopback.h"

#include "suite.h"

#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE = 10000 }; /* milliseconds, of a kernel that is busy */

/* Where it is refused nothing is lost but the certainty of the order. */
void loopback_stay(void)
{
    cpu_set_t one;
    int here = sched_getcpu();

    CPU_ZERO(&one);
    CPU_SET(here >= 0 ? (size_t)here : 0, &one);
    (void)sched_setaffinity(0, sizeof one, &one);
}

void loopback_roam(void)
{
    cpu_set_t all;

    memset(&all, 0xff, sizeof all);
    (void)sched_setaffinity(0, sizeof all, &all);
}

void loopback_wait(void)
{
    struct sockaddr_in self = { .sin_family = AF_INET,
                                .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof self;
    struct pollfd last = { socket(AF_INET, SOCK_DGRAM, 0), POLLIN, 0 };

    CU_ASSERT_EQUAL(bind(last.fd, (const struct sockaddr *)&self, len), 0);
    CU_ASSERT_EQUAL(getsockname(last.fd, (struct sockaddr *)&self, &len), 0);
    CU_ASSERT_EQUAL(sendto(last.fd, "", 1, 0, (const struct sockaddr *)&self, len), 1);
    CU_ASSERT_EQUAL(poll(&last, 1, PATIENCE), 1);
    close(last.fd);
}
