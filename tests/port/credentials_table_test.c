/* credentials_table_test.c - ufrags and passwords that the caller of a port has chosen. */
#include "suite.h"

#include "caller.h"
#include "count.h"
#include "draw.h"
#include "ice/port/credentials_table.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 300 };

static const skiff_credentials own = { "room1/alice", "a+password/of+24+letters" };
static const skiff_credentials next_own = { "room1/bob", "another+password+of+some" };

static skiff_status make_with(struct server *server, const char *ufrag,
                              const char *password)
{
    const skiff_credentials credentials = { ufrag, password };
    skiff_peer *peer;

    return skiff_peer_new_with(server->port, SKIFF_ROLE_PASSIVE, &credentials, server->now,
                               &peer);
}

static void open_server(struct server *server, uint32_t peers)
{
    server_new(server);
    server->config.peers = peers;
    server_open(server);
}

/* --- calls ---------------------------------------------------------------------------- */

static void a_peer_is_called_by_a_ufrag_that_its_owner_chose(void)
{
    struct server server;
    struct caller caller;
    const char *ufrag, *password;

    open_server(&server, 4);
    caller_new_with(&caller, &server, &own);
    skiff_peer_credentials(caller.peer, &ufrag, &password);
    CU_ASSERT_STRING_EQUAL(ufrag, own.ufrag);
    CU_ASSERT_STRING_EQUAL(password, own.password);
    CU_ASSERT_PTR_NOT_EQUAL(ufrag, own.ufrag);
    caller_connect(&caller);
    caller_free(&caller);
    server_free(&server);
}

static void the_longest_and_the_shortest_ufrags_are_found(void)
{
    struct server server;
    struct caller callers[2];
    char longest[UFRAG_MAX + 1], password[PASSWORD_MAX + 1];

    memset(longest, '/', sizeof longest);
    memset(password, '+', sizeof password);
    longest[UFRAG_MAX] = password[PASSWORD_MAX] = '\0';
    const skiff_credentials is_long = { longest, password };
    const skiff_credentials is_short = { "abcd", "0123456789012345678901" };
    open_server(&server, 4);
    caller_new_with(&callers[0], &server, &is_long);
    caller_new_with(&callers[1], &server, &is_short);
    CU_ASSERT_TRUE(caller_checks(&callers[0], true));
    CU_ASSERT_TRUE(caller_checks(&callers[1], true));
    caller_free(&callers[0]);
    caller_free(&callers[1]);
    server_free(&server);
}

static void a_check_that_another_password_signed_is_dropped(void)
{
    struct server server;
    struct caller caller;

    open_server(&server, 4);
    caller_new_with(&caller, &server, &own);
    caller.pwd = next_own.password;
    CU_ASSERT_FALSE(caller_checks(&caller, true));
    CU_ASSERT_EQUAL(server_counters(&server).drop_integrity, 1);
    caller_free(&caller);
    server_free(&server);
}

static void chosen_and_generated_ufrags_live_side_by_side(void)
{
    static struct caller callers[MANY];
    struct server server;
    char ufrags[MANY][24];

    open_server(&server, MANY);
    for (int i = 0; i < MANY; i++) {
        const skiff_credentials credentials = { ufrags[i], own.password };
        snprintf(ufrags[i], sizeof ufrags[i], "call/%d", i);
        if (i % 3 == 0)
            caller_new(&callers[i], &server);
        else
            caller_new_with(&callers[i], &server, &credentials);
    }
    for (int i = 0; i < MANY; i += 2) {
        skiff_peer_free(callers[i].peer);
        callers[i].pwd = own.password; /* what was the peer's is gone */
        CU_ASSERT_FALSE(caller_checks(&callers[i], true));
    }
    for (int i = 1; i < MANY; i += 2)
        CU_ASSERT_TRUE(caller_checks(&callers[i], true));
    for (int i = 0; i < MANY; i++)
        caller_free(&callers[i]);
    CU_ASSERT_EQUAL(server_counters(&server).drop_ufrag, MANY / 2);
    server_free(&server);
}

/* --- what is refused ------------------------------------------------------------------ */

