/* restart_test.c - restarts of an agent: answers that are late, lost or never come, while
 * the path of before is used, or gone. Real time; consent of 0.6 s. */
#include "suite.h"

#include "call.h"
#include "netns.h"

#include <stdio.h>

static bool has_a_path(const skiff_ice *ice)
{
    return ice->next == NULL && ice->current != NULL && ice->current->remote_ufrag != NULL
        && ice->current->path_deadline == SKIFF_NEVER;
}

static bool both_have_paths(const struct pair *pair)
{
    return has_a_path(pair->a.ice) && has_a_path(pair->b.ice);
}

static bool a_has_failed(const struct pair *pair)
{
    return pair->a.failed > 0;
}

static void a_response_that_lasts_longer_than_consent_ends_nothing(void)
{
    struct call call;

    call_new(&call, 1);
    call_start(&call);
    end_restart(&call.pair.a);
    for (unsigned i = 0; i < 5; i++) {
        call_pass_time(&call.pair, CALL_CONSENT / 3);
        call_talk(&call.pair); /* on the path there was */
    }
    end_restart(&call.pair.b);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    pair_introduce(&call.pair);
    CU_ASSERT_TRUE(pair_until(&call.pair, both_have_paths));
    call_talk(&call.pair);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    CU_ASSERT_EQUAL(call.pair.a.connected, 1);
    CU_ASSERT_EQUAL(call.pair.a.events[SKIFF_ICE_PATH], 2);
    call_free(&call);
}

static void a_restart_outlives_the_path_that_was(void)
{
    struct call call;

    call_new(&call, 2);
    call_start(&call);
    end_restart(&call.pair.a);
    end_restart(&call.pair.b);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    call.path.cut = &call.path;
    CU_ASSERT_TRUE(pair_until(&call.pair, call_both_have_failed));
    call.path.cut = NULL;
    call.pair.a.connected = call.pair.b.connected = 0;
    pair_introduce(&call.pair);
    CU_ASSERT_TRUE(pair_until(&call.pair, both_connected));
    call_talk(&call.pair);
    CU_ASSERT_EQUAL(call.pair.a.failed, 1);
    call_free(&call);
}

/* Its end in the middle of a restart that is answered is no failure: its timeout is longer.
 */
static void a_path_that_ends_while_another_is_sought_is_no_failure_yet(void)
{
    struct call call;

    call_new(&call, 3);
    call.pair.config_a.path_timeout = call.pair.config_b.path_timeout = CALL_CONSENT * 8;
    call_start(&call);
    pair_restart(&call.pair);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    call.path.cut = &call.path;
    pair_introduce(&call.pair);
    call_pass_time(&call.pair, CALL_CONSENT * 2);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    CU_ASSERT_FALSE(call.pair.a.ice->open);
    call.path.cut = NULL;
    CU_ASSERT_TRUE(pair_until(&call.pair, both_have_paths));
    call_talk(&call.pair);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    call_free(&call);
}

/* The longest time is no time that is over. */
static void a_path_may_be_sought_for_ever(void)
{
    struct call call;

    call_new(&call, 12);
    call.pair.config_a.path_timeout = call.pair.config_b.path_timeout = SKIFF_NEVER;
    call_start(&call);
    pair_restart(&call.pair);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    pair_introduce(&call.pair);
    CU_ASSERT_TRUE(pair_until(&call.pair, both_have_paths));
    call_talk(&call.pair);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    CU_ASSERT_EQUAL(call.pair.a.events[SKIFF_ICE_RESTART_FAILED], 0);
    call_free(&call);
}

static bool a_restart_has_failed(const struct pair *pair)
{
    return pair->a.events[SKIFF_ICE_RESTART_FAILED] > 0;
}

