/* traffic_test.c - what a port says of the media of a peer. */
#include "suite.h"

#include "caller.h"

#include <string.h>

/* RFC 3550 6.4.1: a sender report of one source, and a report about it. */
static void write_sender_report(skiff_packet *packet, uint32_t ntp)
{
    const uint8_t report[28] = {
        0x80,
        200,
        0,
        6,
        's',
        's',
        'r',
        'c',
        0xab,
        0xcd,
        (uint8_t)(ntp >> 24),
        (uint8_t)(ntp >> 16),
        (uint8_t)(ntp >> 8),
        (uint8_t)ntp,
    };

    memcpy(packet->data, report, sizeof report);
    packet->len = sizeof report;
}

static void write_receiver_report(skiff_packet *packet, uint32_t lsr, uint16_t dlsr)
{
    const uint8_t report[32] = {
        0x81,
        201,
        0,
        7,
        'r',
        'e',
        'c',
        'v',
        's',
        's',
        'r',
        'c',
        [24] = (uint8_t)(lsr >> 24),
        (uint8_t)(lsr >> 16),
        (uint8_t)(lsr >> 8),
        (uint8_t)lsr,
        0,
        0,
        (uint8_t)(dlsr >> 8),
        (uint8_t)dlsr,
    };

    memcpy(packet->data, report, sizeof report);
    packet->len = sizeof report;
}

static void send_sender_report(struct fixture *fixture, uint32_t ntp, bool copied)
{
    skiff_packet *packet = skiff_pool_take(fixture->server.pool);
    const skiff_packet *const one[] = { packet };

    write_sender_report(packet, ntp);
    CU_ASSERT_EQUAL(copied
                        ? skiff_peer_send_copies(fixture->caller.peer, one, 1, NULL, NULL)
                        : skiff_peer_send(fixture->caller.peer, &packet, 1),
                    SKIFF_OK);
    skiff_packet_release(&packet);
    skiff_port_flush(fixture->server.port);
    caller_run(&fixture->caller);
}

/* Of 65536 a second */
static void report(struct fixture *fixture, uint32_t lsr, uint16_t dlsr)
{
    skiff_packet *packet = skiff_pool_take(fixture->server.pool);

    write_receiver_report(packet, lsr, dlsr);
    CU_ASSERT_EQUAL(skiff_transport_protect(fixture->caller.transport, packet), SKIFF_OK);
    caller_send(&fixture->caller, packet->data, packet->len);
    skiff_packet_release(&packet);
    server_run(&fixture->server);
}

static void media_is_counted_each_way(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    CU_ASSERT_EQUAL(caller_info(&fixture.caller).last_media, 0);
    skiff_peer_info before = caller_info(&fixture.caller);
    CU_ASSERT_EQUAL(before.packets_received, 0);
    CU_ASSERT_TRUE(before.bytes_sent > 500 && before.bytes_received > 500); /* DTLS */
    fixture.server.now += SKIFF_MSEC(5000);
    caller_send_media(&fixture.caller);
    caller_send_raw(&fixture.caller); /* does not open */
    server_run(&fixture.server);
    CU_ASSERT_EQUAL(fixture_send(&fixture, 3), 3);
    skiff_peer_info info = caller_info(&fixture.caller);
    CU_ASSERT_EQUAL(info.packets_received, 1);
    CU_ASSERT_EQUAL(info.packets_sent, 3);
    uint64_t received = info.bytes_received - before.bytes_received;
    CU_ASSERT_TRUE(received > 100 && received < 130);
    CU_ASSERT_EQUAL(info.bytes_sent - before.bytes_sent, 3 * received);
    CU_ASSERT_EQUAL(info.last_media, fixture.server.now);
    fixture_free(&fixture);
}

static void a_report_of_the_peer_gives_the_round_trip(void)
{
    struct fixture fixture;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    CU_ASSERT_EQUAL(caller_info(&fixture.caller).round_trip, 1); /* of DTLS, in no time */
    send_sender_report(&fixture, 0x12345678, false);
    fixture.server.now += SKIFF_MSEC(570);
    report(&fixture, 0x12345678, 0x8000);
    CU_ASSERT_EQUAL(caller_info(&fixture.caller).round_trip, SKIFF_MSEC(70));
    send_sender_report(&fixture, 0x12345679, true);
    fixture.server.now += SKIFF_MSEC(150);
    report(&fixture, 0x12345679, 0);
    CU_ASSERT_EQUAL(caller_info(&fixture.caller).round_trip, SKIFF_MSEC(80));
    report(&fixture, 0x12345679, 0xffff);
    CU_ASSERT_EQUAL(caller_info(&fixture.caller).round_trip, SKIFF_MSEC(80));
    fixture_free(&fixture);
}

static void an_older_caller_has_only_what_it_knows(void)
{
    struct fixture fixture;
    skiff_peer_info info;

    fixture_new(&fixture);
    caller_connect(&fixture.caller);
    memset(&info, 0x55, sizeof info);
    skiff_peer_get_info(fixture.caller.peer, &info, offsetof(skiff_peer_info, tcp));
    CU_ASSERT_TRUE(info.open);
    CU_ASSERT_EQUAL(info.bytes_sent, 0x5555555555555555);
    fixture_free(&fixture);
}

CU_TestInfo traffic_tests[] = {
    TEST(media_is_counted_each_way),
    TEST(a_report_of_the_peer_gives_the_round_trip),
    TEST(an_older_caller_has_only_what_it_knows),
    CU_TEST_INFO_NULL,
};
