/* nice_bench.c - media of 1,200 bytes, GCM, by libnice's own calls and without skiff,
 * against the calls on a bare socket.
 *
 * Two agents on 127.0.0.1. The one that receives has nice_agent_attach_recv, and does its
 * crypto where the packet lies; the other sends 32 packets with one call. The bare sockets
 * are those of media_bench: one by one in (recvmmsg), a run out (UDP_SEGMENT). A key is the
 * median of the rounds' ratios, of CPU time. Prints lines of "name value".
 */
#include "raw.h"

#include <nice/agent.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 301, WARM_UP = 30, BATCH = RAW_RUN, SSRC = 7, COMPONENT = 1 };

struct end {
    NiceAgent *agent;
    GMainContext *loop;
    guint stream;
    bool gathered, ready;
    size_t received;
    struct gcm gcm;
};

struct bench {
    struct end ends[2]; /* 0 speaks, 1 listens */
    struct gcm gcm;
    struct sockaddr_in raw_address;
    int raw_fd;
    struct raw_in *in;
    struct raw_out *out;
    uint8_t *bytes[BATCH];
    double ratios[ROUNDS];
};

/* --- two agents ----------------------------------------------------------------------- */

static void on_gathered(NiceAgent *agent, guint stream, gpointer user)
{
    struct end *end = user;

    (void)agent, (void)stream;
    end->gathered = true;
}

static void on_state(NiceAgent *agent, guint stream, guint component, guint state,
                     gpointer user)
{
    struct end *end = user;

    (void)agent, (void)stream, (void)component;
    end->ready = state == NICE_COMPONENT_STATE_READY;
}

static void on_packet(NiceAgent *agent, guint stream, guint component, guint len,
                      gchar *bytes, gpointer user)
{
    struct end *end = user;

    (void)agent, (void)stream, (void)component;
    demand(len == RTP_SEALED, "a packet that is whole");
    gcm_run(&end->gcm, (uint8_t *)bytes);
    end->received++;
}

static void make_end(struct end *end, bool controlling)
{
    NiceAddress here;

    end->gcm = gcm_new(&raw_libcrypto, 1);
    end->loop = g_main_context_new();
    end->agent = nice_agent_new(end->loop, NICE_COMPATIBILITY_RFC5245);
    g_object_set(end->agent, "controlling-mode", controlling, "upnp", FALSE, "ice-tcp",
                 FALSE, NULL);
    nice_address_init(&here);
    nice_address_set_from_string(&here, "127.0.0.1");
    nice_agent_add_local_address(end->agent, &here);
    end->stream = nice_agent_add_stream(end->agent, 1);
    g_signal_connect(end->agent, "candidate-gathering-done", G_CALLBACK(on_gathered), end);
    g_signal_connect(end->agent, "component-state-changed", G_CALLBACK(on_state), end);
    nice_agent_attach_recv(end->agent, end->stream, COMPONENT, end->loop, on_packet, end);
    demand(nice_agent_gather_candidates(end->agent, end->stream), "gathering");
}

static void introduce(const struct end *end, const struct end *to)
{
    gchar *ufrag, *pwd;
    GSList *candidates =
        nice_agent_get_local_candidates(end->agent, end->stream, COMPONENT);

    nice_agent_get_local_credentials(end->agent, end->stream, &ufrag, &pwd);
    nice_agent_set_remote_credentials(to->agent, to->stream, ufrag, pwd);
    nice_agent_set_remote_candidates(to->agent, to->stream, COMPONENT, candidates);
    g_slist_free_full(candidates, (GDestroyNotify)nice_candidate_free);
    g_free(ufrag);
    g_free(pwd);
}

static void run_both(struct bench *bench)
{
    g_main_context_iteration(bench->ends[0].loop, FALSE);
    g_main_context_iteration(bench->ends[1].loop, FALSE);
}

static void connect_ends(struct bench *bench)
{
    struct end *a = &bench->ends[0], *b = &bench->ends[1];

    make_end(a, true);
    make_end(b, false);
    while (!a->gathered || !b->gathered)
        run_both(bench);
    introduce(a, b);
    introduce(b, a);
    while (!a->ready || !b->ready)
        run_both(bench);
}

