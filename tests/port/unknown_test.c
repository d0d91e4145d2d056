/* unknown_test.c - checks for ufrags that no peer has: who is asked about them, and what
 * becomes of the answer. */
#include "suite.h"

#include "count.h"
#include "lobby.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

/* --- who is known --------------------------------------------------------------------- */

static void a_ufrag_that_the_hook_knows_becomes_a_peer(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby_open(&lobby);
    caller_connect(&lobby.caller);
    CU_ASSERT_STRING_EQUAL(lobby.ours, carol.ufrag);
    CU_ASSERT_STRING_EQUAL(lobby.theirs, "them");
    CU_ASSERT_NSTRING_EQUAL(lobby.address, "127.0.0.1:", 10);
    CU_ASSERT_PTR_NOT_NULL_FATAL(lobby.made);
    CU_ASSERT_PTR_EQUAL(lobby.opened, lobby.made);
    CU_ASSERT_EQUAL(lobby.asked, 1);
    CU_ASSERT_EQUAL(lobby.office.told.events[SKIFF_PEER_NEW], 1);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).peers_admitted, 1);
    caller_speak(&lobby.caller);
    office_run(&lobby.office);
    CU_ASSERT_EQUAL(lobby.office.told.rtp, 1);
    lobby_close(&lobby);
}

static void without_a_hook_an_unknown_ufrag_is_dropped(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.office.config.on_unknown_ufrag = NULL;
    lobby_open(&lobby);
    CU_ASSERT_FALSE(caller_checks(&lobby.caller, true));
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_name, 1);
    lobby_close(&lobby);
}

/* Without UDP there is no peer either before the first check. */
static void an_unknown_ufrag_may_call_through_a_connection(void)
{
    static struct stream stream;
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.office.config.tcp_connections = 4;
    lobby_open(&lobby);
    caller_use(&lobby.caller, &stream);
    caller_connect(&lobby.caller);
    CU_ASSERT_PTR_NOT_NULL_FATAL(lobby.made);
    lobby.caller.peer = lobby.made;
    CU_ASSERT_TRUE(caller_info(&lobby.caller).tcp);
    stream_close(&stream);
    lobby_close(&lobby);
}

/* Whether ten checks are asked about, unanswered, and leave the heap as it was. */
static void ten_checks_leave_nothing(struct lobby *lobby)
{
    unsigned asked = lobby->asked;

    lobby_check(lobby);
    int64_t live = count_now().live;
    for (int i = 0; i < 9; i++)
        lobby_check(lobby);
    CU_ASSERT_EQUAL(count_now().live, live);
    CU_ASSERT_EQUAL(lobby->asked - asked, 10);
    CU_ASSERT_EQUAL(lobby->caller.replies, 0);
    CU_ASSERT_EQUAL(lobby->office.told.events[SKIFF_PEER_NEW], 0);
    CU_ASSERT_EQUAL(lobby_vacancies(lobby), 4);
}

static void whom_the_hook_does_not_know_leaves_nothing_behind(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.knows = false;
    lobby_open(&lobby);
    ten_checks_leave_nothing(&lobby);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_name, 10);
    lobby_close(&lobby);
}

static void a_password_that_has_not_signed_leaves_nothing_behind(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.password = "another/password/than/hers";
    lobby_open(&lobby);
    ten_checks_leave_nothing(&lobby);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_integrity, 10);
    lobby_close(&lobby);
}

static void a_hook_that_gives_no_password_or_a_bad_one_knows_nobody(void)
{
    static const char *const bad[] = { NULL, "", "short", "a password with blanks in it" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct lobby lobby;

        lobby_new(&lobby);
        lobby.password = bad[i];
        lobby_open(&lobby);
        CU_ASSERT_FALSE(caller_checks(&lobby.caller, true));
        CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_name, 1);
        CU_ASSERT_EQUAL(lobby_vacancies(&lobby), 4);
        lobby_close(&lobby);
    }
}

static void a_ufrag_that_nobody_could_have_is_not_asked_about(void)
{
    static const char *const bad[] = { "abc:them", ":them", "ab cd:them", "ab-cd:them" };
    struct lobby lobby;

    lobby_new(&lobby);
    lobby_open(&lobby);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        strcpy(lobby.caller.name, bad[i]);
        lobby_check(&lobby);
    }
    memset(lobby.caller.name, 'a', 257);
    strcpy(lobby.caller.name + 257, ":them");
    lobby_check(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 0);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_name, 5);
    lobby_close(&lobby);
}

