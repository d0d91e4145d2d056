/* port_test.c - many peers behind one port: how they are found, served and lost. */
#include "suite.h"

#include "caller.h"

#include <string.h>
#include <unistd.h>

/* --- opening -------------------------------------------------------------------------- */

static void a_port_says_its_address_and_its_candidate(void)
{
    struct office office;
    char expected[128];

    office_new(&office);
    office_open(&office);
    const char *address = skiff_port_address(office.port);
    CU_ASSERT_NSTRING_EQUAL(address, "127.0.0.1:", 10);
    snprintf(expected, sizeof expected, "1 1 UDP 2130706431 127.0.0.1 %s typ host",
             address + 10);
    CU_ASSERT_STRING_EQUAL(skiff_port_candidate(office.port), expected);
    office_free(&office);

    office_new(&office);
    office.config.address = "[::]:0";
    office_open(&office);
    CU_ASSERT_PTR_EQUAL(skiff_port_candidate(office.port),
                        skiff_port_candidate_at(office.port, 0));
    office_free(&office);
}

static void a_port_without_what_it_needs_is_refused(void)
{
    skiff_pool_config short_packets = skiff_pool_defaults();
    struct office office;
    skiff_pool *pool;

    office_new(&office);
    skiff_port_config good = office.config, bad = good;
    bad.size = 0;
    CU_ASSERT_EQUAL(skiff_port_new(&bad, &office.port), SKIFF_ERR_ARGUMENT);
    bad = good;
    bad.shared = NULL;
    CU_ASSERT_EQUAL(skiff_port_new(&bad, &office.port), SKIFF_ERR_ARGUMENT);
    bad = good;
    bad.address = "127.0.0.1";
    CU_ASSERT_EQUAL(skiff_port_new(&bad, &office.port), SKIFF_ERR_ARGUMENT);
    bad = good;
    bad.peers = (1u << 20) + 1;
    CU_ASSERT_EQUAL(skiff_port_new(&bad, &office.port), SKIFF_ERR_ARGUMENT);
    short_packets.limit = 1279;
    CU_ASSERT_EQUAL(skiff_pool_new(&short_packets, &pool), SKIFF_OK);
    bad = good;
    bad.pool = pool;
    CU_ASSERT_EQUAL(skiff_port_new(&bad, &office.port), SKIFF_ERR_ARGUMENT);
    skiff_pool_free(pool);

    office_open(&office);
    bad = good;
    bad.address = skiff_port_address(office.port);
    bad.shared = office.callers_context;               /* nobody has it */
    skiff_port *second;
    CU_ASSERT_EQUAL(skiff_port_new(&bad, &second), SKIFF_ERR_STATE);
    office_free(&office);
}

static void a_full_port_takes_no_peer_until_one_goes(void)
{
    struct office office;
    skiff_peer *peers[2], *more;
    const char *old, *ufrag, *pwd;

    office_new(&office);
    office.config.peers = 2;
    office_open(&office);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL_FATAL(skiff_peer_new(office.port, SKIFF_ROLE_PASSIVE, office.now,
                                             &peers[i]), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_new(office.port, SKIFF_ROLE_PASSIVE, office.now, &more),
                    SKIFF_ERR_SPACE);
    skiff_peer_credentials(peers[1], &old, &pwd);
    char kept[32];
    strcpy(kept, old);
    skiff_peer_free(peers[1]);
    CU_ASSERT_EQUAL(skiff_peer_new(office.port, SKIFF_ROLE_PASSIVE, office.now, &more),
                    SKIFF_OK);
    skiff_peer_credentials(more, &ufrag, &pwd);
    CU_ASSERT_STRING_NOT_EQUAL(ufrag, kept);
    CU_ASSERT_NSTRING_EQUAL(ufrag, kept, 5);           /* its place is the same */
    office_free(&office);
}

/* --- calls ---------------------------------------------------------------------------- */

static void a_check_is_answered_and_opens_the_path(void)
{
    struct desk desk;

    desk_new(&desk);
    CU_ASSERT_FALSE(caller_info(&desk.caller).open);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, false));
    skiff_peer_info info = caller_info(&desk.caller);
    CU_ASSERT_TRUE(info.open);
    CU_ASSERT_EQUAL(info.heard, desk.office.now);
    CU_ASSERT_NSTRING_EQUAL(info.remote, "127.0.0.1:", 10);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_PATH], 1);
    desk_free(&desk);
}

static void media_goes_both_ways_behind_the_handshake(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    caller_speak(&desk.caller);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.rtp, 1);
    CU_ASSERT_EQUAL(desk_send(&desk, 20), 20);
    desk_free(&desk);
}

