/* chosen_test.c - ufrags and passwords that the caller of a port has chosen. */
#include "suite.h"

#include "caller.h"
#include "count.h"
#include "draw.h"
#include "ice/port/chosen.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 300 };

static const skiff_credentials own = { "room1/alice", "a+password/of+24+letters" };
static const skiff_credentials next_own = { "room1/bob", "another+password+of+some" };

static skiff_status make_with(struct office *office, const char *ufrag,
                              const char *password)
{
    const skiff_credentials credentials = { ufrag, password };
    skiff_peer *peer;

    return skiff_peer_new_with(office->port, SKIFF_ROLE_PASSIVE, &credentials, office->now,
                               &peer);
}

static void open_office(struct office *office, uint32_t peers)
{
    office_new(office);
    office->config.peers = peers;
    office_open(office);
}

/* --- calls ---------------------------------------------------------------------------- */

static void a_peer_is_called_by_a_ufrag_that_its_owner_chose(void)
{
    struct office office;
    struct caller caller;
    const char *ufrag, *password;

    open_office(&office, 4);
    caller_new_with(&caller, &office, &own);
    skiff_peer_credentials(caller.peer, &ufrag, &password);
    CU_ASSERT_STRING_EQUAL(ufrag, own.ufrag);
    CU_ASSERT_STRING_EQUAL(password, own.password);
    CU_ASSERT_PTR_NOT_EQUAL(ufrag, own.ufrag);
    caller_connect(&caller);
    caller_free(&caller);
    office_free(&office);
}

static void the_longest_and_the_shortest_ufrags_are_found(void)
{
    struct office office;
    struct caller callers[2];
    char longest[UFRAG_LONGEST + 1], password[PASSWORD_LONGEST + 1];

    memset(longest, '/', sizeof longest);
    memset(password, '+', sizeof password);
    longest[UFRAG_LONGEST] = password[PASSWORD_LONGEST] = '\0';
    const skiff_credentials is_long = { longest, password };
    const skiff_credentials is_short = { "abcd", "0123456789012345678901" };
    open_office(&office, 4);
    caller_new_with(&callers[0], &office, &is_long);
    caller_new_with(&callers[1], &office, &is_short);
    CU_ASSERT_TRUE(caller_checks(&callers[0], true));
    CU_ASSERT_TRUE(caller_checks(&callers[1], true));
    caller_free(&callers[0]);
    caller_free(&callers[1]);
    office_free(&office);
}

static void a_check_that_another_password_signed_is_dropped(void)
{
    struct office office;
    struct caller caller;

    open_office(&office, 4);
    caller_new_with(&caller, &office, &own);
    caller.pwd = next_own.password;
    CU_ASSERT_FALSE(caller_checks(&caller, true));
    CU_ASSERT_EQUAL(office_counters(&office).drop_integrity, 1);
    caller_free(&caller);
    office_free(&office);
}

static void chosen_and_generated_ufrags_live_side_by_side(void)
{
    static struct caller callers[MANY];
    struct office office;
    char ufrags[MANY][24];

    open_office(&office, MANY);
    for (int i = 0; i < MANY; i++) {
        const skiff_credentials credentials = { ufrags[i], own.password };
        snprintf(ufrags[i], sizeof ufrags[i], "call/%d", i);
        if (i % 3 == 0)
            caller_new(&callers[i], &office);
        else
            caller_new_with(&callers[i], &office, &credentials);
    }
    for (int i = 0; i < MANY; i += 2) {
        skiff_peer_free(callers[i].peer);
        callers[i].pwd = own.password;                 /* what was the peer's is gone */
        CU_ASSERT_FALSE(caller_checks(&callers[i], true));
    }
    for (int i = 1; i < MANY; i += 2)
        CU_ASSERT_TRUE(caller_checks(&callers[i], true));
    for (int i = 0; i < MANY; i++)
        caller_free(&callers[i]);
    CU_ASSERT_EQUAL(office_counters(&office).drop_name, MANY / 2);
    office_free(&office);
}

/* --- what is refused ------------------------------------------------------------------ */

