/* flood_bench.c - strangers at a port: what one datagram of theirs costs, and whether its
 * peers notice 100,000 of them in a second.
 *
 * The floor of a datagram is recvmmsg of the same one from the same source; a key is the
 * median of the rounds' ratios, of CPU time. In the flood all kinds come from all sources
 * by turns, sent by a process of its own, while each peer sends and hears media and checks
 * every quarter of the time of consent. Heap is that of the port's process, at its highest
 * over what it was before. Prints lines of "name value".
 */
#define _POSIX_C_SOURCE 200809L
#include "count.h"
#include "flood.h"
#include "raw.h"

#include <skiff/demux.h>

#include <asm/socket.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PEERS = 16, BATCH = 128, ROUNDS = 51, WARM_UP = 5, SSRC = 7 };

/* The flood: its rate, how long it lasts, how much a late sender makes up for at once, and
 * how many of a kind come in a row; and the turns of those who live at the port. */
enum {
    RATE = 100000,
    SECONDS = 5,
    LATE = 2000,
    ROW = 64,
    MOST = 256,
    TURN_MS = 10,
    CONSENT_MS = 1000,
    CHECK_TURNS = CONSENT_MS / TURN_MS / 4
};

struct bench {
    struct testbed testbed;
    struct flood *flood;
    struct sockaddr_in raw_address;
    struct raw_in *in;
    double ratios[ROUNDS];

    uint16_t sequence;
    unsigned turns;
    size_t sent, received; /* media of callers; media that they received */
    size_t checks;
    int64_t most_live;
};

static const char *const kinds[FLOOD_KINDS_WITH_HOOK] = { "noise",  "name",   "signature",
                                                          "check",  "hello",  "media",
                                                          "replay", "unknown" };

/* What comes by turns. */
struct mix_of_kinds {
    const char *name;
    enum flood_kind first;
    unsigned num;
};
static const struct mix_of_kinds all_kinds = { "flood", FLOOD_NOISE, FLOOD_KINDS };
static const struct mix_of_kinds unknown_ufrags = { "unknown", FLOOD_UNKNOWN, 1 };

static const char *const sources[FLOOD_SOURCES] = { "one", "many", "peers" };

static uint64_t datagrams_read(const struct bench *bench)
{
    skiff_port_counters counters;

    skiff_port_get_counters(bench->testbed.port, &counters, sizeof counters);
    return counters.datagrams_read;
}

/* --- what one of them costs ----------------------------------------------------------- */

static double raw_reads(struct bench *bench, enum flood_kind kind, enum flood_source source)
{
    size_t got = 0;

    for (size_t i = 0; i < BATCH; i++)
        flood_send(bench->flood, kind, source, &bench->raw_address, i);
    double begun = cpu_ns();
    while (got < BATCH)
        got += raw_in_read(bench->in, NULL);
    return cpu_ns() - begun;
}

static double port_reads(struct bench *bench, enum flood_kind kind,
                         enum flood_source source)
{
    struct pollfd ready = { skiff_port_fd(bench->testbed.port), POLLIN, 0 };
    uint64_t until = datagrams_read(bench) + BATCH;

    for (size_t i = 0; i < BATCH; i++)
        flood_send(bench->flood, kind, source, &bench->testbed.address, i);
    double begun = cpu_ns();
    demand(poll(&ready, 1, 10000) == 1, "poll");
    testbed_run(&bench->testbed);
    double elapsed = cpu_ns() - begun;
    demand(datagrams_read(bench) == until, "to read all");
    testbed_drain(&bench->testbed);
    return elapsed;
}

static double ratio(struct bench *bench, enum flood_kind kind, enum flood_source source)
{
    for (int round = -WARM_UP; round < ROUNDS; round++) {
        double floor = raw_reads(bench, kind, source);
        double elapsed = port_reads(bench, kind, source);
        if (round >= 0)
            bench->ratios[round] = elapsed / floor;
    }
    return median_of(bench->ratios, ROUNDS);
}

