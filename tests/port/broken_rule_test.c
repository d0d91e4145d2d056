/* broken_rule_test.c - what is said of each rule of ports, groups and peers that is broken.
 */
#include "../rule.h"
#include "suite.h"

#include "ice/port/credentials_table.h"
#include "server_pair.h"
#include "failing_calls.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A config of a port that is good but for one field. */
#define BREAKS_WITH(field, value, status, sentence)                                        \
  do {                                                                                     \
    skiff_port_config bad = server.config;                                                 \
    skiff_port *none = NULL;                                                               \
    bad.field = value;                                                                     \
    BREAKS(skiff_port_new(&bad, &none), status, sentence);                                 \
  } while (0)

static void rules_of_the_values_of_a_config(void)
{
    struct server server;

    server_new(&server);
    BREAKS(skiff_port_new(&server.config, NULL), SKIFF_ERR_ARGUMENT,
           "config, port: must not be NULL");
    BREAKS_WITH(size, 1, SKIFF_ERR_ARGUMENT, "size: not what skiff_port_defaults sets");
    BREAKS_WITH(context, NULL, SKIFF_ERR_ARGUMENT, "context: required");
    BREAKS_WITH(address, NULL, SKIFF_ERR_ARGUMENT, "address: required");
    BREAKS_WITH(takeover, (skiff_takeover)7, SKIFF_ERR_ARGUMENT,
                "takeover: none of skiff_takeover");
    BREAKS_WITH(address, "192.0.2.2", SKIFF_ERR_ARGUMENT,
                "address: no port in \"192.0.2.2\"");
    BREAKS_WITH(address, "[2001:db8::1]", SKIFF_ERR_ARGUMENT,
                "address: no port in \"[2001:db8::1]\"");
    BREAKS_WITH(address, "sfu.example:5000", SKIFF_ERR_ARGUMENT,
                "address: \"sfu.example:5000\" is not one of IPv4 or, in brackets, of "
                "IPv6");
    BREAKS_WITH(peers, (1 << 20) + 1, SKIFF_ERR_ARGUMENT,
                "peers: 1,048,577 are over 1,048,576");
    BREAKS_WITH(unknown_rate_each, 1000001, SKIFF_ERR_ARGUMENT,
                "unknown_rate, unknown_rate_each: 1,000,001 is over 1,000,000 a second");
    BREAKS_WITH(tcp_connections, 60001, SKIFF_ERR_ARGUMENT,
                "tcp_connections: 60,001 are over 60,000");
    BREAKS_WITH(send_queue, 32769, SKIFF_ERR_ARGUMENT,
                "send_queue: 32,769 are over 32,768");
    BREAKS_WITH(send_buffer, UINT32_MAX, SKIFF_ERR_ARGUMENT,
                "receive_buffer, send_buffer: over 2,147,483,647 bytes");
    server_free(&server);
}

static void rules_of_announced_addresses(void)
{
    static const char *const bad_ones[] = { "203.0.113.5:0\n" };
    struct server server;
    skiff_port *none;

    server_new(&server);
    skiff_port_config config = server.config;
    config.num_announced = 33;
    BREAKS(skiff_port_new(&config, &none), SKIFF_ERR_ARGUMENT,
           "announced: NULL, or its 33 are over 32");
    config.announced = bad_ones;
    config.num_announced = 1;
    BREAKS(skiff_port_new(&config, &none), SKIFF_ERR_ARGUMENT,
           "announced: \"203.0.113.5:0?\" is no address that others can send to");
    server_free(&server);
}

static void rules_of_the_pool(void)
{
    skiff_pool_config config = skiff_pool_defaults();
    skiff_context_config bare = skiff_context_defaults();
    skiff_context *without = NULL;
    struct server server;
    skiff_pool *pool;

    server_new(&server);
    bare.identity = server.identity;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&bare, &without), SKIFF_OK);
    BREAKS_WITH(context, without, SKIFF_ERR_ARGUMENT,
                "pool: required here or in the context");
    skiff_context_free(without);
    config.limit = 1279;
    config.packets = 1;
    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&config, &pool), SKIFF_OK);
    BREAKS_WITH(pool, pool, SKIFF_ERR_ARGUMENT,
                "pool: its packets hold fewer than 1,280 bytes");
    skiff_packet *last = skiff_pool_take(pool);
    BREAKS_WITH(pool, pool, SKIFF_ERR_ARGUMENT, "pool: no packet is left");
    skiff_packet_release(&last);
    skiff_pool_free(pool);
    server_free(&server);
}

