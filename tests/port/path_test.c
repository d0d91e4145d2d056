/* path_test.c - where a peer is reached: who may move it, who may not, and until when. */
#include "suite.h"

#include "caller.h"
#include "count.h"

#include <string.h>
#include <unistd.h>

enum { FLOOD = 3000 };

/* Whether media for the peer reaches the socket that its caller has now. */
static bool is_reached(struct fixture *fixture)
{
    unsigned before = fixture->caller.rtp;
    skiff_packet *packet = skiff_pool_take(fixture->server.pool);
    skiff_status status;

    write_rtp_packet(packet, fixture->caller.sequence++);
    status = skiff_peer_send(fixture->caller.peer, &packet, 1);
    skiff_packet_release(&packet);
    skiff_port_flush(fixture->server.port);
    caller_run(&fixture->caller);
    return status == SKIFF_OK && fixture->caller.rtp == before + 1;
}

/* --- names and signatures ------------------------------------------------------------- */

static void a_username_that_nobody_has_is_dropped_before_anything_is_computed(void)
{
    struct fixture fixture;
    uint8_t bytes[CALLER_DATAGRAM];

    fixture_new(&fixture);
    fixture.caller.username[12] ^= 1;
    caller_send(&fixture.caller, bytes, caller_check(&fixture.caller, true, bytes));
    uint64_t allocs = count_now().allocs;
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(count_now().allocs, allocs);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_ufrag, 1);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).datagrams_sent, 0);
    fixture_free(&fixture);
}

static void a_check_of_another_than_the_peer_is_dropped(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    fixture.caller.username[14] = 'T';
    CU_ASSERT_FALSE(caller_checks(&fixture.caller, true));
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_ufrag, 1);
    fixture_free(&fixture);
}

static void before_the_remote_ufrag_is_set_any_gets_a_response(void)
{
    struct fixture fixture;

    server_new(&fixture.server);
    server_open(&fixture.server);
    caller_new_without_remote(&fixture.caller, &fixture.server, SKIFF_ROLE_PASSIVE);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    CU_ASSERT_EQUAL(skiff_peer_set_remote(fixture.caller.peer, "oth", NULL, 0),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(fixture.caller.peer, "other", NULL, 0), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(fixture.caller.peer, "them", NULL, 0),
                    SKIFF_ERR_STATE);
    CU_ASSERT_FALSE(caller_checks(&fixture.caller, false));
    fixture_free(&fixture);
}

static void a_stolen_ufrag_without_the_password_changes_nothing(void)
{
    struct fixture fixture;
    uint8_t bytes[CALLER_DATAGRAM];
    int attacker;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    const char *good = fixture.caller.pwd;
    fixture.caller.pwd = "not the password at all!";
    size_t len = caller_check(&fixture.caller, true, bytes);
    fixture.caller.pwd = good;
    attacker = stranger_open(&fixture.caller);
    stranger_send(attacker, bytes, len);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_integrity, 1);
    CU_ASSERT_FALSE(stranger_received(attacker));
    CU_ASSERT_TRUE(is_reached(&fixture));
    close(attacker);
    fixture_free(&fixture);
}

static void indications_and_noise_are_dropped_in_silence(void)
{
    struct fixture fixture;
    uint8_t bytes[CALLER_DATAGRAM];

    fixture_new(&fixture);
    size_t len = caller_check(&fixture.caller, true, bytes);
    bytes[1] = 0x11;
    caller_send(&fixture.caller, bytes, len);
    caller_send(&fixture.caller, "\x00\x01\x00\x00", 4);
    caller_send(&fixture.caller, "\x00", 1);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_stun, 3);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).datagrams_sent, 0);
    fixture_free(&fixture);
}

static void an_end_that_wants_to_be_controlled_is_refused_and_opens_nothing(void)
{
    struct fixture fixture;
    struct stun_client client;
    uint8_t bytes[CALLER_DATAGRAM];

    fixture_new(&fixture);
    stun_client_begin(&client, bytes);
    stun_client_add_u64(&client, STUN_CLIENT_CONTROLLED, 0);
    stun_client_add_text(&client, STUN_CLIENT_USERNAME, fixture.caller.username);
    caller_send(&fixture.caller, bytes, stun_client_finish(&client, fixture.caller.pwd));
    server_run(&fixture.server);
    caller_run(&fixture.caller);
    CU_ASSERT_EQUAL(fixture.caller.error_code, 487);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).checks_refused, 1);
    CU_ASSERT_FALSE(caller_info(&fixture.caller).open);
    fixture_free(&fixture);
}