static void credentials_of_other_lengths_and_characters_are_refused(void)
{
    struct server server;
    char long_text[UFRAG_MAX + 2];
    skiff_peer *peer;

    memset(long_text, 'a', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    open_server(&server, 4);
    const struct {
        const char *ufrag, *password;
    } bad[] = {
        { "abc", own.password },   { long_text, own.password },
        { NULL, own.password },    { "ab:cd", own.password },
        { "ab cd", own.password }, { "abcd\r", own.password },
        { "abcd", NULL },          { "abcd", "012345678901234567890" },
        { "abcd", long_text },     { "abcd", "0123456789012345678 901" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_EQUAL(make_with(&server, bad[i].ufrag, bad[i].password),
                        SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(
        skiff_peer_new_with(server.port, SKIFF_ROLE_PASSIVE, NULL, server.now, &peer),
        SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_peer_new_with(NULL, SKIFF_ROLE_PASSIVE, &own, server.now, &peer),
                    SKIFF_ERR_ARGUMENT);
    server_free(&server);
}

static void a_ufrag_that_a_living_peer_has_is_refused(void)
{
    struct server server;
    struct caller chosen, generated;

    open_server(&server, 3);
    caller_new_with(&chosen, &server, &own);
    caller_new(&generated, &server);
    CU_ASSERT_EQUAL(make_with(&server, own.ufrag, next_own.password), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(make_with(&server, generated.ufrag, own.password), SKIFF_ERR_STATE);
    skiff_peer_free(chosen.peer);
    CU_ASSERT_EQUAL(make_with(&server, own.ufrag, own.password), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(&server, "Babcdefghijkl", own.password), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(&server, "more", own.password), SKIFF_ERR_SPACE);
    caller_free(&chosen);
    caller_free(&generated);
    server_free(&server);
}

/* --- in a group ----------------------------------------------------------------------- */

struct group_pair {
    skiff_port_group *group;
    struct server here, there;
};

static void open_member(struct group_pair *members, struct server *server,
                        const char *address)
{
    server_new(server);
    server->config.group = members->group;
    if (address != NULL)
        server->config.address = address;
    server_open(server);
}

static void group_pair_open(struct group_pair *members)
{
    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &members->group), SKIFF_OK);
    open_member(members, &members->here, NULL);
    open_member(members, &members->there, skiff_port_address(members->here.port));
    members->here.other = &members->there;
}

static void group_pair_close(struct group_pair *members)
{
    server_free(&members->here);
    server_free(&members->there);
    skiff_port_group_free(members->group);
}

static void in_a_group_no_ufrag_looks_like_one_of_another_thread(void)
{
    struct group_pair members;
    struct server *here = &members.here, *there = &members.there;

    group_pair_open(&members);
    CU_ASSERT_EQUAL(make_with(here, "Babcdefghijk1", own.password), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(make_with(here, "Aabcdefghijk1", own.password), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(there, "Cabcdefghijk1", own.password), SKIFF_OK);
    group_pair_close(&members);
}

static void no_two_peers_of_a_group_have_the_same_ufrag(void)
{
    struct group_pair members;
    struct caller caller;

    group_pair_open(&members);
    caller_new_with(&caller, &members.here, &own);
    CU_ASSERT_EQUAL(make_with(&members.there, own.ufrag, own.password), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &next_own), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(&members.there, next_own.ufrag, own.password),
                    SKIFF_ERR_STATE);
    skiff_peer_free(caller.peer);
    CU_ASSERT_EQUAL(make_with(&members.there, own.ufrag, own.password), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(&members.there, next_own.ufrag, own.password), SKIFF_OK);
    caller_free(&caller);
    group_pair_close(&members);
}

/* The kernel gives the checks of some to either thread, but for one time in 2^23. */
static void a_check_reaches_the_thread_that_has_its_ufrag(void)
{
    enum { CALLERS = 24 };
    static struct caller callers[CALLERS];
    struct group_pair members;
    char ufrags[CALLERS][24];

    group_pair_open(&members);
    for (int i = 0; i < CALLERS; i++) {
        const skiff_credentials credentials = { ufrags[i], own.password };
        snprintf(ufrags[i], sizeof ufrags[i], "group/%d", i);
        caller_new_with(&callers[i], &members.here, &credentials);
        caller_connect(&callers[i]);
    }
    CU_ASSERT_TRUE(server_counters(&members.there).forwarded > 0);
    CU_ASSERT_EQUAL(server_counters(&members.there).drop_ufrag, 0);
    CU_ASSERT_EQUAL(server_counters(&members.here).drop_ufrag, 0);
    for (int i = 0; i < CALLERS; i++)
        caller_free(&callers[i]);
    group_pair_close(&members);
}

/* Who joined a group later may look as if it had what was chosen before. */
static void a_ufrag_stays_with_its_peer_when_another_thread_joins(void)
{
    static const skiff_credentials as_of_b = { "Babcdefghijk0", "0123456789012345678901" };
    struct group_pair members;
    struct caller caller;

    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &members.group), SKIFF_OK);
    open_member(&members, &members.here, NULL);
    caller_new_with(&caller, &members.here, &as_of_b);
    open_member(&members, &members.there, skiff_port_address(members.here.port));
    members.here.other = &members.there;
    for (int i = 0; i < 24; i++) {
        CU_ASSERT_TRUE(caller_checks(&caller, true));
        if (caller.old_fd >= 0)
            close(caller.old_fd);
        caller.old_fd = -1;
        caller_move(&caller);
    }
    CU_ASSERT_TRUE(server_counters(&members.there).forwarded > 0);
    caller_free(&caller);
    group_pair_close(&members);
}

/* --- restarts ------------------------------------------------------------------------- */

static void read_credentials(struct caller *caller)
{
    skiff_peer_credentials(caller->peer, &caller->ufrag, &caller->pwd);
    strcat(strcpy(caller->username, caller->ufrag), ":them");
}

static void a_restart_gives_another_ufrag_of_either_kind(void)
{
    struct server server;
    struct caller caller;

    open_server(&server, 4);
    caller_new_with(&caller, &server, &own);
    caller_connect(&caller);
    CU_ASSERT_EQUAL(skiff_peer_restart(caller.peer), SKIFF_OK);
    read_credentials(&caller);
    CU_ASSERT_EQUAL(strlen(caller.ufrag), 13);
    CU_ASSERT_TRUE(caller_checks(&caller, true));
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &next_own), SKIFF_OK);
    read_credentials(&caller);
    CU_ASSERT_STRING_EQUAL(caller.ufrag, next_own.ufrag);
    CU_ASSERT_TRUE(caller_checks(&caller, true));
    caller_free(&caller);
    server_free(&server);
}

