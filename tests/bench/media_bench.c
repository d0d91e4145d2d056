/* media_bench.c - media of 1,200 bytes, GCM, through a port and through the socket beside
 * libnice's, against what cannot be done without: the calls on a bare socket, and GCM by
 * EVP.
 *
 * Packets come one by one (recvmmsg) or in runs (UDP_GRO), and leave in runs (UDP_SEGMENT):
 * the bare sockets do as ours do. Who receives waits in poll first, once for the packets of
 * a round. A round does the one and the other in turn; a key is the median of the rounds'
 * ratios, of CPU time; that of sending is the worse of both ways. "Best" is a bare socket
 * with the fastest GCM of the libraries that are here, each in turn in the same rounds.
 * Mallocs are everybody's, over a million packets, DTLS data among them, but for rounds in
 * which libnice has checks. Prints lines of "name value".
 */
#define _GNU_SOURCE
#include "call.h"
#include "count.h"
#include "testbed.h"
#include "raw.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BATCH = 128, ROUNDS = RAW_ROUNDS, WARM_UP = 30, SSRC = 7, MILLION = 1000000 };
enum { PACKETS = 4 * RAW_RUN + 1 }; /* of a round in which mallocs are counted */

/* Where packets are from, and how they are numbered there. */
struct link {
    skiff_pool *pool;
    uint16_t sequence;
};

struct bench {
    struct testbed testbed;
    struct call call;
    const struct raw_library *libraries[RAW_LIBRARIES];
    size_t num_libraries;
    struct gcm gcms[RAW_LIBRARIES]; /* of each library; libcrypto's is the first */
    const struct gcm *gcm;          /* of the bare sockets */
    struct sockaddr_in raw_address; /* of who reads */
    int raw_fd;
    struct raw_in *in;
    struct raw_out *out, *caller_out;
    uint8_t *bytes[BATCH]; /* of the bare sockets' packets */
    skiff_packet *packets[BATCH];
    struct link port, bypass;
    struct link *link; /* whose packets they are */
    double ratios[RAW_LIBRARIES][RAW_ROUNDS], floors[RAW_LIBRARIES][RAW_ROUNDS];
};

/* --- packets -------------------------------------------------------------------------- */

static void write_raw(struct bench *bench)
{
    for (int i = 0; i < BATCH; i++)
        rtp_write(bench->bytes[i], (uint16_t)i, SSRC);
}

static void write_packets(struct bench *bench, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (bench->packets[i] == NULL)
            bench->packets[i] = skiff_pool_take(bench->link->pool);
        demand(bench->packets[i] != NULL, "skiff_pool_take");
        rtp_write(bench->packets[i]->data, bench->link->sequence++, SSRC);
        bench->packets[i]->len = RTP_PLAIN;
    }
}

static void use(struct bench *bench, struct link *link)
{
    for (int i = 0; i < BATCH; i++)
        skiff_packet_release(&bench->packets[i]);
    bench->link = link;
}

/* --- receiving ------------------------------------------------------------------------ */

static double raw_receives(struct bench *bench, size_t run)
{
    size_t got = 0;

    write_raw(bench);
    for (size_t i = 0; i < BATCH; i += run)
        raw_out_add(bench->out, &bench->raw_address, bench->bytes + i, run);
    raw_out_flush(bench->out);
    double begun = cpu_ns();
    while (got < BATCH)
        got += raw_in_read(bench->in, bench->gcm);
    return cpu_ns() - begun;
}

static void caller_speaks(struct bench *bench, size_t num, size_t run)
{
    uint8_t *bytes[BATCH];

    write_packets(bench, num);
    for (size_t i = 0; i < num; i++) {
        demand(
            skiff_transport_protect(bench->testbed.callers[0].transport, bench->packets[i])
                == SKIFF_OK,
            "skiff_transport_protect");
        bytes[i] = bench->packets[i]->data;
    }
    for (size_t i = 0; i < num; i += run)
        raw_out_add(bench->caller_out, &bench->testbed.address, bytes + i, run);
    raw_out_flush(bench->caller_out);
}

static void port_reads(struct bench *bench, size_t num)
{
    struct pollfd ready = { skiff_port_fd(bench->testbed.port), POLLIN, 0 };
    size_t until = bench->testbed.media + num;

    demand(poll(&ready, 1, 10000) == 1, "poll");
    while (bench->testbed.media < until)
        testbed_run(&bench->testbed);
}

static double port_receives(struct bench *bench, size_t run)
{
    caller_speaks(bench, BATCH, run);
    double begun = cpu_ns();
    port_reads(bench, BATCH);
    return cpu_ns() - begun;
}

