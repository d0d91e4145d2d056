/* renewal_loss_test.c - a renewal that begins before the peer has heard the last flight. */
#include "suite.h"

#include "board.h"
#include "world/world.h"

static struct board board;

static skiff_status renew_as(struct board_end *end, skiff_role role)
{
    skiff_fingerprint expected;

    skiff_identity_fingerprint(world_identity(1 - (int)end->side), &expected);
    return skiff_transport_renew(end->transport, role, &expected, 1, board.now);
}

/* Who is connected first may renew before the other one has heard so. */
static void a_flight_that_was_lost_is_repeated_while_a_hello_is_awaited(void)
{
    const struct board_config config = { .newest = SKIFF_DTLS_1_2 };
    struct board_end *client = &board.ends[0][0], *server = &board.ends[1][0];

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    while (!server->connected && board_step(&board, board.now + SKIFF_MSEC(2000)))
        continue;
    CU_ASSERT_FALSE(client->connected);
    board.mails = 0;
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    board_pass(&board, SKIFF_MSEC(5000));
    CU_ASSERT_TRUE(client->connected);
    CU_ASSERT_EQUAL(board_counters(server).drop_uninvited, 0);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    board_pass(&board, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(client->renewed == 1 && server->renewed == 1);
    board_end(&board);
}

static bool is_made(const struct board_end *end)
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
    const struct board_config config = { .newest = SKIFF_DTLS_1_3 };
    struct board_end *client = &board.ends[0][0], *server = &board.ends[1][0];
    struct letter plain;

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(board_connect(&board));
    board_pass(&board, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    while (!is_made(client) && board_step(&board, board.now + SKIFF_MSEC(2000)))
        continue;
    CU_ASSERT_TRUE(is_made(client));
    board.mails = 0;
    board.config.loss = 1000;
    board_pass(&board, SKIFF_MSEC(40000));
    CU_ASSERT_EQUAL(server->not_renewed, 1);
    CU_ASSERT_EQUAL(client->renewed, 0);
    CU_ASSERT_EQUAL(client->not_renewed, 1);
    letter_rtp(&plain, 5, 1, 20);
    CU_ASSERT_TRUE(board_carries(client, &plain));
    letter_rtp(&plain, 5, 2, 20);
    CU_ASSERT_TRUE(board_carries(server, &plain));
    board_end(&board);
}

/* Media of before a renewal has its time, whatever becomes of the next one: it waits for a
 * hello, has no answer, or is not over when that time is. */
static void media_of_before_is_opened_beside_the_next_renewal(void)
{
    const struct board_config config = { .newest = SKIFF_DTLS_1_3 };
    struct board_end *client = &board.ends[0][0], *server = &board.ends[1][0];
    struct letter late[5];
    skiff_kind kind;

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(board_connect(&board));
    board_pass(&board, SKIFF_MSEC(100));
    for (uint16_t i = 0; i < 5; i++) {
        letter_rtp(&late[i], 5, (uint16_t)(i + 1), 20);
        CU_ASSERT_EQUAL(skiff_transport_protect(client->transport, &late[i].packet),
                        SKIFF_OK);
    }
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    board_pass(&board, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(server->renewed, 1);
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(board_deliver(server, &late[0], &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(board_deliver(server, &late[1], &kind), SKIFF_OK);
    board_pass(&board, SKIFF_MSEC(35000));
    CU_ASSERT_EQUAL(server->not_renewed, 1);
    CU_ASSERT_EQUAL(board_deliver(server, &late[2], &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(board_deliver(server, &late[3], &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(kind, SKIFF_RTP);
    board_pass(&board, SKIFF_MSEC(90000));
    CU_ASSERT_EQUAL(board_deliver(server, &late[4], &kind), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(board_counters(server).drop_forged, 1);
    CU_ASSERT_EQUAL(board_counters(server).rtp_opened, 4);
    letter_rtp(&late[0], 5, 1, 20);
    CU_ASSERT_TRUE(board_carries(client, &late[0]));
    board_end(&board);
}

/* Media that came before the first keys waits for nothing more. */
static void what_was_held_is_taken_out_while_a_hello_is_awaited(void)
{
    const struct board_config config = { .newest = SKIFF_DTLS_1_2, .packets = 40 };
    struct board_end *client = &board.ends[0][0], *server = &board.ends[1][0];
    struct letter early;
    skiff_packet *packet;
    skiff_kind kind;

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    while (!server->connected && board_step(&board, board.now + SKIFF_MSEC(2000)))
        continue;
    letter_rtp(&early, 5, 1, 20);
    CU_ASSERT_EQUAL(skiff_transport_protect(server->transport, &early.packet), SKIFF_OK);
    CU_ASSERT_EQUAL(board_deliver(client, &early, &kind), SKIFF_OK);
    CU_ASSERT_TRUE(board_connect(&board));
    CU_ASSERT_EQUAL(board_counters(client).held_early, 1);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(skiff_transport_next(client->transport, &packet, &kind));
    CU_ASSERT_EQUAL(kind, SKIFF_RTP);
    skiff_packet_give(&packet);
    board_end(&board);
}

static void behind_an_alert(struct letter *both, const struct letter *hello)
{
    static const uint8_t alert[] = { 21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0 };

    letter_copy(both, hello);
    memcpy(both->bytes, alert, sizeof alert);
    memcpy(both->bytes + sizeof alert, hello->bytes, hello->packet.len);
    both->packet.len = hello->packet.len + (uint32_t)sizeof alert;
}

/* The server, of 1.2, is to be the client of the next association. Of the flight in one
 * datagram, as others always say it, the first records are in plaintext. A forged hello
 * behind such a record is not told: whoever renewed at it would end what is under way. */
static void a_flight_that_was_lost_is_repeated_while_a_hello_is_said(void)
{
    const struct board_config config = { .newest = SKIFF_DTLS_1_2 };
    struct board_end *client = &board.ends[0][0], *server = &board.ends[1][0];
    struct letter hello, forged;
    skiff_kind kind;

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    (void)board_step(&board, board.now);
    letter_copy(&hello, &board.mail[0].letter);
    behind_an_alert(&forged, &hello);
    while (!server->connected && board_step(&board, board.now + SKIFF_MSEC(2000)))
        continue;
    CU_ASSERT_FALSE(client->connected);
    board.mails = 0;
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    board_pass(&board, SKIFF_MSEC(300));
    CU_ASSERT_TRUE(client->connected);
    (void)!board_deliver(server, &forged, &kind);
    CU_ASSERT_EQUAL(server->hellos, 0);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    board_pass(&board, SKIFF_MSEC(20000));
    CU_ASSERT_TRUE(client->renewed == 1 && server->renewed == 1);
    board_end(&board);
}

/* --- where the peer is ---------------------------------------------------------------- */

static uint64_t path_of(skiff_dtls *dtls)
{
    skiff_dtls_info info = { 0 };

    skiff_dtls_get_info(dtls, &info, sizeof info);
    return info.path;
}

static void begin_at_one(struct board_end *client, struct board_end *server)
{
    const struct board_config config = { .newest = SKIFF_DTLS_1_3, .named = true,
                                         .rrc = SKIFF_RRC_BASIC };

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    client->address = server->address = 1;
    CU_ASSERT_TRUE_FATAL(board_connect(&board));
    board_pass(&board, SKIFF_MSEC(100));
}

/* Nobody is moved by what anybody could send: neither association opens it. */
static void a_renewal_is_made_where_the_peer_is_known_to_be(void)
{
    enum { ELSEWHERE = 66, SEALED = 0x2e };
    struct board_end *client = &board.ends[0][0], *server = &board.ends[1][0];
    struct letter junk;
    skiff_kind kind;

    begin_at_one(client, server);
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    letter_rtp(&junk, 5, 1, 40);
    junk.bytes[0] = SEALED;
    server->address = ELSEWHERE;
    CU_ASSERT_EQUAL(board_deliver(client, &junk, &kind), SKIFF_ERR_DROPPED);
    server->address = 1;
    CU_ASSERT_EQUAL(path_of(skiff_transport_renewal(client->transport)), 1);
    board_pass(&board, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(client->renewed == 1 && server->renewed == 1);
    CU_ASSERT_EQUAL(path_of(skiff_transport_dtls(client->transport)), 1);
    board_end(&board);
}

static void a_renewal_goes_where_the_peer_has_moved(void)
{
    struct board_end *client = &board.ends[0][0], *server = &board.ends[1][0];
    struct letter said;

    begin_at_one(client, server);
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    client->address = 2;
    said.packet = (skiff_packet){ .data = said.bytes + SKIFF_HEAD, .head = SKIFF_HEAD,
                                  .limit = 100, .len = 4 };
    memcpy(said.packet.data, "here", 4);
    CU_ASSERT_EQUAL(skiff_dtls_send(skiff_transport_dtls(client->transport), board.now,
                                    &said.packet), SKIFF_OK);
    memmove(said.bytes, said.packet.data, said.packet.len);
    said.packet = (skiff_packet){ .data = said.bytes, .limit = CALL_LIMIT,
                                  .len = said.packet.len };
    board_post(client, &said);
    board_pass(&board, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(server->moved, 1);
    CU_ASSERT_EQUAL(path_of(skiff_transport_renewal(server->transport)), 2);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    board_pass(&board, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(client->renewed == 1 && server->renewed == 1);
    board_end(&board);
}

/* The packet had another one before. The hello is of two datagrams where libcrypto has
 * X25519MLKEM768. */
static void a_question_says_where_it_goes(void)
{
    enum { ELSEWHERE = 66 };
    struct board_end *client = &board.ends[0][0], *server = &board.ends[1][0];
    skiff_status status = SKIFF_ERR_DROPPED;
    struct letter hello, out;
    skiff_bytes bytes;
    skiff_kind kind;

    begin_at_one(client, server);
    CU_ASSERT_EQUAL(renew_as(server, SKIFF_ROLE_PASSIVE), SKIFF_OK);
    CU_ASSERT_EQUAL(renew_as(client, SKIFF_ROLE_ACTIVE), SKIFF_OK);
    CU_ASSERT_TRUE(board_step(&board, board.now));
    for (unsigned i = 0; i < board.mails; i++) {
        letter_copy(&hello, &board.mail[i].letter);
        hello.packet.path = ELSEWHERE;
        status = skiff_transport_receive(server->transport, board.now, &hello.packet,
                                         &kind);
    }
    CU_ASSERT_EQUAL(status, SKIFF_OK);
    out.packet = (skiff_packet){ .data = out.bytes, .limit = CALL_LIMIT,
                                 .path = ELSEWHERE };
    CU_ASSERT_EQUAL(skiff_transport_poll(server->transport, board.now, &out.packet, &bytes),
                    SKIFF_DTLS_SEND);
    CU_ASSERT_EQUAL(out.packet.path, 1);
    board_end(&board);
}

CU_TestInfo renewal_loss_tests[] = {
    TEST(a_flight_that_was_lost_is_repeated_while_a_hello_is_awaited),
    TEST(a_flight_that_was_lost_is_repeated_while_a_hello_is_said),
    TEST(a_renewal_that_the_server_never_confirms_fails_at_both_ends),
    TEST(media_of_before_is_opened_beside_the_next_renewal),
    TEST(what_was_held_is_taken_out_while_a_hello_is_awaited),
    TEST(a_renewal_is_made_where_the_peer_is_known_to_be),
    TEST(a_renewal_goes_where_the_peer_has_moved),
    TEST(a_question_says_where_it_goes),
    CU_TEST_INFO_NULL,
};
