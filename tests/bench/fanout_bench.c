/* fanout_bench.c - one publisher to 500 receivers behind one port, on one thread.
 *
 * The floor does to the same sockets what a forwarder cannot do without: a copy of the
 * packet for each receiver, GCM by EVP with a key of each one's own, and sendmmsg; for
 * frames of 8 packets, one message by UDP_SEGMENT for each. A round does the one and the
 * other in turn, and what was received is thrown away between; a key is the median of the
 * rounds' ratios. "Best" is the floor with the fastest GCM of the libraries that are here,
 * each in turn in the same rounds. The sockets take runs whole (UDP_GRO) where frames are
 * sent. Prints lines of "name value".
 */
#define _POSIX_C_SOURCE 200809L
#include "testbed.h"
#include "raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECEIVERS = 500,
    FRAME = 8,
    AHEAD = 20, /* receivers whose state is fetched together */
    ROUNDS = 101,
    WARM_UP = 10,
    SSRC = 7
};

_Static_assert(RECEIVERS % AHEAD == 0, "the last of them are fewer");

struct bench {
    struct testbed testbed;
    const struct raw_library *libraries[RAW_LIBRARIES]; /* libcrypto first */
    size_t num_libraries;
    struct gcm keys[RAW_LIBRARIES][RECEIVERS];
    const struct gcm *gcms; /* of the library whose turn it is */
    uint8_t *copies;        /* of the floor: a slot for each packet of a call */
    struct raw_out *out;
    skiff_peer *peers[RECEIVERS];
    skiff_packet *frame[FRAME];
    uint16_t sequence;
    double ratios[RAW_LIBRARIES][RAW_ROUNDS], floors[RAW_LIBRARIES][RAW_ROUNDS];
};

static void next_frame(struct bench *bench)
{
    for (int i = 0; i < FRAME; i++) {
        rtp_write(bench->frame[i]->data, bench->sequence++, SSRC);
        bench->frame[i]->len = RTP_PLAIN;
    }
}

/* --- the floor ------------------------------------------------------------------------ */

static void raw_to_one(struct bench *bench, size_t receiver, size_t packets)
{
    uint8_t *slots[FRAME];

    for (size_t i = 0; i < packets; i++) {
        slots[i] = bench->copies + (receiver % RAW_SENDS * FRAME + i) * 2048;
        memcpy(slots[i], bench->frame[i]->data, RTP_PLAIN);
        gcm_run(&bench->gcms[receiver], slots[i]);
    }
    raw_out_add(bench->out, &bench->testbed.callers[receiver].address, slots, packets);
}

static double time_raw(struct bench *bench, size_t packets)
{
    double begun = cpu_ns();

    for (size_t i = 0; i < RECEIVERS; i++) {
        raw_to_one(bench, i, packets);
        if (i % RAW_SENDS == RAW_SENDS - 1) /* the slots are used again */
            raw_out_flush(bench->out);
    }
    raw_out_flush(bench->out);
    return cpu_ns() - begun;
}

/* --- skiff ---------------------------------------------------------------------------- */

/* What a forwarder does: the receiver's own numbering. */
static void renumber(void *user, skiff_peer *peer, skiff_packet *copy)
{
    (void)user, (void)peer;
    copy->data[8] = 1;
}

static double time_ours(struct bench *bench, size_t packets)
{
    const skiff_packet *frame[FRAME];
    skiff_status status = SKIFF_OK;

    memcpy(frame, bench->frame, sizeof frame);
    double begun = cpu_ns();
    for (size_t i = 0; i < RECEIVERS && status == SKIFF_OK; i++) {
        if (i % AHEAD == 0)
            skiff_peer_prefetch(bench->peers + i, AHEAD);
        status = skiff_peer_send_copies(bench->peers[i], frame, packets, renumber, NULL);
    }
    skiff_port_flush(bench->testbed.port);
    double elapsed = cpu_ns() - begun;
    demand(status == SKIFF_OK, "skiff_peer_send_copies");
    return elapsed;
}

static void run_round(struct bench *bench, size_t library, size_t packets, int round)
{
    next_frame(bench);
    bench->gcms = bench->keys[library];
    double floor = time_raw(bench, packets);
    testbed_drain(&bench->testbed);
    double ours = time_ours(bench, packets);
    testbed_drain(&bench->testbed);
    if (round < 0)
        return;
    bench->floors[library][round] = floor;
    bench->ratios[library][round] = ours / floor;
}

/* To the first of the libraries, which is libcrypto, or to the fastest of some. */
static double ratio(struct bench *bench, size_t libraries, size_t packets)
{
    for (int round = -WARM_UP; round < ROUNDS; round++)
        for (size_t i = 0; i < libraries; i++)
            run_round(bench, i, packets, round);
    size_t fastest = fastest_of(bench->floors, libraries, ROUNDS);
    return median_of(bench->ratios[fastest], ROUNDS);
}

static void open_keys(struct bench *bench, size_t i, const struct raw_library *library)
{
    for (size_t k = 0; k < RECEIVERS; k++)
        bench->keys[i][k] = gcm_new(library, (uint8_t)k);
}

/* Last: what a library leaves in the registers costs those who come next. */
static void print_x_best(struct bench *bench)
{
    bench->num_libraries = raw_libraries(bench->libraries);
    for (size_t i = 1; i < bench->num_libraries; i++)
        open_keys(bench, i, bench->libraries[i]);
    printf("fanout500_gso_x_best %.3f\n", ratio(bench, bench->num_libraries, FRAME));
}

int main(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct sockaddr_in address;

    demand(bench != NULL, "calloc");
    testbed_open(&bench->testbed, RECEIVERS, SKIFF_MSEC(3600000));
    bench->out = raw_out_new(raw_socket(&address, false));
    bench->copies = calloc(RAW_SENDS * FRAME, 2048);
    demand(bench->copies != NULL, "calloc");
    open_keys(bench, 0, &raw_libcrypto);
    for (size_t i = 0; i < RECEIVERS; i++)
        bench->peers[i] = bench->testbed.callers[i].peer;
    for (int i = 0; i < FRAME; i++)
        bench->frame[i] = skiff_pool_take(bench->testbed.pool);
    printf("fanout500_x_floor %.3f\n", ratio(bench, 1, 1));
    testbed_use_gro(&bench->testbed);
    printf("fanout500_gso_x_floor %.3f\n", ratio(bench, 1, FRAME));
    print_x_best(bench);
    return EXIT_SUCCESS;
}