static void end_sends(struct bench *bench, struct call_end *end, size_t num, size_t run)
{
    size_t sent;

    write_packets(bench, num);
    for (size_t i = 0; i < num; i += run)
        demand(skiff_ice_send(end->ice, bench->packets + i, run, &sent) == SKIFF_OK
                   && sent == run,
               "skiff_ice_send");
}

static void end_reads(struct call_end *end, size_t num)
{
    for (size_t until = end->media + num; end->media < until;)
        g_main_context_iteration(end->loop, TRUE);
}

static double bypass_receives(struct bench *bench, size_t run)
{
    end_sends(bench, &bench->call.ends[0], BATCH, run);
    double begun = cpu_ns();
    end_reads(&bench->call.ends[1], BATCH);
    return cpu_ns() - begun;
}

/* --- sending -------------------------------------------------------------------------- */

/* What is timed; `instructions` names these functions to callgrind. */
__attribute__((noinline)) static void raw_run(struct bench *bench, size_t run)
{
    for (size_t i = 0; i < run; i++)
        gcm_run(bench->gcm, bench->bytes[i]);
    raw_out_add(bench->out, &bench->raw_address, bench->bytes, run);
    raw_out_flush(bench->out);
}

__attribute__((noinline)) static bool port_run(struct bench *bench, size_t run)
{
    skiff_status status =
        skiff_peer_send(bench->testbed.callers[0].peer, bench->packets, run);

    skiff_port_flush(bench->testbed.port);
    return status == SKIFF_OK;
}

__attribute__((noinline)) static bool bypass_run(struct bench *bench, size_t run)
{
    size_t sent = 0;
    skiff_status status =
        skiff_ice_send(bench->call.ends[0].ice, bench->packets, run, &sent);

    return status == SKIFF_OK && sent == run;
}

static double raw_sends(struct bench *bench, size_t run)
{
    write_raw(bench);
    double begun = cpu_ns();
    raw_run(bench, run);
    double elapsed = cpu_ns() - begun;
    raw_drain(bench->raw_fd);
    return elapsed;
}

static double port_sends(struct bench *bench, size_t run)
{
    write_packets(bench, run);
    double begun = cpu_ns();
    bool sent = port_run(bench, run);
    double elapsed = cpu_ns() - begun;
    demand(sent, "skiff_peer_send");
    testbed_drain(&bench->testbed);
    return elapsed;
}

static double bypass_sends(struct bench *bench, size_t run)
{
    write_packets(bench, run);
    double begun = cpu_ns();
    bool sent = bypass_run(bench, run);
    double elapsed = cpu_ns() - begun;
    demand(sent, "skiff_ice_send");
    end_reads(&bench->call.ends[1], run);
    return elapsed;
}

/* --- rounds --------------------------------------------------------------------------- */

typedef double (*work)(struct bench *bench, size_t run);

/* To the first of the libraries, which is libcrypto, or to the fastest of some. */
static double ratio(struct bench *bench, work ours, work raw, size_t libraries, size_t run)
{
    for (int round = -WARM_UP; round < ROUNDS; round++)
        for (size_t i = 0; i < libraries; i++) {
            bench->gcm = &bench->gcms[i];
            double floor = raw(bench, run);
            double elapsed = ours(bench, run);
            if (round < 0)
                continue;
            bench->floors[i][round] = floor;
            bench->ratios[i][round] = elapsed / floor;
        }
    size_t fastest = fastest_of(bench->floors, libraries, ROUNDS);
    return median_of(bench->ratios[fastest], ROUNDS);
}

static void open_raw(struct bench *bench, bool gro)
{
    struct sockaddr_in from;

    bench->raw_fd = raw_socket(&bench->raw_address, gro);
    bench->in = raw_in_new(bench->raw_fd, gro);
    bench->out = raw_out_new(raw_socket(&from, false));
}

static void print_receiving(struct bench *bench, size_t run, const char *how)
{
    use(bench, &bench->port);
    printf("port_recv%s_x_raw %.3f\n", how,
           ratio(bench, port_receives, raw_receives, 1, run));
    use(bench, &bench->bypass);
    printf("split_recv%s_x_raw %.3f\n", how,
           ratio(bench, bypass_receives, raw_receives, 1, run));
}

static void print_sending(struct bench *bench, const char *against, size_t libraries)
{
    use(bench, &bench->port);
    double port = ratio(bench, port_sends, raw_sends, libraries, RAW_RUN);
    use(bench, &bench->bypass);
    double bypass = ratio(bench, bypass_sends, raw_sends, libraries, RAW_RUN);

    printf("gso_send_x_%s %.3f\n", against, port > bypass ? port : bypass);
}

