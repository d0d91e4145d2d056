/* server.c - starts and ends the servers that are programs of their own. */
#define _GNU_SOURCE
#include "server.h"

#include "../raw.h"
#include "audience.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void pin_to_core(int core)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    demand(sched_setaffinity(0, sizeof set, &set) == 0, "a core of its own");
}

void server_prepare_child(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin_to_core(SERVER_CORE);
}

void server_watch_cpu(struct server *server, pid_t pid)
{
    server->pid = pid;
    demand(clock_getcpuclockid(pid, &server->clock) == 0, "a process's CPU time");
}

static void run_program(const char *program, const char *name, uint16_t port, int out)
{
    char text[8];

    snprintf(text, sizeof text, "%u", port);
    server_prepare_child();
    dup2(out, STDOUT_FILENO);
    execl(program, program, name, text, (char *)NULL);
    perror(program);
    _exit(EXIT_FAILURE);
}

/* The one line that a server prints: its port. */
static uint16_t port_of(int fd)
{
    FILE *from = fdopen(fd, "r");
    unsigned port = 0;

    demand(from != NULL && fscanf(from, "%u", &port) == 1, "a server's port");
    fclose(from);
    return (uint16_t)port;
}

void server_start(struct server *server, char *external, uint16_t watchers_port)
{
    int ends[2];

    char *program = strchr(external, '=');
    demand(program != NULL && pipe(ends) == 0, "a pipe");
    *program++ = '\0';
    *server = (struct server){ .name = external };
    pid_t pid = fork();
    demand(pid >= 0, "fork");
    if (pid == 0)
        run_program(program, external, watchers_port, ends[1]);
    close(ends[1]);
    server_watch_cpu(server, pid);
    server->address = plan_address(0, port_of(ends[0]));
    server->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->publisher = audience_session(PLAN_PUBLISHER);
    for (uint32_t i = 0; i < PLAN_WATCHERS; i++)
        server->watchers[i] = audience_session(i);
}

double server_cpu(const struct server *server)
{
    struct timespec t;

    demand(clock_gettime(server->clock, &t) == 0, "a process's CPU time");
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

void server_stop(struct server *server)
{
    kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
}
