/* trace_test.c - what a trace says of a port and its peers. */
#include "suite.h"

#include "count.h"
#include "pairs.h"
#include "tcp_call.h"
#include "trace_log.h"

#include <string.h>

static struct trace_log record;

static void on_trace(void *user, const skiff_trace *event)
{
    (void)user;
    trace_log_add(&record, event);
}

static void begin_traced(struct pairs *pairs, int num)
{
    memset(&record, 0, sizeof record);
    pairs_begin(pairs, num);
    pairs->fixture.server.config.trace = on_trace;
    pairs_open(pairs);
}

static void end_traced(struct pairs *pairs)
{
    pairs_end(pairs);
    CU_ASSERT_EQUAL(record.lost, 0);
}

static size_t number_of(const struct pairs *pairs, skiff_trace_event event,
                        const char *what)
{
    return trace_log_count(&record, event, pairs->fixture.caller.peer, what);
}

static const skiff_trace *first(const struct pairs *pairs, skiff_trace_event event)
{
    return trace_log_first(&record, event, pairs->fixture.caller.peer);
}

static void a_peer_is_made_reached_moved_and_freed(void)
{
    struct pairs pairs;

    begin_traced(&pairs, 2);
    CU_ASSERT_EQUAL(number_of(&pairs, SKIFF_TRACE_NEW, NULL), 1);
    CU_ASSERT_EQUAL(number_of(&pairs, SKIFF_TRACE_PATH_OPENED, NULL), 0);
    caller_connect(&pairs.fixture.caller);
    const skiff_trace *opened = first(&pairs, SKIFF_TRACE_PATH_OPENED);
    CU_ASSERT_PTR_NOT_NULL_FATAL(opened);
    CU_ASSERT_EQUAL(opened->kind, SKIFF_TRACE_OF_PEER);
    CU_ASSERT_PTR_EQUAL(opened->owner, pairs.fixture.server.port);
    CU_ASSERT_NOT_EQUAL(opened->path, 0);

    CU_ASSERT_TRUE(pairs_check(
        &pairs, 1, (struct pairs_check){ .use = true, .priority = UINT32_MAX }));
    const skiff_trace *moved = first(&pairs, SKIFF_TRACE_PATH_MOVED);
    CU_ASSERT_PTR_NOT_NULL_FATAL(moved);
    CU_ASSERT_NOT_EQUAL(moved->path, opened->path);
    CU_ASSERT_EQUAL(moved->when, pairs.fixture.server.now);
    CU_ASSERT_EQUAL(pairs_counters(&pairs).paths_moved,
                    number_of(&pairs, SKIFF_TRACE_PATH_MOVED, NULL));

    const void *peer = pairs.fixture.caller.peer;
    end_traced(&pairs);
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_FREED, peer, NULL), 1);
}

static void trace_context(struct server *server)
{
    skiff_context_config config = skiff_context_defaults();

    config.identity = server->identity;
    config.pool = server->pool;
    config.trace = on_trace;
    skiff_context_free(server->context);
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &server->context), SKIFF_OK);
    server->config.context = server->context;
}

/* The events of its transport and its DTLS end come before it: they have it as owner. */
static void freed_is_the_last_event_of_a_peer(void)
{
    struct pairs pairs;

    memset(&record, 0, sizeof record);
    pairs_begin(&pairs, 1);
    pairs.fixture.server.config.trace = on_trace;
    trace_context(&pairs.fixture.server);
    pairs_open(&pairs);
    caller_connect(&pairs.fixture.caller);
    const void *peer = pairs.fixture.caller.peer;
    end_traced(&pairs);
    const skiff_trace *freed = trace_log_first(&record, SKIFF_TRACE_FREED, peer);
    CU_ASSERT_PTR_NOT_NULL_FATAL(freed);
    for (const skiff_trace *at = freed + 1; at < record.events + record.num; at++)
        CU_ASSERT_TRUE(at->who != peer && at->owner != peer);
}