static void credentials_of_other_lengths_and_letters_are_refused(void)
{
    struct office office;
    char long_text[UFRAG_LONGEST + 2];
    skiff_peer *peer;

    memset(long_text, 'a', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    open_office(&office, 4);
    const struct {
        const char *ufrag, *password;
    } bad[] = {
        { "abc", own.password },         { long_text, own.password },
        { NULL, own.password },          { "ab:cd", own.password },
        { "ab cd", own.password },       { "abcd\r", own.password },
        { "abcd", NULL },                { "abcd", "012345678901234567890" },
        { "abcd", long_text },           { "abcd", "0123456789012345678 901" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_EQUAL(make_with(&office, bad[i].ufrag, bad[i].password),
                        SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_peer_new_with(office.port, SKIFF_ROLE_PASSIVE, NULL, office.now,
                                        &peer), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_peer_new_with(NULL, SKIFF_ROLE_PASSIVE, &own, office.now, &peer),
                    SKIFF_ERR_ARGUMENT);
    office_free(&office);
}

static void a_ufrag_that_a_living_peer_has_is_refused(void)
{
    struct office office;
    struct caller chosen, generated;

    open_office(&office, 3);
    caller_new_with(&chosen, &office, &own);
    caller_new(&generated, &office);
    CU_ASSERT_EQUAL(make_with(&office, own.ufrag, next_own.password), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(make_with(&office, generated.ufrag, own.password), SKIFF_ERR_STATE);
    skiff_peer_free(chosen.peer);
    CU_ASSERT_EQUAL(make_with(&office, own.ufrag, own.password), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(&office, "Babcdefghijkl", own.password), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(&office, "more", own.password), SKIFF_ERR_SPACE);
    caller_free(&chosen);
    caller_free(&generated);
    office_free(&office);
}

/* --- in a group ----------------------------------------------------------------------- */

struct branches {
    skiff_port_group *group;
    struct office     here, there;
};

static void open_branch(struct branches *branches, struct office *office,
                        const char *address)
{
    office_new(office);
    office->config.group = branches->group;
    if (address != NULL)
        office->config.address = address;
    office_open(office);
}

static void branches_open(struct branches *branches)
{
    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &branches->group), SKIFF_OK);
    open_branch(branches, &branches->here, NULL);
    open_branch(branches, &branches->there, skiff_port_address(branches->here.port));
    branches->here.also = &branches->there;
}

static void branches_close(struct branches *branches)
{
    office_free(&branches->here);
    office_free(&branches->there);
    skiff_port_group_free(branches->group);
}

static void in_a_group_no_ufrag_looks_like_one_of_another_thread(void)
{
    struct branches branches;
    struct office *here = &branches.here, *there = &branches.there;

    branches_open(&branches);
    CU_ASSERT_EQUAL(make_with(here, "Babcdefghijk1", own.password), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(make_with(here, "Aabcdefghijk1", own.password), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(there, "Cabcdefghijk1", own.password), SKIFF_OK);
    branches_close(&branches);
}

static void no_two_peers_of_a_group_have_the_same_ufrag(void)
{
    struct branches branches;
    struct caller caller;

    branches_open(&branches);
    caller_new_with(&caller, &branches.here, &own);
    CU_ASSERT_EQUAL(make_with(&branches.there, own.ufrag, own.password), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &next_own), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(&branches.there, next_own.ufrag, own.password),
                    SKIFF_ERR_STATE);
    skiff_peer_free(caller.peer);
    CU_ASSERT_EQUAL(make_with(&branches.there, own.ufrag, own.password), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(&branches.there, next_own.ufrag, own.password), SKIFF_OK);
    caller_free(&caller);
    branches_close(&branches);
}

/* The kernel gives the checks of some to either thread, but for one time in 2^23. */
static void a_check_reaches_the_thread_that_has_its_ufrag(void)
{
    enum { CALLERS = 24 };
    static struct caller callers[CALLERS];
    struct branches branches;
    char ufrags[CALLERS][24];

    branches_open(&branches);
    for (int i = 0; i < CALLERS; i++) {
        const skiff_credentials credentials = { ufrags[i], own.password };
        snprintf(ufrags[i], sizeof ufrags[i], "group/%d", i);
        caller_new_with(&callers[i], &branches.here, &credentials);
        caller_connect(&callers[i]);
    }
    CU_ASSERT_TRUE(office_counters(&branches.there).handed_over > 0);
    CU_ASSERT_EQUAL(office_counters(&branches.there).drop_name, 0);
    CU_ASSERT_EQUAL(office_counters(&branches.here).drop_name, 0);
    for (int i = 0; i < CALLERS; i++)
        caller_free(&callers[i]);
    branches_close(&branches);
}

/* Who joined a group later may look as if it had what was chosen before. */
static void a_ufrag_stays_with_its_peer_when_another_thread_joins(void)
{
    static const skiff_credentials as_of_b = { "Babcdefghijk0", "0123456789012345678901" };
    struct branches branches;
    struct caller caller;

    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &branches.group), SKIFF_OK);
    open_branch(&branches, &branches.here, NULL);
    caller_new_with(&caller, &branches.here, &as_of_b);
    open_branch(&branches, &branches.there, skiff_port_address(branches.here.port));
    branches.here.also = &branches.there;
    for (int i = 0; i < 24; i++) {
        CU_ASSERT_TRUE(caller_checks(&caller, true));
        if (caller.left >= 0)
            close(caller.left);
        caller.left = -1;
        caller_move(&caller);
    }
    CU_ASSERT_TRUE(office_counters(&branches.there).handed_over > 0);
    caller_free(&caller);
    branches_close(&branches);
}