static void free_end(struct end *end)
{
    g_object_unref(end->agent);
    while (g_main_context_iteration(end->loop, FALSE))
        continue;
    g_main_context_unref(end->loop);
    gcm_free(&end->gcm);
}

/* --- packets -------------------------------------------------------------------------- */

static void write_packets(struct bench *bench)
{
    for (int i = 0; i < BATCH; i++)
        rtp_write(bench->bytes[i], (uint16_t)i, SSRC);
}

static void protect(struct bench *bench)
{
    for (int i = 0; i < BATCH; i++)
        gcm_run(&bench->gcm, bench->bytes[i]);
}

static void nice_send(struct bench *bench)
{
    NiceOutputMessage messages[BATCH];
    GOutputVector vectors[BATCH];
    GError *error = NULL;

    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (GOutputVector){ bench->bytes[i], RTP_SEALED };
        messages[i] = (NiceOutputMessage){ &vectors[i], 1 };
    }
    demand(nice_agent_send_messages_nonblocking(bench->ends[0].agent, bench->ends[0].stream,
                                                COMPONENT, messages, BATCH, NULL, &error)
               == BATCH,
           "nice_agent_send_messages_nonblocking");
}

static void nice_listen(struct bench *bench)
{
    struct end *end = &bench->ends[1];

    for (size_t until = end->received + BATCH; end->received < until;)
        g_main_context_iteration(end->loop, TRUE);
}

static void raw_send(struct bench *bench, size_t run)
{
    for (size_t i = 0; i < BATCH; i += run)
        raw_out_add(bench->out, &bench->raw_address, bench->bytes + i, run);
    raw_out_flush(bench->out);
}

/* --- what is timed -------------------------------------------------------------------- */

static double nice_receives(struct bench *bench)
{
    nice_send(bench);
    double begun = cpu_ns();
    nice_listen(bench);
    return cpu_ns() - begun;
}

static double raw_receives(struct bench *bench)
{
    size_t got = 0;

    raw_send(bench, 1);
    double begun = cpu_ns();
    while (got < BATCH)
        got += raw_in_read(bench->in, &bench->gcm);
    return cpu_ns() - begun;
}

static double nice_sends(struct bench *bench)
{
    double begun = cpu_ns();

    protect(bench);
    nice_send(bench);
    double elapsed = cpu_ns() - begun;
    nice_listen(bench);
    return elapsed;
}

static double raw_sends(struct bench *bench)
{
    double begun = cpu_ns();

    protect(bench);
    raw_send(bench, RAW_RUN);
    double elapsed = cpu_ns() - begun;
    raw_drain(bench->raw_fd);
    return elapsed;
}

/* The agents' own timers run between rounds. */
static double ratio(struct bench *bench, double (*theirs)(struct bench *),
                    double (*raw)(struct bench *))
{
    for (int round = -WARM_UP; round < ROUNDS; round++) {
        write_packets(bench);
        double floor = raw(bench);
        double elapsed = theirs(bench);
        if (round >= 0)
            bench->ratios[round] = elapsed / floor;
        run_both(bench);
    }
    return median_of(bench->ratios, ROUNDS);
}

int main(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct sockaddr_in from;

    demand(bench != NULL, "calloc");
    connect_ends(bench);
    bench->gcm = gcm_new(&raw_libcrypto, 1);
    for (int i = 0; i < BATCH; i++)
        bench->bytes[i] = calloc(1, 2048);
    bench->raw_fd = raw_socket(&bench->raw_address, false);
    bench->in = raw_in_new(bench->raw_fd, false);
    bench->out = raw_out_new(raw_socket(&from, false));
    printf("nice_recv_x_raw %.3f\n", ratio(bench, nice_receives, raw_receives));
    printf("nice_send_x_raw %.3f\n", ratio(bench, nice_sends, raw_sends));
    raw_in_free(bench->in);
    raw_out_free(bench->out);
    for (int i = 0; i < BATCH; i++)
        free(bench->bytes[i]);
    gcm_free(&bench->gcm);
    free_end(&bench->ends[0]);
    free_end(&bench->ends[1]);
    free(bench);
    return EXIT_SUCCESS;
}
