/* admission_test.c - checks for ufrags that no peer has: who is asked about them, and what
 * becomes of the answer. */
#include "suite.h"

#include "count.h"
#include "unknown_hook.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

/* --- who is known --------------------------------------------------------------------- */

static void a_ufrag_that_the_hook_knows_becomes_a_peer(void)
{
    struct unknown_hook hook;

    unknown_hook_new(&hook);
    unknown_hook_open(&hook);
    caller_connect(&hook.caller);
    CU_ASSERT_STRING_EQUAL(hook.ours, carol.ufrag);
    CU_ASSERT_STRING_EQUAL(hook.theirs, "them");
    CU_ASSERT_NSTRING_EQUAL(hook.address, "127.0.0.1:", 10);
    CU_ASSERT_PTR_NOT_NULL_FATAL(hook.created);
    CU_ASSERT_PTR_EQUAL(hook.path_opened, hook.created);
    CU_ASSERT_EQUAL(hook.asked, 1);
    CU_ASSERT_EQUAL(hook.server.events.events[SKIFF_PEER_NEW], 1);
    CU_ASSERT_EQUAL(server_counters(&hook.server).peers_admitted, 1);
    caller_send_media(&hook.caller);
    server_run(&hook.server);
    CU_ASSERT_EQUAL(hook.server.events.rtp, 1);
    unknown_hook_close(&hook);
}

static void without_a_hook_an_unknown_ufrag_is_dropped(void)
{
    struct unknown_hook hook;

    unknown_hook_new(&hook);
    hook.server.config.on_unknown_ufrag = NULL;
    unknown_hook_open(&hook);
    CU_ASSERT_FALSE(caller_checks(&hook.caller, true));
    CU_ASSERT_EQUAL(server_counters(&hook.server).drop_ufrag, 1);
    unknown_hook_close(&hook);
}

/* Without UDP there is no peer either before the first check. */
static void an_unknown_ufrag_may_call_through_a_connection(void)
{
    static struct stream stream;
    struct unknown_hook hook;

    unknown_hook_new(&hook);
    hook.server.config.tcp_connections = 4;
    unknown_hook_open(&hook);
    caller_use_stream(&hook.caller, &stream);
    caller_connect(&hook.caller);
    CU_ASSERT_PTR_NOT_NULL_FATAL(hook.created);
    hook.caller.peer = hook.created;
    CU_ASSERT_TRUE(caller_info(&hook.caller).tcp);
    stream_close(&stream);
    unknown_hook_close(&hook);
}

/* Whether ten checks are asked about, unanswered, and leave the heap as it was. */
static void ten_checks_leave_nothing(struct unknown_hook *hook)
{
    unsigned asked = hook->asked;

    unknown_hook_check(hook);
    int64_t live = count_now().live;
    for (int i = 0; i < 9; i++)
        unknown_hook_check(hook);
    CU_ASSERT_EQUAL(count_now().live, live);
    CU_ASSERT_EQUAL(hook->asked - asked, 10);
    CU_ASSERT_EQUAL(hook->caller.replies, 0);
    CU_ASSERT_EQUAL(hook->server.events.events[SKIFF_PEER_NEW], 0);
    CU_ASSERT_EQUAL(unknown_hook_vacancies(hook), 4);
}

static void an_end_that_the_hook_does_not_know_leaves_nothing_behind(void)
{
    struct unknown_hook hook;

    unknown_hook_new(&hook);
    hook.knows = false;
    unknown_hook_open(&hook);
    ten_checks_leave_nothing(&hook);
    CU_ASSERT_EQUAL(server_counters(&hook.server).drop_ufrag, 10);
    unknown_hook_close(&hook);
}

static void a_password_that_has_not_signed_leaves_nothing_behind(void)
{
    struct unknown_hook hook;

    unknown_hook_new(&hook);
    hook.password = "another/password/than/hers";
    unknown_hook_open(&hook);
    ten_checks_leave_nothing(&hook);
    CU_ASSERT_EQUAL(server_counters(&hook.server).drop_integrity, 10);
    unknown_hook_close(&hook);
}

static void a_hook_that_gives_no_password_or_a_bad_one_knows_nobody(void)
{
    static const char *const bad[] = { NULL, "", "short", "a password with blanks in it" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct unknown_hook hook;

        unknown_hook_new(&hook);
        hook.password = bad[i];
        unknown_hook_open(&hook);
        CU_ASSERT_FALSE(caller_checks(&hook.caller, true));
        CU_ASSERT_EQUAL(server_counters(&hook.server).drop_ufrag, 1);
        CU_ASSERT_EQUAL(unknown_hook_vacancies(&hook), 4);
        unknown_hook_close(&hook);
    }
}