static void a_restart_without_a_path_leaves_the_old_one(void)
{
    struct call call;
    const char *ufrag, *password;

    call_new(&call, 4);
    call.pair.config_a.path_timeout = CALL_CONSENT / 2;
    call_start(&call);
    end_restart(&call.pair.a);
    skiff_ice_credentials(call.pair.b.ice, &ufrag, &password);
    CU_ASSERT_EQUAL(skiff_ice_set_peer(call.pair.a.ice, ufrag, password, NULL, 0),
                    SKIFF_OK);
    CU_ASSERT_TRUE(pair_until(&call.pair, a_restart_has_failed));
    call_talk(&call.pair);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);

    pair_restart(&call.pair);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    pair_introduce(&call.pair);
    CU_ASSERT_TRUE(pair_until(&call.pair, both_have_paths));
    call_talk(&call.pair);
    call_free(&call);
}

static void the_second_restart_replaces_the_first(void)
{
    struct call call;
    const char *ufrag, *password;
    char before[64];

    call_new(&call, 5);
    call_start(&call);
    pair_restart(&call.pair);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    skiff_ice_credentials(call.pair.a.ice, &ufrag, &password);
    g_strlcpy(before, ufrag, sizeof before);
    pair_restart(&call.pair);
    skiff_ice_credentials(call.pair.a.ice, &ufrag, &password);
    CU_ASSERT_STRING_NOT_EQUAL(ufrag, before);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    pair_introduce(&call.pair);
    CU_ASSERT_TRUE(pair_until(&call.pair, both_have_paths));
    call_talk(&call.pair);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    call_free(&call);
}

static void a_restart_gathers_anew(void)
{
    struct call call;
    char before[256];

    call_new(&call, 6);
    call_start(&call);
    g_strlcpy(before, call.pair.a.first_candidate, sizeof before);
    pair_restart(&call.pair);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    CU_ASSERT_STRING_NOT_EQUAL(call.pair.a.first_candidate, before);
    CU_ASSERT_EQUAL(call.pair.a.last_candidates, 2);
    call_free(&call);
}

/* A port that nobody has now. */
static uint16_t free_port(void)
{
    struct emulated_path path;
    char rewritten[256];
    unsigned port = 0;

    emulated_path_open(&path, g_main_context_default(), 0);
    emulated_path_rewrite(&path, &path, "1 1 UDP 1 127.0.0.1 9 typ host", rewritten,
                          sizeof rewritten);
    CU_ASSERT_EQUAL(sscanf(rewritten, "%*s %*s %*s %*s %*s %u", &port), 1);
    emulated_path_close(&path);
    return (uint16_t)port;
}

/* Two sockets cannot have one port: libnice starts over in place, and says it again. */
static void with_one_port_alone_a_restart_works_too(void)
{
    struct call call;
    char before[256];

    call_new(&call, 7);
    call.pair.config_a.first_port = free_port();
    call_start(&call);
    g_strlcpy(before, call.pair.a.first_candidate, sizeof before);
    pair_restart(&call.pair);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    CU_ASSERT_STRING_EQUAL(call.pair.a.first_candidate, before);
    CU_ASSERT_EQUAL(call.pair.a.last_candidates, 2);
    call_talk(&call.pair);
    pair_introduce(&call.pair);
    CU_ASSERT_TRUE(pair_until(&call.pair, both_have_paths));
    call_talk(&call.pair);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    call_free(&call);
}

/* libnice's state stays as it was: only another pair is a path of the restart. */
static void with_one_port_alone_a_restart_without_a_path_leaves_the_old_one(void)
{
    struct call call;

    call_new(&call, 14);
    call.pair.config_a.first_port = free_port();
    call.pair.config_a.path_timeout = CALL_CONSENT / 2;
    call.pair.config_b.consent = CALL_CONSENT * 5;
    call_start(&call);
    end_restart(&call.pair.a);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    CU_ASSERT_EQUAL(
        skiff_ice_set_peer(call.pair.a.ice, "abcd", "0123456789012345678901", NULL, 0),
        SKIFF_OK);
    CU_ASSERT_TRUE(pair_until(&call.pair, a_restart_has_failed));
    CU_ASSERT_EQUAL(call.pair.a.events[SKIFF_ICE_PATH], 1);
    call_talk(&call.pair);

    pair_restart(&call.pair);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    pair_introduce(&call.pair);
    CU_ASSERT_TRUE(pair_until(&call.pair, both_have_paths));
    CU_ASSERT_EQUAL(call.pair.a.events[SKIFF_ICE_PATH], 2);
    CU_ASSERT_EQUAL(call.pair.a.events[SKIFF_ICE_RESTART_FAILED], 1);
    call_talk(&call.pair);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    call_free(&call);
}

