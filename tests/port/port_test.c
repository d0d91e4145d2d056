/* port_test.c - many peers behind one port: how they are found, served and lost. */
#include "suite.h"

#include "caller.h"

#include <string.h>
#include <unistd.h>

/* --- opening -------------------------------------------------------------------------- */

static void a_port_states_its_address_and_its_candidate(void)
{
    struct server server;
    char expected[128];

    server_new(&server);
    server_open(&server);
    const char *address = skiff_port_address(server.port);
    CU_ASSERT_NSTRING_EQUAL(address, "127.0.0.1:", 10);
    snprintf(expected, sizeof expected, "1 1 UDP 2130706431 127.0.0.1 %s typ host",
             address + 10);
    CU_ASSERT_STRING_EQUAL(skiff_port_candidate(server.port), expected);
    server_free(&server);

    server_new(&server);
    server.config.address = "[::]:0";
    server_open(&server);
    CU_ASSERT_PTR_EQUAL(skiff_port_candidate(server.port),
                        skiff_port_candidate_at(server.port, 0));
    server_free(&server);
}

static void a_port_without_what_it_needs_is_refused(void)
{
    skiff_pool_config short_packets = skiff_pool_defaults();
    struct server server;
    skiff_pool *pool;

    server_new(&server);
    skiff_port_config good = server.config, bad = good;
    bad.size = 0;
    CU_ASSERT_EQUAL(skiff_port_new(&bad, &server.port), SKIFF_ERR_ARGUMENT);
    bad = good;
    bad.context = NULL;
    CU_ASSERT_EQUAL(skiff_port_new(&bad, &server.port), SKIFF_ERR_ARGUMENT);
    bad = good;
    bad.address = "127.0.0.1";
    CU_ASSERT_EQUAL(skiff_port_new(&bad, &server.port), SKIFF_ERR_ARGUMENT);
    bad = good;
    bad.peers = (1u << 20) + 1;
    CU_ASSERT_EQUAL(skiff_port_new(&bad, &server.port), SKIFF_ERR_ARGUMENT);
    short_packets.limit = 1279;
    CU_ASSERT_EQUAL(skiff_pool_new(&short_packets, &pool), SKIFF_OK);
    bad = good;
    bad.pool = pool;
    CU_ASSERT_EQUAL(skiff_port_new(&bad, &server.port), SKIFF_ERR_ARGUMENT);
    skiff_pool_free(pool);

    server_open(&server);
    bad = good;
    bad.address = skiff_port_address(server.port);
    bad.context = server.callers_context; /* nobody has it */
    skiff_port *second;
    CU_ASSERT_EQUAL(skiff_port_new(&bad, &second), SKIFF_ERR_STATE);
    server_free(&server);
}

static void a_full_port_accepts_no_peer_until_one_goes(void)
{
    struct server server;
    skiff_peer *peers[2], *more;
    const char *old, *ufrag, *password;

    server_new(&server);
    server.config.peers = 2;
    server_open(&server);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL_FATAL(
            skiff_peer_new(server.port, SKIFF_ROLE_PASSIVE, server.now, &peers[i]),
            SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_new(server.port, SKIFF_ROLE_PASSIVE, server.now, &more),
                    SKIFF_ERR_SPACE);
    skiff_peer_credentials(peers[1], &old, &password);
    char kept[32];
    strcpy(kept, old);
    skiff_peer_free(peers[1]);
    CU_ASSERT_EQUAL(skiff_peer_new(server.port, SKIFF_ROLE_PASSIVE, server.now, &more),
                    SKIFF_OK);
    skiff_peer_credentials(more, &ufrag, &password);
    CU_ASSERT_STRING_NOT_EQUAL(ufrag, kept);
    CU_ASSERT_NSTRING_EQUAL(ufrag, kept, 5); /* its place is the same */
    server_free(&server);
}

/* --- calls ---------------------------------------------------------------------------- */

static void a_check_gets_a_response_and_opens_the_path(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    CU_ASSERT_FALSE(caller_info(&fixture.caller).open);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    skiff_peer_info info = caller_info(&fixture.caller);
    CU_ASSERT_TRUE(info.open);
    CU_ASSERT_EQUAL(info.last_check, fixture.server.now);
    CU_ASSERT_NSTRING_EQUAL(info.remote, "127.0.0.1:", 10);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_PATH], 1);
    fixture_free(&fixture);
}

static void media_goes_both_ways_behind_the_handshake(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    caller_send_media(&fixture.caller);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.rtp, 1);
    CU_ASSERT_EQUAL(fixture_send(&fixture, 20), 20);
    fixture_free(&fixture);
}