static double print_costs(struct bench *bench, const struct mix_of_kinds *mix)
{
    double worst = 0;

    for (unsigned kind = mix->first; kind < mix->first + mix->num; kind++)
        for (int source = 0; source < FLOOD_SOURCES; source++) {
            double cost = ratio(bench, (enum flood_kind)kind, (enum flood_source)source);
            printf("flood_%s_%s_x_raw %.3f\n", kinds[kind], sources[source], cost);
            worst = cost > worst ? cost : worst;
        }
    return worst;
}

/* --- those who live at the port ------------------------------------------------------- */

/* What cannot be sent, as the peer is silent, nobody hears: it is lost. */
static void both_send(struct bench *bench, struct caller *caller)
{
    skiff_packet *packets[2] = { skiff_pool_take(bench->testbed.pool),
                                 skiff_pool_take(bench->testbed.pool) };

    for (int i = 0; i < 2; i++) {
        demand(packets[i] != NULL, "skiff_pool_take");
        rtp_write(packets[i]->data, bench->sequence, SSRC);
        packets[i]->len = RTP_PLAIN;
    }
    demand(skiff_transport_protect(caller->transport, packets[0]) == SKIFF_OK,
           "skiff_transport_protect");
    caller_sends(&bench->testbed, caller, packets[0]);
    (void)!skiff_peer_send(caller->peer, packets + 1, 1);
    skiff_packet_release(&packets[0]);
    skiff_packet_release(&packets[1]);
}

