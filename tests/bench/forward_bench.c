/* forward_bench.c - one publisher to 500 receivers behind one port, forwarded from on_media
 * as it comes, against frames that the program collects.
 *
 * A round is a frame of 8 packets: the publisher sends it, and one skiff_port_run receives,
 * opens and forwards it. In the one way each packet goes to all receivers before the next
 * one is read. In the other way the program copies the packets, and the last of them brings
 * each receiver the frame in one call. A round does the one and the other in turn, and what
 * was received is thrown away between; the key is the median of the rounds' ratios of CPU
 * time. Prints lines of "name value".
 */
#define _POSIX_C_SOURCE 200809L
#include "testbed.h"
#include "raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The queue takes a packet of the frame for each receiver. */
enum { RECEIVERS = 500, FRAME = 8, QUEUE = 4096, POOL = 8192 };
enum { ROUNDS = 101, WARM_UP = 10, SSRC = 7 };

struct bench {
    struct testbed testbed; /* first: on_media gets it */
    struct raw_out *publisher;
    skiff_packet *sent[FRAME];  /* by the publisher */
    skiff_packet *frame[FRAME]; /* collected */
    size_t collected;
    uint16_t sequence;
    double ratios[ROUNDS];
};

/* What a forwarder does: the receiver's own numbering. */
static void renumber(void *user, skiff_peer *peer, skiff_packet *copy)
{
    (void)user, (void)peer;
    copy->data[8] = 1;
}

/* The last caller is the publisher. */
static void send_to_all(struct testbed *testbed, const skiff_packet *const *packets,
                        size_t num)
{
    for (size_t i = 0; i < RECEIVERS; i++)
        demand(
            skiff_peer_send_copies(testbed->callers[i].peer, packets, num, renumber, NULL)
                == SKIFF_OK,
            "skiff_peer_send_copies");
}

static void forward_packet(struct testbed *testbed, const skiff_packet *packet)
{
    send_to_all(testbed, &packet, 1);
}

static void forward_frame(struct testbed *testbed, const skiff_packet *packet)
{
    struct bench *bench = (struct bench *)testbed;
    skiff_packet *copy = bench->frame[bench->collected];
    const skiff_packet *frame[FRAME];

    memcpy(copy->data, packet->data, packet->len);
    copy->len = packet->len;
    if (++bench->collected < FRAME)
        return;
    bench->collected = 0;
    memcpy(frame, bench->frame, sizeof frame);
    send_to_all(testbed, frame, FRAME);
}

static void publish(struct bench *bench)
{
    uint8_t *bytes[FRAME];

    for (int i = 0; i < FRAME; i++) {
        rtp_write(bench->sent[i]->data, bench->sequence++, SSRC);
        bench->sent[i]->len = RTP_PLAIN;
        demand(skiff_transport_protect(bench->testbed.callers[RECEIVERS].transport,
                                       bench->sent[i])
                   == SKIFF_OK,
               "skiff_transport_protect");
        bytes[i] = bench->sent[i]->data;
    }
    raw_out_add(bench->publisher, &bench->testbed.address, bytes, FRAME);
    raw_out_flush(bench->publisher);
}

static double time_forwarding(struct bench *bench,
                              void (*forward)(struct testbed *, const skiff_packet *))
{
    size_t until = bench->testbed.media + FRAME;

    publish(bench);
    bench->testbed.on_media = forward;
    double begun = cpu_ns();
    while (bench->testbed.media < until)
        testbed_run(&bench->testbed);
    double elapsed = cpu_ns() - begun;
    testbed_drain(&bench->testbed);
    return elapsed;
}

static double ratio(struct bench *bench)
{
    for (int round = -WARM_UP; round < ROUNDS; round++) {
        double frames = time_forwarding(bench, forward_frame);
        double packets = time_forwarding(bench, forward_packet);
        if (round >= 0)
            bench->ratios[round] = packets / frames;
    }
    return median_of(bench->ratios, ROUNDS);
}

int main(void)
{
    const struct testbed_options options = { .pool_packets = POOL, .send_queue = QUEUE };
    struct bench *bench = calloc(1, sizeof *bench);

    demand(bench != NULL, "calloc");
    testbed_open_as(&bench->testbed, RECEIVERS + 1, &options);
    testbed_use_gro(&bench->testbed);
    bench->publisher = raw_out_new(bench->testbed.callers[RECEIVERS].fd);
    for (int i = 0; i < FRAME; i++) {
        bench->sent[i] = skiff_pool_take(bench->testbed.pool);
        bench->frame[i] = skiff_pool_take(bench->testbed.pool);
    }
    printf("forward_x_frames %.3f\n", ratio(bench));
    return EXIT_SUCCESS;
}
