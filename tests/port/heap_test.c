/* heap_test.c - what a port and its peers take of the heap, and that calls take nothing. */
#include "suite.h"

#include "caller.h"
#include "count.h"

enum { CROWD = 2000 };

/* What the first peer of a process sets up for good is no peer's. */
static void warm_up(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    fixture_free(&fixture);
}

/* Beside its DTLS end and its SRTP session a peer has its routes, names and marks here, and
 * the transport's own part: 1,200 bytes, with what the port takes for each at once. */
static void a_peer_uses_2000_bytes_beside_dtls(void)
{
    static skiff_peer *peers[CROWD];
    struct server server;
    skiff_dtls *dtls;

    if (!count_works())
        return;
    warm_up();
    server_new(&server);
    server.config.peers = CROWD;
    server.config.no_offload = true;
    int64_t before = count_now().live;
    CU_ASSERT_EQUAL(skiff_dtls_new(server.context, SKIFF_ROLE_PASSIVE, 0, &dtls), SKIFF_OK);
    int64_t of_dtls = count_now().live - before;
    skiff_dtls_free(dtls);
    server_open(&server);
    for (int i = 0; i < CROWD; i++)
        CU_ASSERT_EQUAL_FATAL(
            skiff_peer_new(server.port, SKIFF_ROLE_PASSIVE, server.now, &peers[i]),
            SKIFF_OK);
    int64_t each = (count_now().live - before) / CROWD - of_dtls;
    if (each > 2000)
        printf("%d bytes\n", (int)each);
    CU_ASSERT_TRUE(each <= 2000);
    for (int i = 0; i < CROWD; i++)
        skiff_peer_free(peers[i]);
    skiff_port_free(server.port);
    server.port = NULL;
    CU_ASSERT_TRUE(count_now().live - before < 1000);
    server_free(&server);
}

static void media_and_checks_use_no_memory(void)
{
    struct fixture fixture;

    if (!count_works())
        return;
    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    caller_send_media(&fixture.caller);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture_send(&fixture, 1), 1);
    caller_run(&fixture.caller);
    uint64_t allocs = count_now().allocs;
    for (int i = 0; i < 50; i++)
        caller_send_media(&fixture.caller);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(count_now().allocs, allocs);
    CU_ASSERT_EQUAL(fixture.server.events.rtp, 51);
    fixture_free(&fixture);
}

/* Each allocation of a port, its group and a peer fails once; nothing is lost by that. */
static void what_finds_no_memory_reports_it_and_leaves_nothing_behind(void)
{
    struct server server;
    bool done = false;

    if (!count_works())
        return;
    warm_up();
    server_new(&server);
    int64_t before = count_now().live;
    for (uint64_t nth = 1; !done && nth < 100; nth++) {
        skiff_port_group *group = NULL;
        skiff_port *port = NULL;
        skiff_peer *peer = NULL;

        count_refuse(nth);
        skiff_status status = skiff_port_group_new(2, NULL, &group);
        server.config.group = group;
        if (status == SKIFF_OK)
            status = skiff_port_new(&server.config, &port);
        if (status == SKIFF_OK)
            status = skiff_peer_new(port, SKIFF_ROLE_PASSIVE, server.now, &peer);
        count_refuse(0);
        CU_ASSERT_TRUE(status == SKIFF_OK || status == SKIFF_ERR_MEMORY);
        done = status == SKIFF_OK;
        skiff_port_free(port);
        skiff_port_group_free(group);
        CU_ASSERT_EQUAL(count_now().live, before);
    }
    CU_ASSERT_TRUE(done);
    server_free(&server);
}

static void a_restart_without_memory_changes_nothing(void)
{
    const skiff_credentials chosen = { "chosen", "a+password+of+24+letters" };
    struct fixture fixture;
    const char *ufrag, *password;

    if (!count_works())
        return;
    fixture_new(&fixture);
    skiff_peer *peer = fixture.caller.peer;
    count_refuse(1);
    CU_ASSERT_EQUAL(skiff_peer_restart(peer), SKIFF_ERR_MEMORY);
    count_refuse(4); /* the last one, after the tables and the entry */
    CU_ASSERT_EQUAL(skiff_peer_restart_with(peer, &chosen), SKIFF_ERR_MEMORY);
    count_refuse(0);
    skiff_peer_credentials(peer, &ufrag, &password);
    CU_ASSERT_PTR_EQUAL(ufrag, fixture.caller.ufrag);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    CU_ASSERT_EQUAL(skiff_peer_restart_with(peer, &chosen), SKIFF_OK);
    skiff_peer_credentials(peer, &ufrag, &password);
    CU_ASSERT_STRING_EQUAL(ufrag, chosen.ufrag);
    fixture_free(&fixture);
}

CU_TestInfo heap_tests[] = {
    TEST(a_peer_uses_2000_bytes_beside_dtls),
    TEST(media_and_checks_use_no_memory),
    TEST(what_finds_no_memory_reports_it_and_leaves_nothing_behind),
    TEST(a_restart_without_memory_changes_nothing),
    CU_TEST_INFO_NULL,
};