static void a_peer_that_is_the_client_begins_when_there_is_a_path(void)
{
    struct desk desk;

    office_new(&desk.office);
    office_open(&desk.office);
    caller_new_untold(&desk.caller, &desk.office, SKIFF_ROLE_ACTIVE);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(desk.caller.peer, "them",
                                          &desk.office.fingerprint, 1), SKIFF_OK);
    skiff_port_run(desk.office.port, desk.office.now, 64);
    CU_ASSERT_EQUAL(office_counters(&desk.office).datagrams_sent, 0);
    caller_connect(&desk.caller);
    desk_free(&desk);
}

static void callers_over_ipv4_and_ipv6_share_a_port(void)
{
    struct office office;
    struct caller callers[2];

    office_new(&office);
    office.config.address = "[::]:0";
    office_open(&office);
    caller_new(&callers[0], &office);
    caller_new(&callers[1], &office);
    caller_move_to_ipv6(&callers[1]);
    caller_connect(&callers[0]);
    caller_connect(&callers[1]);
    CU_ASSERT_NSTRING_EQUAL(caller_info(&callers[0]).remote, "127.0.0.1:", 10);
    CU_ASSERT_NSTRING_EQUAL(caller_info(&callers[1]).remote, "[::1]:", 6);
    caller_free(&callers[0]);
    caller_free(&callers[1]);
    office_free(&office);
}

enum { MANY = 40 };

static void many_callers_are_kept_apart(void)
{
    struct office office;
    struct caller callers[MANY];

    office_new(&office);
    office_open(&office);
    for (int i = 0; i < MANY; i++) {
        caller_new(&callers[i], &office);
        caller_connect(&callers[i]);
    }
    for (int i = 0; i < MANY; i++) {
        skiff_packet *packet = skiff_pool_take(office.pool);
        write_rtp_packet(packet, (uint16_t)i);
        CU_ASSERT_EQUAL(skiff_peer_send(callers[i].peer, &packet, 1), SKIFF_OK);
        caller_speak(&callers[i]);
    }
    office_run(&office);
    CU_ASSERT_EQUAL(office.told.rtp, MANY);
    for (int i = 0; i < MANY; i++) {
        caller_run(&callers[i]);
        CU_ASSERT_EQUAL(callers[i].rtp, 1);
        caller_free(&callers[i]);
    }
    office_free(&office);
}

static void rewrite_payload_type(void *user, skiff_peer *peer, skiff_packet *copy)
{
    (void)peer;
    copy->data[1] = 100;
    *(unsigned *)user += 1;
}

static void copies_leave_the_plain_packet_as_it_was(void)
{
    struct desk desk;
    unsigned rewritten = 0;
    uint8_t before[100];

    desk_new(&desk);
    caller_connect(&desk.caller);
    skiff_packet *plain = skiff_pool_take(desk.office.pool);
    const skiff_packet *const one[] = { plain };
    write_rtp_packet(plain, 1);
    memcpy(before, plain->data, sizeof before);
    CU_ASSERT_EQUAL(skiff_peer_send_copies(desk.caller.peer, one, 1, rewrite_payload_type,
                                           &rewritten), SKIFF_OK);
    plain->data[3] = before[3] = 2;
    CU_ASSERT_EQUAL(skiff_peer_send_copies(desk.caller.peer, one, 1, NULL, NULL), SKIFF_OK);
    CU_ASSERT_EQUAL(plain->len, 100);
    CU_ASSERT_EQUAL(memcmp(plain->data, before, sizeof before), 0);
    CU_ASSERT_EQUAL(rewritten, 1);
    skiff_packet_give(&plain);
    skiff_port_flush(desk.office.port);
    caller_run(&desk.caller);
    CU_ASSERT_EQUAL(desk.caller.rtp, 2);
    desk_free(&desk);
}

static void nothing_is_sent_before_the_keys_or_without_a_path(void)
{
    struct desk desk;

    desk_new(&desk);
    skiff_packet *packet = skiff_pool_take(desk.office.pool);
    const skiff_packet *const one[] = { packet };
    write_rtp_packet(packet, 1);
    CU_ASSERT_EQUAL(skiff_peer_send(desk.caller.peer, &packet, 1), SKIFF_ERR_STATE);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    CU_ASSERT_EQUAL(skiff_peer_send(desk.caller.peer, &packet, 1), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_peer_send_copies(desk.caller.peer, one, 1, NULL, NULL),
                    SKIFF_ERR_STATE);
    CU_ASSERT_PTR_NOT_NULL(packet);
    skiff_packet_give(&packet);
    desk_free(&desk);
}

