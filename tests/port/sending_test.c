/* sending_test.c - in which runs and in which order a port sends what was queued for many
 * peers in turns. */
#include "suite.h"

#include "caller.h"
#include "count.h"
#include "ends.h"

#include <skiff/demux.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEERS = 6, FRAME = 8, LONG = 300, SHORT = 100 };

struct calls {
    struct server server;
    struct caller callers[PEERS];
    bool offload;
};

/* Whether runs leave as one message here. */
static bool has_offload(void)
{
    struct ends ends;

    ends_open(&ends, false);
    bool offload = ends_offload(&ends);
    ends_close(&ends);
    return offload;
}

static void calls_open(struct calls *calls)
{
    calls->offload = has_offload();
    server_new(&calls->server);
    server_open(&calls->server);
    calls->server.user = calls;
    for (unsigned i = 0; i < PEERS; i++) {
        caller_new(&calls->callers[i], &calls->server);
        caller_connect(&calls->callers[i]);
    }
    (void)ends_sent();
}

static void calls_close(struct calls *calls)
{
    for (unsigned i = 0; i < PEERS; i++)
        caller_free(&calls->callers[i]);
    server_free(&calls->server);
}

static skiff_packet *rtp_of(const struct calls *calls, uint16_t number, uint32_t len)
{
    skiff_packet *packet = skiff_pool_take(calls->server.pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    write_rtp_packet(packet, number);
    packet->len = len;
    return packet;
}

static void send_rtp(const struct calls *calls, unsigned to, uint16_t number, uint32_t len)
{
    skiff_packet *packet = rtp_of(calls, number, len);

    CU_ASSERT_EQUAL(skiff_peer_send(calls->callers[to].peer, &packet, 1), SKIFF_OK);
    skiff_packet_release(&packet);
}

static void send_rtp_to_each(const struct calls *calls, uint16_t number, uint32_t len)
{
    for (unsigned to = 0; to < PEERS; to++)
        send_rtp(calls, to, number, len);
}

static void send_report_to_each(const struct calls *calls)
{
    static const uint8_t report[8] = { 0x80, 201, 0, 1, 's', 's', 'r', 'c' };

    for (unsigned to = 0; to < PEERS; to++) {
        skiff_packet *packet = rtp_of(calls, 0, sizeof report);
        memcpy(packet->data, report, sizeof report);
        CU_ASSERT_EQUAL(skiff_peer_send(calls->callers[to].peer, &packet, 1), SKIFF_OK);
        skiff_packet_release(&packet);
    }
}

static void send_data_to_each(const struct calls *calls)
{
    for (unsigned to = 0; to < PEERS; to++) {
        skiff_packet *packet = rtp_of(calls, 0, SHORT);
        CU_ASSERT_EQUAL(skiff_peer_send_data(calls->callers[to].peer, &packet), SKIFF_OK);
        skiff_packet_release(&packet);
    }
}

/* What has arrived at a caller, a character each: the number of an RTP packet, R for RTCP,
 * D for DTLS. */
static void read_kinds(const struct caller *caller, char *kinds, size_t size)
{
    uint8_t bytes[CALLER_DATAGRAM];
    size_t num = 0;

    while (num + 1 < size && recv(caller->fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
        char kind = bytes[1] == 201 ? 'R' : (char)('0' + bytes[3]);
        kinds[num++] = skiff_protocol_of(bytes[0]) == SKIFF_PROTOCOL_DTLS ? 'D' : kind;
    }
    kinds[num] = '\0';
}

static void expect_at_each(const struct calls *calls, const char *expected)
{
    char kinds[32];

    for (unsigned i = 0; i < PEERS; i++) {
        read_kinds(&calls->callers[i], kinds, sizeof kinds);
        CU_ASSERT_STRING_EQUAL(kinds, expected);
    }
}

/* --- runs ----------------------------------------------------------------------------- */

/* As samples/forward does it: to all peers but the one that it came from. */
static void forward(struct server *server, skiff_peer *from, skiff_packet *packet)
{
    const struct calls *calls = server->user;
    const skiff_packet *plain = packet;

    for (unsigned i = 0; i < PEERS; i++)
        if (calls->callers[i].peer != from)
            CU_ASSERT_EQUAL(
                skiff_peer_send_copies(calls->callers[i].peer, &plain, 1, NULL, NULL),
                SKIFF_OK);
}

static void forward_a_frame(struct calls *calls)
{
    for (unsigned i = 0; i < FRAME; i++)
        caller_send_media(&calls->callers[0]);
    server_run(&calls->server);
}

static void what_is_forwarded_packet_by_packet_leaves_in_a_run_for_each_peer(void)
{
    struct calls calls;

    calls_open(&calls);
    calls.server.on_media = forward;
    forward_a_frame(&calls);
    CU_ASSERT_EQUAL(calls.server.events.rtp, FRAME);
    struct sent sent = ends_sent();
    CU_ASSERT_EQUAL(sent.packets, FRAME * (PEERS - 1));
    CU_ASSERT_EQUAL(sent.messages, calls.offload ? PEERS - 1 : FRAME * (PEERS - 1));
    CU_ASSERT_EQUAL(sent.calls, 1);
    for (unsigned i = 1; i < PEERS; i++) {
        caller_run(&calls.callers[i]);
        CU_ASSERT_EQUAL(calls.callers[i].rtp, FRAME);
    }
    calls_close(&calls);
}

static void forwarding_in_runs_allocates_nothing(void)
{
    struct calls calls;

    if (!count_works())
        return;
    calls_open(&calls);
    calls.server.on_media = forward;
    forward_a_frame(&calls); /* SSRCs become known */
    uint64_t allocs = count_now().allocs;
    for (unsigned i = 0; i < 20; i++)
        forward_a_frame(&calls);
    CU_ASSERT_EQUAL(count_now().allocs, allocs);
    CU_ASSERT_EQUAL(calls.server.events.rtp, 21 * FRAME);
    calls_close(&calls);
}

/* All but 20 packets are in use: each time those are queued, they leave. */
static void a_dry_pool_sends_the_queue_and_goes_on(void)
{
    static skiff_packet *in_use[2048];
    struct calls calls;
    unsigned num = 0;

    calls_open(&calls);
    calls.server.on_media = forward;
    while (num < 2048 && (in_use[num] = skiff_pool_take(calls.server.pool)) != NULL)
        num++;
    for (unsigned i = 0; i < 20; i++)
        skiff_packet_release(&in_use[--num]);
    forward_a_frame(&calls);
    CU_ASSERT_EQUAL(ends_sent().packets, FRAME * (PEERS - 1));
    for (unsigned i = 1; i < PEERS; i++) {
        caller_run(&calls.callers[i]);
        CU_ASSERT_EQUAL(calls.callers[i].rtp, FRAME);
    }
    while (num > 0)
        skiff_packet_release(&in_use[--num]);
    calls_close(&calls);
}

static void the_queue_is_as_long_as_in_the_config(void)
{
    struct fixture fixture;

    server_new(&fixture.server);
    fixture.server.config.send_queue = 4;
    server_open(&fixture.server);
    caller_new(&fixture.caller, &fixture.server);
    caller_connect(&fixture.caller);
    (void)ends_sent();
    CU_ASSERT_EQUAL(fixture_send(&fixture, 10), 10);
    struct sent sent = ends_sent();
    CU_ASSERT_EQUAL(sent.calls, 3);
    CU_ASSERT_EQUAL(sent.packets, 10);
    fixture_free(&fixture);
}

/* --- order ---------------------------------------------------------------------------- */

static void media_reports_and_data_arrive_at_each_peer_as_they_were_queued(void)
{
    struct calls calls;

    calls_open(&calls);
    send_rtp_to_each(&calls, 1, LONG);
    send_rtp_to_each(&calls, 2, LONG);
    send_rtp_to_each(&calls, 3, SHORT);
    send_data_to_each(&calls);
    send_rtp_to_each(&calls, 4, LONG);
    send_report_to_each(&calls);
    send_rtp_to_each(&calls, 5, SHORT);
    send_rtp_to_each(&calls, 6, LONG);
    skiff_port_flush(calls.server.port);
    expect_at_each(&calls, "123D4R56");
    calls_close(&calls);
}

static void what_was_queued_for_a_peer_that_is_freed_leaves_with_the_others(void)
{
    struct calls calls;

    calls_open(&calls);
    send_rtp_to_each(&calls, 1, LONG);
    send_rtp_to_each(&calls, 2, LONG);
    skiff_peer_free(calls.callers[2].peer);
    calls.callers[2].peer = NULL;
    for (unsigned to = 0; to < PEERS; to++)
        if (to != 2)
            send_rtp(&calls, to, 3, LONG);
    skiff_port_flush(calls.server.port);
    for (unsigned i = 0; i < PEERS; i++) {
        char kinds[32];
        read_kinds(&calls.callers[i], kinds, sizeof kinds);
        CU_ASSERT_STRING_EQUAL(kinds, i == 2 ? "12D" : "123"); /* D: close_notify */
    }
    calls_close(&calls);
}

static void count_what_was_sent(struct server *server, skiff_peer *peer,
                                skiff_peer_event event)
{
    (void)peer;
    if (event == SKIFF_PEER_PATH || event == SKIFF_PEER_DISPLACED)
        *(unsigned *)server->user += ends_sent().packets;
}

/* Media waits in the queue, and so does a check in the socket; how many packets have left
 * when the port reports what the check has changed. */
static unsigned sent_before_events(struct fixture *fixture, struct caller *checks)
{
    uint8_t bytes[CALLER_DATAGRAM];
    unsigned sent = 0;

    fixture->server.user = &sent;
    fixture->server.on_event = count_what_was_sent;
    caller_send(checks, bytes, caller_check(checks, true, bytes));
    for (uint16_t i = 0; i < 3; i++) {
        skiff_packet *packet = skiff_pool_take(fixture->server.pool);
        write_rtp_packet(packet, i);
        CU_ASSERT_EQUAL(skiff_peer_send(fixture->caller.peer, &packet, 1), SKIFF_OK);
    }
    (void)ends_sent();
    server_run(&fixture->server);
    return sent;
}

/* Else the response to its check would bring packets for the new path before it. */
static void what_is_queued_for_a_path_leaves_before_the_peer_moves(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    caller_move(&fixture.caller);
    CU_ASSERT_EQUAL(sent_before_events(&fixture, &fixture.caller), 3);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_PATH], 2);
    fixture_free(&fixture);
}

