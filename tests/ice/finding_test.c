/* finding_test.c - what a peer says of itself, in the spelling that peers use. */
#include "suite.h"

#include "../port/caller.h"
#include "resolver.h"
#include "pair.h"

#include "ice/agent/agent_state.h"

#include <string.h>

static const char *const here[] = { "127.0.0.1" };

/* Chromium takes "-", "=", "#" and "_" though RFC 8839 5.4 has none of them. */
static const char odd_ufrag[] = "-_=#!";
static const char odd_password[] = "-_=#.~0123456789012345";

static void introduce(struct pair *pair)
{
    struct end *ends[] = { &pair->a, &pair->b };
    const char *ufrag, *password;

    skiff_ice_credentials(pair->a.ice, &ufrag, &password);
    CU_ASSERT_EQUAL(
        skiff_ice_set_peer(pair->b.ice, ufrag, password, &pair->a.fingerprint, 1),
        SKIFF_OK);
    CU_ASSERT_EQUAL(
        skiff_ice_set_peer(pair->a.ice, odd_ufrag, odd_password, &pair->b.fingerprint, 1),
        SKIFF_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
        ends[i]->introduced = true;
}

static void a_peer_with_other_characters_in_its_ufrag_is_met(void)
{
    struct pair pair;

    pair_new(&pair, here);
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&pair.config_a, &pair.a.ice), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&pair.config_b, &pair.b.ice), SKIFF_OK);
    const struct ice_session *session = pair.b.ice->current;
    CU_ASSERT_TRUE(nice_agent_set_local_credentials(session->agent, session->stream,
                                                    odd_ufrag, odd_password));
    introduce(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, both_connected));
    pair_free(&pair);
}

static void a_peer_of_a_port_may_have_other_characters_in_its_ufrag(void)
{
    struct fixture fixture;

    server_new(&fixture.server);
    server_open(&fixture.server);
    caller_new_without_remote(&fixture.caller, &fixture.server, SKIFF_ROLE_PASSIVE);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(fixture.caller.peer, odd_ufrag, NULL, 0),
                    SKIFF_OK);
    CU_ASSERT_FALSE(caller_checks(&fixture.caller, false));
    strcpy(strchr(fixture.caller.username, ':') + 1, odd_ufrag);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, false));
    fixture_free(&fixture);
}

static void a_ufrag_that_no_check_could_contain_is_refused(void)
{
    static const char *const bad[] = { "abc",   "ab d",        "ab:d",
                                       "abc\t", "abc\xc3\xa9", "abc\n" };
    const char *password = "0123456789012345678901";
    struct pair pair;

    pair_new(&pair, here);
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&pair.config_a, &pair.a.ice), SKIFF_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        CU_ASSERT_EQUAL(skiff_ice_set_peer(pair.a.ice, bad[i], password, NULL, 0),
                        SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(
        skiff_ice_set_peer(pair.a.ice, odd_ufrag, "012345678901234567890:", NULL, 0),
        SKIFF_ERR_ARGUMENT);
    pair_free(&pair);
}

static void a_candidate_of_no_use_is_counted(void)
{
    static const char *const useless[] = {
        "1 1 udp 1 0.0.0.0 9 typ host",
        "1 1 udp 1 224.0.0.251 5353 typ host",
        "1 1 udp 1 127.0.0.1 0 typ host",
    };
    struct pair pair;
    skiff_ice_counters counters;

    pair_new(&pair, here);
    pair_start(&pair);
    for (size_t i = 0; i < G_N_ELEMENTS(useless); i++)
        CU_ASSERT_EQUAL(skiff_ice_add_candidate(pair.a.ice, useless[i]), SKIFF_OK);
    skiff_ice_get_counters(pair.a.ice, &counters, sizeof counters);
    CU_ASSERT_EQUAL(counters.ignored_address, G_N_ELEMENTS(useless));
    CU_ASSERT_EQUAL(counters.candidates_added, 0);
    pair_free(&pair);
}

/* libnice keeps 200 transactions, which are more than checks. */
static void more_pairs_than_libnice_can_ask_are_refused(void)
{
    struct pair pair;

    pair_new(&pair, here);
    pair.config_a.max_pairs = 181;
    CU_ASSERT_EQUAL(skiff_ice_new(&pair.config_a, &pair.a.ice), SKIFF_ERR_ARGUMENT);
    pair.config_a.max_pairs = 180;
    pair.config_b.max_pairs = 1;
    pair_start(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, both_connected));
    pair_free(&pair);
}

/* --- names that hide an address ------------------------------------------------------- */

static bool b_has_a_candidate(const struct pair *pair)
{
    return pair->b.first_candidate[0] != '\0';
}

static skiff_ice_counters counters_of(const struct end *end)
{
    skiff_ice_counters counters;

    skiff_ice_get_counters(end->ice, &counters, sizeof counters);
    return counters;
}

