/* port_interop_test.c - whole agents of libnice, controlling and full, call one port. */
#include "suite.h"

#include "../port/caller.h"

#include <skiff/ice.h>

#include <glib-unix.h>

enum { CROWD_CLIENTS = 2 };

struct client {
    skiff_ice *ice;
    skiff_peer *peer;
    unsigned connected, rtp;
};

/* Agents and a port on one main context, in real time. */
struct port_testbed {
    struct server server;
    GMainContext *loop;
    GSource *readable, *ticking;
    bool tcp; /* no candidate of UDP is told */
    struct client clients[CROWD_CLIENTS];
};

static gboolean run_port(struct port_testbed *testbed)
{
    testbed->server.now = (skiff_time)g_get_monotonic_time();
    skiff_port_run(testbed->server.port, testbed->server.now, 64);
    return G_SOURCE_CONTINUE;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer testbed)
{
    (void)fd, (void)condition;
    return run_port(testbed);
}

static gboolean on_tick(gpointer testbed)
{
    return run_port(testbed);
}

static void on_client_event(void *user, skiff_dtls_event event, skiff_bytes bytes)
{
    struct client *client = user;

    (void)bytes;
    client->connected += event == SKIFF_DTLS_CONNECTED ? 1 : 0;
}

static void on_client_media(void *user, skiff_packet *packet, skiff_kind kind)
{
    struct client *client = user;

    (void)packet;
    client->rtp += kind == SKIFF_RTP ? 1 : 0;
}

/* What a client says comes back to it. */
static void echo(struct server *server, skiff_peer *peer, skiff_packet *packet)
{
    const skiff_packet *const one[] = { packet };

    (void)server;
    CU_ASSERT_EQUAL(skiff_peer_send_copies(peer, one, 1, NULL, NULL), SKIFF_OK);
}

static const char *candidate_of(const struct port_testbed *testbed)
{
    const char *candidate = NULL;

    for (size_t i = 0;
         (candidate = skiff_port_candidate_at(testbed->server.port, i)) != NULL; i++)
        if ((strstr(candidate, " TCP ") != NULL) == testbed->tcp)
            break;
    return candidate;
}

static void add_client(struct port_testbed *testbed, struct client *client)
{
    static const char *const address = "127.0.0.1";
    skiff_ice_config config = skiff_ice_defaults();
    const char *ufrag, *password;

    config.context = testbed->server.callers_context;
    config.main_context = testbed->loop;
    config.controlling = true;
    config.role = SKIFF_ROLE_ACTIVE;
    config.user = client;
    config.on_event = on_client_event;
    config.on_media = on_client_media;
    config.addresses = &address;
    config.num_addresses = 1;
    config.tcp = testbed->tcp;
    CU_ASSERT_EQUAL_FATAL(skiff_ice_new(&config, &client->ice), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skiff_peer_new(testbed->server.port, SKIFF_ROLE_PASSIVE,
                                         testbed->server.now, &client->peer),
                          SKIFF_OK);
    skiff_ice_credentials(client->ice, &ufrag, &password);
    CU_ASSERT_EQUAL(
        skiff_peer_set_remote(client->peer, ufrag, &testbed->server.fingerprint, 1),
        SKIFF_OK);
    skiff_peer_credentials(client->peer, &ufrag, &password);
    CU_ASSERT_EQUAL(
        skiff_ice_set_peer(client->ice, ufrag, password, &testbed->server.fingerprint, 1),
        SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_ice_add_candidate(client->ice, candidate_of(testbed)), SKIFF_OK);
}

