/* path_test.c - where a peer is reached: who may move it, who may not, and until when. */
#include "suite.h"

#include "caller.h"
#include "count.h"

#include <string.h>
#include <unistd.h>

enum { FLOOD = 3000 };

/* Whether media for the peer reaches the socket that its caller has now. */
static bool is_reached(struct desk *desk)
{
    unsigned before = desk->caller.rtp;
    skiff_packet *packet = skiff_pool_take(desk->office.pool);
    skiff_status status;

    write_rtp_packet(packet, desk->caller.sequence++);
    status = skiff_peer_send(desk->caller.peer, &packet, 1);
    skiff_packet_give(&packet);
    skiff_port_flush(desk->office.port);
    caller_run(&desk->caller);
    return status == SKIFF_OK && desk->caller.rtp == before + 1;
}

/* --- names and signatures ------------------------------------------------------------- */

static void a_name_that_nobody_has_is_dropped_before_anything_is_computed(void)
{
    struct desk desk;
    uint8_t bytes[CALLER_DATAGRAM];

    desk_new(&desk);
    desk.caller.name[12] ^= 1;
    caller_send(&desk.caller, bytes, caller_check(&desk.caller, true, bytes));
    uint64_t allocs = count_now().allocs;
    office_run(&desk.office);
    CU_ASSERT_EQUAL(count_now().allocs, allocs);
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_name, 1);
    CU_ASSERT_EQUAL(office_counters(&desk.office).datagrams_sent, 0);
    desk_free(&desk);
}

static void a_check_of_another_than_the_peer_is_dropped(void)
{
    struct desk desk;

    desk_new(&desk);
    desk.caller.name[14] = 'T';
    CU_ASSERT_FALSE(caller_checks(&desk.caller, true));
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_name, 1);
    desk_free(&desk);
}

static void before_the_other_name_is_told_any_is_answered(void)
{
    struct desk desk;

    office_new(&desk.office);
    office_open(&desk.office);
    caller_new_untold(&desk.caller, &desk.office, SKIFF_ROLE_PASSIVE);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, false));
    CU_ASSERT_EQUAL(skiff_peer_set_remote(desk.caller.peer, "oth", NULL, 0),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(desk.caller.peer, "other", NULL, 0), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(desk.caller.peer, "them", NULL, 0),
                    SKIFF_ERR_STATE);
    CU_ASSERT_FALSE(caller_checks(&desk.caller, false));
    desk_free(&desk);
}

static void a_stolen_name_without_the_password_changes_nothing(void)
{
    struct desk desk;
    uint8_t bytes[CALLER_DATAGRAM];
    int thief;

    desk_new(&desk);
    caller_connect(&desk.caller);
    const char *good = desk.caller.pwd;
    desk.caller.pwd = "not the password at all!";
    size_t len = caller_check(&desk.caller, true, bytes);
    desk.caller.pwd = good;
    thief = stranger_open(&desk.caller);
    stranger_send(thief, bytes, len);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_integrity, 1);
    CU_ASSERT_FALSE(stranger_heard(thief));
    CU_ASSERT_TRUE(is_reached(&desk));
    close(thief);
    desk_free(&desk);
}

static void indications_and_noise_are_dropped_in_silence(void)
{
    struct desk desk;
    uint8_t bytes[CALLER_DATAGRAM];

    desk_new(&desk);
    size_t len = caller_check(&desk.caller, true, bytes);
    bytes[1] = 0x11;
    caller_send(&desk.caller, bytes, len);
    caller_send(&desk.caller, "\x00\x01\x00\x00", 4);
    caller_send(&desk.caller, "\x00", 1);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_stun, 3);
    CU_ASSERT_EQUAL(office_counters(&desk.office).datagrams_sent, 0);
    desk_free(&desk);
}

static void who_wants_to_be_controlled_is_refused_and_opens_nothing(void)
{
    struct desk desk;
    struct asker asker;
    uint8_t bytes[CALLER_DATAGRAM];

    desk_new(&desk);
    asker_begin(&asker, bytes);
    asker_add_u64(&asker, ASKER_CONTROLLED, 0);
    asker_add_text(&asker, ASKER_USERNAME, desk.caller.name);
    caller_send(&desk.caller, bytes, asker_finish(&asker, desk.caller.pwd));
    office_run(&desk.office);
    caller_run(&desk.caller);
    CU_ASSERT_EQUAL(desk.caller.error_code, 487);
    CU_ASSERT_EQUAL(office_counters(&desk.office).checks_refused, 1);
    CU_ASSERT_FALSE(caller_info(&desk.caller).open);
    desk_free(&desk);
}