static void a_ufrag_that_nobody_could_have_is_not_asked_about(void)
{
    static const char *const bad[] = { "abc:them", ":them", "ab cd:them", "ab-cd:them" };
    struct unknown_hook hook;

    unknown_hook_new(&hook);
    unknown_hook_open(&hook);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        strcpy(hook.caller.username, bad[i]);
        unknown_hook_check(&hook);
    }
    memset(hook.caller.username, 'a', 257);
    strcpy(hook.caller.username + 257, ":them");
    unknown_hook_check(&hook);
    CU_ASSERT_EQUAL(hook.asked, 0);
    CU_ASSERT_EQUAL(server_counters(&hook.server).drop_ufrag, 5);
    unknown_hook_close(&hook);
}

/* RFC 8445 7.3.1.1: who is controlled as well is told so, and is nobody yet. */
static void an_error_of_role_gets_a_response_and_makes_no_peer(void)
{
    struct unknown_hook hook;
    struct stun_client client;
    uint8_t bytes[CALLER_DATAGRAM];

    unknown_hook_new(&hook);
    unknown_hook_open(&hook);
    stun_client_begin(&client, bytes);
    stun_client_add_u64(&client, STUN_CLIENT_CONTROLLED, 1);
    stun_client_add_text(&client, STUN_CLIENT_USERNAME, hook.caller.username);
    caller_send(&hook.caller, bytes, stun_client_finish(&client, hook.caller.pwd));
    server_run(&hook.server);
    caller_run(&hook.caller);
    CU_ASSERT_EQUAL(hook.caller.error_code, 487);
    CU_ASSERT_EQUAL(hook.server.events.events[SKIFF_PEER_NEW], 0);
    CU_ASSERT_EQUAL(unknown_hook_vacancies(&hook), 4);
    CU_ASSERT_TRUE(caller_checks(&hook.caller, true));
    unknown_hook_close(&hook);
}

/* Where another lives, the check of an unknown one is not good, and it stays unknown. */
static void at_the_address_of_another_peer_nobody_is_admitted(void)
{
    struct unknown_hook hook;

    unknown_hook_new(&hook);
    unknown_hook_open(&hook);
    caller_connect(&hook.caller);
    skiff_peer *first = hook.created;
    hook.path_opened = NULL;
    strcpy(hook.caller.username, "room7/dave:them");
    unknown_hook_check(&hook);
    CU_ASSERT_EQUAL(hook.asked, 2);
    CU_ASSERT_EQUAL(hook.server.events.events[SKIFF_PEER_NEW], 1);
    CU_ASSERT_PTR_EQUAL(hook.created, first);
    CU_ASSERT_EQUAL(hook.server.events.events[SKIFF_PEER_CONFLICT], 0);
    CU_ASSERT_EQUAL(server_counters(&hook.server).drop_address_in_use, 1);
    CU_ASSERT_EQUAL(unknown_hook_vacancies(&hook), 3);
    unknown_hook_close(&hook);
}

/* --- what a hook may do --------------------------------------------------------------- */

static void a_peer_may_be_freed_when_it_is_reported(void)
{
    struct unknown_hook hook;

    unknown_hook_new(&hook);
    hook.frees = true;
    unknown_hook_open(&hook);
    unknown_hook_check(&hook);
    CU_ASSERT_EQUAL(hook.server.events.events[SKIFF_PEER_NEW], 1);
    CU_ASSERT_EQUAL(hook.server.events.events[SKIFF_PEER_PATH], 0);
    CU_ASSERT_EQUAL(unknown_hook_vacancies(&hook), 4);
    unknown_hook_close(&hook);
}

static void a_hook_may_use_the_last_slot_or_the_ufrag_itself(void)
{
    struct unknown_hook hook;

    unknown_hook_new(&hook);
    hook.fills = true;
    unknown_hook_open(&hook);
    unknown_hook_check(&hook);
    CU_ASSERT_EQUAL(server_counters(&hook.server).drop_unadmitted, 1);
    unknown_hook_close(&hook);

    unknown_hook_new(&hook);
    hook.makes = &carol;
    unknown_hook_open(&hook);
    unknown_hook_check(&hook);
    CU_ASSERT_EQUAL(server_counters(&hook.server).drop_unadmitted, 1);
    CU_ASSERT_TRUE(caller_checks(&hook.caller, true));
    CU_ASSERT_PTR_EQUAL(hook.path_opened, hook.created);
    unknown_hook_close(&hook);
}

/* An allocator that gives so many blocks still; 0: none, and all are counted. */
struct stock {
    unsigned remaining;
    int handed_out;
};

static void *acquire(void *user, size_t size)
{
    struct stock *stock = user;

    if (stock->remaining == 0)
        return NULL;
    stock->remaining--;
    stock->handed_out++;
    return malloc(size);
}