/* RFC 8445 7.3.1.1: who is controlled as well is told so, and is nobody yet. */
static void an_error_of_role_is_answered_and_makes_no_peer(void)
{
    struct lobby lobby;
    struct asker asker;
    uint8_t bytes[CALLER_DATAGRAM];

    lobby_new(&lobby);
    lobby_open(&lobby);
    asker_begin(&asker, bytes);
    asker_add_u64(&asker, ASKER_CONTROLLED, 1);
    asker_add_text(&asker, ASKER_USERNAME, lobby.caller.name);
    caller_send(&lobby.caller, bytes, asker_finish(&asker, lobby.caller.pwd));
    office_run(&lobby.office);
    caller_run(&lobby.caller);
    CU_ASSERT_EQUAL(lobby.caller.error_code, 487);
    CU_ASSERT_EQUAL(lobby.office.told.events[SKIFF_PEER_NEW], 0);
    CU_ASSERT_EQUAL(lobby_vacancies(&lobby), 4);
    CU_ASSERT_TRUE(caller_checks(&lobby.caller, true));
    lobby_close(&lobby);
}

/* Where another lives, the check of an unknown one is not good, and it stays unknown. */
static void at_the_address_of_another_peer_nobody_is_admitted(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby_open(&lobby);
    caller_connect(&lobby.caller);
    skiff_peer *first = lobby.made;
    lobby.opened = NULL;
    strcpy(lobby.caller.name, "room7/dave:them");
    lobby_check(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 2);
    CU_ASSERT_EQUAL(lobby.office.told.events[SKIFF_PEER_NEW], 1);
    CU_ASSERT_PTR_EQUAL(lobby.made, first);
    CU_ASSERT_EQUAL(lobby.office.told.events[SKIFF_PEER_CONFLICT], 0);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_taken, 1);
    CU_ASSERT_EQUAL(lobby_vacancies(&lobby), 3);
    lobby_close(&lobby);
}

/* --- what a hook may do --------------------------------------------------------------- */

static void a_peer_may_be_freed_when_it_is_told_of(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.frees = true;
    lobby_open(&lobby);
    lobby_check(&lobby);
    CU_ASSERT_EQUAL(lobby.office.told.events[SKIFF_PEER_NEW], 1);
    CU_ASSERT_EQUAL(lobby.office.told.events[SKIFF_PEER_PATH], 0);
    CU_ASSERT_EQUAL(lobby_vacancies(&lobby), 4);
    lobby_close(&lobby);
}

static void a_hook_may_take_the_last_place_or_the_ufrag_itself(void)
{
    struct lobby lobby;

    lobby_new(&lobby);
    lobby.fills = true;
    lobby_open(&lobby);
    lobby_check(&lobby);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_unadmitted, 1);
    lobby_close(&lobby);

    lobby_new(&lobby);
    lobby.makes = &carol;
    lobby_open(&lobby);
    lobby_check(&lobby);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_unadmitted, 1);
    CU_ASSERT_TRUE(caller_checks(&lobby.caller, true));
    CU_ASSERT_PTR_EQUAL(lobby.opened, lobby.made);
    lobby_close(&lobby);
}

/* An allocator that gives so many blocks still; 0: none, and all are counted. */
struct stock {
    unsigned left;
    int      given;
};

static void *acquire(void *context, size_t size)
{
    struct stock *stock = context;

    if (stock->left == 0)
        return NULL;
    stock->left--;
    stock->given++;
    return malloc(size);
}

static void release(void *context, void *block, size_t size)
{
    struct stock *stock = context;

    (void)size;
    stock->given--;
    free(block);
}