static void after_a_restart_only_the_new_ufrag_counts_and_the_call_goes_on(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    CU_ASSERT_EQUAL(skiff_peer_restart(fixture.caller.peer), SKIFF_OK);
    CU_ASSERT_FALSE(caller_checks(&fixture.caller, true));
    CU_ASSERT_TRUE(is_reached(&fixture));
    CU_ASSERT_EQUAL(skiff_peer_set_remote(fixture.caller.peer, "anew", NULL, 0), SKIFF_OK);
    strcat(strcpy(fixture.caller.username, fixture.caller.ufrag), ":anew");
    caller_move(&fixture.caller);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    CU_ASSERT_TRUE(is_reached(&fixture));
    fixture_free(&fixture);
}

/* --- moving --------------------------------------------------------------------------- */

/* Who moves speaks from there, too: a check alone could have been copied on its way. */
static void a_peer_that_has_moved_is_reached_there_after_a_check_and_a_packet(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    caller_move(&fixture.caller);
    CU_ASSERT_FALSE(is_reached(&fixture));
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    CU_ASSERT_FALSE(is_reached(&fixture));
    caller_send_media(&fixture.caller);
    server_run(&fixture.server);
    CU_ASSERT_TRUE(is_reached(&fixture));
    CU_ASSERT_EQUAL(server_counters(&fixture.server).paths_moved, 1);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_PATH], 2);
    CU_ASSERT_EQUAL(fixture.server.events.rtp, 1);
    fixture_free(&fixture);
}

static void before_a_path_is_nominated_others_are_only_known(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    skiff_peer_info before = caller_info(&fixture.caller);
    caller_move(&fixture.caller);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    CU_ASSERT_STRING_EQUAL(caller_info(&fixture.caller).remote, before.remote);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    CU_ASSERT_STRING_NOT_EQUAL(caller_info(&fixture.caller).remote, before.remote);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_PATH], 2);
    fixture_free(&fixture);
}

/* As when a browser keeps other pairs warm, which it has nominated none of. */
static void from_where_the_peer_was_before_it_is_followed_only_when_the_path_is_quiet(void)
{
    struct fixture fixture;
    int kept;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    kept = fixture.caller.fd;
    fixture.caller.fd = stranger_open(&fixture.caller);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    caller_send_media(&fixture.caller);
    int moved = fixture.caller.fd;
    fixture.caller.fd = kept;
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    CU_ASSERT_EQUAL(server_counters(&fixture.server).paths_moved, 1);
    fixture.server.now += SKIFF_MSEC(12000);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    CU_ASSERT_EQUAL(server_counters(&fixture.server).paths_moved, 1);
    caller_send_media(&fixture.caller);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).paths_moved, 2);
    close(moved);
    fixture_free(&fixture);
}

static void a_peer_is_known_at_its_last_five_addresses(void)
{
    enum { PLACES = 7 };
    struct fixture fixture;
    int sockets[PLACES];

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    sockets[0] = fixture.caller.fd;
    for (int i = 1; i < PLACES; i++) {
        fixture.server.now += SKIFF_MSEC(100);
        fixture.caller.fd = sockets[i] = stranger_open(&fixture.caller);
        CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
        caller_send_media(&fixture.caller);
    }
    server_run(&fixture.server);
    unsigned before = fixture.server.events.rtp;
    for (int i = 0; i < PLACES; i++) {
        fixture.caller.fd = sockets[i];
        caller_send_media(&fixture.caller);
    }
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.rtp, before + 5);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_stranger, 2);
    for (int i = 0; i < PLACES - 1; i++)
        close(sockets[i]);
    fixture_free(&fixture);
}

static void the_path_in_use_is_never_replaced(void)
{
    struct fixture fixture;
    int sockets[4];

    fixture_new(&fixture);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    skiff_peer_info before = caller_info(&fixture.caller);
    sockets[0] = fixture.caller.fd;
    for (int i = 1; i < 4; i++) {
        fixture.caller.fd = sockets[i] = stranger_open(&fixture.caller);
        CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    }
    CU_ASSERT_STRING_EQUAL(caller_info(&fixture.caller).remote, before.remote);
    for (int i = 0; i < 3; i++)
        close(sockets[i]);
    fixture_free(&fixture);
}

/* --- what was seen before ------------------------------------------------------------- */

static void a_check_sent_again_gets_a_response_again_and_changes_nothing(void)
{
    struct fixture fixture;
    uint8_t bytes[CALLER_DATAGRAM];

    fixture_new(&fixture);
    size_t len = caller_check(&fixture.caller, true, bytes);
    for (int i = 0; i < 3; i++)
        caller_send(&fixture.caller, bytes, len);
    server_run(&fixture.server);
    caller_run(&fixture.caller);
    CU_ASSERT_EQUAL(fixture.caller.replies, 3);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_PATH], 1);
    fixture_free(&fixture);
}

