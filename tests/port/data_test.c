/* data_test.c - application data of DTLS that goes to a peer of a port. */
#include "suite.h"

#include "ends.h"
#include "tcp_call.h"

#include <errno.h>

enum { MESSAGES = 1000 };

static skiff_packet *message_of(const struct fixture *fixture, unsigned number, size_t len)
{
    skiff_packet *packet = skiff_pool_take(fixture->server.pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    for (size_t i = 0; i < len; i++)
        packet->data[i] = (uint8_t)(number + i);
    packet->len = (uint32_t)len;
    return packet;
}

static bool is_message(const struct caller *caller, unsigned number, size_t len)
{
    bool same = caller->data_len == len;

    for (size_t i = 0; same && i < len; i++)
        same = caller->data[i] == (uint8_t)(number + i);
    return same;
}

static size_t longest(const struct fixture *fixture)
{
    return skiff_dtls_max_data(
        skiff_transport_dtls(skiff_peer_transport(fixture->caller.peer)));
}

static skiff_status send_message(struct fixture *fixture, unsigned number, size_t len)
{
    skiff_packet *packet = message_of(fixture, number, len);
    skiff_status status = skiff_peer_send_data(fixture->caller.peer, &packet);

    CU_ASSERT_EQUAL(status == SKIFF_OK, packet == NULL);
    if (packet != NULL)
        CU_ASSERT_EQUAL(packet->len, len);
    skiff_packet_release(&packet);
    skiff_port_flush(fixture->server.port);
    caller_run(&fixture->caller);
    return status;
}

static void messages_arrive(struct fixture *fixture)
{
    for (unsigned i = 0; i < MESSAGES; i++) {
        size_t len = i * 7 % (longest(fixture) + 1);
        CU_ASSERT_EQUAL(send_message(fixture, i, len), SKIFF_OK);
        CU_ASSERT_TRUE(fixture->caller.messages == i + 1
                       && is_message(&fixture->caller, i, len));
    }
}

static void a_peer_is_sent_messages(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    uint64_t before = caller_info(&fixture.caller).bytes_sent;
    messages_arrive(&fixture);
    CU_ASSERT_TRUE(caller_info(&fixture.caller).bytes_sent > before + MESSAGES * 300u);
    fixture_free(&fixture);
}

static void a_peer_is_sent_messages_through_a_connection(void)
{
    struct tcp_call call;

    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    messages_arrive(&call.fixture);
    CU_ASSERT_EQUAL(tcp_call_counters(&call).datagrams_sent, 0);
    tcp_call_free(&call);
}

static void a_message_that_fits_no_datagram_stays_the_callers(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    CU_ASSERT_TRUE(longest(&fixture) > 1100 && longest(&fixture) < 1200);
    CU_ASSERT_EQUAL(send_message(&fixture, 1, longest(&fixture) + 1), SKIFF_ERR_SPACE);
    CU_ASSERT_EQUAL(fixture.caller.messages, 0);
    CU_ASSERT_EQUAL(send_message(&fixture, 1, longest(&fixture)), SKIFF_OK);
    CU_ASSERT_EQUAL(fixture.caller.messages, 1);
    fixture_free(&fixture);
}

static void nothing_is_sent_before_connected_or_without_a_path(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    CU_ASSERT_EQUAL(longest(&fixture), 0);
    CU_ASSERT_EQUAL(send_message(&fixture, 1, 10), SKIFF_ERR_STATE);
    CU_ASSERT_TRUE(caller_checks(&fixture.caller, true));
    CU_ASSERT_EQUAL(send_message(&fixture, 1, 10), SKIFF_ERR_STATE);
    caller_connect(&fixture.caller);
    fixture.server.now += SKIFF_MSEC(31000);
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 1);
    CU_ASSERT_EQUAL(send_message(&fixture, 1, 10), SKIFF_ERR_STATE);
    fixture_free(&fixture);
}

/* A frame of TCP begins with two bytes before the record: they must not be somebody's. */
static void a_packet_without_headroom_is_refused(void)
{
    const uint32_t needed = 5 + 2; /* a record of 1.3 without an id, LENGTH */
    struct tcp_call call;

    tcp_call_new(&call);
    caller_connect(&call.fixture.caller);
    for (uint32_t head = 0; head < 40; head++) {
        skiff_packet *packet = message_of(&call.fixture, head, 100);
        uint8_t *data = packet->data;
        packet->data -= SKIFF_HEAD - head;
        packet->head = head;
        memset(packet->data, 1, 100);
        skiff_status status = skiff_peer_send_data(call.fixture.caller.peer, &packet);
        CU_ASSERT_EQUAL(status, head < needed ? SKIFF_ERR_SPACE : SKIFF_OK);
        if (packet != NULL)
            CU_ASSERT_TRUE(packet->head == head
                           && packet->data == data - (SKIFF_HEAD - head));
        skiff_packet_release(&packet);
    }
    for (uint32_t head = 0; head < 3; head++) {
        skiff_packet *packet = skiff_pool_take(call.fixture.server.pool);
        packet->data -= SKIFF_HEAD - head;
        packet->head = head;
        write_rtp_packet(packet, (uint16_t)head);
        CU_ASSERT_EQUAL(skiff_peer_send(call.fixture.caller.peer, &packet, 1),
                        head < 2 ? SKIFF_ERR_SPACE : SKIFF_OK);
        skiff_packet_release(&packet);
    }
    tcp_call_free(&call);
}

static void what_the_kernel_does_not_accept_is_counted(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    ends_refuse((struct refusal){ EPERM, 0, UINT32_MAX, false });
    CU_ASSERT_EQUAL(send_message(&fixture, 1, 10), SKIFF_OK);
    ends_refuse((struct refusal){ 0 });
    CU_ASSERT_EQUAL(server_counters(&fixture.server).drop_unsent, 1);
    CU_ASSERT_EQUAL(fixture.caller.messages, 0);
    fixture_free(&fixture);
}

CU_TestInfo data_tests[] = {
    TEST(a_peer_is_sent_messages),
    TEST(a_peer_is_sent_messages_through_a_connection),
    TEST(a_message_that_fits_no_datagram_stays_the_callers),
    TEST(nothing_is_sent_before_connected_or_without_a_path),
    TEST(a_packet_without_headroom_is_refused),
    TEST(what_the_kernel_does_not_accept_is_counted),
    CU_TEST_INFO_NULL,
};
