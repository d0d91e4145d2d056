/* peers_bench.c - media of 10,000 peers behind one port in random order, against the same
 * of 100 of them: of a peer that was not active lately, nothing is in the caches.
 *
 * The callers have one socket, and each an address of its own, so that the kernel's part
 * does not grow with them. Packets have 112 bytes, and GCM. The callers protect theirs
 * before the rounds, since their state would take the caches. In a round 1,000 of them are
 * sent, and then the port receives and opens all; or the port sends a packet each to 100
 * peers and flushes, ten times. A round does all peers and the 100 in turn, and a key is
 * the median of the rounds' ratios, of CPU time. Prints lines of "name value".
 */
#define _GNU_SOURCE
#include "testbed.h"
#include "raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PEERS = 10000, FEW = 100, PACKETS = 1000, SMALL = 112, SEALED = SMALL + 16 };
enum { ROUNDS = 41, WARM_UP = 4, SSRC = 7, MESSAGES = 50, AHEAD = 20, SEED = 1 };

/* Of which peers packets are. */
enum { ALL, HOT, KINDS };

struct sealed {
    uint32_t caller;
    uint8_t bytes[SEALED];
};

struct bench {
    struct testbed testbed;
    uint64_t random;
    uint16_t sequences[PEERS]; /* of what the callers send */
    uint16_t sequence;         /* of what they are sent */
    struct sealed packets[KINDS][WARM_UP + ROUNDS][PACKETS];
    uint32_t orders[KINDS][PEERS]; /* in which the port sends */
    double ratios[ROUNDS], ns[KINDS][ROUNDS];
};

static uint32_t peers_of(int kind)
{
    return kind == ALL ? PEERS : FEW;
}

static uint32_t random_below(struct bench *bench, uint32_t limit)
{
    bench->random = bench->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)((bench->random >> 32) * limit >> 32);
}

/* --- receiving ------------------------------------------------------------------------ */

static void seal(struct bench *bench, struct sealed *sealed, uint32_t caller)
{
    skiff_packet *packet = skiff_pool_take(bench->testbed.pool);

    demand(packet != NULL, "skiff_pool_take");
    rtp_write(packet->data, bench->sequences[caller]++, SSRC);
    packet->len = SMALL;
    demand(skiff_transport_protect(bench->testbed.callers[caller].transport, packet)
                   == SKIFF_OK
               && packet->len == SEALED,
           "skiff_transport_protect");
    sealed->caller = caller;
    memcpy(sealed->bytes, packet->data, SEALED);
    skiff_packet_release(&packet);
}

static void seal_all(struct bench *bench)
{
    for (int round = 0; round < WARM_UP + ROUNDS; round++)
        for (int kind = 0; kind < KINDS; kind++)
            for (int i = 0; i < PACKETS; i++)
                seal(bench, &bench->packets[kind][round][i],
                     random_below(bench, peers_of(kind)));
}

static void send_some(struct bench *bench, const struct sealed *sealed)
{
    struct mmsghdr messages[MESSAGES];
    struct iovec vectors[MESSAGES];
    struct caller_source sources[MESSAGES];

    for (int i = 0; i < MESSAGES; i++) {
        vectors[i] = (struct iovec){ (void *)sealed[i].bytes, SEALED };
        messages[i].msg_hdr = (struct msghdr){ .msg_name = &bench->testbed.address,
                                               .msg_namelen = sizeof bench->testbed.address,
                                               .msg_iov = &vectors[i],
                                               .msg_iovlen = 1 };
        caller_sets_source(&bench->testbed.callers[sealed[i].caller], &sources[i],
                           &messages[i].msg_hdr);
    }
    demand(sendmmsg(bench->testbed.fd, messages, MESSAGES, 0) == MESSAGES, "sendmmsg");
}

