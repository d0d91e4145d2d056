/* servers_test.c - candidates that STUN and TURN servers have to give. */
#include "suite.h"

#include "pair.h"
#include "turn.h"

static const char *const here[] = { "127.0.0.1" };

static bool candidates_are_reported(const struct pair *pair)
{
    return pair->a.last_candidates > 0;
}

static bool media_is_there(const struct pair *pair)
{
    return pair->a.rtp >= 40 && pair->b.rtp >= 40;
}

static bool is_released(const struct pair *pair)
{
    const struct turn *turn = pair->user;

    return turn->released > 0;
}

static void a_stun_server_gives_a_reflexive_candidate(void)
{
    struct pair pair;
    struct turn turn;
    char url[64];
    const char *servers[] = { url };

    pair_new(&pair, here);
    turn_open(&turn, pair.loop, false);
    g_snprintf(url, sizeof url, "stun:%.*s", (int)strcspn(turn.url + 5, "?"), turn.url + 5);
    pair.config_a.servers = servers;
    pair.config_a.num_servers = 1;
    pair_start(&pair);
    CU_ASSERT_TRUE(pair_until(&pair, candidates_are_reported));
    CU_ASSERT_TRUE(turn.bindings >= 1);
    CU_ASSERT_EQUAL(pair.a.candidates, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(pair.a.last_candidate, "192.0.2.1 4000 typ srflx"));
    CU_ASSERT_TRUE(pair_until(&pair, both_connected));
    pair_free(&pair);
    turn_close(&turn);
}

static void media_goes_through_a_turn_server(bool tcp)
{
    struct pair pair;
    struct turn turn;
    const char *servers[] = { turn.url };
    skiff_ice_info info;

    pair_new(&pair, here);
    turn_open(&turn, pair.loop, tcp);
    pair.config_a.servers = servers;
    pair.config_a.num_servers = 1;
    pair.config_a.turn_user = "user";
    pair.config_a.turn_password = "password";
    pair.config_a.relay_only = true;
    pair_start(&pair);
    CU_ASSERT_TRUE_FATAL(pair_until(&pair, both_connected));
    CU_ASSERT_EQUAL(pair.a.candidates, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(pair.a.last_candidate, "typ relay"));
    CU_ASSERT_EQUAL(turn.refused, 1);
    CU_ASSERT_EQUAL(turn.allocations, 1);

    CU_ASSERT_EQUAL(end_send(&pair.a, 40), 40);
    CU_ASSERT_EQUAL(end_send(&pair.b, 40), 40);
    CU_ASSERT_TRUE(pair_until(&pair, media_is_there));
    CU_ASSERT_TRUE(turn.to_peer >= 40);
    CU_ASSERT_TRUE(turn.to_client >= 40);
    skiff_ice_get_info(pair.a.ice, &info, sizeof info);
    CU_ASSERT_TRUE(info.relayed);
    CU_ASSERT_FALSE(info.bypass);

    end_free(&pair.a); /* and the server is told */
    pair.user = &turn;
    CU_ASSERT_TRUE(pair_until(&pair, is_released));
    turn_close(&turn);
    pair_free(&pair);
}

static void media_goes_through_a_turn_server_over_udp(void)
{
    media_goes_through_a_turn_server(false);
}

static void media_goes_through_a_turn_server_over_tcp(void)
{
    media_goes_through_a_turn_server(true);
}

CU_TestInfo servers_tests[] = {
    TEST(a_stun_server_gives_a_reflexive_candidate),
    TEST(media_goes_through_a_turn_server_over_udp),
    TEST(media_goes_through_a_turn_server_over_tcp),
    CU_TEST_INFO_NULL,
};
