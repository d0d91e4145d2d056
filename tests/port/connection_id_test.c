/* connection_id_test.c - datagrams that say by a connection id whose they are. */
#include "suite.h"

#include "caller.h"

#include "ice/port/connection_id.h"
#include "ice/port/port_state.h"

#include <unistd.h>

static void identified_by_its_id_a_peer_is_received_from_elsewhere_before_its_check(void)
{
    struct fixture fixture;

    server_new(&fixture.server);
    server_use_ids(&fixture.server);
    server_open(&fixture.server);
    caller_new(&fixture.caller, &fixture.server);
    caller_connect(&fixture.caller);
    skiff_peer_info before = caller_info(&fixture.caller);
    caller_move(&fixture.caller);
    caller_send_media(&fixture.caller);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.rtp, 0);
    caller_write(&fixture.caller, "here");
    caller_send_media(&fixture.caller);
    server_run(&fixture.server);
    CU_ASSERT_STRING_EQUAL(fixture.server.events.data, "here");
    CU_ASSERT_EQUAL(fixture.server.events.rtp, 1);
    CU_ASSERT_STRING_EQUAL(caller_info(&fixture.caller).remote, before.remote);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    CU_ASSERT_EQUAL(fixture_send(&fixture, 1), 1);
    fixture_free(&fixture);
}

static void an_id_alone_proves_nothing(void)
{
    struct fixture fixture;
    uint8_t sealed[CALLER_DATAGRAM];

    server_new(&fixture.server);
    server_use_ids(&fixture.server);
    server_open(&fixture.server);
    caller_new(&fixture.caller, &fixture.server);
    caller_connect(&fixture.caller);
    size_t len = caller_seal(&fixture.caller, "mine", sealed);
    sealed[len - 1] ^= 1;
    int attacker = stranger_open(&fixture.caller);
    stranger_send(attacker, sealed, len);
    stranger_send(attacker, "\x80 media of a thief", 19);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_stranger, 1);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_DATA], 0);
    CU_ASSERT_EQUAL(fixture_send(&fixture, 1), 1);
    close(attacker);
    fixture_free(&fixture);
}

/* RFC 9146 section 3. As when a NAT has given one's old port to another. */
static void an_id_counts_at_the_address_of_another_too(void)
{
    struct fixture fixture;
    struct caller other;

    server_new(&fixture.server);
    server_use_ids(&fixture.server);
    server_open(&fixture.server);
    caller_new(&fixture.caller, &fixture.server);
    caller_new(&other, &fixture.server);
    caller_connect(&fixture.caller);
    caller_connect(&other);
    caller_move(&fixture.caller);
    caller_move_after(&other, &fixture.caller);
    caller_write(&other, "here");
    server_run(&fixture.server);
    CU_ASSERT_STRING_EQUAL(fixture.server.events.data, "here");
    caller_send_media(&other);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.rtp, 0); /* it has not proven that it is there */
    caller_free(&other);
    fixture_free(&fixture);
}

/* As the application's own may look by chance. */
static void write_other_id(void *user, skiff_dtls *dtls, uint8_t *id)
{
    const skiff_peer *peer = skiff_transport_user(skiff_dtls_user(dtls));
    const skiff_port *port = peer->port;

    (void)user;
    skf_connection_id_make(&port->id_hash_key, port->thread, peer->slot ^ 1, id);
}

static void ids_that_the_port_has_not_made_mean_nothing_to_it(void)
{
    struct fixture fixture;
    struct caller other;

    server_new(&fixture.server);
    server_use_ids_by(&fixture.server, write_other_id);
    server_open(&fixture.server);
    caller_new(&fixture.caller, &fixture.server);
    caller_new(&other, &fixture.server);
    caller_connect(&fixture.caller);
    caller_connect(&other);
    caller_write(&fixture.caller, "here");
    server_run(&fixture.server);
    CU_ASSERT_STRING_EQUAL(fixture.server.events.data, "here");
    caller_free(&other);
    fixture_free(&fixture);
}

CU_TestInfo connection_id_tests[] = {
    TEST(identified_by_its_id_a_peer_is_received_from_elsewhere_before_its_check),
    TEST(an_id_alone_proves_nothing),
    TEST(an_id_counts_at_the_address_of_another_too),
    TEST(ids_that_the_port_has_not_made_mean_nothing_to_it),
    CU_TEST_INFO_NULL,
};