/* --- restarts ------------------------------------------------------------------------- */

static void give_back(struct caller *caller)
{
    skiff_peer_credentials(caller->peer, &caller->ufrag, &caller->pwd);
    strcat(strcpy(caller->name, caller->ufrag), ":them");
}

static void a_restart_gives_another_ufrag_of_either_kind(void)
{
    struct office office;
    struct caller caller;

    open_office(&office, 4);
    caller_new_with(&caller, &office, &own);
    caller_connect(&caller);
    CU_ASSERT_EQUAL(skiff_peer_restart(caller.peer), SKIFF_OK);
    give_back(&caller);
    CU_ASSERT_EQUAL(strlen(caller.ufrag), 13);
    CU_ASSERT_TRUE(caller_checks(&caller, true));
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &next_own), SKIFF_OK);
    give_back(&caller);
    CU_ASSERT_STRING_EQUAL(caller.ufrag, next_own.ufrag);
    CU_ASSERT_TRUE(caller_checks(&caller, true));
    caller_free(&caller);
    office_free(&office);
}

/* Whether checks by these credentials are answered now. */
static bool is_answered(struct caller *caller, const skiff_credentials *credentials)
{
    caller->pwd = credentials->password;
    strcat(strcpy(caller->name, credentials->ufrag), ":them");
    return caller_checks(caller, true);
}

/* RFC 8445 9: its new name may not have come to the other side. */
static void before_is_answered_until_the_new_ones_are(struct caller *caller,
                                                      const skiff_credentials *before)
{
    skiff_credentials now;

    skiff_peer_credentials(caller->peer, &now.ufrag, &now.password);
    CU_ASSERT_TRUE(is_answered(caller, before));
    CU_ASSERT_TRUE(is_answered(caller, before));
    CU_ASSERT_TRUE(is_answered(caller, &now));
    CU_ASSERT_FALSE(is_answered(caller, before));
    CU_ASSERT_TRUE(is_answered(caller, &now));
}

static void what_was_chosen_before_a_restart_is_good_until_the_new_ones_are(void)
{
    struct office office;
    struct caller caller;
    char ufrag[16], password[32];
    const skiff_credentials generated = { ufrag, password };
    const char *texts[2];

    open_office(&office, 4);
    caller_new_with(&caller, &office, &own);
    CU_ASSERT_TRUE(is_answered(&caller, &own));
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &next_own), SKIFF_OK);
    before_is_answered_until_the_new_ones_are(&caller, &own);
    CU_ASSERT_EQUAL(skiff_peer_restart(caller.peer), SKIFF_OK);
    skiff_peer_credentials(caller.peer, &texts[0], &texts[1]);
    strcpy(ufrag, texts[0]);
    strcpy(password, texts[1]);
    before_is_answered_until_the_new_ones_are(&caller, &next_own);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &own), SKIFF_OK);
    before_is_answered_until_the_new_ones_are(&caller, &generated);
    CU_ASSERT_EQUAL(make_with(&office, next_own.ufrag, own.password), SKIFF_OK);
    caller_free(&caller);
    office_free(&office);
}

/* Nobody else may have it meanwhile. */
static void a_ufrag_of_before_a_restart_is_taken_until_then(void)
{
    struct office office;
    struct caller caller;

    open_office(&office, 4);
    caller_new_with(&caller, &office, &own);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &next_own), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(&office, own.ufrag, own.password), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &own), SKIFF_ERR_STATE);
    skiff_peer_free(caller.peer);
    CU_ASSERT_EQUAL(make_with(&office, own.ufrag, own.password), SKIFF_OK);
    CU_ASSERT_EQUAL(make_with(&office, next_own.ufrag, own.password), SKIFF_OK);
    caller_free(&caller);
    office_free(&office);
}

