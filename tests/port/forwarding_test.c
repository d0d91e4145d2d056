/* forwarding_test.c - ports of several threads at one address: whatever the kernel gives to
 * the wrong one reaches its peer. */
#include "suite.h"

#include "ice/port/mailbox.h"
#include "loopback.h"
#include "server_pair.h"

#include <skiff/demux.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void the_ufrags_of_two_threads_begin_with_their_numbers(void)
{
    struct server_pair pair;
    skiff_peer *peer;
    const char *ufrag, *password;

    server_pair_new(&pair);
    server_pair_open(&pair, 1);
    CU_ASSERT_EQUAL(pair.callers[0].ufrag[0], 'A');
    CU_ASSERT_EQUAL(skiff_peer_new(pair.there.port, SKIFF_ROLE_PASSIVE, 0, &peer),
                    SKIFF_OK);
    skiff_peer_credentials(peer, &ufrag, &password);
    CU_ASSERT_EQUAL(ufrag[0], 'B');
    server_pair_close(&pair, 1);
}

static void a_group_has_no_more_ports_than_threads(void)
{
    struct server_pair pair;
    skiff_port *third;

    server_pair_new(&pair);
    server_pair_open(&pair, 0);
    skiff_port_config config = pair.there.config;
    config.context = pair.there.callers_context; /* nobody has it */
    CU_ASSERT_EQUAL(skiff_port_new(&config, &third), SKIFF_ERR_SPACE);
    skiff_port_free(pair.there.port);
    CU_ASSERT_EQUAL(skiff_port_new(&pair.there.config, &pair.there.port), SKIFF_OK);
    server_pair_close(&pair, 0);
}

static void checks_dtls_and_media_reach_their_thread(void)
{
    struct server_pair pair;

    server_pair_new(&pair);
    server_pair_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        caller_connect(&pair.callers[i]);
        caller_send_media(&pair.callers[i]);
        skiff_packet *packet = skiff_pool_take(pair.here.pool);
        write_rtp_packet(packet, 1);
        CU_ASSERT_EQUAL(skiff_peer_send(pair.callers[i].peer, &packet, 1), SKIFF_OK);
    }
    server_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.events.rtp, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        caller_run(&pair.callers[i]);
        CU_ASSERT_EQUAL(pair.callers[i].rtp, 1);
    }
    CU_ASSERT_TRUE(server_counters(&pair.there).forwarded > 0);
    CU_ASSERT_TRUE(server_counters(&pair.here).datagrams_read > 0);
    CU_ASSERT_EQUAL(server_counters(&pair.here).forwarded, 0);
    CU_ASSERT_EQUAL(server_counters(&pair.there).drop_stranger, 0);
    CU_ASSERT_EQUAL(server_counters(&pair.here).drop_stranger, 0);
    server_pair_close(&pair, CALLERS);
}

/* As much as UDP over IPv4 carries, less the tag. */
enum { LONGEST = 65507 - 16 };

static void send_long(struct caller *caller, uint32_t len)
{
    static uint8_t space[LONGEST + SKIFF_TAIL];
    const uint8_t header[12] = { 0x80, 96, 0, (uint8_t)caller->sequence++, [11] = 7 };
    skiff_packet packet;

    memset(space, 1, len);
    memcpy(space, header, sizeof header);
    CU_ASSERT_EQUAL_FATAL(skiff_packet_wrap(space, len, sizeof space, &packet), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_transport_protect(caller->transport, &packet), SKIFF_OK);
    caller_send(caller, packet.data, packet.len);
}

static void media_of_any_length_reaches_its_thread(void)
{
    static const uint32_t lengths[] = { MAILBOX_BYTES - 16, MAILBOX_BYTES - 15, 9000,
                                        LONGEST };
    struct server_pair pair;

    server_pair_new(&pair);
    server_pair_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        caller_connect(&pair.callers[i]);
        for (size_t n = 0; n < 4; n++) {
            send_long(&pair.callers[i], lengths[n]);
            server_run(&pair.here);
        }
    }
    CU_ASSERT_EQUAL(pair.here.events.rtp, 4 * CALLERS);
    CU_ASSERT_TRUE(server_counters(&pair.there).forwarded > 0);
    CU_ASSERT_EQUAL(server_counters(&pair.there).drop_oversized, 0);
    server_pair_close(&pair, CALLERS);
}

