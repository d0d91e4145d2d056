/* broken_rule_test.c - what is said of each rule of agents that is broken. */
#include "../rule.h"
#include "suite.h"

#include "call.h"

static const char *const here[] = { "127.0.0.1" };
static const char password[] = "0123456789012345678901";

/* A config of an agent that is good but for one field. */
#define BREAKS_WITH(field, value, sentence)                                                \
  do {                                                                                     \
    skiff_ice_config bad = pair.config_a;                                                  \
    skiff_ice *none = NULL;                                                                \
    bad.field = value;                                                                     \
    BREAKS(skiff_ice_new(&bad, &none), SKIFF_ERR_ARGUMENT, sentence);                      \
  } while (0)

#define BREAKS_WITH_LIST(field, list, num, sentence)                                       \
  do {                                                                                     \
    skiff_ice_config bad = pair.config_a;                                                  \
    skiff_ice *none = NULL;                                                                \
    bad.field = list;                                                                      \
    bad.num_##field = num;                                                                 \
    BREAKS(skiff_ice_new(&bad, &none), SKIFF_ERR_ARGUMENT, sentence);                      \
  } while (0)

static void rules_of_the_values_of_a_config(void)
{
    skiff_context_config bare = skiff_context_defaults();
    skiff_context *without = NULL;
    struct pair pair;
    skiff_ice *ice = NULL;

    pair_new(&pair, here);
    BREAKS(skiff_ice_new(&pair.config_a, NULL), SKIFF_ERR_ARGUMENT,
           "ice: must not be NULL");
    BREAKS(skiff_ice_new(NULL, &ice), SKIFF_ERR_ARGUMENT, "config: must not be NULL");
    BREAKS_WITH(size, 1, "size: not what skiff_ice_defaults sets");
    BREAKS_WITH(context, NULL, "context: required");
    BREAKS_WITH(max_pairs, 181, "max_pairs: 181 are over 180");
    pair.config_a.first_port = 2;
    BREAKS_WITH(last_port, 1, "last_port: less than first_port");
    BREAKS_WITH(lite, true, "lite, controlling: not both (RFC 8445 6.1.1)");
    bare.identity = pair.a.identity;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&bare, &without), SKIFF_OK);
    pair.config_a.pool = NULL;
    BREAKS_WITH(context, without, "pool: required here or in the context");
    skiff_context_free(without);
    pair_free(&pair);
}

static void rules_of_a_context_whose_packets_have_paths(void)
{
    skiff_context_config wishes = skiff_context_defaults();
    struct pair pair;
    skiff_ice *ice = NULL;

    wishes.connection_ids = true;
    wishes.connection_id_len = 8;
    wishes.rrc = SKIFF_RRC_BASIC;
    pair_new_with(&pair, here, &wishes);
    BREAKS(skiff_ice_new(&pair.config_a, &ice), SKIFF_ERR_ARGUMENT,
           "context: rrc is off where ICE moves peers (RFC 9853 3.1)");
    skiff_ice_free(ice);
    pair_free(&pair);
}

static void rules_of_the_lists_of_a_config(void)
{
    static const char *const names[] = { "eth0" }, *const open[] = { "turn:a.example" };
    static const char *const tls[] = { "turns:a.example" }, *const port[] = { "stun:a:0" };
    struct pair pair;

    pair_new(&pair, here);
    BREAKS_WITH_LIST(addresses, NULL, 1, "addresses: NULL, and num_addresses is not 0");
    BREAKS_WITH_LIST(addresses, names, 1,
                     "addresses: \"eth0\" is no address of IPv4 or IPv6");
    BREAKS_WITH_LIST(servers, NULL, 1, "servers: NULL, and num_servers is not 0");
    BREAKS_WITH_LIST(servers, open, 1,
                     "turn_user, turn_password: required for \"turn:a.example\"");
    BREAKS_WITH_LIST(servers, tls, 1,
                     "servers: servers over TLS are refused: libnice would speak to them "
                     "in the clear: \"turns:a.example\"");
    BREAKS_WITH_LIST(servers, port, 1,
                     "servers: the port of a server is a number from 1 to 65535: "
                     "\"stun:a:0\"");
    pair_free(&pair);
}

static void rules_of_the_other_side(void)
{
    skiff_fingerprint f = { .hash = 256, .len = 32 }, other = { .hash = 384, .len = 48 };
    struct pair pair;
    skiff_ice *ice;

    pair_new(&pair, here);
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&pair.config_a, &ice), SKIFF_OK);
    BREAKS(skiff_ice_add_candidate(ice, ""), SKIFF_ERR_STATE,
           "sdp: candidates come after set_peer, until consent ends");
    BREAKS(skiff_ice_set_peer(ice, "abc", password, &f, 1), SKIFF_ERR_ARGUMENT,
           "ufrag: not 4 to 256 visible letters without \":\"");
    BREAKS(skiff_ice_set_peer(ice, "abcd", "short", &f, 1), SKIFF_ERR_ARGUMENT,
           "password: not 22 to 256 visible letters without \":\"");
    BREAKS(skiff_ice_set_peer(ice, "abcd", password, NULL, 1), SKIFF_ERR_ARGUMENT,
           "any_of: NULL, and num is not 0");
    CU_ASSERT_EQUAL(skiff_ice_set_peer(ice, "abcd", password, &f, 1), SKIFF_OK);
    BREAKS(skiff_ice_set_peer(ice, "abcd", password, &f, 1), SKIFF_ERR_STATE,
           "ufrag: it was set already, and no restart followed");
    BREAKS(skiff_ice_add_candidate(ice, "a=candidate:nothing\r\n"), SKIFF_ERR_ARGUMENT,
           "sdp: \"a=candidate:nothing??\" is no candidate (RFC 8839 5.1)");
    BREAKS(skiff_ice_renew(ice, SKIFF_ROLE_ACTIVE, &f, 1), SKIFF_ERR_STATE,
           "renewal: not CONNECTED yet");
    CU_ASSERT_EQUAL(skiff_ice_restart(ice), SKIFF_OK);
    BREAKS(skiff_ice_set_peer(ice, "abcd", password, &other, 1), SKIFF_ERR_ARGUMENT,
           "any_of: not those of before the restart");
    skiff_ice_free(ice);
    pair_free(&pair);
}

static void rules_of_an_agent_without_a_path(void)
{
    struct call call;
    size_t sent;

    call_new(&call, 3);
    call_start(&call);
    call.path.cut = &call.path;
    CU_ASSERT_TRUE(pair_until(&call.pair, call_both_have_failed));
    BREAKS(skiff_ice_send(call.pair.a.ice, NULL, 0, &sent), SKIFF_ERR_STATE,
           "ice: there is no path");
    BREAKS(skiff_ice_send_data(call.pair.a.ice, NULL), SKIFF_ERR_STATE,
           "ice: there is no path");
    BREAKS(skiff_ice_set_peer(call.pair.a.ice, "abcd", password, NULL, 0), SKIFF_ERR_STATE,
           "ufrag: consent has ended, and no restart followed");
    call_free(&call);
}

CU_TestInfo broken_rule_tests[] = {
    TEST(rules_of_the_values_of_a_config),
    TEST(rules_of_a_context_whose_packets_have_paths),
    TEST(rules_of_the_lists_of_a_config),
    TEST(rules_of_the_other_side),
    TEST(rules_of_an_agent_without_a_path),
    CU_TEST_INFO_NULL,
};