static void a_peer_that_is_the_client_begins_when_there_is_a_path(void)
{
    struct fixture fixture;

    server_new(&fixture.server);
    server_open(&fixture.server);
    caller_new_without_remote(&fixture.caller, &fixture.server, SKIFF_ROLE_ACTIVE);
    CU_ASSERT_EQUAL(
        skiff_peer_set_remote(fixture.caller.peer, "them", &fixture.server.fingerprint, 1),
        SKIFF_OK);
    skiff_port_run(fixture.server.port, fixture.server.now, 64);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).datagrams_sent, 0);
    caller_connect(&fixture.caller);
    fixture_free(&fixture);
}

static void callers_over_ipv4_and_ipv6_use_one_port(void)
{
    struct server server;
    struct caller callers[2];

    server_new(&server);
    server.config.address = "[::]:0";
    server_open(&server);
    caller_new(&callers[0], &server);
    caller_new(&callers[1], &server);
    caller_move_to_ipv6(&callers[1]);
    caller_connect(&callers[0]);
    caller_connect(&callers[1]);
    CU_ASSERT_NSTRING_EQUAL(caller_info(&callers[0]).remote, "127.0.0.1:", 10);
    CU_ASSERT_NSTRING_EQUAL(caller_info(&callers[1]).remote, "[::1]:", 6);
    caller_free(&callers[0]);
    caller_free(&callers[1]);
    server_free(&server);
}

enum { MANY = 40 };

static void many_callers_are_kept_apart(void)
{
    struct server server;
    struct caller callers[MANY];

    server_new(&server);
    server_open(&server);
    for (int i = 0; i < MANY; i++) {
        caller_new(&callers[i], &server);
        caller_connect(&callers[i]);
    }
    for (int i = 0; i < MANY; i++) {
        skiff_packet *packet = skiff_pool_take(server.pool);
        write_rtp_packet(packet, (uint16_t)i);
        CU_ASSERT_EQUAL(skiff_peer_send(callers[i].peer, &packet, 1), SKIFF_OK);
        caller_send_media(&callers[i]);
    }
    server_run(&server);
    CU_ASSERT_EQUAL(server.events.rtp, MANY);
    for (int i = 0; i < MANY; i++) {
        caller_run(&callers[i]);
        CU_ASSERT_EQUAL(callers[i].rtp, 1);
        caller_free(&callers[i]);
    }
    server_free(&server);
}

static void rewrite_payload_type(void *user, skiff_peer *peer, skiff_packet *copy)
{
    (void)peer;
    copy->data[1] = 100;
    *(unsigned *)user += 1;
}

static void copies_leave_the_plain_packet_as_it_was(void)
{
    struct fixture fixture;
    unsigned rewritten = 0;
    uint8_t before[100];

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    skiff_packet *plain = skiff_pool_take(fixture.server.pool);
    const skiff_packet *const one[] = { plain };
    write_rtp_packet(plain, 1);
    memcpy(before, plain->data, sizeof before);
    CU_ASSERT_EQUAL(skiff_peer_send_copies(fixture.caller.peer, one, 1,
                                           rewrite_payload_type, &rewritten),
                    SKIFF_OK);
    plain->data[3] = before[3] = 2;
    CU_ASSERT_EQUAL(skiff_peer_send_copies(fixture.caller.peer, one, 1, NULL, NULL),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(plain->len, 100);
    CU_ASSERT_EQUAL(memcmp(plain->data, before, sizeof before), 0);
    CU_ASSERT_EQUAL(rewritten, 1);
    skiff_packet_release(&plain);
    skiff_port_flush(fixture.server.port);
    caller_run(&fixture.caller);
    CU_ASSERT_EQUAL(fixture.caller.rtp, 2);
    fixture_free(&fixture);
}

static void nothing_is_sent_before_the_keys_or_without_a_path(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    skiff_packet *packet = skiff_pool_take(fixture.server.pool);
    const skiff_packet *const one[] = { packet };
    write_rtp_packet(packet, 1);
    CU_ASSERT_EQUAL(skiff_peer_send(fixture.caller.peer, &packet, 1), SKIFF_ERR_STATE);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    CU_ASSERT_EQUAL(skiff_peer_send(fixture.caller.peer, &packet, 1), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_peer_send_copies(fixture.caller.peer, one, 1, NULL, NULL),
                    SKIFF_ERR_STATE);
    CU_ASSERT_PTR_NOT_NULL(packet);
    skiff_packet_release(&packet);
    fixture_free(&fixture);
}

static void application_data_is_reported(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    caller_write(&fixture.caller, "hello");
    server_run(&fixture.server);
    CU_ASSERT_STRING_EQUAL(fixture.server.events.data, "hello");
    fixture_free(&fixture);
}

static void a_certificate_may_be_judged_when_it_is_there(void)
{
    struct fixture fixture;

    server_new(&fixture.server);
    server_open(&fixture.server);
    caller_new_without_remote(&fixture.caller, &fixture.server, SKIFF_ROLE_PASSIVE);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    caller_begin_dtls(&fixture.caller);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CERTIFICATE], 1);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CONNECTED], 0);
    CU_ASSERT_EQUAL(
        skiff_peer_set_remote(fixture.caller.peer, "them", &fixture.server.fingerprint, 1),
        SKIFF_OK);
    CU_ASSERT_TRUE(skiff_port_deadline(fixture.server.port) <= fixture.server.now);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CONNECTED], 1);
    fixture_free(&fixture);
}