static void checks_are_traced_with_their_verdict(void)
{
    struct captured captured;
    struct pairs pairs;

    begin_traced(&pairs, 2);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, (struct pairs_check){ .priority = 7 }));
    const skiff_trace *good = first(&pairs, SKIFF_TRACE_STUN_CHECK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(good);
    CU_ASSERT_STRING_EQUAL(good->what, "good");
    CU_ASSERT_EQUAL(good->number, 7);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, (struct pairs_check){ .use = true }));
    CU_ASSERT_EQUAL(number_of(&pairs, SKIFF_TRACE_STUN_CHECK, "nominating"), 1);

    pairs_write(&pairs, (struct pairs_check){ .priority = 9 }, &captured);
    CU_ASSERT_TRUE(pairs_send(&pairs, 0, &captured));
    CU_ASSERT_FALSE(pairs_replay(&pairs, &captured)); /* copied to another place */
    CU_ASSERT_EQUAL(number_of(&pairs, SKIFF_TRACE_STUN_CHECK, "copy"), 1);
    CU_ASSERT_EQUAL(number_of(&pairs, SKIFF_TRACE_DROP, "drop_replayed_check"), 1);

    pairs.fixture.caller.pwd = "a-password-of-another-one";
    CU_ASSERT_FALSE(pairs_check(&pairs, 0, (struct pairs_check){ .priority = 9 }));
    CU_ASSERT_EQUAL(number_of(&pairs, SKIFF_TRACE_STUN_CHECK, "wrong password"), 1);
    CU_ASSERT_EQUAL(number_of(&pairs, SKIFF_TRACE_DROP, "drop_integrity"), 1);
    end_traced(&pairs);
}

/* Each drop of the port is a counter and an event. */
static void compare_drops(const struct pairs *pairs)
{
    skiff_port_counters counters = pairs_counters(pairs);
    static const struct {
        const char *name;
        size_t at;
    } drops[] = {
#define DROP(name) { #name, offsetof(skiff_port_counters, name) }
        DROP(drop_stun),           DROP(drop_ufrag),         DROP(drop_integrity),
        DROP(drop_stranger),       DROP(drop_ended),         DROP(drop_replayed_check),
        DROP(drop_address_in_use), DROP(drop_queue),         DROP(drop_pool_empty),
        DROP(drop_unadmitted),     DROP(drop_unknown_limit), DROP(drop_no_route),
#undef DROP
    };

    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++) {
        uint64_t counted;
        memcpy(&counted, (const uint8_t *)&counters + drops[i].at, sizeof counted);
        CU_ASSERT_EQUAL(counted,
                        trace_log_count(&record, SKIFF_TRACE_DROP, NULL, drops[i].name));
    }
}

static void each_drop_is_traced_as_often_as_it_is_counted(void)
{
    static const uint8_t noise[] = { 0, 1, 0, 0, 1, 2, 3 };
    struct pairs pairs;

    begin_traced(&pairs, 1);
    struct caller *caller = &pairs.fixture.caller;
    caller_connect(caller);
    stranger_send(pairs.attacker, noise, sizeof noise); /* STUN that is none */
    stranger_send(pairs.attacker, "\x80\x60media of nobody", 17);
    caller->username[0] ^= 1;
    CU_ASSERT_FALSE(caller_checks(caller, false)); /* a ufrag that nobody has */
    caller->username[0] ^= 1;
    server_run(&pairs.fixture.server);

    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_DROP, NULL, "drop_stun"), 1);
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_DROP, NULL, "drop_stranger"), 1);
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_DROP, NULL, "drop_ufrag"), 1);
    const skiff_trace *drop = trace_log_first(&record, SKIFF_TRACE_DROP, NULL);
    CU_ASSERT_TRUE(drop != NULL && drop->kind == SKIFF_TRACE_OF_PORT
                   && drop->who == pairs.fixture.server.port);
    compare_drops(&pairs);
    end_traced(&pairs);
}

static void a_peer_that_is_silent_loses_its_consent(void)
{
    struct pairs pairs;

    begin_traced(&pairs, 1);
    caller_connect(&pairs.fixture.caller);
    pairs_pass(&pairs, SKIFF_MSEC(31000));
    const skiff_trace *lost = first(&pairs, SKIFF_TRACE_CONSENT_LOST);
    CU_ASSERT_PTR_NOT_NULL_FATAL(lost);
    CU_ASSERT_TRUE(lost->when >= lost->due);
    CU_ASSERT_EQUAL(pairs_counters(&pairs).consent_lost, 1);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, (struct pairs_check){ .use = true }));
    CU_ASSERT_EQUAL(number_of(&pairs, SKIFF_TRACE_PATH_OPENED, NULL), 2);
    end_traced(&pairs);
}