static void release(void *user, void *block, size_t size)
{
    struct stock *stock = user;

    (void)size;
    stock->handed_out--;
    free(block);
}

/* Each block that its peer needs is missing once. */
static void a_peer_that_finds_no_memory_is_asked_about_again(void)
{
    struct stock stock = { .remaining = UINT32_MAX };
    const skiff_allocator memory = { acquire, release, &stock };
    skiff_context_config config = skiff_context_defaults();
    struct unknown_hook hook;
    unsigned blocks = 0;

    unknown_hook_new(&hook);
    skiff_context_free(hook.server.context);
    config.identity = hook.server.identity;
    config.pool = hook.server.pool;
    config.memory = &memory;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &hook.server.context), SKIFF_OK);
    hook.server.config.context = hook.server.context;
    unknown_hook_open(&hook);
    int material = stock.handed_out;
    for (; hook.created == NULL && blocks < 100; blocks++) {
        stock.remaining = blocks;
        unknown_hook_check(&hook);
        hook.server.now += SKIFF_MSEC(1000);
        CU_ASSERT_TRUE(hook.created != NULL || stock.handed_out <= material + 2);
    }
    CU_ASSERT_PTR_NOT_NULL(hook.created);
    CU_ASSERT_EQUAL(server_counters(&hook.server).drop_unadmitted, blocks - 1);
    stock.remaining = UINT32_MAX;
    CU_ASSERT_EQUAL(unknown_hook_vacancies(&hook), 3);
    unknown_hook_close(&hook);
    CU_ASSERT_EQUAL(stock.handed_out, 0);
}

/* --- in a group ----------------------------------------------------------------------- */

enum { MEMBERS = 2, SOCKETS = 24 };

/* Whichever thread gets the first check asks; the others hand over to it from then on. */
static void in_a_group_the_thread_that_read_the_check_has_the_peer(void)
{
    struct unknown_hook lobbies[MEMBERS];
    skiff_port_group *group;

    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(MEMBERS, NULL, &group), SKIFF_OK);
    for (int i = 0; i < MEMBERS; i++) {
        unknown_hook_new(&lobbies[i]);
        lobbies[i].server.config.group = group;
        if (i > 0)
            lobbies[i].server.config.address = skiff_port_address(lobbies[0].server.port);
        unknown_hook_open(&lobbies[i]);
    }
    lobbies[0].server.other = &lobbies[1].server;
    for (int i = 0; i < SOCKETS; i++) {
        CU_ASSERT_TRUE(caller_checks(&lobbies[0].caller, true));
        unknown_hook_move(&lobbies[0], "127.0.0.1");
    }
    CU_ASSERT_EQUAL(lobbies[0].asked + lobbies[1].asked, 1);
    CU_ASSERT_TRUE(server_counters(&lobbies[0].server).forwarded
                       + server_counters(&lobbies[1].server).forwarded
                   > 0);
    unknown_hook_close(&lobbies[0]);
    unknown_hook_close(&lobbies[1]);
    skiff_port_group_free(group);
}

/* What its socket has still is read, to be handed over, and asks nobody. */
static void a_port_that_is_freed_asks_nobody(void)
{
    struct unknown_hook hook;
    skiff_port_group *group;
    uint8_t bytes[CALLER_DATAGRAM];

    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &group), SKIFF_OK);
    unknown_hook_new(&hook);
    hook.server.config.group = group;
    unknown_hook_open(&hook);
    caller_send(&hook.caller, bytes, caller_check(&hook.caller, true, bytes));
    unknown_hook_close(&hook);
    CU_ASSERT_EQUAL(hook.asked, 0);
    skiff_port_group_free(group);
}

CU_TestInfo admission_tests[] = {
    TEST(a_ufrag_that_the_hook_knows_becomes_a_peer),
    TEST(without_a_hook_an_unknown_ufrag_is_dropped),
    TEST(an_unknown_ufrag_may_call_through_a_connection),
    TEST(an_end_that_the_hook_does_not_know_leaves_nothing_behind),
    TEST(a_password_that_has_not_signed_leaves_nothing_behind),
    TEST(a_hook_that_gives_no_password_or_a_bad_one_knows_nobody),
    TEST(a_ufrag_that_nobody_could_have_is_not_asked_about),
    TEST(an_error_of_role_gets_a_response_and_makes_no_peer),
    TEST(at_the_address_of_another_peer_nobody_is_admitted),
    TEST(a_peer_may_be_freed_when_it_is_reported),
    TEST(a_hook_may_use_the_last_slot_or_the_ufrag_itself),
    TEST(a_peer_that_finds_no_memory_is_asked_about_again),
    TEST(in_a_group_the_thread_that_read_the_check_has_the_peer),
    TEST(a_port_that_is_freed_asks_nobody),
    CU_TEST_INFO_NULL,
};