static void port_testbed_open(struct port_testbed *testbed, bool tcp)
{
    memset(testbed, 0, sizeof *testbed);
    testbed->tcp = tcp;
    testbed->loop = g_main_context_new();
    server_new(&testbed->server);
    testbed->server.on_media = echo;
    testbed->server.config.tcp_connections = tcp ? CROWD_CLIENTS : 0;
    server_open(&testbed->server);
    testbed->server.now = (skiff_time)g_get_monotonic_time();
    testbed->readable = g_unix_fd_source_new(skiff_port_fd(testbed->server.port), G_IO_IN);
    g_source_set_callback(testbed->readable, G_SOURCE_FUNC(on_readable), testbed, NULL);
    g_source_attach(testbed->readable, testbed->loop);
    testbed->ticking = g_timeout_source_new(5);
    g_source_set_callback(testbed->ticking, on_tick, testbed, NULL);
    g_source_attach(testbed->ticking, testbed->loop);
    for (int i = 0; i < CROWD_CLIENTS; i++)
        add_client(testbed, &testbed->clients[i]);
}

static void port_testbed_close(struct port_testbed *testbed)
{
    for (int i = 0; i < CROWD_CLIENTS; i++)
        skiff_ice_free(testbed->clients[i].ice);
    g_source_destroy(testbed->readable);
    g_source_unref(testbed->readable);
    g_source_destroy(testbed->ticking);
    g_source_unref(testbed->ticking);
    while (g_main_context_iteration(testbed->loop, FALSE))
        continue;
    g_main_context_unref(testbed->loop);
    server_free(&testbed->server);
}

static bool all_connected(const struct port_testbed *testbed)
{
    bool all = testbed->server.events.events[SKIFF_PEER_CONNECTED] == CROWD_CLIENTS;

    for (int i = 0; i < CROWD_CLIENTS; i++)
        all &= testbed->clients[i].connected == 1;
    return all;
}

static bool all_got_response(const struct port_testbed *testbed)
{
    bool all = true;

    for (int i = 0; i < CROWD_CLIENTS; i++)
        all &= testbed->clients[i].rtp == 1;
    return all;
}

/* Until it holds, or ten seconds have gone by. */
static bool until(struct port_testbed *testbed, bool (*holds)(const struct port_testbed *))
{
    gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;

    while (!holds(testbed) && g_get_monotonic_time() < end)
        g_main_context_iteration(testbed->loop, TRUE);
    return holds(testbed);
}

static void agents_talk(bool tcp)
{
    struct port_testbed testbed;
    size_t sent;

    port_testbed_open(&testbed, tcp);
    CU_ASSERT_TRUE_FATAL(until(&testbed, all_connected));
    for (int i = 0; i < CROWD_CLIENTS; i++) {
        skiff_packet *packet = skiff_pool_take(testbed.server.pool);
        write_rtp_packet(packet, 1);
        CU_ASSERT_EQUAL(skiff_ice_send(testbed.clients[i].ice, &packet, 1, &sent),
                        SKIFF_OK);
        skiff_packet_release(&packet);
    }
    CU_ASSERT_TRUE(until(&testbed, all_got_response));
    skiff_port_counters counters = server_counters(&testbed.server);
    CU_ASSERT_TRUE(counters.checks_succeeded >= CROWD_CLIENTS);
    CU_ASSERT_EQUAL(counters.drop_integrity + counters.drop_ufrag
                        + counters.drop_replayed_check + counters.drop_unsent,
                    0);
    CU_ASSERT_TRUE(counters.drop_stun
                   <= CROWD_CLIENTS); /* libnice's keepalives, one each */
    CU_ASSERT_EQUAL(counters.frames_read > 0, tcp);
    CU_ASSERT_EQUAL(counters.datagrams_read > 0, !tcp);
    port_testbed_close(&testbed);
}

static void agents_find_the_port_and_talk(void)
{
    agents_talk(false);
}

static void agents_find_the_port_by_tcp_and_talk(void)
{
    agents_talk(true);
}

CU_TestInfo port_interop_tests[] = {
    TEST(agents_find_the_port_and_talk),
    TEST(agents_find_the_port_by_tcp_and_talk),
    CU_TEST_INFO_NULL,
};