static void a_rule_of_contexts_that_ask_about_paths(void)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_context *asking = NULL;
    struct server server;

    server_new(&server);
    config.identity = server.identity;
    config.pool = server.pool;
    config.connection_ids = true;
    config.rrc = SKIFF_RRC_BASIC;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &asking), SKIFF_OK);
    BREAKS_WITH(context, asking, SKIFF_ERR_ARGUMENT,
                "context: rrc is off where ICE moves peers (RFC 9853 3.1)");
    skiff_context_free(asking);
    server_free(&server);
}

static void rules_of_sockets_and_descriptors(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof any;
    char address[32];
    struct server server;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    server_new(&server);
    BREAKS_WITH(address, "192.0.2.1:0", SKIFF_ERR_STATE, /* of no host (RFC 5737) */
                "address: no socket could be opened there (errno)");
    CU_ASSERT_EQUAL_FATAL(bind(listener, (struct sockaddr *)&any, size), 0);
    CU_ASSERT_EQUAL_FATAL(listen(listener, 1), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(listener, (struct sockaddr *)&any, &size), 0);
    snprintf(address, sizeof address, "127.0.0.1:%u", ntohs(any.sin_port));
    server.config.tcp_connections = 1;
    BREAKS_WITH(address, address, SKIFF_ERR_STATE,
                "tcp_connections: no listener could be opened there (errno)");
    close(listener);
    server.config.tcp_connections = 0;
    refuse_calls("getifaddrs", 0);
    BREAKS_WITH(address, "0.0.0.0:0", SKIFF_ERR_STATE,
                "address: those of the host cannot be listed (errno)");
    refuse_calls(NULL, 0);
    server_free(&server);
}

/* Connections are watched by two: their own, and the port's, which is made after it. */
static void a_rule_of_the_descriptor_of_connections(void)
{
    struct server server;

    server_new(&server);
    refuse_calls("epoll_create1", 1);
    BREAKS_WITH(tcp_connections, 1, SKIFF_ERR_STATE,
                "tcp_connections: no descriptor to watch them by (errno)");
    refuse_calls(NULL, 0);
    server_free(&server);
}

static void rules_of_groups(void)
{
    struct server_pair pair;
    skiff_port_group *group;
    skiff_port *none;

    BREAKS(skiff_port_group_new(1, NULL, NULL), SKIFF_ERR_ARGUMENT,
           "group: must not be NULL");
    BREAKS(skiff_port_group_new(65, NULL, &group), SKIFF_ERR_ARGUMENT,
           "threads: 65 is outside 1..64");
    refuse_calls("eventfd", 0);
    BREAKS(skiff_port_group_new(1, NULL, &group), SKIFF_ERR_STATE,
           "threads: no descriptor for each (errno)");
    refuse_calls(NULL, 0);
    server_pair_new(&pair);
    refuse_calls("epoll_create1", 0);
    BREAKS(skiff_port_new(&pair.here.config, &none), SKIFF_ERR_STATE,
           "group: no descriptor to watch it by (errno)");
    refuse_calls("epoll_ctl", 1);
    BREAKS(skiff_port_new(&pair.here.config, &none), SKIFF_ERR_STATE,
           "group: the socket cannot be watched (errno)");
    refuse_calls(NULL, 0);
    server_pair_open(&pair, 0);
    skiff_port_config config = pair.there.config;
    config.context = pair.there.callers_context; /* nobody has it */
    BREAKS(skiff_port_new(&config, &none), SKIFF_ERR_SPACE, "group: it has all its ports");
    server_pair_close(&pair, 0);
}

static skiff_status make_with(const struct server *server, const char *ufrag)
{
    const skiff_credentials credentials = { ufrag, "a+password/of+24+letters" };
    skiff_peer *peer;

    return skiff_peer_new_with(server->port, SKIFF_ROLE_PASSIVE, &credentials, 0, &peer);
}