/* --- mallocs -------------------------------------------------------------------------- */

/* A message of DTLS from the caller. */
static void caller_writes(struct bench *bench)
{
    skiff_dtls *dtls = skiff_transport_dtls(bench->testbed.callers[0].transport);
    skiff_packet *packet = skiff_pool_take(bench->link->pool);

    demand(packet != NULL, "skiff_pool_take");
    memset(packet->data, 1, 100);
    packet->len = 100;
    demand(skiff_dtls_send(dtls, testbed_now(), packet) == SKIFF_OK, "skiff_dtls_send");
    caller_sends(&bench->testbed, &bench->testbed.callers[0], packet);
    skiff_packet_release(&packet);
}

static void through_the_port(struct bench *bench)
{
    use(bench, &bench->port);
    caller_writes(bench);
    caller_speaks(bench, RAW_RUN, RAW_RUN);
    port_reads(bench, RAW_RUN);
    (void)port_sends(bench, RAW_RUN);
}

static void through_the_call(struct bench *bench)
{
    use(bench, &bench->bypass);
    for (int i = 0; i < 2; i++) {
        end_sends(bench, &bench->call.ends[i], RAW_RUN, RAW_RUN);
        end_reads(&bench->call.ends[1 - i], RAW_RUN);
    }
}

static unsigned checks;

/* libnice's checks leave by this call, and nothing of ours does. */
__attribute__((visibility("default"))) ssize_t sendmsg(int fd, const struct msghdr *message,
                                                       int flags)
{
    checks++;
    return syscall(SYS_sendmsg, fd, message, flags);
}

/* What both do in one round; nothing where a check left in it, or may yet be answered. */
static uint64_t mallocs_of_round(struct bench *bench)
{
    static unsigned known;
    uint64_t before = count_now().allocs;

    through_the_port(bench);
    through_the_call(bench);
    bool checked = checks != known;
    known = checks;
    if (checked)
        through_the_call(bench);
    return checked ? 0 : count_now().allocs - before;
}

static void print_mallocs(struct bench *bench)
{
    size_t data = bench->testbed.data, rounds = 0;
    uint64_t mallocs = 0;

    (void)mallocs_of_round(bench); /* SSRCs become known */
    (void)mallocs_of_round(bench);
    for (; rounds * PACKETS < MILLION; rounds++)
        mallocs += mallocs_of_round(bench);
    demand(bench->testbed.data - data == rounds + 2, "data at the port");
    printf("media_mallocs_per_packet %.6f\n", (double)mallocs / (double)(rounds * PACKETS));
}

/* Last: what a library leaves in the registers of the processor costs those who come next,
 * which is 5 % of sending where libcrypto comes after libipsec-mb. */
static void print_x_best(struct bench *bench)
{
    bench->num_libraries = raw_libraries(bench->libraries);
    for (size_t i = 1; i < bench->num_libraries; i++)
        bench->gcms[i] = gcm_new(bench->libraries[i], 1);
    print_sending(bench, "best", bench->num_libraries);
    open_raw(bench, false);
    use(bench, &bench->port);
    printf("port_recv_x_best %.3f\n",
           ratio(bench, port_receives, raw_receives, bench->num_libraries, 1));
}

static void print_all(struct bench *bench)
{
    open_raw(bench, false);
    print_receiving(bench, 1, "");
    open_raw(bench, true);
    print_receiving(bench, RAW_RUN, "_gro");
    print_sending(bench, "raw", 1);
    print_mallocs(bench);
    print_x_best(bench);
}

/* "sending" asks for nothing else, without the best crypto. */
int main(int argc, char **argv)
{
    struct bench *bench = calloc(1, sizeof *bench);

    demand(bench != NULL && count_works(), "counting");
    testbed_open(&bench->testbed, 1, SKIFF_MSEC(3600000));
    testbed_use_gro(&bench->testbed);
    call_open(&bench->call);
    bench->port.pool = bench->testbed.pool;
    bench->bypass.pool = bench->call.pool;
    bench->gcms[0] = gcm_new(&raw_libcrypto, 1);
    bench->caller_out = raw_out_new(bench->testbed.callers[0].fd);
    for (int i = 0; i < BATCH; i++)
        bench->bytes[i] = calloc(1, 2048);
    if (argc == 2 && strcmp(argv[1], "sending") == 0) {
        open_raw(bench, true);
        print_sending(bench, "raw", 1);
    } else {
        print_all(bench);
    }
    return EXIT_SUCCESS;
}
