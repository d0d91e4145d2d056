/* outcomes_test.c - what is told of STUN and TURN servers, and when the candidates end. */
#include "suite.h"

#include "resolver.h"
#include "pair.h"
#include "turn.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const here[] = { "127.0.0.1" };

/* One agent with a server of its own, that meets nobody unless it is told to. */
struct client {
    struct pair pair;
    struct turn turn;
    const char *servers[2];
};

static void client_new(struct client *client, bool tcp)
{
    pair_new(&client->pair, here);
    turn_open(&client->turn, client->pair.loop, tcp);
    client->servers[0] = client->turn.url;
    client->pair.config_a.servers = client->servers;
    client->pair.config_a.num_servers = 1;
    client->pair.config_a.turn_user = "user";
    client->pair.config_a.turn_password = "password";
}

static void client_gathers(struct client *client)
{
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&client->pair.config_a, &client->pair.a.ice),
                          SKIFF_OK);
}

static void client_free(struct client *client)
{
    pair_free(&client->pair);
    turn_close(&client->turn);
}

static bool candidates_have_ended(const struct pair *pair)
{
    return pair->a.last_candidates > 0;
}

static bool is_reported(const struct pair *pair)
{
    return pair->a.events[SKIFF_ICE_SERVER] > 0;
}

static bool both_are_reported(const struct pair *pair)
{
    return pair->a.events[SKIFF_ICE_SERVER] > 1;
}

/* Gathers, and asserts the one outcome, and that the candidates end. */
static void comes_out(struct client *client, bool good, uint16_t code, const char *what)
{
    const struct end *a = &client->pair.a;

    client_gathers(client);
    CU_ASSERT_TRUE(pair_until(&client->pair, is_reported));
    CU_ASSERT_TRUE(pair_until(&client->pair, candidates_have_ended));
    CU_ASSERT_EQUAL(a->events[SKIFF_ICE_SERVER], 1);
    CU_ASSERT_EQUAL(a->last_candidates, 1);
    CU_ASSERT_EQUAL(a->last_ok, good);
    CU_ASSERT_EQUAL(a->last_code, code);
    CU_ASSERT_STRING_EQUAL(a->last_what, what);
    CU_ASSERT_STRING_EQUAL(a->last_server, client->servers[0]);
}

static void a_server_that_gives_a_relay_is_reported(void)
{
    struct client client;

    client_new(&client, false);
    comes_out(&client, true, 0, "the server gave a relay");
    CU_ASSERT_EQUAL(client.turn.allocations, 1);
    client_free(&client);
}

static void a_server_that_gives_a_relay_over_tcp_is_reported(void)
{
    struct client client;

    client_new(&client, true);
    comes_out(&client, true, 0, "the server gave a relay");
    client_free(&client);
}

/* libnice keeps one relay of an address: the second URL is as good as the first. */
static void a_server_that_is_listed_twice_is_reported_twice(void)
{
    struct client client;

    client_new(&client, false);
    client.servers[1] = client.servers[0];
    client.pair.config_a.num_servers = 2;
    client_gathers(&client);
    CU_ASSERT_TRUE(pair_until(&client.pair, both_are_reported));
    CU_ASSERT_TRUE(client.pair.a.last_ok);
    CU_ASSERT_STRING_EQUAL(client.pair.a.last_what,
                           "the server responds; one relay of it is there already");
    CU_ASSERT_TRUE(pair_until(&client.pair, candidates_have_ended));
    client_free(&client);
}

static void a_wrong_password_is_reported(void)
{
    struct client client;

    client_new(&client, false);
    client.pair.config_a.turn_password = "wrong";
    comes_out(&client, false, 401, "the server does not accept the user or the password");
    client_free(&client);
}

static void a_refusal_is_reported_with_its_error(void)
{
    static const struct {
        unsigned code;
        const char *what;
    } refusals[] = {
        { 403, "the server forbids it" },
        { 486, "the user has all the allocations that the server permits" },
        { 508, "the server has no relay left" },
        { 599, "the server refuses" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        struct client client;

        client_new(&client, false);
        client.turn.refuses = refusals[i].code;
        comes_out(&client, false, (uint16_t)refusals[i].code, refusals[i].what);
        client_free(&client);
    }
}

/* libnice asks on for ever, and would never say that it is done. */
static void nonces_that_are_always_stale_are_reported(void)
{
    struct client client;

    client_new(&client, false);
    client.turn.forgetful = true;
    comes_out(&client, false, 438, "the server calls each nonce stale that it gave");
    client_free(&client);
}

static void silence_is_reported(void)
{
    struct client client;

    client_new(&client, false);
    client.turn.silent = true;
    comes_out(&client, false, 0, "the server does not respond");
    client_free(&client);
}

static void a_port_where_nobody_listens_is_reported(void)
{
    struct client client;

    client_new(&client, false);
    g_source_destroy(client.turn.sources[0]);
    close(client.turn.fd);
    client.turn.fd = -1;
    comes_out(&client, false, 0, "the server cannot be reached");
    client_free(&client);
}

static void a_hostname_that_does_not_resolve_is_reported(void)
{
    static const char *const unknown[] = { "stun:nobody.test", "turn:nobody.test" };
    GResolver *before = resolver_begin();

    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++) {
        struct client client;

        client_new(&client, false);
        client.servers[0] = unknown[i];
        comes_out(&client, false, 0, "the server's name does not resolve");
        client_free(&client);
    }
    resolver_end(before);
}