/* Each block that its peer needs is missing once. */
static void a_peer_that_finds_no_memory_is_asked_about_again(void)
{
    struct stock stock = { .left = UINT32_MAX };
    const skiff_allocator memory = { acquire, release, &stock };
    skiff_context_config config = skiff_context_defaults();
    struct lobby lobby;
    unsigned blocks = 0;

    lobby_new(&lobby);
    skiff_context_free(lobby.office.context);
    config.identity = lobby.office.identity;
    config.pool = lobby.office.pool;
    config.memory = &memory;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &lobby.office.context), SKIFF_OK);
    lobby.office.config.shared = lobby.office.context;
    lobby_open(&lobby);
    int given = stock.given;
    for (; lobby.made == NULL && blocks < 100; blocks++) {
        stock.left = blocks;
        lobby_check(&lobby);
        lobby.office.now += SKIFF_MSEC(1000);
        CU_ASSERT_TRUE(lobby.made != NULL || stock.given <= given + 2);
    }
    CU_ASSERT_PTR_NOT_NULL(lobby.made);
    CU_ASSERT_EQUAL(office_counters(&lobby.office).drop_unadmitted, blocks - 1);
    stock.left = UINT32_MAX;
    CU_ASSERT_EQUAL(lobby_vacancies(&lobby), 3);
    lobby_close(&lobby);
    CU_ASSERT_EQUAL(stock.given, 0);
}

/* --- in a group ----------------------------------------------------------------------- */

enum { BRANCHES = 2, SOCKETS = 24 };

/* Whichever thread gets the first check asks; the others hand over to it from then on. */
static void in_a_group_the_thread_that_read_the_check_has_the_peer(void)
{
    struct lobby lobbies[BRANCHES];
    skiff_port_group *group;

    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(BRANCHES, NULL, &group), SKIFF_OK);
    for (int i = 0; i < BRANCHES; i++) {
        lobby_new(&lobbies[i]);
        lobbies[i].office.config.group = group;
        if (i > 0)
            lobbies[i].office.config.address = skiff_port_address(lobbies[0].office.port);
        lobby_open(&lobbies[i]);
    }
    lobbies[0].office.also = &lobbies[1].office;
    for (int i = 0; i < SOCKETS; i++) {
        CU_ASSERT_TRUE(caller_checks(&lobbies[0].caller, true));
        lobby_move(&lobbies[0], "127.0.0.1");
    }
    CU_ASSERT_EQUAL(lobbies[0].asked + lobbies[1].asked, 1);
    CU_ASSERT_TRUE(office_counters(&lobbies[0].office).handed_over
                       + office_counters(&lobbies[1].office).handed_over > 0);
    lobby_close(&lobbies[0]);
    lobby_close(&lobbies[1]);
    skiff_port_group_free(group);
}

/* What its socket has still is read, to be handed over, and asks nobody. */
static void a_port_that_is_freed_asks_nobody(void)
{
    struct lobby lobby;
    skiff_port_group *group;
    uint8_t bytes[CALLER_DATAGRAM];

    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &group), SKIFF_OK);
    lobby_new(&lobby);
    lobby.office.config.group = group;
    lobby_open(&lobby);
    caller_send(&lobby.caller, bytes, caller_check(&lobby.caller, true, bytes));
    lobby_close(&lobby);
    CU_ASSERT_EQUAL(lobby.asked, 0);
    skiff_port_group_free(group);
}

CU_TestInfo unknown_tests[] = {
    TEST(a_ufrag_that_the_hook_knows_becomes_a_peer),
    TEST(without_a_hook_an_unknown_ufrag_is_dropped),
    TEST(an_unknown_ufrag_may_call_through_a_connection),
    TEST(whom_the_hook_does_not_know_leaves_nothing_behind),
    TEST(a_password_that_has_not_signed_leaves_nothing_behind),
    TEST(a_hook_that_gives_no_password_or_a_bad_one_knows_nobody),
    TEST(a_ufrag_that_nobody_could_have_is_not_asked_about),
    TEST(an_error_of_role_is_answered_and_makes_no_peer),
    TEST(at_the_address_of_another_peer_nobody_is_admitted),
    TEST(a_peer_may_be_freed_when_it_is_told_of),
    TEST(a_hook_may_take_the_last_place_or_the_ufrag_itself),
    TEST(a_peer_that_finds_no_memory_is_asked_about_again),
    TEST(in_a_group_the_thread_that_read_the_check_has_the_peer),
    TEST(a_port_that_is_freed_asks_nobody),
    CU_TEST_INFO_NULL,
};
