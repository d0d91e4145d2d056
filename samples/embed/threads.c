/*
 * threads.c - ports of several threads at one address.
 *
 *     embed_threads [ADDRESS [THREADS]]     if not given: 0.0.0.0 and any port, one a core
 *
 * It shows a port group: each thread has a pool, a context and a port of its own, and all
 * ports have one address and one identity. Each line of signalling begins with the number
 * of a thread, from 0 on, and goes to that thread by a pipe. So the peers of a thread are
 * made and used by that thread alone. It leaves out packets for peers of other threads.
 */
#include "signalling.h"

#include "../common/errors.h"
#include "../common/wait.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_THREADS = 64 };

struct worker {
    struct echo_server server;
    pthread_t thread;
    FILE *lines, *to_lines; /* the two ends of its pipe */
    bool runs;
};

struct program {
    skiff_identity *identity;
    skiff_port_group *group;
    struct worker workers[MAX_THREADS];
    unsigned num;
};

/* begin: threads */
/* The loop of one thread, until its pipe ends. Nothing here takes a lock of the program. */
static void *run_worker(void *argument)
{
    struct worker *worker = argument;
    skiff_port *port = worker->server.port;
    struct pollfd fds[] = { { skiff_port_fd(port), POLLIN, 0 },
                            { fileno(worker->lines), POLLIN, 0 } };
    bool over = false;

    while (!over) {
        (void)poll(fds, 2, skiff_wait_ms(skiff_port_deadline(port), clock_now()));
        if (fds[1].revents != 0)
            over = !signalling_read_line(&worker->server, worker->lines);
        skiff_port_run(port, clock_now(), BATCH);
    }
    return NULL;
}

/* The first port gets the address of the program, the others get the address of the first.
 */
static bool open_ports(struct program *program, const char *address)
{
    if (!worked(skiff_port_group_new((uint16_t)program->num, NULL, &program->group),
                "the group"))
        return false;
    for (unsigned i = 0; i < program->num; i++) {
        if (!echo_server_open(&program->workers[i].server, program->identity, address,
                              program->group))
            return false;
        address = skiff_port_address(program->workers[0].server.port);
    }
    return true;
}
/* end: threads */

static bool start_worker(struct worker *worker)
{
    int ends[2];

    if (pipe(ends) != 0)
        return false;
    worker->lines = fdopen(ends[0], "r");
    worker->to_lines = fdopen(ends[1], "w");
    setvbuf(worker->lines, NULL, _IONBF, 0);
    setvbuf(worker->to_lines, NULL, _IOLBF, 0);
    worker->runs = pthread_create(&worker->thread, NULL, run_worker, worker) == 0;
    return worker->runs;
}

/* Its loop ends when its pipe does. Its port is freed here, when no thread uses it. */
static void stop_worker(struct worker *worker)
{
    if (worker->to_lines != NULL)
        fclose(worker->to_lines);
    if (worker->runs)
        pthread_join(worker->thread, NULL);
    if (worker->lines != NULL)
        fclose(worker->lines);
    echo_server_close(&worker->server);
}

/* Passes each line to its thread, until there are no more or Ctrl-C was pressed. */
static void serve(const struct program *program)
{
    struct pollfd readable = { STDIN_FILENO, POLLIN, 0 };
    char line[768], *rest;

    setvbuf(stdin, NULL, _IONBF, 0);
    while (wait_until(&readable, 1, SKIFF_NEVER)
           && fgets(line, sizeof line, stdin) != NULL) {
        unsigned long thread = strtoul(line, &rest, 10);
        if (rest != line && *rest == ' ' && thread < program->num)
            fputs(rest + 1, program->workers[thread].to_lines);
        else
            fprintf(stderr, "a line begins with a thread, 0 to %u\n", program->num - 1);
    }
}

static bool start(struct program *program, const char *address)
{
    int64_t now = (int64_t)time(NULL);
    bool started = worked(skiff_identity_generate(now, 30, &program->identity), "identity")
                && open_ports(program, address);

    for (unsigned i = 0; started && i < program->num; i++)
        started = start_worker(&program->workers[i]);
    return started;
}

int main(int argc, char **argv)
{
    struct program program = { 0 };
    long cores = argc > 2 ? strtol(argv[2], NULL, 10) : sysconf(_SC_NPROCESSORS_ONLN);

    if (argc > 3 || cores < 1) {
        fprintf(stderr, "usage: embed_threads [ADDRESS [THREADS]]\n");
        return 2;
    }
    program.num = cores < MAX_THREADS ? (unsigned)cores : MAX_THREADS;
    hold_interrupts();
    bool started = start(&program, argc > 1 ? argv[1] : "0.0.0.0:0");
    if (started) {
        fprintf(stderr, "media at %s, %u threads%s\n",
                skiff_port_address(program.workers[0].server.port), program.num,
                skiff_port_group_steers(program.group) ? ", the kernel steers" : "");
        serve(&program);
    }
    for (unsigned i = 0; i < program.num; i++)
        stop_worker(&program.workers[i]);
    skiff_port_group_free(program.group);
    skiff_identity_free(program.identity);
    return started ? 0 : 1;
}