/* Media alone counts, without the responses to checks. */
static void receive_flood(struct bench *bench, const struct caller *caller)
{
    uint8_t bytes[2048];

    while (recv(caller->fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        bench->received += skiff_protocol_of(bytes[0]) == SKIFF_PROTOCOL_MEDIA;
}

static void live(struct bench *bench)
{
    uint8_t check[CALLER_CHECK];

    for (size_t i = 0; i < PEERS; i++) {
        struct caller *caller = &bench->testbed.callers[i];
        receive_flood(bench, caller);
        both_send(bench, caller);
        if (bench->turns % CHECK_TURNS == 0)
            (void)caller_checks(&bench->testbed, caller, check);
    }
    skiff_port_flush(bench->testbed.port);
    bench->sent += PEERS;
    bench->checks += bench->turns % CHECK_TURNS == 0 ? PEERS : 0;
    bench->sequence++;
    bench->turns++;
}

static void live_until(struct bench *bench, skiff_time end)
{
    struct pollfd ready = { skiff_port_fd(bench->testbed.port), POLLIN, 0 };

    for (skiff_time now = testbed_now(), turn = now; now < end; now = testbed_now()) {
        (void)poll(&ready, 1, 1);
        skiff_port_run(bench->testbed.port, testbed_now(), MOST);
        if (now >= turn) {
            live(bench);
            turn += SKIFF_MSEC(TURN_MS);
        }
        int64_t heap = count_now().live;
        bench->most_live = heap > bench->most_live ? heap : bench->most_live;
    }
}

/* --- the flood ------------------------------------------------------------------------ */

static void flood_until(struct bench *bench, const struct mix_of_kinds *mix,
                        skiff_time begun, skiff_time end)
{
    const struct timespec nap = { 0, 200000 };
    size_t sent = 0;

    for (skiff_time now = testbed_now(); now < end; now = testbed_now()) {
        size_t due = (size_t)((now - begun) * RATE / 1000000), until = sent + LATE;
        for (until = due < until ? due : until; sent < until; sent++)
            flood_send(bench->flood, (enum flood_kind)(mix->first + sent / ROW % mix->num),
                       (enum flood_source)(sent / ROW / mix->num % FLOOD_SOURCES),
                       &bench->testbed.address, sent);
        nanosleep(&nap, NULL);
    }
}

/* In a process of its own: its heap and its time are not the port's. */
static pid_t begin_flood(struct bench *bench, const struct mix_of_kinds *mix,
                         skiff_time begun, skiff_time end)
{
    pid_t pid = fork();

    demand(pid >= 0, "fork");
    if (pid == 0) {
        flood_until(bench, mix, begun, end);
        _exit(EXIT_SUCCESS);
    }
    return pid;
}

/* Datagrams that came when the port's socket was full. */
static uint32_t socket_drops(const struct bench *bench)
{
    uint32_t values[SK_MEMINFO_VARS] = { 0 };
    socklen_t size = sizeof values;

    demand(getsockopt(skiff_port_fd(bench->testbed.port), SOL_SOCKET, SO_MEMINFO, values,
                      &size)
               == 0,
           "SO_MEMINFO");
    return values[SK_MEMINFO_DROPS];
}

/* What is under way arrives. */
static void drain(struct bench *bench)
{
    testbed_run(&bench->testbed);
    for (size_t i = 0; i < PEERS; i++)
        receive_flood(bench, &bench->testbed.callers[i]);
}

/* What the port was not given by its socket it cannot have lost. */
static size_t lost_at_port(const struct bench *bench, uint32_t drops)
{
    size_t missing = bench->sent - bench->testbed.media;

    return missing > drops ? missing - drops : 0;
}

static void print_flood(struct bench *bench, const struct mix_of_kinds *mix)
{
    uint64_t read = datagrams_read(bench);
    uint32_t drops = socket_drops(bench);
    int64_t live_before = bench->most_live = count_now().live;
    skiff_time begun = testbed_now(), end = begun + SKIFF_MSEC(1000 * SECONDS);

    bench->sent = bench->received = bench->checks = bench->testbed.media = 0;
    pid_t pid = begin_flood(bench, mix, begun, end);
    live_until(bench, end);
    read = datagrams_read(bench) - read - bench->sent - bench->checks;
    demand(waitpid(pid, NULL, 0) == pid, "waitpid");
    drain(bench);
    drops = socket_drops(bench) - drops;
    demand(bench->testbed.media <= bench->sent && bench->received <= bench->sent,
           "no media but what was said");
    printf("%s_rate %.0f\n", mix->name, (double)read / SECONDS);
    printf("%s_socket_drops %u\n", mix->name, drops);
    printf("%s_media_sent %zu\n", mix->name, 2 * bench->sent);
    printf("%s_media_lost %zu\n", mix->name,
           lost_at_port(bench, drops) + bench->sent - bench->received);
    printf("%s_peers_lost %zu\n", mix->name, bench->testbed.lost);
    printf("%s_heap_growth_bytes %lld\n", mix->name,
           (long long)(bench->most_live - live_before));
}

/* The flood is told of before what its datagrams cost, which are more at once. */
static double run(bool asking, const struct mix_of_kinds *mix)
{
    struct bench *bench = calloc(1, sizeof *bench);

    demand(bench != NULL, "calloc");
    testbed_open_as(
        &bench->testbed, PEERS,
        &(struct testbed_options){ .consent = SKIFF_MSEC(CONSENT_MS), .asking = asking });
    bench->flood = flood_new(&bench->testbed);
    bench->in = raw_in_new(raw_socket(&bench->raw_address, false), false);
    bench->sequence = BATCH; /* the stranger has heard the first */
    live_until(bench, testbed_now() + SKIFF_MSEC(CONSENT_MS));
    drain(bench);
    print_flood(bench, mix);
    if (asking)
        printf("unknown_asked %zu\nunknown_admitted %zu\n", bench->testbed.asked_unknown,
               bench->testbed.admitted);
    return print_costs(bench, mix);
}

int main(void)
{
    demand(count_works(), "counting");
    double worst = run(false, &all_kinds), unknown = run(true, &unknown_ufrags);
    printf("flood_cpu_x_raw %.3f\n", worst > unknown ? worst : unknown);
    return EXIT_SUCCESS;
}