/* The path ends, as the peer has no answer for the old name: not so the restart. */
static void with_one_port_alone_a_late_response_is_accepted_too(void)
{
    struct call call;

    call_new(&call, 8);
    call.pair.config_a.first_port = free_port();
    call_start(&call);
    pair_restart(&call.pair);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    call.path.cut = &call.path;
    CU_ASSERT_TRUE(pair_until(&call.pair, a_has_failed));
    call.path.cut = NULL;
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    call.pair.a.connected = call.pair.b.connected = 0;
    pair_introduce(&call.pair);
    CU_ASSERT_TRUE(pair_until(&call.pair, both_connected));
    call_talk(&call.pair);
    call_free(&call);
}

static void with_one_port_alone_a_path_that_ends_later_is_the_end(void)
{
    struct call call;
    unsigned passed;

    call_new(&call, 13);
    call.pair.config_a.first_port = free_port();
    call_start(&call);
    pair_restart(&call.pair);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    pair_introduce(&call.pair);
    CU_ASSERT_TRUE(pair_until(&call.pair, both_have_paths));
    call_talk(&call.pair);
    call_pass_time(&call.pair, CALL_CONSENT * 3 / 2);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    call.path.cut = &call.path;
    CU_ASSERT_TRUE(pair_until(&call.pair, call_both_have_failed));
    call.path.cut = NULL;
    passed = call.path.passed;
    call_pass_time(&call.pair, CALL_CONSENT / 2);
    CU_ASSERT_EQUAL(call.path.passed, passed);
    CU_ASSERT_PTR_NULL(call.pair.a.ice->current);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 2);
    call_free(&call);
}

static void a_handle_is_freed_in_the_middle_of_a_restart(void)
{
    struct call call;

    call_new(&call, 9);
    call_start(&call);
    pair_restart(&call.pair);
    call_free(&call);
}

/* From a callback libnice itself is on the stack: what is replaced goes later. */
static void a_restart_in_a_callback_is_one(void)
{
    struct call call;

    call_new(&call, 10);
    call_start(&call);
    end_restart(&call.pair.b);
    call.pair.b.restart_in_candidate = true;
    call_pass_time(&call.pair, CALL_CONSENT / 3);
    CU_ASSERT_FALSE(call.pair.b.restart_in_candidate);
    call_talk(&call.pair);
    end_restart(&call.pair.a);
    call_pass_time(&call.pair, CALL_CONSENT / 6);
    pair_introduce(&call.pair);
    CU_ASSERT_TRUE(pair_until(&call.pair, both_have_paths));
    call_talk(&call.pair);
    call_free(&call);
}

static bool both_had_no_path(const struct pair *pair)
{
    return pair->a.events[SKIFF_ICE_FAILED] > 0 && pair->b.events[SKIFF_ICE_FAILED] > 0;
}

