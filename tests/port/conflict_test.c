/* conflict_test.c - two peers at one address: who has it, and who is told. */
#include "suite.h"

#include "caller.h"
#include "offices.h"

#include <string.h>
#include <unistd.h>

/* What was told of an address; `frees` frees who is told. */
struct told_of {
    struct office *office;
    skiff_peer    *conflict, *displaced;
    char           address[64];
    bool           frees;
};

static void on_event_with_bytes(void *context, skiff_peer *peer, skiff_peer_event event,
                                skiff_bytes bytes)
{
    struct told_of *told = context;

    told->office->told.events[event]++;
    if (event != SKIFF_PEER_CONFLICT && event != SKIFF_PEER_DISPLACED)
        return;
    *(event == SKIFF_PEER_CONFLICT ? &told->conflict : &told->displaced) = peer;
    CU_ASSERT_TRUE(bytes.len < sizeof told->address);
    memcpy(told->address, bytes.ptr, bytes.len);
    told->address[bytes.len] = '\0';
    if (told->frees)
        skiff_peer_free(peer);
}

struct meeting {
    struct desk    desk;
    struct caller  other;
    struct told_of told;
};

/* One is connected, and another uses its socket. */
static void meet(struct meeting *meeting, skiff_takeover takeover)
{
    memset(meeting, 0, sizeof *meeting);
    office_new(&meeting->desk.office);
    meeting->told.office = &meeting->desk.office;
    meeting->desk.office.config.takeover = takeover;
    meeting->desk.office.config.context = &meeting->told;
    meeting->desk.office.config.on_event = on_event_with_bytes;
    meeting->desk.office.config.on_media = NULL;
    office_open(&meeting->desk.office);
    caller_new(&meeting->desk.caller, &meeting->desk.office);
    caller_connect(&meeting->desk.caller);
    caller_new(&meeting->other, &meeting->desk.office);
    close(meeting->other.fd);
    meeting->other.fd = meeting->desk.caller.fd;
}

static void part(struct meeting *meeting)
{
    meeting->other.fd = stranger_open(&meeting->other);
    caller_free(&meeting->other);
    desk_free(&meeting->desk);
}

static unsigned times(const struct meeting *meeting, skiff_peer_event event)
{
    return meeting->desk.office.told.events[event];
}

static void who_lives_keeps_its_address_and_the_other_is_told(void)
{
    struct meeting meeting;

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_FALSE(caller_checks(&meeting.other, true));
    CU_ASSERT_EQUAL(office_counters(&meeting.desk.office).drop_taken, 5);
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_CONFLICT), 1);
    CU_ASSERT_PTR_EQUAL(meeting.told.conflict, meeting.other.peer);
    CU_ASSERT_STRING_EQUAL(meeting.told.address, caller_info(&meeting.desk.caller).remote);
    meeting.desk.office.now += SKIFF_MSEC(5000);
    CU_ASSERT_FALSE(caller_checks(&meeting.other, true));
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_CONFLICT), 2);
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_DISPLACED), 0);
    CU_ASSERT_TRUE(caller_info(&meeting.desk.caller).open);
    part(&meeting);
}

static void media_shows_that_a_peer_lives_too(void)
{
    struct meeting meeting;

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    meeting.desk.office.now += SKIFF_MSEC(10000);
    caller_speak(&meeting.desk.caller);
    office_run(&meeting.desk.office);
    meeting.desk.office.now += SKIFF_MSEC(10000);
    CU_ASSERT_FALSE(caller_checks(&meeting.other, true));
    meeting.desk.office.now += SKIFF_MSEC(2000);
    CU_ASSERT_TRUE(caller_checks(&meeting.other, true));
    CU_ASSERT_FALSE(caller_info(&meeting.desk.caller).open);
    part(&meeting);
}

static void the_address_of_a_peer_that_closed_is_free_at_once(void)
{
    struct meeting meeting;

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    skiff_dtls_close(skiff_transport_dtls(meeting.desk.caller.transport),
                     meeting.desk.office.now);
    caller_begin_dtls(&meeting.desk.caller);
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_CLOSED), 1);
    CU_ASSERT_TRUE(caller_checks(&meeting.other, true));
    CU_ASSERT_TRUE(caller_info(&meeting.other).open);
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_CONFLICT), 0);
    part(&meeting);
}

static void the_address_of_a_silent_peer_is_free_at_once(void)
{
    struct meeting meeting;

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    for (int i = 0; i < 6; i++) {                     /* it sends, and does not check */
        meeting.desk.office.now += SKIFF_MSEC(5000);
        caller_speak(&meeting.desk.caller);
        office_run(&meeting.desk.office);
    }
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_SILENT), 2);
    CU_ASSERT_TRUE(caller_checks(&meeting.other, true));
    CU_ASSERT_TRUE(caller_info(&meeting.other).open);
    part(&meeting);
}

static void a_check_that_was_refused_is_good_when_it_comes_again(void)
{
    struct meeting meeting;
    uint8_t bytes[CALLER_DATAGRAM];

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    size_t len = caller_check(&meeting.other, true, bytes);
    caller_send(&meeting.other, bytes, len);
    office_run(&meeting.desk.office);
    skiff_peer_free(meeting.desk.caller.peer);
    caller_send(&meeting.other, bytes, len);
    office_run(&meeting.desk.office);
    CU_ASSERT_TRUE(caller_info(&meeting.other).open);
    part(&meeting);
}