static void a_restart_that_is_refused_changes_nothing(void)
{
    static const skiff_credentials bad = { "abc", "0123456789012345678901" };
    struct office office;
    struct caller caller, other;

    open_office(&office, 4);
    caller_new_with(&caller, &office, &own);
    caller_new_with(&other, &office, &next_own);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, NULL), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &bad), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &next_own), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_peer_restart_with(caller.peer, &own), SKIFF_ERR_STATE);
    CU_ASSERT_TRUE(caller_checks(&caller, true));
    CU_ASSERT_TRUE(caller_checks(&other, true));
    caller_free(&caller);
    caller_free(&other);
    office_free(&office);
}

/* --- memory --------------------------------------------------------------------------- */

/* Each allocation of such a peer fails once. */
static void a_peer_that_finds_no_memory_leaves_no_ufrag_behind(void)
{
    struct office office;
    skiff_status status = SKIFF_ERR_MEMORY;

    if (!count_works())
        return;
    open_office(&office, 4);
    for (uint64_t nth = 1; status != SKIFF_OK && nth < 100; nth++) {
        count_refuse(nth);
        status = make_with(&office, own.ufrag, own.password);
        count_refuse(0);
        CU_ASSERT_TRUE(status == SKIFF_OK || status == SKIFF_ERR_MEMORY);
    }
    CU_ASSERT_EQUAL(status, SKIFF_OK);
    office_free(&office);
}

static void generated_ufrags_cost_no_table(void)
{
    struct office office;
    skiff_peer *peer;

    if (!count_works())
        return;
    open_office(&office, 4000);
    CU_ASSERT_EQUAL(skiff_peer_new(office.port, SKIFF_ROLE_PASSIVE, office.now, &peer),
                    SKIFF_OK);
    skiff_peer_free(peer);
    int64_t before = count_now().live;
    CU_ASSERT_EQUAL(skiff_peer_new(office.port, SKIFF_ROLE_PASSIVE, office.now, &peer),
                    SKIFF_OK);
    CU_ASSERT_TRUE(count_now().live - before < 4000);
    skiff_peer_free(peer);
    CU_ASSERT_EQUAL(count_now().live, before);
    office_free(&office);
}

/* Entries come and go at random; a table of two buckets and a model agree. */
static void a_table_finds_what_a_model_finds(void)
{
    enum { SLOTS = 16 };
    const struct mix mix = { 12345, 6789 };
    uint64_t seed = 20261129;
    bool there[SLOTS] = { false };
    struct chosen_table table;

    skf_chosen_init(&table, NULL, SLOTS, &mix);
    for (int round = 0; round < 5000; round++) {
        char ufrag[24];
        uint32_t slot = draw(&seed) % SLOTS;
        const skiff_credentials credentials = { ufrag, own.password };
        snprintf(ufrag, sizeof ufrag, "slot%u", slot);
        const skiff_bytes bytes = { (const uint8_t *)ufrag, strlen(ufrag) };
        CU_ASSERT_EQUAL(skf_chosen_find(&table, bytes) != NULL, there[slot]);
        if (there[slot])
            skf_chosen_remove(&table, slot);
        else
            CU_ASSERT_EQUAL(skf_chosen_add(&table, slot, &credentials), SKIFF_OK);
        there[slot] = !there[slot];
        const struct chosen *found = skf_chosen_find(&table, bytes);
        CU_ASSERT_EQUAL(found != NULL, there[slot]);
        CU_ASSERT_TRUE(found == NULL || found->slot == slot);
    }
    skf_chosen_clear(&table);
}

CU_TestInfo chosen_tests[] = {
    TEST(a_peer_is_called_by_a_ufrag_that_its_owner_chose),
    TEST(the_longest_and_the_shortest_ufrags_are_found),
    TEST(a_check_that_another_password_signed_is_dropped),
    TEST(chosen_and_generated_ufrags_live_side_by_side),
    TEST(credentials_of_other_lengths_and_letters_are_refused),
    TEST(a_ufrag_that_a_living_peer_has_is_refused),
    TEST(in_a_group_no_ufrag_looks_like_one_of_another_thread),
    TEST(no_two_peers_of_a_group_have_the_same_ufrag),
    TEST(a_check_reaches_the_thread_that_has_its_ufrag),
    TEST(a_ufrag_stays_with_its_peer_when_another_thread_joins),
    TEST(a_restart_gives_another_ufrag_of_either_kind),
    TEST(what_was_chosen_before_a_restart_is_good_until_the_new_ones_are),
    TEST(a_ufrag_of_before_a_restart_is_taken_until_then),
    TEST(a_restart_that_is_refused_changes_nothing),
    TEST(a_peer_that_finds_no_memory_leaves_no_ufrag_behind),
    TEST(generated_ufrags_cost_no_table),
    TEST(a_table_finds_what_a_model_finds),
    CU_TEST_INFO_NULL,
};