static void rules_of_making_peers(void)
{
    struct server server;
    skiff_peer *peer;

    server_new(&server);
    server.config.peers = 1;
    server_open(&server);
    BREAKS(skiff_peer_new(NULL, SKIFF_ROLE_PASSIVE, 0, &peer), SKIFF_ERR_ARGUMENT,
           "port, peer: must not be NULL");
    BREAKS(skiff_peer_new_with(server.port, SKIFF_ROLE_PASSIVE, NULL, 0, &peer),
           SKIFF_ERR_ARGUMENT, "credentials: must not be NULL");
    BREAKS(make_with(&server, "abc"), SKIFF_ERR_ARGUMENT,
           "credentials: not a ufrag of 4 to 256 and a password of 22 to 256 ice-chars "
           "(RFC 8839 5.4)");
    CU_ASSERT_EQUAL(skiff_peer_new(server.port, SKIFF_ROLE_PASSIVE, 0, &peer), SKIFF_OK);
    BREAKS(skiff_peer_new(server.port, SKIFF_ROLE_PASSIVE, 0, &peer), SKIFF_ERR_SPACE,
           "peers: all 1 are in use");
    BREAKS(skiff_peer_restart_with(peer, NULL), SKIFF_ERR_ARGUMENT,
           "credentials: must not be NULL");
    server_free(&server);
}

static void rules_of_ufrags_in_use(void)
{
    const skiff_credentials own = { "room1/alice", "a+password/of+24+letters" };
    struct credentials_table alone, ours, theirs;
    struct group_ufrags group;
    const struct hash_key mix = { .seed = 1, .factor = 3 };
    struct server server;

    server_new(&server);
    server_open(&server);
    CU_ASSERT_EQUAL(make_with(&server, own.ufrag), SKIFF_OK);
    BREAKS(make_with(&server, own.ufrag), SKIFF_ERR_STATE,
           "ufrag: \"room1/alice\" is that of a peer, or may be another thread's");
    server_free(&server);
    skf_credentials_table_init(&alone, NULL, 4, &mix);
    CU_ASSERT_EQUAL(skf_credentials_table_add(&alone, 0, &own), SKIFF_OK);
    BREAKS(skf_credentials_table_add(&alone, 1, &own), SKIFF_ERR_STATE,
           "ufrag: a peer has \"room1/alice\"");
    skf_credentials_table_clear(&alone);
    skf_group_ufrags_init(&group, NULL, &mix);
    skf_credentials_table_init(&ours, NULL, 4, &mix);
    skf_credentials_table_init(&theirs, NULL, 4, &mix);
    skf_credentials_table_join(&ours, &group, 0);
    skf_credentials_table_join(&theirs, &group, 1);
    CU_ASSERT_EQUAL(skf_credentials_table_add(&theirs, 0, &own), SKIFF_OK);
    BREAKS(skf_credentials_table_add(&ours, 0, &own), SKIFF_ERR_STATE,
           "ufrag: a peer of another thread has \"room1/alice\"");
    skf_credentials_table_clear(&theirs);
    skf_credentials_table_clear(&ours);
    skf_group_ufrags_clear(&group);
}

static void rules_of_the_other_side(void)
{
    const skiff_fingerprint f = { .hash = 256, .len = 32 }, other = { 384, 48, { 0 } };
    struct server server;
    skiff_peer *peer;

    server_new(&server);
    server_open(&server);
    CU_ASSERT_EQUAL(skiff_peer_new(server.port, SKIFF_ROLE_PASSIVE, 0, &peer), SKIFF_OK);
    BREAKS(skiff_peer_set_remote(peer, "a:bc", &f, 1), SKIFF_ERR_ARGUMENT,
           "ufrag: not 4 to 256 visible letters without \":\"");
    BREAKS(skiff_peer_set_remote(peer, "abcd", NULL, 1), SKIFF_ERR_ARGUMENT,
           "any_of: NULL, and num is not 0");
    CU_ASSERT_EQUAL(skiff_peer_set_remote(peer, "abcd", &f, 1), SKIFF_OK);
    BREAKS(skiff_peer_set_remote(peer, "abcd", &f, 1), SKIFF_ERR_STATE,
           "ufrag: it was set already, and no restart followed");
    CU_ASSERT_EQUAL(skiff_peer_restart(peer), SKIFF_OK);
    BREAKS(skiff_peer_set_remote(peer, "efgh", &other, 1), SKIFF_ERR_ARGUMENT,
           "any_of: not those of before the restart");
    BREAKS(skiff_peer_renew(peer, SKIFF_ROLE_PASSIVE, &f, 1, 0), SKIFF_ERR_STATE,
           "renewal: not CONNECTED yet");
    server_free(&server);
}