static double port_receives(struct bench *bench, int kind, int round)
{
    size_t until = bench->testbed.media + PACKETS;

    for (int i = 0; i < PACKETS; i += MESSAGES)
        send_some(bench, &bench->packets[kind][round][i]);
    double begun = cpu_ns();
    testbed_run(&bench->testbed);
    double elapsed = cpu_ns() - begun;
    demand(bench->testbed.media == until, "media at the port");
    return elapsed;
}

/* --- sending -------------------------------------------------------------------------- */

/* The peers of a flush, each once: the first FEW of an order. */
static void shuffle(struct bench *bench, int kind)
{
    uint32_t *order = bench->orders[kind];

    for (uint32_t i = 0; i < FEW; i++) {
        uint32_t other = i + random_below(bench, peers_of(kind) - i);
        uint32_t chosen = order[other];
        order[other] = order[i];
        order[i] = chosen;
    }
}

static void write_packets(struct bench *bench, skiff_packet **packets)
{
    for (int i = 0; i < FEW; i++) {
        packets[i] = skiff_pool_take(bench->testbed.pool);
        demand(packets[i] != NULL, "skiff_pool_take");
        rtp_write(packets[i]->data, bench->sequence, SSRC);
        packets[i]->len = SMALL;
    }
    bench->sequence++;
}

static double send_to_each(struct bench *bench, const uint32_t *order)
{
    skiff_packet *packets[FEW];
    skiff_peer *peers[FEW];
    skiff_status status = SKIFF_OK;

    write_packets(bench, packets);
    for (int i = 0; i < FEW; i++)
        peers[i] = bench->testbed.callers[order[i]].peer;
    double begun = cpu_ns();
    for (int i = 0; i < FEW && status == SKIFF_OK; i++) {
        if (i % AHEAD == 0)
            skiff_peer_prefetch(peers + i, AHEAD);
        status = skiff_peer_send(peers[i], &packets[i], 1);
    }
    skiff_port_flush(bench->testbed.port);
    double elapsed = cpu_ns() - begun;
    demand(status == SKIFF_OK, "skiff_peer_send");
    testbed_drain(&bench->testbed);
    return elapsed;
}

static double port_sends(struct bench *bench, int kind, int round)
{
    double elapsed = 0;

    (void)round;
    for (int i = 0; i < PACKETS; i += FEW) {
        shuffle(bench, kind);
        elapsed += send_to_each(bench, bench->orders[kind]);
    }
    return elapsed;
}

/* --- rounds --------------------------------------------------------------------------- */

typedef double (*work)(struct bench *bench, int kind, int round);

static void compare(struct bench *bench, work run, const char *name)
{
    for (int round = 0; round < WARM_UP + ROUNDS; round++) {
        double all = run(bench, ALL, round), hot = run(bench, HOT, round);
        int i = round - WARM_UP;
        if (i < 0)
            continue;
        bench->ratios[i] = all / hot;
        bench->ns[ALL][i] = all / PACKETS;
        bench->ns[HOT][i] = hot / PACKETS;
    }
    printf("peers_cold_%s_x_100 %.3f\n", name, median_of(bench->ratios, ROUNDS));
    printf("peers_cold_%s_ns %.0f\n", name, median_of(bench->ns[ALL], ROUNDS));
    printf("peers_100_%s_ns %.0f\n", name, median_of(bench->ns[HOT], ROUNDS));
}

int main(void)
{
    const struct testbed_options options = { .consent = SKIFF_MSEC(3600000),
                                             .one_socket = true };
    struct bench *bench = calloc(1, sizeof *bench);

    demand(bench != NULL, "calloc");
    bench->random = SEED;
    for (int kind = 0; kind < KINDS; kind++)
        for (uint32_t i = 0; i < PEERS; i++)
            bench->orders[kind][i] = i;
    testbed_open_as(&bench->testbed, PEERS, &options);
    seal_all(bench);
    compare(bench, port_receives, "recv");
    compare(bench, port_sends, "send");
    return EXIT_SUCCESS;
}