static void freeing_a_peer_sends_close_notify(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    skiff_peer_free(fixture.caller.peer);
    skiff_port_flush(fixture.server.port);
    caller_run(&fixture.caller);
    CU_ASSERT_TRUE(fixture.caller.closed);
    caller_send_raw(&fixture.caller);
    server_run(&fixture.server);
    CU_ASSERT_TRUE(server_counters(&fixture.server).drop_stranger > 0);
    fixture_free(&fixture);
}

static void a_peer_that_sends_close_notify_is_reported(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    skiff_dtls_close(skiff_transport_dtls(fixture.caller.transport), fixture.server.now);
    caller_begin_dtls(&fixture.caller);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CLOSED], 1);
    fixture_free(&fixture);
}

static void what_arrives_after_close_notify_is_counted(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    skiff_dtls_close(skiff_transport_dtls(fixture.caller.transport), fixture.server.now);
    caller_begin_dtls(&fixture.caller);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_ended, 0);
    caller_send_raw(&fixture.caller);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_ended, 1);
    CU_ASSERT_EQUAL(fixture.server.events.rtp, 0);
    fixture_free(&fixture);
}

static void lost_flights_are_sent_again_when_they_are_due(void)
{
    struct fixture fixture;
    skiff_port *port;

    fixture_new(&fixture);
    port = fixture.server.port;
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    caller_poll(&fixture.caller);
    skiff_port_run(port, fixture.server.now, 64);
    uint64_t sent = server_counters(&fixture.server).datagrams_sent;
    skiff_time due = skiff_port_deadline(port);
    CU_ASSERT_TRUE(due > fixture.server.now && due < fixture.server.now + SKIFF_MSEC(1000));
    fixture.server.now = due;
    skiff_port_run(port, fixture.server.now, 64);
    CU_ASSERT_TRUE(server_counters(&fixture.server).datagrams_sent > sent);
    fixture_free(&fixture);
}

/* --- where nothing is to be done, and too much ---------------------------------------- */

static void a_dry_pool_delays_no_handshake_and_no_check(void)
{
    struct fixture fixture;
    skiff_pool_config config = skiff_pool_defaults();
    skiff_packet *packets[513] = { NULL };
    skiff_pool *pool;
    size_t num = 0;

    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&config, &pool), SKIFF_OK);
    server_new(&fixture.server);
    fixture.server.config.pool = pool;
    server_open(&fixture.server);
    caller_new(&fixture.caller, &fixture.server);
    while ((packets[num] = skiff_pool_take(pool)) != NULL)
        num++;
    caller_connect(&fixture.caller);
    CU_ASSERT_EQUAL(fixture_send(&fixture, 4), 4);
    while (num > 0)
        skiff_packet_release(&packets[--num]);
    fixture_free(&fixture);
    skiff_pool_free(pool);
}

static void a_run_reads_no_more_than_it_may(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    for (int i = 0; i < 10; i++)
        caller_send(&fixture.caller, "\x80noise", 6);
    skiff_port_run(fixture.server.port, fixture.server.now, 3);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_stranger, 3);
    CU_ASSERT_TRUE(skiff_port_deadline(fixture.server.port) <= fixture.server.now);
    skiff_port_run(fixture.server.port, fixture.server.now, 64);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_stranger, 10);
    fixture_free(&fixture);
}