static void a_hostname_that_resolves_is_queried(void)
{
    GResolver *before = resolver_begin();
    struct client client;
    char url[64];

    client_new(&client, false);
    g_snprintf(url, sizeof url, "turn:loopback.test%s", strrchr(client.turn.url, ':'));
    client.servers[0] = url;
    comes_out(&client, true, 0, "the server gave a relay");
    client_free(&client);
    resolver_end(before);
}

static void a_name_that_nobody_resolves_is_reported_in_time(void)
{
    GResolver *before = resolver_begin();
    struct client client;

    client_new(&client, false);
    client.servers[0] = "turn:slow.test";
    comes_out(&client, false, 0, "the server's name does not resolve");
    client_free(&client);
    resolver_end(before);
}

static void an_agent_may_be_freed_while_a_hostname_is_looked_up(void)
{
    GResolver *before = resolver_begin();
    struct client client;

    client_new(&client, false);
    client.servers[0] = "turn:slow.test";
    client_gathers(&client);
    pair_choose_paths(&client.pair);
    CU_ASSERT_EQUAL(client.pair.a.events[SKIFF_ICE_SERVER], 0);
    client_free(&client);
    resolver_end(before);
}

static void each_stun_server_is_reported_though_one_is_used(void)
{
    struct client client;
    char url[64];

    client_new(&client, false);
    g_snprintf(url, sizeof url, "stun:%.*s", (int)strcspn(client.turn.url + 5, "?"),
               client.turn.url + 5);
    client.servers[0] = client.servers[1] = url;
    client.pair.config_a.num_servers = 2;
    client_gathers(&client);
    CU_ASSERT_TRUE(pair_until(&client.pair, both_are_reported));
    CU_ASSERT_TRUE(client.pair.a.last_ok);
    CU_ASSERT_TRUE(pair_until(&client.pair, candidates_have_ended));
    CU_ASSERT_EQUAL(client.pair.a.candidates, 2);
    client_free(&client);
}

static void a_stun_server_is_not_asked_where_only_relays_are_wanted(void)
{
    struct client client;

    client_new(&client, false);
    client.servers[0] = "stun:192.0.2.1";
    client.pair.config_a.relay_only = true;
    comes_out(&client, false, 0, "the server is not asked: only relays are wanted");
    client_free(&client);
}

/* --- another local port --------------------------------------------------------------- */

static uint16_t free_port(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET,
                               .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof any;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&any, len), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&any, &len), 0);
    close(fd);
    return ntohs(any.sin_port);
}

static bool media_is_there(const struct pair *pair)
{
    return pair->a.rtp >= 40 && pair->b.rtp >= 40;
}

static bool all_is_released(const struct pair *pair)
{
    const struct turn *turn = pair->user;

    return turn->released >= 2; /* what the probe had, and what the agent had */
}

/* As after a crash: the server still has an allocation for the one port that we may use. */
static void a_port_with_an_allocation_gets_its_relay_by_another(void)
{
    struct client client;

    client_new(&client, false);
    client.turn.has = client.pair.config_a.first_port = free_port();
    client.pair.config_a.relay_only = true;
    pair_start(&client.pair);
    CU_ASSERT_TRUE(pair_until(&client.pair, is_reported));
    CU_ASSERT_TRUE(client.pair.a.last_ok);
    CU_ASSERT_STRING_EQUAL(client.pair.a.last_what,
                           "the server gave a relay for another local port");
    CU_ASSERT_EQUAL(client.turn.mismatches, 1);
    CU_ASSERT_TRUE_FATAL(pair_until(&client.pair, both_connected));
    CU_ASSERT_EQUAL(end_send(&client.pair.a, 40), 40);
    CU_ASSERT_EQUAL(end_send(&client.pair.b, 40), 40);
    CU_ASSERT_TRUE(pair_until(&client.pair, media_is_there));
    CU_ASSERT_TRUE(client.turn.to_peer >= 40);

    end_free(&client.pair.a);
    client.pair.user = &client.turn;
    CU_ASSERT_TRUE(pair_until(&client.pair, all_is_released));
    client_free(&client);
}

CU_TestInfo outcomes_tests[] = {
    TEST(a_server_that_gives_a_relay_is_reported),
    TEST(a_server_that_gives_a_relay_over_tcp_is_reported),
    TEST(a_server_that_is_listed_twice_is_reported_twice),
    TEST(a_wrong_password_is_reported),
    TEST(a_refusal_is_reported_with_its_error),
    TEST(nonces_that_are_always_stale_are_reported),
    TEST(silence_is_reported),
    TEST(a_port_where_nobody_listens_is_reported),
    TEST(a_hostname_that_does_not_resolve_is_reported),
    TEST(a_hostname_that_resolves_is_queried),
    TEST(a_name_that_nobody_resolves_is_reported_in_time),
    TEST(an_agent_may_be_freed_while_a_hostname_is_looked_up),
    TEST(each_stun_server_is_reported_though_one_is_used),
    TEST(a_stun_server_is_not_asked_where_only_relays_are_wanted),
    TEST(a_port_with_an_allocation_gets_its_relay_by_another),
    CU_TEST_INFO_NULL,
};