/* What had failed has begun anew: FAILED of DTLS would be about the restart. */
static void a_restart_in_the_callback_of_a_failure_is_no_failure(void)
{
    skiff_failure failure;
    struct call call;

    call_new(&call, 11);
    call.pair.a.restart_in_failure = call.pair.b.restart_in_failure = true;
    call_start(&call);
    call.path.cut = &call.path;
    CU_ASSERT_TRUE(pair_until(&call.pair, both_had_no_path));
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    skiff_ice_failure(call.pair.a.ice, &failure, sizeof failure);
    CU_ASSERT_EQUAL(failure.status, SKIFF_OK);
    call.path.cut = NULL;
    call.pair.a.connected = call.pair.b.connected = 0;
    pair_introduce(&call.pair);
    CU_ASSERT_TRUE(pair_until(&call.pair, both_connected));
    call_talk(&call.pair);
    CU_ASSERT_EQUAL(skiff_ice_restart(call.pair.a.ice), SKIFF_OK);
    CU_ASSERT_EQUAL(call_failed(&call.pair), 0);
    call_free(&call);
}

/* The kernel says so some time after it is up, and libnice takes no other. */
static bool is_running(const char *name)
{
    unsigned tries = 1000;

    while (!netns_ip("-o link show dev %s | grep -q 'state UP'", name) && --tries > 0)
        continue;
    return tries > 0;
}

static bool up(const char *name, const char *address)
{
    return netns_ip("link add %s type veth peer name %s-far", name, name)
        && netns_ip("addr add %s/24 dev %s", address, name)
        && netns_ip("link set %s-far up", name) && netns_ip("link set %s up", name)
        && is_running(name);
}

static bool first_is_reported(const struct pair *pair)
{
    return pair->a.first_candidate[0] != '\0' && pair->b.first_candidate[0] != '\0';
}

/* The network that the call began on goes, and another comes: no candidate leads there. */
static void a_restart_finds_a_network_that_arrived_later(void)
{
    struct netns netns;
    struct pair pair;
    skiff_ice_info info;

    if (!netns_begin(&netns)) {
        CU_PASS("no right to make networks");
        return;
    }
    CU_ASSERT_TRUE(up("wifi", "10.200.0.1"));
    pair_new(&pair, NULL);
    pair.config_a.num_addresses = pair.config_b.num_addresses = 0;
    pair.config_a.consent = pair.config_b.consent = CALL_CONSENT * 5;
    pair_start(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, both_connected));
    skiff_ice_get_info(pair.a.ice, &info, sizeof info);
    CU_ASSERT_NSTRING_EQUAL(info.local, "10.200.0.1:", 11);

    CU_ASSERT_TRUE(netns_ip("link del wifi"));
    CU_ASSERT_TRUE(up("lte", "10.201.0.1"));
    pair_restart(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, first_is_reported));
    pair_introduce(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, both_have_paths));
    skiff_ice_get_info(pair.a.ice, &info, sizeof info);
    CU_ASSERT_NSTRING_EQUAL(info.local, "10.201.0.1:", 11);
    call_talk(&pair);
    CU_ASSERT_EQUAL(pair.a.connected, 1);
    CU_ASSERT_EQUAL(call_failed(&pair), 0);
    pair_free(&pair);
    netns_end(&netns);
}

CU_TestInfo restart_tests[] = {
    TEST(a_response_that_lasts_longer_than_consent_ends_nothing),
    TEST(a_restart_outlives_the_path_that_was),
    TEST(a_path_that_ends_while_another_is_sought_is_no_failure_yet),
    TEST(a_path_may_be_sought_for_ever),
    TEST(a_restart_without_a_path_leaves_the_old_one),
    TEST(the_second_restart_replaces_the_first),
    TEST(a_restart_gathers_anew),
    TEST(with_one_port_alone_a_restart_works_too),
    TEST(with_one_port_alone_a_restart_without_a_path_leaves_the_old_one),
    TEST(with_one_port_alone_a_late_response_is_accepted_too),
    TEST(with_one_port_alone_a_path_that_ends_later_is_the_end),
    TEST(a_handle_is_freed_in_the_middle_of_a_restart),
    TEST(a_restart_in_a_callback_is_one),
    TEST(a_restart_in_the_callback_of_a_failure_is_no_failure),
    TEST(a_restart_finds_a_network_that_arrived_later),
    CU_TEST_INFO_NULL,
};