static void a_captured_check_replayed_from_elsewhere_steals_nothing(void)
{
    struct fixture fixture;
    uint8_t bytes[CALLER_DATAGRAM];
    int attacker;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    size_t len = caller_check(&fixture.caller, true, bytes);
    caller_send(&fixture.caller, bytes, len);
    for (int i = 0; i < 50; i++)
        CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    attacker = stranger_open(&fixture.caller);
    stranger_send(attacker, bytes, len);
    server_run(&fixture.server);
    CU_ASSERT_FALSE(stranger_received(attacker));
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_replayed_check, 1);
    CU_ASSERT_TRUE(is_reached(&fixture));
    close(attacker);
    fixture_free(&fixture);
}

static void a_replayed_check_keeps_nobody_alive(void)
{
    struct fixture fixture;
    uint8_t bytes[CALLER_DATAGRAM];

    fixture_new(&fixture);
    size_t len = caller_check(&fixture.caller, true, bytes);
    caller_send(&fixture.caller, bytes, len);
    server_run(&fixture.server);
    fixture.server.now += SKIFF_MSEC(29999);
    caller_send(&fixture.caller, bytes, len);
    server_run(&fixture.server);
    fixture.server.now += SKIFF_MSEC(1);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 1);
    fixture_free(&fixture);
}

/* Whoever has a session of his own could write another's address on its checks. */
static void nobody_replaces_an_address_that_was_active_lately(void)
{
    struct fixture fixture;
    struct caller other;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    caller_new(&other, &fixture.server);
    close(other.fd);
    other.fd = fixture.caller.fd;
    CU_ASSERT_FALSE(caller_checks(&other, true));
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_address_in_use, 1);
    CU_ASSERT_FALSE(caller_info(&other).open);
    CU_ASSERT_TRUE(is_reached(&fixture));

    fixture.server.now += SKIFF_MSEC(12000);
    CU_ASSERT_TRUE(caller_checks(&other, true));
    CU_ASSERT_FALSE(caller_info(&fixture.caller).open);
    other.fd = stranger_open(&other);
    caller_free(&other);
    fixture_free(&fixture);
}

static void a_path_that_is_not_in_use_may_be_replaced(void)
{
    struct fixture fixture;
    struct caller other;
    int first;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    first = fixture.caller.fd;
    fixture.caller.fd = stranger_open(&fixture.caller);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    caller_send_media(&fixture.caller);
    caller_new(&other, &fixture.server);
    close(other.fd);
    other.fd = first;
    CU_ASSERT_TRUE(caller_checks(&other, true));
    CU_ASSERT_TRUE(caller_info(&other).open);
    CU_ASSERT_TRUE(is_reached(&fixture));
    caller_free(&other);
    fixture_free(&fixture);
}

/* --- silence -------------------------------------------------------------------------- */

static void a_silent_peer_is_reported_once_and_sent_nothing(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    CU_ASSERT_EQUAL(skiff_port_deadline(fixture.server.port),
                    fixture.server.now + SKIFF_MSEC(30000));
    fixture.server.now += SKIFF_MSEC(29999);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 0);
    fixture.server.now += SKIFF_MSEC(1);
    server_run(&fixture.server);
    fixture.server.now += SKIFF_MSEC(60000);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 1);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).consent_lost, 1);
    CU_ASSERT_FALSE(is_reached(&fixture));
    fixture_free(&fixture);
}

static void a_check_ends_the_silence(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    fixture.server.now += SKIFF_MSEC(30000);
    server_run(&fixture.server);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    CU_ASSERT_TRUE(is_reached(&fixture));
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_PATH], 2);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).paths_moved, 0);
    fixture.server.now += SKIFF_MSEC(30000);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 2);
    fixture_free(&fixture);
}

static void the_time_of_consent_is_the_configs(void)
{
    struct fixture fixture;

    server_new(&fixture.server);
    fixture.server.config.consent = SKIFF_MSEC(5000);
    server_open(&fixture.server);
    caller_new(&fixture.caller, &fixture.server);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    fixture.server.now += SKIFF_MSEC(5000);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 1);
    fixture_free(&fixture);
}

/* It sends, and does not check; then it sends no more. */
static unsigned seconds_of_life(bool media_keeps_consent, unsigned sending)
{
    struct fixture fixture;
    unsigned seconds = 0;

    server_new(&fixture.server);
    fixture.server.config.media_keeps_consent = media_keeps_consent;
    server_open(&fixture.server);
    caller_new(&fixture.caller, &fixture.server);
    caller_connect(&fixture.caller);
    while (seconds < 600 && caller_info(&fixture.caller).open) {
        fixture.server.now += SKIFF_MSEC(1000);
        if (++seconds <= sending)
            caller_send_media(&fixture.caller);
        server_run(&fixture.server);
    }
    fixture_free(&fixture);
    return seconds;
}

