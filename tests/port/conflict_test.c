/* conflict_test.c - two peers at one address: who has it, and who is told. */
#include "suite.h"

#include "caller.h"
#include "server_pair.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What was told of an address; `frees` frees who is told. */
struct meeting_events {
    struct server *server;
    skiff_peer *conflict, *displaced;
    char address[64];
    bool frees;
};

static void on_event_with_bytes(void *user, skiff_peer *peer, skiff_peer_event event,
                                skiff_bytes bytes)
{
    struct meeting_events *events = user;

    events->server->events.events[event]++;
    if (event != SKIFF_PEER_CONFLICT && event != SKIFF_PEER_DISPLACED)
        return;
    *(event == SKIFF_PEER_CONFLICT ? &events->conflict : &events->displaced) = peer;
    CU_ASSERT_TRUE(bytes.len < sizeof events->address);
    memcpy(events->address, bytes.ptr, bytes.len);
    events->address[bytes.len] = '\0';
    if (events->frees)
        skiff_peer_free(peer);
}

struct meeting {
    struct fixture fixture;
    struct caller other;
    struct meeting_events events;
};

/* One is connected, and another uses its socket. */
static void meet(struct meeting *meeting, skiff_takeover takeover)
{
    memset(meeting, 0, sizeof *meeting);
    server_new(&meeting->fixture.server);
    meeting->events.server = &meeting->fixture.server;
    meeting->fixture.server.config.takeover = takeover;
    meeting->fixture.server.config.user = &meeting->events;
    meeting->fixture.server.config.on_event = on_event_with_bytes;
    meeting->fixture.server.config.on_media = NULL;
    server_open(&meeting->fixture.server);
    caller_new(&meeting->fixture.caller, &meeting->fixture.server);
    caller_connect(&meeting->fixture.caller);
    caller_new(&meeting->other, &meeting->fixture.server);
    close(meeting->other.fd);
    meeting->other.fd = meeting->fixture.caller.fd;
}

static void move_apart(struct meeting *meeting)
{
    meeting->other.fd = stranger_open(&meeting->other);
    caller_free(&meeting->other);
    fixture_free(&meeting->fixture);
}

static unsigned times(const struct meeting *meeting, skiff_peer_event event)
{
    return meeting->fixture.server.events.events[event];
}

static void a_live_peer_keeps_its_address_and_the_other_is_notified(void)
{
    struct meeting meeting;

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_FALSE(caller_checks(&meeting.other, true));
    CU_ASSERT_EQUAL(server_counters(&meeting.fixture.server).drop_address_in_use, 5);
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_CONFLICT), 1);
    CU_ASSERT_PTR_EQUAL(meeting.events.conflict, meeting.other.peer);
    CU_ASSERT_STRING_EQUAL(meeting.events.address,
                           caller_info(&meeting.fixture.caller).remote);
    meeting.fixture.server.now += SKIFF_MSEC(5000);
    CU_ASSERT_FALSE(caller_checks(&meeting.other, true));
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_CONFLICT), 2);
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_DISPLACED), 0);
    CU_ASSERT_TRUE(caller_info(&meeting.fixture.caller).open);
    move_apart(&meeting);
}

static void media_shows_that_a_peer_lives_too(void)
{
    struct meeting meeting;

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    meeting.fixture.server.now += SKIFF_MSEC(10000);
    caller_send_media(&meeting.fixture.caller);
    server_run(&meeting.fixture.server);
    meeting.fixture.server.now += SKIFF_MSEC(10000);
    CU_ASSERT_FALSE(caller_checks(&meeting.other, true));
    meeting.fixture.server.now += SKIFF_MSEC(2000);
    CU_ASSERT_TRUE(caller_checks(&meeting.other, true));
    CU_ASSERT_FALSE(caller_info(&meeting.fixture.caller).open);
    move_apart(&meeting);
}

static void the_address_of_a_peer_that_closed_is_free_at_once(void)
{
    struct meeting meeting;

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    skiff_dtls_close(skiff_transport_dtls(meeting.fixture.caller.transport),
                     meeting.fixture.server.now);
    caller_begin_dtls(&meeting.fixture.caller);
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_CLOSED), 1);
    CU_ASSERT_TRUE(caller_checks(&meeting.other, true));
    CU_ASSERT_TRUE(caller_info(&meeting.other).open);
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_CONFLICT), 0);
    move_apart(&meeting);
}