static void application_data_is_told(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    caller_write(&desk.caller, "hello");
    office_run(&desk.office);
    CU_ASSERT_STRING_EQUAL(desk.office.told.data, "hello");
    desk_free(&desk);
}

static void a_certificate_may_be_judged_when_it_is_there(void)
{
    struct desk desk;

    office_new(&desk.office);
    office_open(&desk.office);
    caller_new_untold(&desk.caller, &desk.office, SKIFF_ROLE_PASSIVE);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    caller_begin_dtls(&desk.caller);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_CERTIFICATE], 1);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_CONNECTED], 0);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(desk.caller.peer, "them",
                                          &desk.office.fingerprint, 1), SKIFF_OK);
    CU_ASSERT_TRUE(skiff_port_deadline(desk.office.port) <= desk.office.now);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_CONNECTED], 1);
    desk_free(&desk);
}

static void freeing_a_peer_says_goodbye(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    skiff_peer_free(desk.caller.peer);
    skiff_port_flush(desk.office.port);
    caller_run(&desk.caller);
    CU_ASSERT_TRUE(desk.caller.closed);
    caller_speak_raw(&desk.caller);
    office_run(&desk.office);
    CU_ASSERT_TRUE(office_counters(&desk.office).drop_stranger > 0);
    desk_free(&desk);
}

static void a_peer_that_says_goodbye_is_told_of(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    skiff_dtls_close(skiff_transport_dtls(desk.caller.transport), desk.office.now);
    caller_begin_dtls(&desk.caller);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_CLOSED], 1);
    desk_free(&desk);
}

static void what_comes_after_a_goodbye_is_counted(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    skiff_dtls_close(skiff_transport_dtls(desk.caller.transport), desk.office.now);
    caller_begin_dtls(&desk.caller);
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_over, 0);
    caller_speak_raw(&desk.caller);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_over, 1);
    CU_ASSERT_EQUAL(desk.office.told.rtp, 0);
    desk_free(&desk);
}

static void lost_flights_are_sent_again_when_they_are_due(void)
{
    struct desk desk;
    skiff_port *port;

    desk_new(&desk);
    port = desk.office.port;
    CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    caller_say_hello(&desk.caller);
    skiff_port_run(port, desk.office.now, 64);
    uint64_t sent = office_counters(&desk.office).datagrams_sent;
    skiff_time due = skiff_port_deadline(port);
    CU_ASSERT_TRUE(due > desk.office.now && due < desk.office.now + SKIFF_MSEC(1000));
    desk.office.now = due;
    skiff_port_run(port, desk.office.now, 64);
    CU_ASSERT_TRUE(office_counters(&desk.office).datagrams_sent > sent);
    desk_free(&desk);
}

/* --- where nothing is to be done, and too much ---------------------------------------- */

static void a_dry_pool_delays_no_handshake_and_no_check(void)
{
    struct desk desk;
    skiff_pool_config config = skiff_pool_defaults();
    skiff_packet *taken[513] = { NULL };
    skiff_pool *pool;
    size_t num = 0;

    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&config, &pool), SKIFF_OK);
    office_new(&desk.office);
    desk.office.config.pool = pool;
    office_open(&desk.office);
    caller_new(&desk.caller, &desk.office);
    while ((taken[num] = skiff_pool_take(pool)) != NULL)
        num++;
    caller_connect(&desk.caller);
    CU_ASSERT_EQUAL(desk_send(&desk, 4), 4);
    while (num > 0)
        skiff_packet_give(&taken[--num]);
    desk_free(&desk);
    skiff_pool_free(pool);
}

static void a_run_reads_no_more_than_it_may(void)
{
    struct desk desk;

    desk_new(&desk);
    for (int i = 0; i < 10; i++)
        caller_send(&desk.caller, "\x80noise", 6);
    skiff_port_run(desk.office.port, desk.office.now, 3);
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_stranger, 3);
    CU_ASSERT_TRUE(skiff_port_deadline(desk.office.port) <= desk.office.now);
    skiff_port_run(desk.office.port, desk.office.now, 64);
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_stranger, 10);
    desk_free(&desk);
}