static void after_a_restart_only_the_new_name_counts_and_the_call_goes_on(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    CU_ASSERT_EQUAL(skiff_peer_restart(desk.caller.peer), SKIFF_OK);
    CU_ASSERT_FALSE(caller_checks(&desk.caller, true));
    CU_ASSERT_TRUE(is_reached(&desk));
    CU_ASSERT_EQUAL(skiff_peer_set_remote(desk.caller.peer, "anew", NULL, 0), SKIFF_OK);
    strcat(strcpy(desk.caller.name, desk.caller.ufrag), ":anew");
    caller_move(&desk.caller);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    CU_ASSERT_TRUE(is_reached(&desk));
    desk_free(&desk);
}

/* --- moving --------------------------------------------------------------------------- */

/* Who moves speaks from there, too: a check alone could have been copied on its way. */
static void a_peer_that_has_moved_is_reached_there_after_a_check_and_a_packet(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    caller_move(&desk.caller);
    CU_ASSERT_FALSE(is_reached(&desk));
    CU_ASSERT_TRUE(caller_checks(&desk.caller, false));
    CU_ASSERT_FALSE(is_reached(&desk));
    caller_speak(&desk.caller);
    office_run(&desk.office);
    CU_ASSERT_TRUE(is_reached(&desk));
    CU_ASSERT_EQUAL(office_counters(&desk.office).paths_moved, 1);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_PATH], 2);
    CU_ASSERT_EQUAL(desk.office.told.rtp, 1);
    desk_free(&desk);
}

static void before_a_path_is_nominated_others_are_only_known(void)
{
    struct desk desk;

    desk_new(&desk);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, false));
    skiff_peer_info before = caller_info(&desk.caller);
    caller_move(&desk.caller);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, false));
    CU_ASSERT_STRING_EQUAL(caller_info(&desk.caller).remote, before.remote);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    CU_ASSERT_STRING_NOT_EQUAL(caller_info(&desk.caller).remote, before.remote);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_PATH], 2);
    desk_free(&desk);
}

/* As when a browser keeps other pairs warm, which it has nominated none of. */
static void from_where_the_peer_was_before_it_is_followed_only_when_the_path_is_quiet(void)
{
    struct desk desk;
    int kept;

    desk_new(&desk);
    caller_connect(&desk.caller);
    kept = desk.caller.fd;
    desk.caller.fd = stranger_open(&desk.caller);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    caller_speak(&desk.caller);
    int moved = desk.caller.fd;
    desk.caller.fd = kept;
    CU_ASSERT_TRUE(caller_checks(&desk.caller, false));
    CU_ASSERT_EQUAL(office_counters(&desk.office).paths_moved, 1);
    desk.office.now += SKIFF_MSEC(12000);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, false));
    CU_ASSERT_EQUAL(office_counters(&desk.office).paths_moved, 1);
    caller_speak(&desk.caller);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(office_counters(&desk.office).paths_moved, 2);
    close(moved);
    desk_free(&desk);
}

static void a_peer_is_known_at_its_last_five_places(void)
{
    enum { PLACES = 7 };
    struct desk desk;
    int sockets[PLACES];

    desk_new(&desk);
    caller_connect(&desk.caller);
    sockets[0] = desk.caller.fd;
    for (int i = 1; i < PLACES; i++) {
        desk.office.now += SKIFF_MSEC(100);
        desk.caller.fd = sockets[i] = stranger_open(&desk.caller);
        CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
        caller_speak(&desk.caller);
    }
    office_run(&desk.office);
    unsigned before = desk.office.told.rtp;
    for (int i = 0; i < PLACES; i++) {
        desk.caller.fd = sockets[i];
        caller_speak(&desk.caller);
    }
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.rtp, before + 5);
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_stranger, 2);
    for (int i = 0; i < PLACES - 1; i++)
        close(sockets[i]);
    desk_free(&desk);
}

static void the_path_in_use_is_no_place_that_makes_room(void)
{
    struct desk desk;
    int sockets[4];

    desk_new(&desk);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, false));
    skiff_peer_info before = caller_info(&desk.caller);
    sockets[0] = desk.caller.fd;
    for (int i = 1; i < 4; i++) {
        desk.caller.fd = sockets[i] = stranger_open(&desk.caller);
        CU_ASSERT_TRUE(caller_checks(&desk.caller, false));
    }
    CU_ASSERT_STRING_EQUAL(caller_info(&desk.caller).remote, before.remote);
    for (int i = 0; i < 3; i++)
        close(sockets[i]);
    desk_free(&desk);
}