/* Whether checks by these credentials are answered now. */
static bool gets_a_response(struct caller *caller, const skiff_credentials *credentials)
{
    caller->pwd = credentials->password;
    strcat(strcpy(caller->username, credentials->ufrag), ":them");
    return caller_checks(caller, true);
}

/* RFC 8445 9: its new ufrag may not have reached the other side yet. */
static void previous_credentials_work_until_new_ones_do(struct caller *caller,
                                                        const skiff_credentials *before)
{
    skiff_credentials now;

    skiff_peer_credentials(caller->peer, &now.ufrag, &now.password);
    CU_ASSERT_TRUE(gets_a_response(caller, before));
    CU_ASSERT_TRUE(gets_a_response(caller, before));
    CU_ASSERT_TRUE(gets_a_response(caller, &now));
    CU_ASSERT_FALSE(gets_a_response(caller, before));
    CU_ASSERT_TRUE(gets_a_response(caller, &now));
}

static void what_was_chosen_before_a_restart_is_good_until_the_new_ones_are(void)
{
    struct server server;
    struct caller caller;
    char ufrag[16], password[32];
    const skiff_credentials generated = { ufrag, password };
    const char *texts[2];

    open_server(&server, 4);
    caller_new_with(&caller, &server, &own);
    CU_ASSERT_TRUE(gets_a_response(&caller, &own));
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &next_own), SKIFF_OK);
    previous_credentials_work_until_new_ones_do(&caller, &own);
    CU_ASSERT_EQUAL(skiff_peer_restart(caller.peer), SKIFF_OK);
    skiff_peer_credentials(caller.peer, &texts[0], &texts[1]);
    strcpy(ufrag, texts[0]);
    strcpy(password, texts[1]);
    previous_credentials_work_until_new_ones_do(&caller, &next_own);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &own), SKIFF_OK);
    previous_credentials_work_until_new_ones_do(&caller, &generated);
    CU_ASSERT_EQUAL(make_with(&server, next_own.ufrag, own.password), SKIFF_OK);
    caller_free(&caller);
    server_free(&server);
}

/* Nobody else may have it meanwhile. */
static void a_ufrag_of_before_a_restart_is_accepted_until_then(void)
{
    struct server server;
    struct caller caller;

    open_server(&server, 4);
    caller_new_with(&caller, &server, &own);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &next_own), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(&server, own.ufrag, own.password), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &own), SKIFF_ERR_STATE);
    skiff_peer_free(caller.peer);
    CU_ASSERT_EQUAL(make_with(&server, own.ufrag, own.password), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(&server, next_own.ufrag, own.password), SKIFF_OK);
    caller_free(&caller);
    server_free(&server);
}

