/*
 * epoll.c - a port in a loop of epoll, beside descriptors and a deadline of the program.
 *
 *     embed_epoll [ADDRESS]          such as 192.0.2.1:5000; without it 0.0.0.0 and any
 * port
 *
 * It shows how one loop waits for media, signalling (lines on stdin, see signalling.h),
 * Ctrl-C and a report every ten seconds. It leaves out signalling that arrives in parts:
 * half a line stops the loop until the other half is there.
 */
#include "signalling.h"

#include "../common/clock.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { MAX_READY = 8, REPORT_MS = 10000 };

struct program {
    struct echo_server server;
    int epoll, interrupts;
    uint64_t reported; /* packets */
    skiff_time report_due;
    bool over;
};

/* begin: epoll */
static bool watch(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void report_if_due(struct program *program, skiff_time now)
{
    if (now < program->report_due)
        return;
    program->report_due = now + SKIFF_MSEC(REPORT_MS);
    if (program->server.returned != program->reported)
        fprintf(stderr, "%zu peers\n", program->server.num_peers);
    program->reported = program->server.returned;
}

/* The earlier of the two deadlines. An interrupted wait is one in which nothing happened.
 */
static int wait_until_ready(const struct program *program, struct epoll_event *ready)
{
    skiff_time due = skiff_port_deadline(program->server.port);
    int num;

    if (program->report_due < due)
        due = program->report_due;
    num = epoll_wait(program->epoll, ready, MAX_READY, skiff_wait_ms(due, clock_now()));
    return num < 0 && errno == EINTR ? 0 : num;
}

/* The port runs last, and each time: its end sends what the rest of the loop has queued. */
static void serve(struct program *program)
{
    struct epoll_event ready[MAX_READY];
    int num;

    while (!program->over && (num = wait_until_ready(program, ready)) >= 0) {
        for (int i = 0; i < num; i++) {
            if (ready[i].data.fd == program->interrupts)
                program->over = true;
            if (ready[i].data.fd == STDIN_FILENO
                && !signalling_read_line(&program->server, stdin))
                program->over = true;
        }
        report_if_due(program, clock_now());
        skiff_port_run(program->server.port, clock_now(), BATCH);
    }
}
/* end: epoll */

/* Ctrl-C and kill make a descriptor readable, and do nothing else. */
static int open_interrupts(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

static bool open_loop(struct program *program)
{
    program->interrupts = open_interrupts();
    program->epoll = epoll_create1(EPOLL_CLOEXEC);
    program->report_due = clock_now() + SKIFF_MSEC(REPORT_MS);
    setvbuf(stdin, NULL, _IONBF, 0);
    if (watch(program->epoll, skiff_port_fd(program->server.port))
        && watch(program->epoll, program->interrupts)
        && watch(program->epoll, STDIN_FILENO))
        return true;
    perror("epoll"); /* stdin must be a pipe or a terminal, not a file */
    return false;
}

static bool open_loop_and_serve(void *user)
{
    struct program *program = user;
    bool opened = open_loop(program);

    if (opened)
        serve(program);
    close(program->epoll);
    close(program->interrupts);
    return opened;
}

int main(int argc, char **argv)
{
    struct program program = { .epoll = -1, .interrupts = -1 };

    return echo_server_main(argc, argv, &program.server, open_loop_and_serve, &program);
}
