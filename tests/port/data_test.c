/* data_test.c - application data of DTLS that goes to a peer of a port. */
#include "suite.h"

#include "ends.h"
#include "line.h"

#include <errno.h>

enum { MESSAGES = 1000 };

static skiff_packet *message_of(const struct desk *desk, unsigned number, size_t len)
{
    skiff_packet *packet = skiff_pool_take(desk->office.pool);

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

static size_t longest(const struct desk *desk)
{
    return skiff_dtls_max_data(
        skiff_transport_dtls(skiff_peer_transport(desk->caller.peer)));
}

static skiff_status send_message(struct desk *desk, unsigned number, size_t len)
{
    skiff_packet *packet = message_of(desk, number, len);
    skiff_status status = skiff_peer_send_data(desk->caller.peer, &packet);

    CU_ASSERT_EQUAL(status == SKIFF_OK, packet == NULL);
    if (packet != NULL)
        CU_ASSERT_EQUAL(packet->len, len);
    skiff_packet_give(&packet);
    skiff_port_flush(desk->office.port);
    caller_run(&desk->caller);
    return status;
}

static void messages_arrive(struct desk *desk)
{
    for (unsigned i = 0; i < MESSAGES; i++) {
        size_t len = i * 7 % (longest(desk) + 1);
        CU_ASSERT_EQUAL(send_message(desk, i, len), SKIFF_OK);
        CU_ASSERT_TRUE(desk->caller.messages == i + 1 && is_message(&desk->caller, i, len));
    }
}

static void a_peer_is_sent_messages(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    uint64_t before = caller_info(&desk.caller).bytes_sent;
    messages_arrive(&desk);
    CU_ASSERT_TRUE(caller_info(&desk.caller).bytes_sent > before + MESSAGES * 300u);
    desk_free(&desk);
}

static void a_peer_is_sent_messages_through_a_connection(void)
{
    struct line line;

    line_new(&line);
    caller_connect(&line.desk.caller);
    messages_arrive(&line.desk);
    CU_ASSERT_EQUAL(line_counters(&line).datagrams_sent, 0);
    line_free(&line);
}

static void a_message_that_no_datagram_takes_stays_the_callers(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    CU_ASSERT_TRUE(longest(&desk) > 1100 && longest(&desk) < 1200);
    CU_ASSERT_EQUAL(send_message(&desk, 1, longest(&desk) + 1), SKIFF_ERR_SPACE);
    CU_ASSERT_EQUAL(desk.caller.messages, 0);
    CU_ASSERT_EQUAL(send_message(&desk, 1, longest(&desk)), SKIFF_OK);
    CU_ASSERT_EQUAL(desk.caller.messages, 1);
    desk_free(&desk);
}

static void nothing_is_said_before_connected_or_without_a_path(void)
{
    struct desk desk;

    desk_new(&desk);
    CU_ASSERT_EQUAL(longest(&desk), 0);
    CU_ASSERT_EQUAL(send_message(&desk, 1, 10), SKIFF_ERR_STATE);
    CU_ASSERT_TRUE(caller_checks(&desk.caller, true));
    CU_ASSERT_EQUAL(send_message(&desk, 1, 10), SKIFF_ERR_STATE);
    caller_connect(&desk.caller);
    desk.office.now += SKIFF_MSEC(31000);
    office_run(&desk.office);
    CU_ASSERT_EQUAL(desk.office.told.events[SKIFF_PEER_SILENT], 1);
    CU_ASSERT_EQUAL(send_message(&desk, 1, 10), SKIFF_ERR_STATE);
    desk_free(&desk);
}

/* A frame of TCP begins with two bytes before the record: they must not be somebody's. */
static void a_packet_without_headroom_is_refused(void)
{
    const uint32_t needed = 5 + 2;            /* a record of 1.3 without an id, LENGTH */
    struct line line;

    line_new(&line);
    caller_connect(&line.desk.caller);
    for (uint32_t head = 0; head < 40; head++) {
        skiff_packet *packet = message_of(&line.desk, head, 100);
        uint8_t *data = packet->data;
        packet->data -= SKIFF_HEAD - head;
        packet->head = head;
        memset(packet->data, 1, 100);
        skiff_status status = skiff_peer_send_data(line.desk.caller.peer, &packet);
        CU_ASSERT_EQUAL(status, head < needed ? SKIFF_ERR_SPACE : SKIFF_OK);
        if (packet != NULL)
            CU_ASSERT_TRUE(packet->head == head
                           && packet->data == data - (SKIFF_HEAD - head));
        skiff_packet_give(&packet);
    }
    for (uint32_t head = 0; head < 3; head++) {
        skiff_packet *packet = skiff_pool_take(line.desk.office.pool);
        packet->data -= SKIFF_HEAD - head;
        packet->head = head;
        write_rtp_packet(packet, (uint16_t)head);
        CU_ASSERT_EQUAL(skiff_peer_send(line.desk.caller.peer, &packet, 1),
                        head < 2 ? SKIFF_ERR_SPACE : SKIFF_OK);
        skiff_packet_give(&packet);
    }
    line_free(&line);
}

static void what_the_kernel_does_not_take_is_counted(void)
{
    struct desk desk;

    desk_new(&desk);
    caller_connect(&desk.caller);
    ends_refuse((struct refusal){ EPERM, 0, UINT32_MAX, false });
    CU_ASSERT_EQUAL(send_message(&desk, 1, 10), SKIFF_OK);
    ends_refuse((struct refusal){ 0 });
    CU_ASSERT_EQUAL(office_counters(&desk.office).drop_unsent, 1);
    CU_ASSERT_EQUAL(desk.caller.messages, 0);
    desk_free(&desk);
}

CU_TestInfo data_tests[] = {
    TEST(a_peer_is_sent_messages),
    TEST(a_peer_is_sent_messages_through_a_connection),
    TEST(a_message_that_no_datagram_takes_stays_the_callers),
    TEST(nothing_is_said_before_connected_or_without_a_path),
    TEST(a_packet_without_headroom_is_refused),
    TEST(what_the_kernel_does_not_take_is_counted),
    CU_TEST_INFO_NULL,
};
