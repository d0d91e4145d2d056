/* renewal_loss_test.c - a renewal that begins before the peer has heard the last flight. */
#include "suite.h"

#include "network.h"
#include "world/world.h"

static struct network network;

static skiff_status renew_as(struct network_end *end, skiff_role role)
{
    skiff_fingerprint expected;

    skiff_identity_fingerprint(world_identity(1 - (int)end->side), &expected);
    return skiff_transport_renew(end->transport, role, &expected, 1, network.now);
}

/* Who is connected first may renew before the other one has heard so. */
static void a_flight_that_was_lost_is_repeated_while_a_hello_is_awaited(void)
{
    const struct network_config config = { .max_version = SKIFF_DTLS_1_2 };
    struct network_end *client = &network.ends[0][0], *server = &network.ends[1][0];

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    while (!server->connected && network_step(&network, network.now + SKIFF_MSEC(2000)))
        continue;
    CU_ASSERT_FALSE(client->connected);
    network.num_in_flight = 0;
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    network_pass(&network, SKIFF_MSEC(5000));
    CU_ASSERT_TRUE(client->connected);
    CU_ASSERT_EQUAL(network_counters(server).drop_no_cookie, 0);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    network_pass(&network, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(client->renewed == 1 && server->renewed == 1);
    network_end(&network);
}

static bool is_made(const struct network_end *end)
{
    skiff_dtls *renewal = skiff_transport_renewal(end->transport);
    skiff_dtls_info info = { 0 };

    if (renewal != NULL)
        skiff_dtls_get_info(renewal, &info, sizeof info);
    return info.handshake_time != 0;
}

/* The last flight is lost for as long as it is said: the server has never seen who its
 * client is, and gives up, and so must the client. */
static void a_renewal_that_the_server_never_confirms_fails_at_both_ends(void)
{
    const struct network_config config = { .max_version = SKIFF_DTLS_1_3 };
    struct network_end *client = &network.ends[0][0], *server = &network.ends[1][0];
    struct test_packet plain;

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(network_connect(&network));
    network_pass(&network, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    while (!is_made(client) && network_step(&network, network.now + SKIFF_MSEC(2000)))
        continue;
    CU_ASSERT_TRUE(is_made(client));
    network.num_in_flight = 0;
    network.config.loss = 1000;
    network_pass(&network, SKIFF_MSEC(40000));
    CU_ASSERT_EQUAL(server->not_renewed, 1);
    CU_ASSERT_EQUAL(client->renewed, 0);
    CU_ASSERT_EQUAL(client->not_renewed, 1);
    test_packet_rtp(&plain, 5, 1, 20);
    CU_ASSERT_TRUE(network_carries(client, &plain));
    test_packet_rtp(&plain, 5, 2, 20);
    CU_ASSERT_TRUE(network_carries(server, &plain));
    network_end(&network);
}

/* Media of before a renewal has its time, whatever becomes of the next one: it waits for a
 * hello, has no answer, or is not over when that time is. */
static void media_of_before_is_opened_beside_the_next_renewal(void)
{
    const struct network_config config = { .max_version = SKIFF_DTLS_1_3 };
    struct network_end *client = &network.ends[0][0], *server = &network.ends[1][0];
    struct test_packet late[5];
    skiff_kind kind;

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(network_connect(&network));
    network_pass(&network, SKIFF_MSEC(100));
    for (uint16_t i = 0; i < 5; i++) {
        test_packet_rtp(&late[i], 5, (uint16_t)(i + 1), 20);
        CU_ASSERT_EQUAL(skiff_transport_protect(client->transport, &late[i].packet),
                        SKIFF_OK);
    }
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    network_pass(&network, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(server->renewed, 1);
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(network_deliver(server, &late[0], &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(network_deliver(server, &late[1], &kind), SKIFF_OK);
    network_pass(&network, SKIFF_MSEC(35000));
    CU_ASSERT_EQUAL(server->not_renewed, 1);
    CU_ASSERT_EQUAL(network_deliver(server, &late[2], &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(network_deliver(server, &late[3], &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(kind, SKIFF_RTP);
    network_pass(&network, SKIFF_MSEC(90000));
    CU_ASSERT_EQUAL(network_deliver(server, &late[4], &kind), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(network_counters(server).drop_forged, 1);
    CU_ASSERT_EQUAL(network_counters(server).rtp_opened, 4);
    test_packet_rtp(&late[0], 5, 1, 20);
    CU_ASSERT_TRUE(network_carries(client, &late[0]));
    network_end(&network);
}

/* Media that came before the first keys waits for nothing more. */
static void held_packets_are_returned_while_a_hello_is_awaited(void)
{
    const struct network_config config = { .max_version = SKIFF_DTLS_1_2, .packets = 40 };
    struct network_end *client = &network.ends[0][0], *server = &network.ends[1][0];
    struct test_packet early;
    skiff_packet *packet;
    skiff_kind kind;

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    while (!server->connected && network_step(&network, network.now + SKIFF_MSEC(2000)))
        continue;
    test_packet_rtp(&early, 5, 1, 20);
    CU_ASSERT_EQUAL(skiff_transport_protect(server->transport, &early.packet), SKIFF_OK);
    CU_ASSERT_EQUAL(network_deliver(client, &early, &kind), SKIFF_OK);
    CU_ASSERT_TRUE(network_connect(&network));
    CU_ASSERT_EQUAL(network_counters(client).held_early, 1);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(skiff_transport_take_held(client->transport, &packet, &kind));
    CU_ASSERT_EQUAL(kind, SKIFF_RTP);
    skiff_packet_release(&packet);
    network_end(&network);
}

static void behind_an_alert(struct test_packet *both, const struct test_packet *hello)
{
    static const uint8_t alert[] = { 21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0 };

    test_packet_copy(both, hello);
    memcpy(both->bytes, alert, sizeof alert);
    memcpy(both->bytes + sizeof alert, hello->bytes, hello->packet.len);
    both->packet.len = hello->packet.len + (uint32_t)sizeof alert;
}

/* The server, of 1.2, is to be the client of the next association. Of the flight in one
 * datagram, as others always say it, the first records are in plaintext. A forged hello
 * behind such a record is not told: whoever renewed at it would end what is under way. */
static void a_flight_that_was_lost_is_repeated_while_a_hello_is_sent(void)
{
    const struct network_config config = { .max_version = SKIFF_DTLS_1_2 };
    struct network_end *client = &network.ends[0][0], *server = &network.ends[1][0];
    struct test_packet hello, forged;
    skiff_kind kind;

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    (void)network_step(&network, network.now);
    test_packet_copy(&hello, &network.in_flight[0].datagram);
    behind_an_alert(&forged, &hello);
    while (!server->connected && network_step(&network, network.now + SKIFF_MSEC(2000)))
        continue;
    CU_ASSERT_FALSE(client->connected);
    network.num_in_flight = 0;
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    network_pass(&network, SKIFF_MSEC(300));
    CU_ASSERT_TRUE(client->connected);
    (void)!network_deliver(server, &forged, &kind);
    CU_ASSERT_EQUAL(server->hellos, 0);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    network_pass(&network, SKIFF_MSEC(20000));
    CU_ASSERT_TRUE(client->renewed == 1 && server->renewed == 1);
    network_end(&network);
}

/* --- where the peer is ---------------------------------------------------------------- */

static uint64_t path_of(skiff_dtls *dtls)
{
    skiff_dtls_info info = { 0 };

    skiff_dtls_get_info(dtls, &info, sizeof info);
    return info.path;
}

static void begin_at_one(struct network_end *client, struct network_end *server)
{
    const struct network_config config = { .max_version = SKIFF_DTLS_1_3,
                                           .cids = true,
                                           .rrc = SKIFF_RRC_BASIC };

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    client->address = server->address = 1;
    CU_ASSERT_TRUE_FATAL(network_connect(&network));
    network_pass(&network, SKIFF_MSEC(100));
}

/* Nobody is moved by what anybody could send: neither association opens it. */
static void a_renewal_is_made_where_the_peer_is_known_to_be(void)
{
    enum { OTHER_ADDRESS = 66, SEALED = 0x2e };
    struct network_end *client = &network.ends[0][0], *server = &network.ends[1][0];
    struct test_packet junk;
    skiff_kind kind;

    begin_at_one(client, server);
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    test_packet_rtp(&junk, 5, 1, 40);
    junk.bytes[0] = SEALED;
    server->address = OTHER_ADDRESS;
    CU_ASSERT_EQUAL(network_deliver(client, &junk, &kind), SKIFF_ERR_DROPPED);
    server->address = 1;
    CU_ASSERT_EQUAL(path_of(skiff_transport_renewal(client->transport)), 1);
    network_pass(&network, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(client->renewed == 1 && server->renewed == 1);
    CU_ASSERT_EQUAL(path_of(skiff_transport_dtls(client->transport)), 1);
    network_end(&network);
}

static void a_renewal_goes_where_the_peer_has_moved(void)
{
    struct network_end *client = &network.ends[0][0], *server = &network.ends[1][0];
    struct test_packet sent;

    begin_at_one(client, server);
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    client->address = 2;
    sent.packet = (skiff_packet){
        .data = sent.bytes + SKIFF_HEAD, .head = SKIFF_HEAD, .limit = 100, .len = 4
    };
    memcpy(sent.packet.data, "here", 4);
    CU_ASSERT_EQUAL(
        skiff_dtls_send(skiff_transport_dtls(client->transport), network.now, &sent.packet),
        SKIFF_OK);
    memmove(sent.bytes, sent.packet.data, sent.packet.len);
    sent.packet =
        (skiff_packet){ .data = sent.bytes, .limit = CALL_LIMIT, .len = sent.packet.len };
    network_post(client, &sent);
    network_pass(&network, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(server->moved, 1);
    CU_ASSERT_EQUAL(path_of(skiff_transport_renewal(server->transport)), 2);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    network_pass(&network, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(client->renewed == 1 && server->renewed == 1);
    network_end(&network);
}

/* The packet had another one before. The hello is of two datagrams where libcrypto has
 * X25519MLKEM768. */
static void a_path_challenge_states_where_it_goes(void)
{
    enum { OTHER_ADDRESS = 66 };
    struct network_end *client = &network.ends[0][0], *server = &network.ends[1][0];
    skiff_status status = SKIFF_ERR_DROPPED;
    struct test_packet hello, out;
    skiff_bytes bytes;
    skiff_kind kind;

    begin_at_one(client, server);
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    CU_ASSERT_TRUE(network_step(&network, network.now));
    for (unsigned i = 0; i < network.num_in_flight; i++) {
        test_packet_copy(&hello, &network.in_flight[i].datagram);
        hello.packet.path = OTHER_ADDRESS;
        status =
            skiff_transport_receive(server->transport, network.now, &hello.packet, &kind);
    }
    CU_ASSERT_EQUAL(status, SKIFF_OK);
    out.packet =
        (skiff_packet){ .data = out.bytes, .limit = CALL_LIMIT, .path = OTHER_ADDRESS };
    CU_ASSERT_EQUAL(
        skiff_transport_poll(server->transport, network.now, &out.packet, &bytes),
        SKIFF_DTLS_SEND);
    CU_ASSERT_EQUAL(out.packet.path, 1);
    network_end(&network);
}

CU_TestInfo renewal_loss_tests[] = {
    TEST(a_flight_that_was_lost_is_repeated_while_a_hello_is_awaited),
    TEST(a_flight_that_was_lost_is_repeated_while_a_hello_is_sent),
    TEST(a_renewal_that_the_server_never_confirms_fails_at_both_ends),
    TEST(media_of_before_is_opened_beside_the_next_renewal),
    TEST(held_packets_are_returned_while_a_hello_is_awaited),
    TEST(a_renewal_is_made_where_the_peer_is_known_to_be),
    TEST(a_renewal_goes_where_the_peer_has_moved),
    TEST(a_path_challenge_states_where_it_goes),
    CU_TEST_INFO_NULL,
};