static void the_newest_check_has_the_address_where_the_config_says_so(void)
{
    struct meeting meeting;

    meet(&meeting, SKIFF_TAKEOVER_NEWEST);
    CU_ASSERT_TRUE(caller_checks(&meeting.other, true));
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_DISPLACED), 1);
    CU_ASSERT_PTR_EQUAL(meeting.told.displaced, meeting.desk.caller.peer);
    CU_ASSERT_STRING_EQUAL(meeting.told.address, caller_info(&meeting.other).remote);
    CU_ASSERT_FALSE(caller_info(&meeting.desk.caller).open);
    CU_ASSERT_TRUE(caller_info(&meeting.other).open);
    part(&meeting);
}

static void whoever_is_told_may_be_freed(void)
{
    struct meeting meeting;

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    meeting.told.frees = true;
    CU_ASSERT_FALSE(caller_checks(&meeting.other, true));
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_CONFLICT), 1);
    CU_ASSERT_TRUE(caller_checks(&meeting.desk.caller, true));
    part(&meeting);

    meet(&meeting, SKIFF_TAKEOVER_NEWEST);
    meeting.told.frees = true;
    CU_ASSERT_TRUE(caller_checks(&meeting.other, true));
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_DISPLACED), 1);
    CU_ASSERT_TRUE(caller_info(&meeting.other).open);
    part(&meeting);
}

/* A stranger with a session of his own, who forges the source of his checks. */
static void the_path_before_a_trial_is_kept_too(void)
{
    struct meeting meeting;
    struct caller *caller = &meeting.desk.caller;

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    int first = caller->fd, second = stranger_open(caller);
    caller->fd = second;
    CU_ASSERT_TRUE(caller_checks(caller, true));
    caller->fd = first;
    CU_ASSERT_FALSE(caller_checks(&meeting.other, true));
    meeting.other.fd = second;
    CU_ASSERT_FALSE(caller_checks(&meeting.other, true));
    meeting.other.fd = first;
    meeting.desk.office.now += SKIFF_MSEC(2000);
    caller_speak(caller);
    office_run(&meeting.desk.office);
    CU_ASSERT_EQUAL(office_counters(&meeting.desk.office).paths_returned, 1);
    close(second);
    part(&meeting);
}

/* --- across threads ------------------------------------------------------------------- */

static void meet_in_a_group(struct offices *pair, struct caller *other,
                            skiff_takeover takeover)
{
    offices_new(pair);
    pair->here.config.takeover = pair->there.config.takeover = takeover;
    offices_open(pair, 1);
    caller_connect(&pair->callers[0]);
    offices_succeed(pair, &pair->callers[0], other);
}

static void part_in_a_group(struct offices *pair, struct caller *other)
{
    other->fd = stranger_open(other);
    caller_free(other);
    offices_close(pair, 1);
}

static void who_lives_keeps_its_address_from_another_thread_too(void)
{
    struct offices pair;
    struct caller other;

    meet_in_a_group(&pair, &other, SKIFF_TAKEOVER_NEVER);
    CU_ASSERT_FALSE(caller_checks(&other, true));
    CU_ASSERT_EQUAL(pair.there.told.events[SKIFF_PEER_CONFLICT], 1);
    CU_ASSERT_EQUAL(pair.here.told.events[SKIFF_PEER_DISPLACED], 0);
    CU_ASSERT_TRUE(caller_info(&pair.callers[0]).open);
    part_in_a_group(&pair, &other);
}

static void media_shows_that_a_peer_of_another_thread_lives_too(void)
{
    struct offices pair;
    struct caller other;

    meet_in_a_group(&pair, &other, SKIFF_TAKEOVER_NEVER);
    for (int i = 0; i < 2; i++) {
        pair.here.now += SKIFF_MSEC(10000);
        pair.there.now = pair.here.now;
        CU_ASSERT_FALSE(caller_checks(&other, true));
        caller_speak(&pair.callers[0]);
        office_run(&pair.here);
    }
    CU_ASSERT_TRUE(caller_info(&pair.callers[0]).open);
    part_in_a_group(&pair, &other);
}

static void who_is_displaced_from_another_thread_is_told(void)
{
    struct offices pair;
    struct caller other;

    meet_in_a_group(&pair, &other, SKIFF_TAKEOVER_NEWEST);
    CU_ASSERT_TRUE(caller_checks(&other, true));
    office_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.told.events[SKIFF_PEER_DISPLACED], 1);
    CU_ASSERT_FALSE(caller_info(&pair.callers[0]).open);
    CU_ASSERT_TRUE(caller_info(&other).open);
    part_in_a_group(&pair, &other);
}

CU_TestInfo conflict_tests[] = {
    TEST(who_lives_keeps_its_address_and_the_other_is_told),
    TEST(media_shows_that_a_peer_lives_too),
    TEST(the_address_of_a_peer_that_closed_is_free_at_once),
    TEST(the_address_of_a_silent_peer_is_free_at_once),
    TEST(a_check_that_was_refused_is_good_when_it_comes_again),
    TEST(the_newest_check_has_the_address_where_the_config_says_so),
    TEST(whoever_is_told_may_be_freed),
    TEST(the_path_before_a_trial_is_kept_too),
    TEST(who_lives_keeps_its_address_from_another_thread_too),
    TEST(media_shows_that_a_peer_of_another_thread_lives_too),
    TEST(who_is_displaced_from_another_thread_is_told),
    CU_TEST_INFO_NULL
};