static void nothing_is_forwarded_for_a_thread_that_is_gone(void)
{
    struct server_pair pair;

    server_pair_new(&pair);
    server_pair_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        caller_connect(&pair.callers[i]);
        skiff_peer_free(pair.callers[i].peer);
    }
    server_run(&pair.here);
    uint64_t before = server_counters(&pair.there).forwarded;
    for (int i = 0; i < CALLERS; i++)
        caller_send_raw(&pair.callers[i]);
    server_run(&pair.here);
    CU_ASSERT_EQUAL(server_counters(&pair.there).forwarded, before);
    CU_ASSERT_EQUAL(server_counters(&pair.there).drop_stranger
                        + server_counters(&pair.here).drop_stranger,
                    CALLERS);
    server_pair_close(&pair, CALLERS);
}

/* The kernel shares out anew when a socket joins. */
static void a_port_that_joins_later_hands_over_after_the_next_checks(void)
{
    struct server_pair pair;

    server_pair_new(&pair);
    pair.here.config.group = pair.there.config.group = pair.group;
    server_open(&pair.here);
    for (int i = 0; i < CALLERS; i++) {
        caller_new(&pair.callers[i], &pair.here);
        caller_connect(&pair.callers[i]);
    }
    pair.there.config.address = skiff_port_address(pair.here.port);
    server_open(&pair.there);
    pair.here.other = &pair.there;
    for (int i = 0; i < CALLERS; i++) {
        CU_ASSERT_TRUE(caller_checks(&pair.callers[i], true));
        caller_send_media(&pair.callers[i]);
    }
    server_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.events.rtp, CALLERS);
    CU_ASSERT_TRUE(server_counters(&pair.there).forwarded > 0);
    server_pair_close(&pair, CALLERS);
}

/* As within one thread: a silent peer comes back by what opens from its path, too. */
static void what_a_silent_peer_sends_is_handed_over(void)
{
    struct server_pair pair;

    server_pair_new(&pair);
    server_pair_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++)
        caller_connect(&pair.callers[i]);
    pair.here.now += SKIFF_MSEC(30000);
    server_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.events.events[SKIFF_PEER_CONSENT_LOST], CALLERS);
    uint64_t before = server_counters(&pair.there).forwarded;
    for (int i = 0; i < CALLERS; i++)
        caller_send_media(&pair.callers[i]);
    server_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.events.rtp, CALLERS);
    CU_ASSERT_TRUE(server_counters(&pair.there).forwarded > before);
    server_pair_close(&pair, CALLERS);
}

/* A peer of the other thread checks from the sockets of ours: wherever those arrive. */
static void nobody_acquires_a_slot_that_another_thread_has(void)
{
    struct server_pair pair;

    server_pair_new(&pair);
    server_pair_open(&pair, CALLERS);
    pair.there.other = &pair.here;
    for (int i = 0; i < CALLERS; i++) {
        struct caller other;
        caller_connect(&pair.callers[i]);
        caller_new(&other, &pair.there);
        close(other.fd);
        other.fd = pair.callers[i].fd;
        (void)caller_checks(&other, true);
        caller_send_media(&pair.callers[i]);
        server_run(&pair.here);
        other.fd = stranger_open(&other);
        caller_free(&other);
    }
    CU_ASSERT_EQUAL(pair.here.events.rtp, CALLERS);
    CU_ASSERT_TRUE(server_counters(&pair.there).drop_address_in_use > 0);
    server_pair_close(&pair, CALLERS);
}

static void media_of_a_stranger_is_not_handed_over(void)
{
    struct server_pair pair;

    server_pair_new(&pair);
    server_pair_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++)
        caller_send_raw(&pair.callers[i]);
    server_run(&pair.here);
    CU_ASSERT_EQUAL(server_counters(&pair.there).forwarded, 0);
    CU_ASSERT_EQUAL(server_counters(&pair.there).drop_stranger
                        + server_counters(&pair.here).drop_stranger,
                    CALLERS);
    server_pair_close(&pair, CALLERS);
}

/* A check that only looks like one of ours is handed over, and moves nothing there. */
static void a_check_that_is_not_signed_leaves_no_trace_in_either_thread(void)
{
    struct server_pair pair;
    uint8_t bytes[CALLER_DATAGRAM];

    server_pair_new(&pair);
    server_pair_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        pair.callers[i].pwd = "not the password at all!";
        size_t len = caller_check(&pair.callers[i], true, bytes);
        caller_send(&pair.callers[i], bytes, len);
        server_run(&pair.here);
        caller_send_raw(&pair.callers[i]);
    }
    server_run(&pair.here);
    CU_ASSERT_EQUAL(server_counters(&pair.here).drop_integrity, CALLERS);
    CU_ASSERT_EQUAL(server_counters(&pair.there).drop_stranger
                        + server_counters(&pair.here).drop_stranger,
                    CALLERS);
    server_pair_close(&pair, CALLERS);
}

