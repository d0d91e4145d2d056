/* skiff.c - skiff's server of the streams: what on_media tells in one skiff_port_run goes
 * to each watcher in one call. The watchers come to it with ICE and DTLS before the process
 * is forked; the keys that they agreed on stay with the parent. */
#define _GNU_SOURCE
#include "../raw.h"
#include "../testbed.h"
#include "server.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 256, CONSENT_S = 600, QUEUE = 128, AHEAD = 32 };

/* The testbed is first: on_media gets it. */
struct relay {
    struct testbed testbed;
    skiff_peer *watchers[PLAN_WATCHERS];
    skiff_packet *frame[RAW_RUN]; /* copies of what came */
    size_t num;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void renumber(void *user, skiff_peer *peer, skiff_packet *copy)
{
    (void)user, (void)peer;
    copy->data[8] = 1;
}

static void forward(struct relay *relay)
{
    const skiff_packet *plain[RAW_RUN];

    memcpy(plain, relay->frame, sizeof plain);
    for (size_t i = 0; i < PLAN_WATCHERS && relay->num > 0; i++) {
        if (i % AHEAD == 0)
            skiff_peer_prefetch(relay->watchers + i, least(AHEAD, PLAN_WATCHERS - i));
        (void)!skiff_peer_send_copies(relay->watchers[i], plain, relay->num, renumber,
                                      NULL);
    }
    relay->num = 0;
}

static void collect(struct testbed *testbed, const skiff_packet *packet)
{
    struct relay *relay = (struct relay *)testbed;
    skiff_packet *copy = relay->frame[relay->num];

    memcpy(copy->data, packet->data, packet->len);
    copy->len = packet->len;
    if (++relay->num == RAW_RUN)
        forward(relay);
}

static int milliseconds_until(skiff_time deadline)
{
    skiff_time now = testbed_now();

    if (deadline == SKIFF_NEVER)
        return -1;
    return deadline > now ? (int)((deadline - now + 999) / 1000) : 0;
}

static void serve(struct relay *relay)
{
    skiff_port *port = relay->testbed.port;
    struct pollfd ready = { skiff_port_fd(port), POLLIN, 0 };

    for (;;) {
        (void)poll(&ready, 1, milliseconds_until(skiff_port_deadline(port)));
        skiff_port_run(port, testbed_now(), BATCH);
        forward(relay);
        skiff_port_flush(port);
    }
}

static skiff_srtp *session_of(const struct caller *caller)
{
    const skiff_srtp_config config = skiff_srtp_defaults();
    skiff_srtp_keys keys;
    skiff_srtp *session = NULL;

    demand(skiff_dtls_srtp_keys(skiff_transport_dtls(caller->transport), &keys) == SKIFF_OK
               && keys.profile == SKIFF_SRTP_AEAD_AES_128_GCM
               && skiff_srtp_new(&config, &keys, &session) == SKIFF_OK,
           "a caller's keys of AEAD_AES_128_GCM");
    skiff_srtp_keys_wipe(&keys);
    return session;
}

static void open_relay(struct relay *relay)
{
    const struct testbed_options options = { .one_socket = true,
                                             .consent = CONSENT_S * 1000000u,
                                             .send_queue = QUEUE,
                                             .no_fragments = true };

    testbed_open_as(&relay->testbed, PLAN_WATCHERS + 1, &options);
    relay->testbed.on_media = collect;
    for (size_t i = 0; i < PLAN_WATCHERS; i++)
        relay->watchers[i] = relay->testbed.callers[i].peer;
    for (size_t i = 0; i < RAW_RUN; i++) {
        relay->frame[i] = skiff_pool_take(relay->testbed.pool);
        demand(relay->frame[i] != NULL, "skiff_pool_take");
    }
}

/* The last caller is the publisher. All have the socket of the watchers. */
int server_start_skiff(struct server *server)
{
    static struct relay relay;
    const struct testbed *testbed = &relay.testbed;

    open_relay(&relay);
    *server = (struct server){ .name = "skiff", .address = testbed->address };
    pid_t pid = fork();
    demand(pid >= 0, "fork");
    if (pid == 0) {
        server_prepare_child();
        serve(&relay);
    }
    server_watch_cpu(server, pid);
    server->publisher = session_of(&testbed->callers[PLAN_PUBLISHER]);
    for (size_t i = 0; i < PLAN_WATCHERS; i++)
        server->watchers[i] = session_of(&testbed->callers[i]);
    return testbed->fd;
}