static void a_restart_that_is_refused_changes_nothing(void)
{
    static const skiff_credentials bad = { "abc", "0123456789012345678901" };
    struct server server;
    struct caller caller, other;

    open_server(&server, 4);
    caller_new_with(&caller, &server, &own);
    caller_new_with(&other, &server, &next_own);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, NULL), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &bad), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &next_own), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &own), SKIFF_ERR_STATE);
    CU_ASSERT_TRUE(caller_checks(&caller, true));
    CU_ASSERT_TRUE(caller_checks(&other, true));
    caller_free(&caller);
    caller_free(&other);
    server_free(&server);
}

/* --- memory --------------------------------------------------------------------------- */

/* Each allocation of such a peer fails once. */
static void a_peer_that_finds_no_memory_leaves_no_ufrag_behind(void)
{
    struct server server;
    skiff_status status = SKIFF_ERR_MEMORY;

    if (!count_works())
        return;
    open_server(&server, 4);
    for (uint64_t nth = 1; status != SKIFF_OK && nth < 100; nth++) {
        count_refuse(nth);
        status = make_with(&server, own.ufrag, own.password);
        count_refuse(0);
        CU_ASSERT_TRUE(status == SKIFF_OK || status == SKIFF_ERR_MEMORY);
    }
    CU_ASSERT_EQUAL(status, SKIFF_OK);
    server_free(&server);
}

static void generated_ufrags_cost_no_table(void)
{
    struct server server;
    skiff_peer *peer;

    if (!count_works())
        return;
    open_server(&server, 4000);
    CU_ASSERT_EQUAL(skiff_peer_new(server.port, SKIFF_ROLE_PASSIVE, server.now, &peer),
                    SKIFF_OK);
    skiff_peer_free(peer);
    int64_t before = count_now().live;
    CU_ASSERT_EQUAL(skiff_peer_new(server.port, SKIFF_ROLE_PASSIVE, server.now, &peer),
                    SKIFF_OK);
    CU_ASSERT_TRUE(count_now().live - before < 4000);
    skiff_peer_free(peer);
    CU_ASSERT_EQUAL(count_now().live, before);
    server_free(&server);
}

/* Entries come and go at random; a table of two buckets and a model agree. */
static void a_table_finds_what_a_model_finds(void)
{
    enum { SLOTS = 16 };
    const struct hash_key mix = { 12345, 6789 };
    uint64_t seed = 20261129;
    bool there[SLOTS] = { false };
    struct credentials_table table;

    skf_credentials_table_init(&table, NULL, SLOTS, &mix);
    for (int round = 0; round < 5000; round++) {
        char ufrag[24];
        uint32_t slot = draw(&seed) % SLOTS;
        const skiff_credentials credentials = { ufrag, own.password };
        snprintf(ufrag, sizeof ufrag, "slot%u", slot);
        const skiff_bytes bytes = { (const uint8_t *)ufrag, strlen(ufrag) };
        CU_ASSERT_EQUAL(skf_credentials_table_find(&table, bytes) != NULL, there[slot]);
        if (there[slot])
            skf_credentials_table_remove(&table, slot);
        else
            CU_ASSERT_EQUAL(skf_credentials_table_add(&table, slot, &credentials),
                            SKIFF_OK);
        there[slot] = !there[slot];
        const struct credentials_entry *found = skf_credentials_table_find(&table, bytes);
        CU_ASSERT_EQUAL(found != NULL, there[slot]);
        CU_ASSERT_TRUE(found == NULL || found->index == slot);
    }
    skf_credentials_table_clear(&table);
}

CU_TestInfo credentials_table_tests[] = {
    TEST(a_peer_is_called_by_a_ufrag_that_its_owner_chose),
    TEST(the_longest_and_the_shortest_ufrags_are_found),
    TEST(a_check_that_another_password_signed_is_dropped),
    TEST(chosen_and_generated_ufrags_live_side_by_side),
    TEST(credentials_of_other_lengths_and_characters_are_refused),
    TEST(a_ufrag_that_a_living_peer_has_is_refused),
    TEST(in_a_group_no_ufrag_looks_like_one_of_another_thread),
    TEST(no_two_peers_of_a_group_have_the_same_ufrag),
    TEST(a_check_reaches_the_thread_that_has_its_ufrag),
    TEST(a_ufrag_stays_with_its_peer_when_another_thread_joins),
    TEST(a_restart_gives_another_ufrag_of_either_kind),
    TEST(what_was_chosen_before_a_restart_is_good_until_the_new_ones_are),
    TEST(a_ufrag_of_before_a_restart_is_accepted_until_then),
    TEST(a_restart_that_is_refused_changes_nothing),
    TEST(a_peer_that_finds_no_memory_leaves_no_ufrag_behind),
    TEST(generated_ufrags_cost_no_table),
    TEST(a_table_finds_what_a_model_finds),
    CU_TEST_INFO_NULL,
};
