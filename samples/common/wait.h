/* wait.h - waiting as the loop of a small program does it: until a descriptor can be read,
 * a deadline of skiff has come, or somebody has pressed Ctrl-C. Needs _GNU_SOURCE, for
 * ppoll. */
#ifndef SAMPLES_WAIT_H
#define SAMPLES_WAIT_H

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

static inline void ignore_signal(int number)
{
    (void)number;
}

/* Keeps Ctrl-C and kill from ending the program at once: they end a wait instead. */
static inline void hold_interrupts(void)
{
    struct sigaction action = { .sa_handler = ignore_signal };
    sigset_t held;

    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_BLOCK, &held, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* Waits until one of them is ready or the deadline has come. False: end now, cleanly. The
 * signals get through during the call alone, so that none is missed between two waits. */
static inline bool wait_until(struct pollfd *fds, nfds_t num, skiff_time deadline)
{
    int ms = skiff_wait_ms(deadline, clock_now());
    struct timespec limit = { ms / 1000, ms % 1000 * 1000000L };
    sigset_t none;

    sigemptyset(&none);
    return ppoll(fds, num, ms < 0 ? NULL : &limit, &none) >= 0 || errno != EINTR;
}

#endif