/* --- what was seen before ------------------------------------------------------------- */

static void a_check_sent_again_is_answered_again_and_changes_nothing(void)
{
    struct desk desk;
    uint8_t bytes[CALLER_DATAGRAM];

    desk_new(&desk);
    size_t len = caller_check(&desk.caller, true, bytes);
    for (int i = 0; i < 3; i++)
        caller_send(&desk.caller, bytes, len);
    office_run(&desk.office);
    caller_run(&desk.caller);
    CU_ASSERT_EQUAL(desk.caller.replies, 3);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_PATH], 1);
    desk_free(&desk);
}

static void a_captured_check_replayed_from_elsewhere_steals_nothing(void)
{
    struct desk desk;
    uint8_t bytes[CALLER_DATAGRAM];
    int thief;

    desk_new(&desk);
    caller_connect(&desk.caller);
    size_t len = caller_check(&desk.caller, true, bytes);
    caller_send(&desk.caller, bytes, len);
    for (int i = 0; i < 50; i++)
        CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    thief = stranger_open(&desk.caller);
    stranger_send(thief, bytes, len);
    office_run(&desk.office);
    CU_ASSERT_FALSE(stranger_heard(thief));
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_again, 1);
    CU_ASSERT_TRUE(is_reached(&desk));
    close(thief);
    desk_free(&desk);
}

static void a_replayed_check_keeps_nobody_alive(void)
{
    struct desk desk;
    uint8_t bytes[CALLER_DATAGRAM];

    desk_new(&desk);
    size_t len = caller_check(&desk.caller, true, bytes);
    caller_send(&desk.caller, bytes, len);
    office_run(&desk.office);
    desk.office.now += SKIFF_MSEC(29999);
    caller_send(&desk.caller, bytes, len);
    office_run(&desk.office);
    desk.office.now += SKIFF_MSEC(1);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_SILENT], 1);
    desk_free(&desk);
}

/* Whoever has a session of his own could write another's address on its checks. */
static void nobody_takes_the_place_of_one_who_was_heard_lately(void)
{
    struct desk desk;
    struct caller other;

    desk_new(&desk);
    caller_connect(&desk.caller);
    caller_new(&other, &desk.office);
    close(other.fd);
    other.fd = desk.caller.fd;
    CU_ASSERT_FALSE(caller_checks(&other, true));
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_taken, 1);
    CU_ASSERT_FALSE(caller_info(&other).open);
    CU_ASSERT_TRUE(is_reached(&desk));

    desk.office.now += SKIFF_MSEC(12000);
    CU_ASSERT_TRUE(caller_checks(&other, true));
    CU_ASSERT_FALSE(caller_info(&desk.caller).open);
    other.fd = stranger_open(&other);
    caller_free(&other);
    desk_free(&desk);
}

static void a_place_that_is_not_in_use_may_be_taken(void)
{
    struct desk desk;
    struct caller other;
    int first;

    desk_new(&desk);
    caller_connect(&desk.caller);
    first = desk.caller.fd;
    desk.caller.fd = stranger_open(&desk.caller);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    caller_speak(&desk.caller);
    caller_new(&other, &desk.office);
    close(other.fd);
    other.fd = first;
    CU_ASSERT_TRUE(caller_checks(&other, true));
    CU_ASSERT_TRUE(caller_info(&other).open);
    CU_ASSERT_TRUE(is_reached(&desk));
    caller_free(&other);
    desk_free(&desk);
}

/* --- silence -------------------------------------------------------------------------- */

static void a_silent_peer_is_told_of_once_and_sent_nothing(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    CU_ASSERT_EQUAL(skiff_port_deadline(desk.office.port),
                    desk.office.now + SKIFF_MSEC(30000));
    desk.office.now += SKIFF_MSEC(29999);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_SILENT], 0);
    desk.office.now += SKIFF_MSEC(1);
    office_run(&desk.office);
    desk.office.now += SKIFF_MSEC(60000);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_SILENT], 1);
    CU_ASSERT_EQUAL(office_counters(&desk.office).peers_silent, 1);
    CU_ASSERT_FALSE(is_reached(&desk));
    desk_free(&desk);
}

