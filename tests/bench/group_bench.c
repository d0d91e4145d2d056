/*
 * group_bench.c - media of 64 peers through two ports of two threads that share an address,
 * against the same through one port of one thread.
 *
 * The kernel deals the peers to both threads by its hash, if it is not told whose they are.
 * The packets of a batch wait in the sockets before the threads begin; what counts is the
 * CPU time of both. A round does a few batches of the one and the other in turn, and a key
 * is the median of the rounds' ratios. Prints lines of "name value".
 */
#define _GNU_SOURCE
#include "testbed.h"
#include "raw.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { CALLERS = 64, EACH = 8, BATCHES = 20, ROUNDS = 15, SSRC = 7, THREADS_MAX = 2 };

/* A port's thread. It waits for `go`, takes what its peers have sent, and then what others
 * have to get from it, until all have theirs. */
struct worker {
    struct team *team;
    struct testbed testbed;
    pthread_t thread;
    sem_t go;
    size_t until;
    double received; /* CPU time, ns */
};

struct team {
    size_t num;
    struct worker workers[THREADS_MAX];
    skiff_port_group *group;
    atomic_uint done;
    int all_done; /* an eventfd */
    sem_t finished;
    bool stop;
    uint16_t sequence;
};

/* --- receiving ------------------------------------------------------------------------ */

static void receive(struct worker *worker)
{
    struct team *team = worker->team;
    struct pollfd ready[] = { { skiff_port_fd(worker->testbed.port), POLLIN, 0 },
                              { team->all_done, POLLIN, 0 } };
    bool done = false;

    while (atomic_load(&team->done) < team->num) {
        demand(poll(ready, 2, 10000) > 0, "poll");
        if (ready[0].revents == 0)
            continue;
        testbed_run_one(&worker->testbed);
        if (done || worker->testbed.media < worker->until)
            continue;
        done = true;
        if (atomic_fetch_add(&team->done, 1) + 1 == team->num)
            demand(eventfd_write(team->all_done, 1) == 0, "eventfd_write");
    }
}

static void *work(void *data)
{
    struct worker *worker = data;

    for (;;) {
        while (sem_wait(&worker->go) != 0)
            continue;
        if (worker->team->stop)
            return NULL;
        double begun = cpu_ns();
        receive(worker);
        worker->received = cpu_ns() - begun;
        sem_post(&worker->team->finished);
    }
}

/* --- a batch -------------------------------------------------------------------------- */

static void caller_speaks(struct team *team, struct testbed *testbed, struct caller *caller)
{
    skiff_packet *packet = skiff_pool_take(testbed->pool);

    demand(packet != NULL, "skiff_pool_take");
    rtp_write(packet->data, team->sequence, SSRC);
    packet->len = RTP_PLAIN;
    demand(skiff_transport_protect(caller->transport, packet) == SKIFF_OK,
           "skiff_transport_protect");
    caller_sends(testbed, caller, packet);
    skiff_packet_release(&packet);
}

static void all_send(struct team *team)
{
    for (int n = 0; n < EACH; n++) {
        for (size_t w = 0; w < team->num; w++) {
            struct testbed *testbed = &team->workers[w].testbed;
            for (size_t v = 0; v < testbed->num; v++)
                caller_speaks(team, testbed, &testbed->callers[v]);
        }
        team->sequence++;
    }
}

/* The CPU time of a batch. */
static double batch(struct team *team)
{
    eventfd_t ignored;
    double received = 0;

    all_send(team);
    atomic_store(&team->done, 0);
    for (size_t w = 0; w < team->num; w++) {
        struct worker *worker = &team->workers[w];
        worker->until = worker->testbed.media + worker->testbed.num * EACH;
        sem_post(&worker->go);
    }
    for (size_t w = 0; w < team->num; w++)
        while (sem_wait(&team->finished) != 0)
            continue;
    demand(eventfd_read(team->all_done, &ignored) == 0, "eventfd_read");
    for (size_t w = 0; w < team->num; w++)
        received += team->workers[w].received;
    return received;
}

/* --- teams ---------------------------------------------------------------------------- */

static struct team *open_team(size_t num, bool steering)
{
    struct team *team = calloc(1, sizeof *team);

    demand(team != NULL, "calloc");
    team->num = num;
    team->all_done = eventfd(0, EFD_CLOEXEC);
    demand(team->all_done >= 0 && sem_init(&team->finished, 0, 0) == 0, "eventfd");
    demand(num == 1 || skiff_port_group_new((uint16_t)num, NULL, &team->group) == SKIFF_OK,
           "skiff_port_group_new");
    for (size_t w = 0; w < num; w++) {
        struct worker *worker = &team->workers[w];
        const struct testbed_options options = { .group = team->group,
                                                 .no_steering = !steering,
                                                 .consent = SKIFF_MSEC(3600000),
                                                 .other = w > 0
                                                            ? &team->workers[w - 1].testbed
                                                            : NULL };
        worker->team = team;
        testbed_open_as(&worker->testbed, CALLERS / num, &options);
        demand(sem_init(&worker->go, 0, 0) == 0, "sem_init");
    }
    for (size_t w = 0; w < num; w++)
        demand(pthread_create(&team->workers[w].thread, NULL, work, &team->workers[w]) == 0,
               "pthread_create");
    return team;
}

static void close_team(struct team *team)
{
    team->stop = true;
    for (size_t w = 0; w < team->num; w++) {
        sem_post(&team->workers[w].go);
        pthread_join(team->workers[w].thread, NULL);
    }
    for (size_t w = 0; w < team->num; w++)
        testbed_close(&team->workers[w].testbed);
    skiff_port_group_free(team->group);
    close(team->all_done);
    free(team);
}

static uint64_t forwarded(const struct team *team)
{
    uint64_t sum = 0;

    for (size_t w = 0; w < team->num; w++) {
        skiff_port_counters counters;
        skiff_port_get_counters(team->workers[w].testbed.port, &counters, sizeof counters);
        sum += counters.forwarded;
    }
    return sum;
}

static void compare(struct team *alone, bool steering, const char *ratio, const char *share)
{
    struct team *group = open_team(THREADS_MAX, steering);
    double ratios[ROUNDS];
    uint64_t before = 0;

    if (steering && !skiff_port_group_steers(group->group)) {
        printf("skipped group: the kernel takes no program from this process\n");
        close_team(group);
        return;
    }
    for (int round = -1; round < ROUNDS; round++) { /* the first is to warm up */
        double one = 0, two = 0;
        if (round == 0)
            before = forwarded(group);
        for (int i = 0; i < BATCHES; i++) {
            one += batch(alone);
            two += batch(group);
        }
        if (round >= 0)
            ratios[round] = two / one;
    }
    printf("%s %.3f\n", ratio, median_of(ratios, ROUNDS));
    printf("%s %.3f\n", share,
           (double)(forwarded(group) - before) / (ROUNDS * BATCHES * EACH * CALLERS));
    close_team(group);
}

int main(void)
{
    struct team *alone = open_team(1, false);

    compare(alone, true, "group_recv_x_alone", "group_handed_share");
    compare(alone, false, "group_recv_handed_x_alone", "group_handed_share_unsteered");
    close_team(alone);
    return EXIT_SUCCESS;
}