static void datagrams_with_an_id_reach_their_thread_from_anywhere(void)
{
    struct server_pair pair;

    server_pair_new(&pair);
    server_use_ids(&pair.here);
    server_pair_open(&pair, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        caller_connect(&pair.callers[i]);
        caller_move(&pair.callers[i]);
        caller_write(&pair.callers[i], "here");
        server_run(&pair.here);
        caller_send_media(&pair.callers[i]);
    }
    server_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.events.events[SKIFF_PEER_DATA], CALLERS);
    CU_ASSERT_EQUAL(pair.here.events.rtp, CALLERS);
    server_pair_close(&pair, CALLERS);
}

/* Each thread has the place for one of the first port, of its own or of the other. */
static void an_id_counts_where_one_of_another_thread_was_too(void)
{
    struct server_pair pair;
    struct caller others[CALLERS];

    server_pair_new(&pair);
    server_use_ids(&pair.here);
    server_use_ids(&pair.there);
    server_pair_open(&pair, CALLERS);
    pair.there.other = &pair.here;
    for (int i = 0; i < CALLERS; i++) {
        caller_connect(&pair.callers[i]);
        caller_move(&pair.callers[i]);
        caller_new(&others[i], &pair.there);
        caller_connect(&others[i]);
        caller_move_after(&others[i], &pair.callers[i]);
        caller_write(&others[i], "here");
        server_run(&pair.there);
    }
    for (int i = 0; i < CALLERS; i++)
        caller_free(&others[i]);
    CU_ASSERT_EQUAL(pair.there.events.events[SKIFF_PEER_DATA], CALLERS);
    CU_ASSERT_EQUAL(pair.here.events.events[SKIFF_PEER_DATA], 0);
    server_pair_close(&pair, CALLERS);
}

static void a_ufrag_of_a_thread_that_is_not_there_belongs_to_nobody(void)
{
    struct server_pair pair;

    server_pair_new(&pair);
    server_pair_open(&pair, 1);
    pair.callers[0].username[0] = 'C';
    CU_ASSERT_FALSE(caller_checks(&pair.callers[0], true));
    CU_ASSERT_EQUAL(server_counters(&pair.here).drop_ufrag
                        + server_counters(&pair.there).drop_ufrag,
                    1);
    server_pair_close(&pair, 1);
}

/* --- with threads --------------------------------------------------------------------- */

/* What one thread does: its port, and callers of its own peers. No assertion in here. */
struct worker {
    struct server server;
    struct caller callers[CALLERS];
    atomic_uint *finished;
    unsigned rtp; /* that its callers have opened */
};

static void poll_transport(struct caller *caller, skiff_time now)
{
    skiff_pool *pool = caller->server->pool;
    skiff_dtls_event event = SKIFF_DTLS_SEND;
    skiff_bytes bytes;

    while (event != SKIFF_DTLS_NOTHING) {
        skiff_packet *packet = skiff_pool_take(pool);
        event = skiff_transport_poll(caller->transport, now, packet, &bytes);
        if (event == SKIFF_DTLS_SEND)
            (void)!send(caller->fd, packet->data, packet->len, 0);
        if (event == SKIFF_DTLS_CONNECTED)
            caller->connected = true;
        skiff_packet_release(&packet);
    }
}

static void receive(struct caller *caller, skiff_time now)
{
    skiff_packet *packet = skiff_pool_take(caller->server->pool);
    skiff_kind kind = SKIFF_CONSUMED;
    ssize_t len = recv(caller->fd, packet->data, packet->limit, 0);

    packet->len = len > 0 ? (uint32_t)len : 0;
    if (packet->len > 0 && skiff_protocol_of(packet->data[0]) == SKIFF_PROTOCOL_STUN)
        caller->replies++; /* and now DTLS may begin */
    else if (packet->len > 0)
        caller->rtp +=
            skiff_transport_receive(caller->transport, now, packet, &kind) == SKIFF_OK
            && kind == SKIFF_RTP;
    if (packet->len > 0 && kind == SKIFF_CONSUMED && caller->replies > 0)
        poll_transport(caller, now);
    skiff_packet_release(&packet);
}