static void what_is_queued_for_a_path_leaves_before_another_peer_gets_it(void)
{
    struct fixture fixture;
    struct caller other;

    server_new(&fixture.server);
    fixture.server.config.takeover = SKIFF_TAKEOVER_NEWEST;
    server_open(&fixture.server);
    caller_new(&fixture.caller, &fixture.server);
    caller_connect(&fixture.caller);
    caller_new(&other, &fixture.server);
    close(other.fd);
    other.fd = fixture.caller.fd;
    CU_ASSERT_EQUAL(sent_before_events(&fixture, &other), 3);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_DISPLACED], 1);
    other.fd = stranger_open(&other);
    caller_free(&other);
    fixture_free(&fixture);
}

CU_TestInfo sending_tests[] = {
    TEST(what_is_forwarded_packet_by_packet_leaves_in_a_run_for_each_peer),
    TEST(forwarding_in_runs_allocates_nothing),
    TEST(a_dry_pool_sends_the_queue_and_goes_on),
    TEST(the_queue_is_as_long_as_in_the_config),
    TEST(media_reports_and_data_arrive_at_each_peer_as_they_were_queued),
    TEST(what_was_queued_for_a_peer_that_is_freed_leaves_with_the_others),
    TEST(what_is_queued_for_a_path_leaves_before_the_peer_moves),
    TEST(what_is_queued_for_a_path_leaves_before_another_peer_gets_it),
    CU_TEST_INFO_NULL,
};