static void the_address_of_a_silent_peer_is_free_at_once(void)
{
    struct meeting meeting;

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    for (int i = 0; i < 6; i++) { /* it sends, and does not check */
        meeting.fixture.server.now += SKIFF_MSEC(5000);
        caller_send_media(&meeting.fixture.caller);
        server_run(&meeting.fixture.server);
    }
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_CONSENT_LOST), 2);
    CU_ASSERT_TRUE(caller_checks(&meeting.other, true));
    CU_ASSERT_TRUE(caller_info(&meeting.other).open);
    move_apart(&meeting);
}

/* An allocator that may be empty. */
static void *acquire(void *user, size_t size)
{
    const bool *empty = user;

    return *empty ? NULL : malloc(size);
}

static void release(void *user, void *block, size_t size)
{
    (void)user;
    (void)size;
    free(block);
}

static void open_with(struct fixture *fixture, const skiff_allocator *memory)
{
    skiff_context_config config = skiff_context_defaults();

    server_new(&fixture->server);
    skiff_context_free(fixture->server.context);
    config.identity = fixture->server.identity;
    config.pool = fixture->server.pool;
    config.memory = memory;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &fixture->server.context), SKIFF_OK);
    fixture->server.config.context = fixture->server.context;
    server_open(&fixture->server);
    caller_new(&fixture->caller, &fixture->server);
}

/* A third route needs memory. */
static void without_memory_for_a_route_no_conflict_is_reported(void)
{
    bool empty = false;
    const skiff_allocator memory = { acquire, release, &empty };
    struct fixture fixture;
    struct server *server = &fixture.server;

    open_with(&fixture, &memory);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    caller_move(&fixture.caller);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    close(fixture.caller.fd);
    fixture.caller.fd = stranger_open(&fixture.caller);
    empty = true;
    CU_ASSERT_FALSE(caller_checks(&fixture.caller, false));
    CU_ASSERT_EQUAL(server_counters(server).drop_no_route, 1);
    CU_ASSERT_EQUAL(server_counters(server).drop_address_in_use, 0);
    CU_ASSERT_EQUAL(server->events.events[SKIFF_PEER_CONFLICT], 0);
    empty = false;
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    fixture_free(&fixture);
}

static void a_check_that_was_refused_is_good_when_it_arrives_again(void)
{
    struct meeting meeting;
    uint8_t bytes[CALLER_DATAGRAM];

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    size_t len = caller_check(&meeting.other, true, bytes);
    caller_send(&meeting.other, bytes, len);
    server_run(&meeting.fixture.server);
    skiff_peer_free(meeting.fixture.caller.peer);
    caller_send(&meeting.other, bytes, len);
    server_run(&meeting.fixture.server);
    CU_ASSERT_TRUE(caller_info(&meeting.other).open);
    move_apart(&meeting);
}

static void the_newest_check_has_the_address_where_the_config_allows_it(void)
{
    struct meeting meeting;

    meet(&meeting, SKIFF_TAKEOVER_NEWEST);
    CU_ASSERT_TRUE(caller_checks(&meeting.other, true));
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_DISPLACED), 1);
    CU_ASSERT_PTR_EQUAL(meeting.events.displaced, meeting.fixture.caller.peer);
    CU_ASSERT_STRING_EQUAL(meeting.events.address, caller_info(&meeting.other).remote);
    CU_ASSERT_FALSE(caller_info(&meeting.fixture.caller).open);
    CU_ASSERT_TRUE(caller_info(&meeting.other).open);
    move_apart(&meeting);
}

static void a_peer_that_is_reported_may_be_freed(void)
{
    struct meeting meeting;

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    meeting.events.frees = true;
    CU_ASSERT_FALSE(caller_checks(&meeting.other, true));
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_CONFLICT), 1);
    CU_ASSERT_TRUE(caller_checks(&meeting.fixture.caller, true));
    move_apart(&meeting);

    meet(&meeting, SKIFF_TAKEOVER_NEWEST);
    meeting.events.frees = true;
    CU_ASSERT_TRUE(caller_checks(&meeting.other, true));
    CU_ASSERT_EQUAL(times(&meeting, SKIFF_PEER_DISPLACED), 1);
    CU_ASSERT_TRUE(caller_info(&meeting.other).open);
    move_apart(&meeting);
}