static skiff_status add_hidden(struct end *end, const char *name, unsigned port)
{
    char line[256];

    g_snprintf(line, sizeof line, "1 1 udp 2113937151 %s %u typ host", name, port);
    return skiff_ice_add_candidate(end->ice, line);
}

static void pair_with_mdns(struct pair *pair)
{
    pair_new(pair, here);
    pair->config_a.resolve_local = true;
    pair->a.ignores_candidates = pair->b.ignores_candidates = true;
    pair_start(pair);
}

/* The port of "1 1 UDP 2015363327 127.0.0.1 40000 typ host" */
static unsigned port_of(const char *candidate)
{
    gchar **words = g_strsplit(candidate, " ", -1);
    unsigned port = (unsigned)g_ascii_strtoull(words[5], NULL, 10);

    g_strfreev(words);
    return port;
}

static void an_mdns_address_is_looked_up_where_the_config_allows_it(void)
{
    GResolver *before = resolver_begin();
    struct pair pair;

    pair_with_mdns(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, b_has_a_candidate));
    CU_ASSERT_EQUAL(add_hidden(&pair.a, "0F1D3A1E-2c8b-4a2e-9c0e-3f2b1a0c9d8e.local",
                               port_of(pair.b.first_candidate)),
                    SKIFF_OK);
    CU_ASSERT_TRUE(pair_until(&pair, both_connected));
    CU_ASSERT_EQUAL(counters_of(&pair.a).candidates_added, 1);
    CU_ASSERT_EQUAL(counters_of(&pair.a).ignored_name, 0);
    pair_free(&pair);
    resolver_end(before);
}

static bool a_has_ignored_one(const struct pair *pair)
{
    return counters_of(&pair->a).ignored_name == 1;
}

static void a_hidden_address_that_nobody_has_is_counted(void)
{
    GResolver *before = resolver_begin();
    struct pair pair;

    pair_with_mdns(&pair);
    CU_ASSERT_EQUAL(add_hidden(&pair.a, "1f1d3a1e-2c8b-4a2e-9c0e-3f2b1a0c9d8e.local", 9),
                    SKIFF_OK);
    CU_ASSERT_TRUE(pair_until(&pair, a_has_ignored_one));
    CU_ASSERT_EQUAL(counters_of(&pair.a).candidates_added, 0);
    pair_free(&pair);
    resolver_end(before);
}

static void an_mdns_name_that_hides_no_browser_is_not_looked_up(void)
{
    static const char *const others[] = {
        "0printer.local",
        "0.example.org",
        "0f1d3a1e-2c8b-4a2e-9c0e-3f2b1a0c9d8e.sub.local",
        "0f1d3a1e-2c8b-4a2e-9c0e-3f2b1a0c9d8e",
        "0f1d3a1e-2c8b-4a2e-9c0e-3f2b1a0c9d8.local",
        "0f1d3a1e-2c8b-4a2e-9c0e-3f2b1a0c9d8e.localhost",
    };
    GResolver *before = resolver_begin();
    struct pair pair;

    pair_with_mdns(&pair);
    for (unsigned i = 0; i < G_N_ELEMENTS(others); i++) {
        CU_ASSERT_EQUAL(add_hidden(&pair.a, others[i], 9), SKIFF_OK);
        CU_ASSERT_EQUAL(counters_of(&pair.a).ignored_name, i + 1);
    }
    pair_free(&pair);
    resolver_end(before);
}

/* And what is asked for still is forgotten with the agent. */
static void few_names_are_looked_up_at_once(void)
{
    GResolver *before = resolver_begin();
    struct pair pair;
    char name[64];

    pair_with_mdns(&pair);
    for (unsigned i = 0; i < 20; i++) {
        g_snprintf(name, sizeof name, "f%07x-2c8b-4a2e-9c0e-3f2b1a0c9d8e.local", i);
        CU_ASSERT_EQUAL(add_hidden(&pair.a, name, 9), SKIFF_OK);
    }
    CU_ASSERT_EQUAL(counters_of(&pair.a).ignored_name, 20 - 16);
    CU_ASSERT_EQUAL(skiff_ice_restart(pair.a.ice), SKIFF_OK);
    pair_choose_paths(&pair);
    CU_ASSERT_EQUAL(counters_of(&pair.a).candidates_added, 0);
    pair_free(&pair);
    resolver_end(before);
}

CU_TestInfo finding_tests[] = {
    TEST(a_peer_with_other_characters_in_its_ufrag_is_met),
    TEST(a_peer_of_a_port_may_have_other_characters_in_its_ufrag),
    TEST(a_ufrag_that_no_check_could_contain_is_refused),
    TEST(a_candidate_of_no_use_is_counted),
    TEST(more_pairs_than_libnice_can_ask_are_refused),
    TEST(an_mdns_address_is_looked_up_where_the_config_allows_it),
    TEST(a_hidden_address_that_nobody_has_is_counted),
    TEST(an_mdns_name_that_hides_no_browser_is_not_looked_up),
    TEST(few_names_are_looked_up_at_once),
    CU_TEST_INFO_NULL,
};