/* They say nothing, and cost a read each. */
static void a_run_ends_in_the_midst_of_empty_datagrams(void)
{
    struct fixture fixture;
    uint8_t bytes[CALLER_DATAGRAM];
    unsigned runs = 0;

    fixture_new(&fixture);
    for (int i = 0; i < 100; i++)
        caller_send(&fixture.caller, "", 0);
    caller_send(&fixture.caller, bytes, caller_check(&fixture.caller, true, bytes));
    for (; server_counters(&fixture.server).checks_succeeded == 0 && runs < 100; runs++) {
        CU_ASSERT_TRUE(runs == 0
                       || skiff_port_deadline(fixture.server.port) <= fixture.server.now);
        skiff_port_run(fixture.server.port, fixture.server.now, 64);
    }
    CU_ASSERT_TRUE(runs > 1 && runs < 100);
    fixture_free(&fixture);
}

/* --- callbacks ------------------------------------------------------------------------ */

static void free_it(struct server *server, skiff_peer *peer, skiff_peer_event event)
{
    if (event == *(skiff_peer_event *)server->user)
        skiff_peer_free(peer);
}

static void free_it_in_media(struct server *server, skiff_peer *peer, skiff_packet *packet)
{
    (void)server, (void)packet;
    skiff_peer_free(peer);
}

/* Runs a call up to its end, whose peer is freed in the callback of one event. */
static void call_freed_in(skiff_peer_event event)
{
    struct fixture fixture;

    fixture_new(&fixture);
    fixture.server.on_event = free_it;
    fixture.server.user = &event;
    (void)caller_checks(&fixture.caller, true);
    caller_begin_dtls(&fixture.caller);
    if (fixture.caller.connected) {
        skiff_dtls_close(skiff_transport_dtls(fixture.caller.transport),
                         fixture.server.now);
        caller_begin_dtls(&fixture.caller);
    }
    fixture.server.now += SKIFF_MSEC(60000);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.events[event], 1);
    fixture_free(&fixture);
}

static void a_peer_may_be_freed_in_any_of_its_events(void)
{
    call_freed_in(SKIFF_PEER_PATH);
    call_freed_in(SKIFF_PEER_CERTIFICATE);
    call_freed_in(SKIFF_PEER_CONNECTED);
    call_freed_in(SKIFF_PEER_CLOSED);
    call_freed_in(SKIFF_PEER_CONSENT_LOST);
}

static void a_peer_may_be_freed_by_its_media(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    fixture.server.on_media = free_it_in_media;
    caller_send_media(&fixture.caller);
    caller_send_media(&fixture.caller);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.rtp, 1);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_stranger, 1);
    fixture_free(&fixture);
}

static void free_the_other(struct server *server, skiff_peer *peer, skiff_peer_event event)
{
    (void)peer;
    if (event == SKIFF_PEER_CONSENT_LOST && server->user != NULL)
        skiff_peer_free(server->user);
    server->user = NULL;
}

static void a_callback_may_free_another_peer(void)
{
    struct server server;
    struct caller callers[2];

    server_new(&server);
    server_open(&server);
    caller_new(&callers[0], &server);
    caller_new(&callers[1], &server);
    server.on_event = free_the_other;
    server.user = callers[1].peer;
    skiff_port_run(server.port, server.now + SKIFF_MSEC(30000), 64);
    CU_ASSERT_EQUAL(server.events.events[SKIFF_PEER_CONSENT_LOST], 1);
    caller_free(&callers[0]);
    caller_free(&callers[1]);
    server_free(&server);
}

CU_TestInfo port_tests[] = {
    TEST(a_port_states_its_address_and_its_candidate),
    TEST(a_port_without_what_it_needs_is_refused),
    TEST(a_full_port_accepts_no_peer_until_one_goes),
    TEST(a_check_gets_a_response_and_opens_the_path),
    TEST(media_goes_both_ways_behind_the_handshake),
    TEST(a_peer_that_is_the_client_begins_when_there_is_a_path),
    TEST(callers_over_ipv4_and_ipv6_use_one_port),
    TEST(many_callers_are_kept_apart),
    TEST(copies_leave_the_plain_packet_as_it_was),
    TEST(nothing_is_sent_before_the_keys_or_without_a_path),
    TEST(application_data_is_reported),
    TEST(a_certificate_may_be_judged_when_it_is_there),
    TEST(freeing_a_peer_sends_close_notify),
    TEST(a_peer_that_sends_close_notify_is_reported),
    TEST(what_arrives_after_close_notify_is_counted),
    TEST(lost_flights_are_sent_again_when_they_are_due),
    TEST(a_dry_pool_delays_no_handshake_and_no_check),
    TEST(a_run_reads_no_more_than_it_may),
    TEST(a_run_ends_in_the_midst_of_empty_datagrams),
    TEST(a_peer_may_be_freed_in_any_of_its_events),
    TEST(a_peer_may_be_freed_by_its_media),
    TEST(a_callback_may_free_another_peer),
    CU_TEST_INFO_NULL,
};
