/* bench.c - one publisher of 1 Mbit/s to 500 watchers, by one server after the other.
 *
 * skiff's server runs in a child. The others are programs, NAME=PROGRAM each, and are given
 * the keys that DTLS would have agreed on. A round lets each of them forward the same
 * frames for a second: the server has a core, publisher and watchers another. What counts
 * is the CPU time of the server's process for a forwarded packet, receiving and opening
 * included; delivery over loopback is in the call that sends. From its median over the
 * rounds follows how many watchers of 1 Mbit/s a core serves. A server of which more than
 * 0.1 % is missing at the watchers, or whose watchers could not read fast enough, is said
 * to be skipped. With skiff's this fails. Prints "name value".
 */
#define _GNU_SOURCE
#include "../raw.h"
#include "audience.h"
#include "publisher.h"
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SERVERS_MAX = 8, FRAMES = 26, WARM_UP = 4, TRIES = 3 };
enum { FRAME_US = PLAN_FRAME * PLAN_PACKET_US, TURN_US = 1000 };
enum { DRAIN_US = 1000000 };

static const double missing_max = 0.001, client_busy_max = 0.9;
static const double packets_a_second = 1e6 / PLAN_PACKET_US;

struct bench {
    struct audience audience;
    struct server servers[SERVERS_MAX]; /* skiff's is the first */
    size_t num;
};

static uint64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void wait_until(uint64_t time)
{
    struct timespec t = { .tv_sec = (time_t)(time / 1000000u),
                          .tv_nsec = (long)(time % 1000000u) * 1000 };

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        continue;
}

/* --- a round -------------------------------------------------------------------------- */

/* The watchers read until then, once a millisecond. */
static void read_until(struct audience *audience, uint64_t time)
{
    while (now_us() < time) {
        wait_until(now_us() + TURN_US < time ? now_us() + TURN_US : time);
        audience_read(audience);
    }
}

static void read_until_opened(struct audience *audience, uint64_t opened)
{
    for (uint64_t end = now_us() + DRAIN_US; audience->opened < opened && now_us() < end;)
        read_until(audience, now_us() + TURN_US);
}

/* How many packets the watchers were to have had. */
static uint64_t send_frames(struct bench *bench, struct server *server, unsigned frames)
{
    const uint64_t wanted = (uint64_t)frames * PLAN_FRAME * PLAN_WATCHERS;
    uint64_t next = now_us(), opened = bench->audience.opened;

    for (unsigned i = 0; i < frames; i++) {
        publisher_send_frame(server, bench->audience.fd);
        read_until(&bench->audience, next += FRAME_US);
    }
    read_until_opened(&bench->audience, opened + wanted);
    return wanted;
}

/* What one round has seen of a server and of the watchers. */
struct seen {
    double cost, client_busy;
    uint64_t wanted, opened, refused, drops;
};

static struct seen forward_frames(struct bench *bench, struct server *server)
{
    struct audience *audience = &bench->audience;
    struct seen before = { .opened = audience->opened, .refused = audience->refused };
    uint64_t begun = now_us(), drops = audience_drops(audience);
    double ours = cpu_ns(), theirs = server_cpu(server);

    uint64_t wanted = send_frames(bench, server, FRAMES);
    double cpu = server_cpu(server) - theirs;
    return (struct seen){
        .cost = cpu / (double)wanted,
        .client_busy = (cpu_ns() - ours) / (1e3 * (double)(now_us() - begun)),
        .wanted = wanted,
        .opened = audience->opened - before.opened,
        .refused = audience->refused - before.refused,
        .drops = audience_drops(audience) - drops,
    };
}

static bool is_client_bound(const struct seen *seen)
{
    return seen->drops > 0 || seen->client_busy > client_busy_max;
}

/* What the watchers could not read says nothing about the server: that is tried again. */
static void run_round(struct bench *bench, struct server *server, size_t round)
{
    struct seen seen;
    int tries = 0;

    bench->audience.sessions = server->watchers;
    bench->audience.server_port = ntohs(server->address.sin_port);
    do {
        (void)send_frames(bench, server, WARM_UP);
        seen = forward_frames(bench, server);
    } while (is_client_bound(&seen) && ++tries < TRIES);
    server->costs[round] = seen.cost;
    server->wanted += seen.wanted;
    server->opened += seen.opened;
    server->refused += seen.refused;
    server->is_client_bound |= is_client_bound(&seen);
    if (seen.client_busy > server->client_busy)
        server->client_busy = seen.client_busy;
}

/* --- what it says --------------------------------------------------------------------- */

static double missing(const struct server *server)
{
    return 1 - (double)server->opened / (double)server->wanted;
}

/* NULL: it served them all. */
static const char *why_not(const struct server *server)
{
    if (server->refused > 0)
        return "sends what the watchers cannot open";
    if (server->is_client_bound)
        return "client-bound: the watchers did not read as fast as it sent";
    return missing(server) > missing_max ? "more than 0.1 % is missing" : NULL;
}

static void print_server(const struct server *server, bool is_skiff, double cost)
{
    const char *name = server->name, *between = is_skiff ? "" : "_";

    printf("streams%s%s_per_core %.0f\n", between, is_skiff ? "" : name,
           1e9 / (cost * packets_a_second));
    printf("streams_%s_packet_us %.3f\n", name, cost / 1e3);
    printf("streams_%s_missing_percent %.3f\n", name, 100 * missing(server));
    printf("streams_%s_client_core_percent %.1f\n", name, 100 * server->client_busy);
}

static void print_ratio(const struct server *server, const struct server *skiff)
{
    double ratios[SERVER_ROUNDS];

    for (size_t i = 0; i < SERVER_ROUNDS; i++)
        ratios[i] = server->costs[i] / skiff->costs[i];
    printf("streams_x_%s %.3f\n", server->name, median_of(ratios, SERVER_ROUNDS));
}

static void print_one(const struct server *server, const struct server *skiff)
{
    const char *why = why_not(server);
    double costs[SERVER_ROUNDS];

    memcpy(costs, server->costs, sizeof costs);
    double cost = median_of(costs, SERVER_ROUNDS);
    if (why != NULL) {
        printf("skipped %s: as a server of the streams: %s\n", server->name, why);
        return;
    }
    print_server(server, server == skiff, cost);
    if (server != skiff)
        print_ratio(server, skiff);
}

int main(int argc, char **argv)
{
    static struct bench bench;

    if (sysconf(_SC_NPROCESSORS_ONLN) <= CLIENT_CORE) {
        printf("skipped streams: the server and the watchers want a core each\n");
        return EXIT_SUCCESS;
    }
    demand(argc <= SERVERS_MAX, "so many servers");
    audience_begin(&bench.audience, server_start_skiff(&bench.servers[bench.num++]));
    for (int i = 1; i < argc; i++)
        server_start(&bench.servers[bench.num++], argv[i], audience_port(&bench.audience));
    pin_to_core(CLIENT_CORE);
    for (size_t round = 0; round < SERVER_ROUNDS; round++)
        for (size_t i = 0; i < bench.num; i++)
            run_round(&bench, &bench.servers[i], round);
    for (size_t i = 0; i < bench.num; i++)
        server_stop(&bench.servers[i]);
    if (why_not(&bench.servers[0]) != NULL) {
        fprintf(stderr, "streams_bench: skiff: %s\n", why_not(&bench.servers[0]));
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < bench.num; i++)
        print_one(&bench.servers[i], &bench.servers[0]);
    return EXIT_SUCCESS;
}