static void a_check_ends_the_silence(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    desk.office.now += SKIFF_MSEC(30000);
    office_run(&desk.office);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, false));
    CU_ASSERT_TRUE(is_reached(&desk));
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_PATH], 2);
    CU_ASSERT_EQUAL(office_counters(&desk.office).paths_moved, 0);
    desk.office.now += SKIFF_MSEC(30000);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_SILENT], 2);
    desk_free(&desk);
}

static void the_time_of_consent_is_the_configs(void)
{
    struct desk desk;

    office_new(&desk.office);
    desk.office.config.consent = SKIFF_MSEC(5000);
    office_open(&desk.office);
    caller_new(&desk.caller, &desk.office);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    desk.office.now += SKIFF_MSEC(5000);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_SILENT], 1);
    desk_free(&desk);
}

static void consent_may_be_for_ever(void)
{
    struct desk desk;

    office_new(&desk.office);
    desk.office.config.consent = SKIFF_NEVER;
    office_open(&desk.office);
    caller_new(&desk.caller, &desk.office);
    caller_connect(&desk.caller);
    desk.office.now += SKIFF_MSEC(1000) * 86400;
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_SILENT], 0);
    CU_ASSERT_EQUAL(desk_send(&desk, 1), 1);
    desk_free(&desk);
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
    static const uint8_t firsts[] = { 0, 1, 2, 16, 22, 23, 25, 47, 63, 64, 100, 128, 144,
                                      191, 192, 255 };
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

static void a_flood_takes_no_memory_and_disturbs_no_call(void)
{
    struct desk desk;
    uint8_t bytes[CALLER_DATAGRAM];
    uint32_t seed = 20;

    desk_new(&desk);
    caller_connect(&desk.caller);
    CU_ASSERT_TRUE(is_reached(&desk));
    int stranger = stranger_open(&desk.caller);
    int64_t live = count_now().live;
    for (int i = 0; i < FLOOD; i++) {
        size_t len = write_noise(&desk.caller, &seed, bytes);
        stranger_send(i % 2 == 0 ? stranger : desk.caller.fd, bytes, len);
        if (i % 16 == 0)
            office_run(&desk.office);
    }
    office_run(&desk.office);
    caller_run(&desk.caller);
    CU_ASSERT_EQUAL(count_now().live, live);
    CU_ASSERT_EQUAL(desk.office.told.rtp + desk.office.told.rtcp, 0);
    CU_ASSERT_FALSE(stranger_heard(stranger));
    CU_ASSERT_EQUAL(office_counters(&desk.office).paths_moved, 0);
    CU_ASSERT_TRUE(is_reached(&desk));
    caller_speak(&desk.caller);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.rtp, 1);
    close(stranger);
    desk_free(&desk);
}

CU_TestInfo path_tests[] = {
    TEST(a_name_that_nobody_has_is_dropped_before_anything_is_computed),
    TEST(a_check_of_another_than_the_peer_is_dropped),
    TEST(before_the_other_name_is_told_any_is_answered),
    TEST(a_stolen_name_without_the_password_changes_nothing),
    TEST(indications_and_noise_are_dropped_in_silence),
    TEST(who_wants_to_be_controlled_is_refused_and_opens_nothing),
    TEST(after_a_restart_only_the_new_name_counts_and_the_call_goes_on),
    TEST(a_peer_that_has_moved_is_reached_there_after_a_check_and_a_packet),
    TEST(before_a_path_is_nominated_others_are_only_known),
    TEST(from_where_the_peer_was_before_it_is_followed_only_when_the_path_is_quiet),
    TEST(a_peer_is_known_at_its_last_five_places),
    TEST(the_path_in_use_is_no_place_that_makes_room),
    TEST(a_check_sent_again_is_answered_again_and_changes_nothing),
    TEST(a_captured_check_replayed_from_elsewhere_steals_nothing),
    TEST(a_replayed_check_keeps_nobody_alive),
    TEST(nobody_takes_the_place_of_one_who_was_heard_lately),
    TEST(a_place_that_is_not_in_use_may_be_taken),
    TEST(a_silent_peer_is_told_of_once_and_sent_nothing),
    TEST(a_check_ends_the_silence),
    TEST(the_time_of_consent_is_the_configs),
    TEST(consent_may_be_for_ever),
    TEST(a_flood_takes_no_memory_and_disturbs_no_call),
    CU_TEST_INFO_NULL,
};