static bool is_done(const struct worker *worker)
{
    unsigned rtp = 0;

    for (int i = 0; i < CALLERS; i++)
        rtp += worker->callers[i].rtp;
    return rtp == CALLERS;
}

/* The peer at the port sends one packet as soon as it can. */
static void send_on_connect(struct server *server, skiff_peer *peer, skiff_peer_event event)
{
    skiff_packet *packet;

    if (event != SKIFF_PEER_CONNECTED)
        return;
    packet = skiff_pool_take(server->pool);
    write_rtp_packet(packet, 1);
    (void)!skiff_peer_send(peer, &packet, 1);
    skiff_packet_release(&packet);
}

static void check_all(struct worker *worker)
{
    uint8_t bytes[CALLER_DATAGRAM];

    for (int i = 0; i < CALLERS; i++) {
        size_t len = caller_check(&worker->callers[i], true, bytes);
        (void)!send(worker->callers[i].fd, bytes, len, 0);
    }
}

/* Runs until both workers are done, as the other may need what is handed over here. */
static void *work(void *data)
{
    struct worker *worker = data;
    struct server *server = &worker->server;
    struct pollfd wait[CALLERS + 1] = { { skiff_port_fd(server->port), POLLIN, 0 } };
    bool done = false;

    for (int i = 0; i < CALLERS; i++)
        wait[i + 1] = (struct pollfd){ worker->callers[i].fd, POLLIN, 0 };
    loopback_roam();
    check_all(worker);
    for (int idle = 0; atomic_load(worker->finished) < 2 && idle < 500;) {
        idle = poll(wait, CALLERS + 1, 10) > 0 ? 0 : idle + 1;
        server->now += SKIFF_MSEC(idle > 0 ? 10 : 0);
        skiff_port_run(server->port, server->now, 64);
        for (int i = 0; i < CALLERS; i++)
            if ((wait[i + 1].revents & POLLIN) != 0)
                receive(&worker->callers[i], server->now);
        if (!done && (done = is_done(worker)))
            atomic_fetch_add(worker->finished, 1);
    }
    return NULL;
}

static void threads_serve_each_others_datagrams(void)
{
    static struct worker workers[2];
    pthread_t threads[2];
    skiff_port_group *group;
    atomic_uint finished = 0;

    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &group), SKIFF_OK);
    for (int i = 0; i < 2; i++) {
        struct server *server = &workers[i].server;
        server_new(server);
        server->config.group = group;
        if (i == 1)
            server->config.address = skiff_port_address(workers[0].server.port);
        server_open(server);
        server->on_event = send_on_connect;
        workers[i].finished = &finished;
        for (int c = 0; c < CALLERS; c++)
            caller_new(&workers[i].callers[c], server);
    }
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(finished, 2);
    uint64_t forwarded = 0;
    for (int i = 0; i < 2; i++) {
        forwarded += server_counters(&workers[i].server).forwarded;
        CU_ASSERT_EQUAL(workers[i].server.events.events[SKIFF_PEER_CONNECTED], CALLERS);
        for (int c = 0; c < CALLERS; c++)
            caller_free(&workers[i].callers[c]);
        server_free(&workers[i].server);
    }
    CU_ASSERT_TRUE(forwarded > 0);
    skiff_port_group_free(group);
}

CU_TestInfo forwarding_tests[] = {
    TEST(the_ufrags_of_two_threads_begin_with_their_numbers),
    TEST(a_group_has_no_more_ports_than_threads),
    TEST(checks_dtls_and_media_reach_their_thread),
    TEST(media_of_any_length_reaches_its_thread),
    TEST(nothing_is_forwarded_for_a_thread_that_is_gone),
    TEST(a_port_that_joins_later_hands_over_after_the_next_checks),
    TEST(what_a_silent_peer_sends_is_handed_over),
    TEST(nobody_acquires_a_slot_that_another_thread_has),
    TEST(media_of_a_stranger_is_not_handed_over),
    TEST(a_check_that_is_not_signed_leaves_no_trace_in_either_thread),
    TEST(datagrams_with_an_id_reach_their_thread_from_anywhere),
    TEST(an_id_counts_where_one_of_another_thread_was_too),
    TEST(a_ufrag_of_a_thread_that_is_not_there_belongs_to_nobody),
    TEST(threads_serve_each_others_datagrams),
    CU_TEST_INFO_NULL,
};