static void media_that_is_carried_is_not_traced(void)
{
    struct pairs pairs;

    begin_traced(&pairs, 1);
    caller_connect(&pairs.fixture.caller);
    size_t before = record.num;
    uint64_t allocs = count_now().allocs;
    for (int i = 0; i < 10; i++)
        pairs_send_media(&pairs, 0);
    CU_ASSERT_EQUAL(pairs.fixture.server.events.rtp, 10);
    CU_ASSERT_EQUAL(record.num, before);
    CU_ASSERT_TRUE(count_now().allocs - allocs <= 6); /* libsrtp's, for a new SSRC */
    end_traced(&pairs);
}

static void a_peer_whose_connection_ends_is_traced_to_the_path_that_is_left(void)
{
    struct tcp_call call;
    struct caller *caller = &call.fixture.caller;

    memset(&record, 0, sizeof record);
    server_new(&call.fixture.server);
    call.fixture.server.config.tcp_connections = PLACES;
    call.fixture.server.config.trace = on_trace;
    server_open(&call.fixture.server);
    caller_new(caller, &call.fixture.server);
    CU_ASSERT_TRUE(caller_checks(caller, false));
    caller_use_stream(caller, &call.stream);
    caller_connect(caller);
    CU_ASSERT_TRUE(caller_info(caller).tcp);
    const void *peer = caller->peer;
    const skiff_trace *opened = trace_log_first(&record, SKIFF_TRACE_PATH_OPENED, peer);
    size_t moved = trace_log_count(&record, SKIFF_TRACE_PATH_MOVED, peer, NULL);
    stream_close(&call.stream);
    server_run(&call.fixture.server);
    CU_ASSERT_FALSE(caller_info(caller).tcp);

    const skiff_trace *last = &record.events[record.num - 1];
    const skiff_trace *lost = trace_log_first(&record, SKIFF_TRACE_PATH_LOST, peer);
    CU_ASSERT_TRUE_FATAL(opened != NULL && lost != NULL);
    CU_ASSERT_EQUAL(trace_log_count(&record, SKIFF_TRACE_PATH_MOVED, peer, NULL),
                    moved + 1);
    CU_ASSERT_EQUAL(last->event, SKIFF_TRACE_PATH_MOVED);
    CU_ASSERT_EQUAL(last->path, opened->path);
    CU_ASSERT_NOT_EQUAL(last->path, lost->path);
    fixture_free(&call.fixture);
}

/* A nomination has moved it to where its media does not come from yet; then another peer is
 * there. */
static void a_peer_that_loses_the_path_on_trial_is_traced_to_the_one_before(void)
{
    struct fixture fixture;
    struct caller other;

    memset(&record, 0, sizeof record);
    server_new(&fixture.server);
    fixture.server.config.takeover = SKIFF_TAKEOVER_NEWEST;
    fixture.server.config.trace = on_trace;
    server_open(&fixture.server);
    caller_new(&fixture.caller, &fixture.server);
    caller_connect(&fixture.caller);
    caller_new(&other, &fixture.server);
    const void *peer = fixture.caller.peer;
    const skiff_trace *opened = trace_log_first(&record, SKIFF_TRACE_PATH_OPENED, peer);
    CU_ASSERT_PTR_NOT_NULL_FATAL(opened);
    int first = fixture.caller.fd;
    fixture.caller.fd = other.fd;
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    fixture.caller.fd = first;
    CU_ASSERT_TRUE(caller_checks(&other, true));

    const skiff_trace *lost = trace_log_first(&record, SKIFF_TRACE_PATH_LOST, peer);
    CU_ASSERT_PTR_NOT_NULL_FATAL(lost);
    const skiff_trace *back = trace_log_next(&record, lost, SKIFF_TRACE_PATH_MOVED, peer);
    CU_ASSERT_TRUE(caller_info(&fixture.caller).open);
    CU_ASSERT_PTR_NOT_NULL_FATAL(back);
    CU_ASSERT_EQUAL(back->path, opened->path);
    caller_free(&other);
    fixture_free(&fixture);
}

CU_TestInfo trace_tests[] = {
    TEST(a_peer_is_made_reached_moved_and_freed),
    TEST(freed_is_the_last_event_of_a_peer),
    TEST(checks_are_traced_with_their_verdict),
    TEST(each_drop_is_traced_as_often_as_it_is_counted),
    TEST(a_peer_that_is_silent_loses_its_consent),
    TEST(media_that_is_carried_is_not_traced),
    TEST(a_peer_whose_connection_ends_is_traced_to_the_path_that_is_left),
    TEST(a_peer_that_loses_the_path_on_trial_is_traced_to_the_one_before),
    CU_TEST_INFO_NULL,
};