/* A stranger with a session of his own, who forges the source of his checks. */
static void the_path_before_a_trial_is_kept_too(void)
{
    struct meeting meeting;
    struct caller *caller = &meeting.fixture.caller;

    meet(&meeting, SKIFF_TAKEOVER_NEVER);
    int first = caller->fd, second = stranger_open(caller);
    caller->fd = second;
    CU_ASSERT_TRUE(caller_checks(caller, true));
    caller->fd = first;
    CU_ASSERT_FALSE(caller_checks(&meeting.other, true));
    meeting.other.fd = second;
    CU_ASSERT_FALSE(caller_checks(&meeting.other, true));
    meeting.other.fd = first;
    meeting.fixture.server.now += SKIFF_MSEC(2000);
    caller_send_media(caller);
    server_run(&meeting.fixture.server);
    CU_ASSERT_EQUAL(server_counters(&meeting.fixture.server).paths_reverted, 1);
    close(second);
    move_apart(&meeting);
}

/* --- across threads ------------------------------------------------------------------- */

static void meet_in_a_group(struct server_pair *pair, struct caller *other,
                            skiff_takeover takeover)
{
    server_pair_new(pair);
    pair->here.config.takeover = pair->there.config.takeover = takeover;
    server_pair_open(pair, 1);
    caller_connect(&pair->callers[0]);
    server_pair_succeed(pair, &pair->callers[0], other);
}

static void part_in_a_group(struct server_pair *pair, struct caller *other)
{
    other->fd = stranger_open(other);
    caller_free(other);
    server_pair_close(pair, 1);
}

static void a_live_peer_keeps_its_address_from_another_thread_too(void)
{
    struct server_pair pair;
    struct caller other;

    meet_in_a_group(&pair, &other, SKIFF_TAKEOVER_NEVER);
    CU_ASSERT_FALSE(caller_checks(&other, true));
    CU_ASSERT_EQUAL(pair.there.events.events[SKIFF_PEER_CONFLICT], 1);
    CU_ASSERT_EQUAL(pair.here.events.events[SKIFF_PEER_DISPLACED], 0);
    CU_ASSERT_TRUE(caller_info(&pair.callers[0]).open);
    part_in_a_group(&pair, &other);
}

static void media_shows_that_a_peer_of_another_thread_lives_too(void)
{
    struct server_pair pair;
    struct caller other;

    meet_in_a_group(&pair, &other, SKIFF_TAKEOVER_NEVER);
    for (int i = 0; i < 2; i++) {
        pair.here.now += SKIFF_MSEC(10000);
        pair.there.now = pair.here.now;
        CU_ASSERT_FALSE(caller_checks(&other, true));
        caller_send_media(&pair.callers[0]);
        server_run(&pair.here);
    }
    CU_ASSERT_TRUE(caller_info(&pair.callers[0]).open);
    part_in_a_group(&pair, &other);
}

static void a_peer_that_is_displaced_from_another_thread_is_reported(void)
{
    struct server_pair pair;
    struct caller other;

    meet_in_a_group(&pair, &other, SKIFF_TAKEOVER_NEWEST);
    CU_ASSERT_TRUE(caller_checks(&other, true));
    server_run(&pair.here);
    CU_ASSERT_EQUAL(pair.here.events.events[SKIFF_PEER_DISPLACED], 1);
    CU_ASSERT_FALSE(caller_info(&pair.callers[0]).open);
    CU_ASSERT_TRUE(caller_info(&other).open);
    part_in_a_group(&pair, &other);
}

CU_TestInfo conflict_tests[] = {
    TEST(a_live_peer_keeps_its_address_and_the_other_is_notified),
    TEST(media_shows_that_a_peer_lives_too),
    TEST(the_address_of_a_peer_that_closed_is_free_at_once),
    TEST(the_address_of_a_silent_peer_is_free_at_once),
    TEST(without_memory_for_a_route_no_conflict_is_reported),
    TEST(a_check_that_was_refused_is_good_when_it_arrives_again),
    TEST(the_newest_check_has_the_address_where_the_config_allows_it),
    TEST(a_peer_that_is_reported_may_be_freed),
    TEST(the_path_before_a_trial_is_kept_too),
    TEST(a_live_peer_keeps_its_address_from_another_thread_too),
    TEST(media_shows_that_a_peer_of_another_thread_lives_too),
    TEST(a_peer_that_is_displaced_from_another_thread_is_reported),
    CU_TEST_INFO_NULL
};