static void rewrite_nothing(void *user, skiff_peer *peer, skiff_packet *copy)
{
    (void)user;
    (void)peer;
    (void)copy;
}

static void send_what_is_lent(struct server *server, skiff_peer *peer, skiff_packet *packet)
{
    static const char sent[] = "packet: the one of on_media stays the port's; send copies";
    skiff_packet *mine = packet;

    (void)server;
    BREAKS(skiff_peer_send(peer, &mine, 1), SKIFF_ERR_ARGUMENT, sent);
    BREAKS(skiff_peer_send_data(peer, &mine), SKIFF_ERR_ARGUMENT, sent);
    CU_ASSERT_PTR_EQUAL(mine, packet);
}

static void rules_of_what_is_sent_from_on_media(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    fixture.server.on_media = send_what_is_lent;
    caller_send_media(&fixture.caller);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.rtp, 1);
    fixture_free(&fixture);
}

static void rules_of_sending(void)
{
    enum { LONGEST = 2000, PACKETS = 512 };
    static uint8_t memory[LONGEST + SKIFF_TAIL];
    static skiff_packet *packets[PACKETS];
    skiff_packet packet;
    const skiff_packet *plain = &packet;
    skiff_packet *to_send = &packet;
    struct fixture fixture;

    CU_ASSERT_EQUAL(skiff_packet_wrap(memory, LONGEST, sizeof memory, &packet), SKIFF_OK);
    fixture_new(&fixture);
    skiff_peer *peer = fixture.caller.peer;
    BREAKS(skiff_peer_send(peer, &to_send, 1), SKIFF_ERR_STATE,
           "peer: no path yet, or no consent");
    BREAKS(skiff_peer_send_data(peer, &to_send), SKIFF_ERR_STATE,
           "peer: no path yet, or no consent");
    caller_connect(&fixture.caller);
    BREAKS(skiff_peer_send(peer, &(skiff_packet *){ NULL }, 1), SKIFF_ERR_ARGUMENT,
           "packet: NULL");
    BREAKS(skiff_peer_send_data(peer, &(skiff_packet *){ NULL }), SKIFF_ERR_ARGUMENT,
           "packet: NULL");
    BREAKS(skiff_peer_send(peer, &to_send, 1), SKIFF_ERR_SPACE,
           "packet: fewer than 2 bytes free before data");
    BREAKS(skiff_peer_send_data(peer, &to_send), SKIFF_ERR_SPACE,
           "packet: fewer than 2 bytes free before data");
    BREAKS(skiff_peer_send_copies(peer, &plain, 1, rewrite_nothing, NULL), SKIFF_ERR_SPACE,
           "plain: longer than packets of the pool");
    for (int i = 0; i < PACKETS; i++)
        packets[i] = skiff_pool_take(fixture.server.pool);
    BREAKS(skiff_peer_send_copies(peer, &plain, 1, NULL, NULL), SKIFF_ERR_SPACE,
           "pool: no packet is left for a copy");
    for (int i = 0; i < PACKETS; i++)
        skiff_packet_release(&packets[i]);
    fixture_free(&fixture);
}

CU_TestInfo broken_rule_tests[] = {
    TEST(rules_of_the_values_of_a_config),
    TEST(rules_of_announced_addresses),
    TEST(rules_of_the_pool),
    TEST(a_rule_of_contexts_that_ask_about_paths),
    TEST(rules_of_sockets_and_descriptors),
    TEST(a_rule_of_the_descriptor_of_connections),
    TEST(rules_of_groups),
    TEST(rules_of_what_is_sent_from_on_media),
    TEST(rules_of_making_peers),
    TEST(rules_of_ufrags_in_use),
    TEST(rules_of_the_other_side),
    TEST(rules_of_sending),
    CU_TEST_INFO_NULL,
};