/* They say nothing, and cost a read each. */
static void a_run_ends_in_the_midst_of_empty_datagrams(void)
{
    struct desk desk;
    uint8_t bytes[CALLER_DATAGRAM];
    unsigned runs = 0;

    desk_new(&desk);
    for (int i = 0; i < 100; i++)
        caller_send(&desk.caller, "", 0);
    caller_send(&desk.caller, bytes, caller_check(&desk.caller, true, bytes));
    for (; office_counters(&desk.office).checks_answered == 0 && runs < 100; runs++) {
        CU_ASSERT_TRUE(runs == 0
                       || skiff_port_deadline(desk.office.port) <= desk.office.now);
        skiff_port_run(desk.office.port, desk.office.now, 64);
    }
    CU_ASSERT_TRUE(runs > 1 && runs < 100);
    desk_free(&desk);
}

/* --- callbacks ------------------------------------------------------------------------ */

static void free_it(struct office *office, skiff_peer *peer, skiff_peer_event event)
{
    if (event == *(skiff_peer_event *)office->user)
        skiff_peer_free(peer);
}

static void free_it_in_media(struct office *office, skiff_peer *peer, skiff_packet *packet)
{
    (void)office, (void)packet;
    skiff_peer_free(peer);
}

/* Runs a call up to its end, whose peer is freed in the callback of one event. */
static void call_freed_in(skiff_peer_event event)
{
    struct desk desk;

    desk_new(&desk);
    desk.office.on_event = free_it;
    desk.office.user = &event;
    (void)caller_checks(&desk.caller, true);
    caller_begin_dtls(&desk.caller);
    if (desk.caller.connected) {
        skiff_dtls_close(skiff_transport_dtls(desk.caller.transport), desk.office.now);
        caller_begin_dtls(&desk.caller);
    }
    desk.office.now += SKIFF_MSEC(60000);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.events[event], 1);
    desk_free(&desk);
}

static void a_peer_may_be_freed_in_any_of_its_events(void)
{
    call_freed_in(SKIFF_PEER_PATH);
    call_freed_in(SKIFF_PEER_CERTIFICATE);
    call_freed_in(SKIFF_PEER_CONNECTED);
    call_freed_in(SKIFF_PEER_CLOSED);
    call_freed_in(SKIFF_PEER_SILENT);
}

static void a_peer_may_be_freed_by_its_media(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    desk.office.on_media = free_it_in_media;
    caller_speak(&desk.caller);
    caller_speak(&desk.caller);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.rtp, 1);
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_stranger, 1);
    desk_free(&desk);
}

static void free_the_other(struct office *office, skiff_peer *peer, skiff_peer_event event)
{
    (void)peer;
    if (event == SKIFF_PEER_SILENT && office->user != NULL)
        skiff_peer_free(office->user);
    office->user = NULL;
}

static void a_callback_may_free_another_peer(void)
{
    struct office office;
    struct caller callers[2];

    office_new(&office);
    office_open(&office);
    caller_new(&callers[0], &office);
    caller_new(&callers[1], &office);
    office.on_event = free_the_other;
    office.user = callers[1].peer;
    skiff_port_run(office.port, office.now + SKIFF_MSEC(30000), 64);
    CU_ASSERT_EQUAL(office.told.events[SKIFF_PEER_SILENT], 1);
    caller_free(&callers[0]);
    caller_free(&callers[1]);
    office_free(&office);
}

CU_TestInfo port_tests[] = {
    TEST(a_port_says_its_address_and_its_candidate),
    TEST(a_port_without_what_it_needs_is_refused),
    TEST(a_full_port_takes_no_peer_until_one_goes),
    TEST(a_check_is_answered_and_opens_the_path),
    TEST(media_goes_both_ways_behind_the_handshake),
    TEST(a_peer_that_is_the_client_begins_when_there_is_a_path),
    TEST(callers_over_ipv4_and_ipv6_share_a_port),
    TEST(many_callers_are_kept_apart),
    TEST(copies_leave_the_plain_packet_as_it_was),
    TEST(nothing_is_sent_before_the_keys_or_without_a_path),
    TEST(application_data_is_told),
    TEST(a_certificate_may_be_judged_when_it_is_there),
    TEST(freeing_a_peer_says_goodbye),
    TEST(a_peer_that_says_goodbye_is_told_of),
    TEST(what_comes_after_a_goodbye_is_counted),
    TEST(lost_flights_are_sent_again_when_they_are_due),
    TEST(a_dry_pool_delays_no_handshake_and_no_check),
    TEST(a_run_reads_no_more_than_it_may),
    TEST(a_run_ends_in_the_midst_of_empty_datagrams),
    TEST(a_peer_may_be_freed_in_any_of_its_events),
    TEST(a_peer_may_be_freed_by_its_media),
    TEST(a_callback_may_free_another_peer),
    CU_TEST_INFO_NULL,
};