static void media_keeps_consent_with_that_option(void)
{
    CU_ASSERT_EQUAL(seconds_of_life(false, 100), 30);
    unsigned seconds = seconds_of_life(true, 100);
    CU_ASSERT_TRUE(seconds > 126 && seconds <= 130);
}

static void consent_may_be_for_ever(void)
{
    struct fixture fixture;

    server_new(&fixture.server);
    fixture.server.config.consent = SKIFF_NEVER;
    server_open(&fixture.server);
    caller_new(&fixture.caller, &fixture.server);
    caller_connect(&fixture.caller);
    fixture.server.now += SKIFF_MSEC(1000) * 86400;
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 0);
    CU_ASSERT_EQUAL(fixture_send(&fixture, 1), 1);
    fixture_free(&fixture);
}

/* --- floods --------------------------------------------------------------------------- */

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Noise, damaged checks, forged media and DTLS, from the peer's own address and others. */
static size_t write_noise(struct caller *caller, uint32_t *seed, uint8_t *bytes)
{
    static const uint8_t firsts[] = { 0,  1,  2,   16,  22,  23,  25,  47,
                                      63, 64, 100, 128, 144, 191, 192, 255 };
    size_t len = next(seed) % 200 + 1;

    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)next(seed);
    bytes[0] = firsts[next(seed) % sizeof firsts];
    if (next(seed) % 4 != 0)
        return len;
    len = caller_check(caller, true, bytes);
    bytes[20 + next(seed) % (len - 20)] ^= (uint8_t)(1 + next(seed) % 255);
    return len;
}

static void a_flood_uses_no_memory_and_disturbs_no_call(void)
{
    struct fixture fixture;
    uint8_t bytes[CALLER_DATAGRAM];
    uint32_t seed = 20;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    CU_ASSERT_TRUE(is_reached(&fixture));
    int stranger = stranger_open(&fixture.caller);
    int64_t live = count_now().live;
    for (int i = 0; i < FLOOD; i++) {
        size_t len = write_noise(&fixture.caller, &seed, bytes);
        stranger_send(i % 2 == 0 ? stranger : fixture.caller.fd, bytes, len);
        if (i % 16 == 0)
            server_run(&fixture.server);
    }
    server_run(&fixture.server);
    caller_run(&fixture.caller);
    CU_ASSERT_EQUAL(count_now().live, live);
    CU_ASSERT_EQUAL(fixture.server.events.rtp + fixture.server.events.rtcp, 0);
    CU_ASSERT_FALSE(stranger_received(stranger));
    CU_ASSERT_EQUAL(server_counters(&fixture.server).paths_moved, 0);
    CU_ASSERT_TRUE(is_reached(&fixture));
    caller_send_media(&fixture.caller);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.rtp, 1);
    close(stranger);
    fixture_free(&fixture);
}

CU_TestInfo path_tests[] = {
    TEST(a_username_that_nobody_has_is_dropped_before_anything_is_computed),
    TEST(a_check_of_another_than_the_peer_is_dropped),
    TEST(before_the_remote_ufrag_is_set_any_gets_a_response),
    TEST(a_stolen_ufrag_without_the_password_changes_nothing),
    TEST(indications_and_noise_are_dropped_in_silence),
    TEST(an_end_that_wants_to_be_controlled_is_refused_and_opens_nothing),
    TEST(after_a_restart_only_the_new_ufrag_counts_and_the_call_goes_on),
    TEST(a_peer_that_has_moved_is_reached_there_after_a_check_and_a_packet),
    TEST(before_a_path_is_nominated_others_are_only_known),
    TEST(from_where_the_peer_was_before_it_is_followed_only_when_the_path_is_quiet),
    TEST(a_peer_is_known_at_its_last_five_addresses),
    TEST(the_path_in_use_is_never_replaced),
    TEST(a_check_sent_again_gets_a_response_again_and_changes_nothing),
    TEST(a_captured_check_replayed_from_elsewhere_steals_nothing),
    TEST(a_replayed_check_keeps_nobody_alive),
    TEST(nobody_replaces_an_address_that_was_active_lately),
    TEST(a_path_that_is_not_in_use_may_be_replaced),
    TEST(a_silent_peer_is_reported_once_and_sent_nothing),
    TEST(a_check_ends_the_silence),
    TEST(the_time_of_consent_is_the_configs),
    TEST(media_keeps_consent_with_that_option),
    TEST(consent_may_be_for_ever),
    TEST(a_flood_uses_no_memory_and_disturbs_no_call),
    CU_TEST_INFO_NULL,
};
