/* rtcp_round_trip_test.c - the round trip that reports of RTCP tell. */
#include "suite.h"

#include "draw.h"
#include "ice/port/traffic.h"

#include <stdlib.h>
#include <string.h>

enum { SPACE = 1500, SECOND = 1000000, SECOND_16 = 65536 };

/* A compound packet that is being written. */
struct compound {
    uint8_t bytes[SPACE + SKIFF_TAIL];
    skiff_packet packet;
};

static void begin(struct compound *compound)
{
    memset(compound, 0, sizeof *compound);
    CU_ASSERT_EQUAL_FATAL(
        skiff_packet_wrap(compound->bytes, 0, sizeof compound->bytes, &compound->packet),
        SKIFF_OK);
}

static void write_u32(struct compound *compound, uint32_t value)
{
    uint8_t *at = compound->packet.data + compound->packet.len;

    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
    compound->packet.len += 4;
}

static void write_header(struct compound *compound, uint8_t type, unsigned blocks,
                         unsigned words)
{
    write_u32(compound, 2u << 30 | blocks << 24 | (uint32_t)type << 16 | words);
    write_u32(compound, 0x5eed); /* SSRC */
}

static void write_sender_info(struct compound *compound, uint32_t ntp)
{
    write_u32(compound, 0xabcd0000 | ntp >> 16);
    write_u32(compound, ntp << 16 | 0x1234);
    for (int i = 0; i < 3; i++)
        write_u32(compound, 7);
}

static void write_block(struct compound *compound, uint32_t lsr, uint32_t dlsr)
{
    for (int i = 0; i < 4; i++)
        write_u32(compound, 9);
    write_u32(compound, lsr);
    write_u32(compound, dlsr);
}

static void write_sender_report(struct compound *compound, uint32_t ntp)
{
    write_header(compound, 200, 0, 6);
    write_sender_info(compound, ntp);
}

static void write_receiver_report(struct compound *compound, uint32_t lsr, uint32_t dlsr)
{
    write_header(compound, 201, 1, 7);
    write_block(compound, lsr, dlsr);
}

static void send_report(struct traffic *traffic, uint32_t ntp, skiff_time now)
{
    struct compound compound;

    begin(&compound);
    write_sender_report(&compound, ntp);
    traffic_plain(traffic, &compound.packet, now);
    traffic_sent(traffic, &compound.packet);
}

static uint32_t received(struct traffic *traffic, uint32_t lsr, uint32_t dlsr,
                         skiff_time now)
{
    struct compound compound;

    begin(&compound);
    write_receiver_report(&compound, lsr, dlsr);
    return skf_report_received(&traffic->reports, &compound.packet, now);
}

/* --- what is told --------------------------------------------------------------------- */

/* The example of RFC 3550 6.4.1: 6.125 s after the report, of which it waited 5.250 s. */
static void the_example_of_the_rfc_is_matched(void)
{
    struct traffic traffic = { 0 };

    send_report(&traffic, 0xb7052000, 100 * SECOND);
    CU_ASSERT_EQUAL(received(&traffic, 0xb7052000, 0x00054000, 100 * SECOND + 6125000),
                    875000);
}

static void each_of_several_streams_may_be_reported(void)
{
    struct traffic traffic = { 0 };

    for (uint32_t i = 0; i < 10; i++)
        send_report(&traffic, 1000 + i, (i + 1) * SECOND);
    for (uint32_t i = 4; i < 10; i++)
        CU_ASSERT_EQUAL(received(&traffic, 1000 + i, SECOND_16, (i + 2) * SECOND + 70000),
                        70000);
    for (uint32_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(received(&traffic, 1000 + i, 0, 20 * SECOND), 0);
}

/* One packet has the reports of all streams, written at one time; its answer has a block of
 * each, and one of another's stream. */
static void reports_of_many_streams_in_one_packet_are_one(void)
{
    struct traffic traffic = { 0 };
    struct compound compound;

    begin(&compound);
    for (int i = 0; i < 8; i++)
        write_sender_report(&compound, 4711);
    traffic_plain(&traffic, &compound.packet, 5 * SECOND);
    begin(&compound);
    write_header(&compound, 201, 3, 1 + 3 * 6);
    write_block(&compound, 0, 0);
    write_block(&compound, 4711, SECOND_16);
    write_block(&compound, 4711, SECOND_16 / 2);
    CU_ASSERT_EQUAL(
        skf_report_received(&traffic.reports, &compound.packet, 6 * SECOND + 30000), 30000);
}

static void a_sender_report_counts_as_well_behind_other_parts(void)
{
    struct traffic traffic = { 0 };
    struct compound compound;

    send_report(&traffic, 4711, SECOND);
    begin(&compound);
    write_header(&compound, 201, 0, 1);
    write_header(&compound, 202, 1, 2); /* SDES */
    write_u32(&compound, 0);
    write_header(&compound, 200, 1, 12);
    write_sender_info(&compound, 1);
    write_block(&compound, 4711, 0);
    CU_ASSERT_EQUAL(skf_report_received(&traffic.reports, &compound.packet, SECOND + 5), 5);
}

static void the_round_trip_is_smoothed(void)
{
    struct traffic traffic = { 0 };
    const uint32_t values[] = { 80000, 160000, 0, 90000 };
    const uint32_t expected[] = { 80000, 90000, 90000, 90000 };

    for (size_t i = 0; i < 4; i++) {
        traffic_measured(&traffic, values[i]);
        CU_ASSERT_EQUAL(traffic.round_trip, expected[i]);
    }
}

/* --- what is not believed ------------------------------------------------------------- */

static void nothing_is_measured_by_what_cannot_be(void)
{
    struct traffic traffic = { 0 };

    CU_ASSERT_EQUAL(received(&traffic, 0, 0, SECOND), 0); /* nothing was sent */
    send_report(&traffic, 0, SECOND);                     /* without a clock */
    CU_ASSERT_EQUAL(received(&traffic, 0, 0, 2 * SECOND), 0);
    send_report(&traffic, 4711, 2 * SECOND);
    CU_ASSERT_EQUAL(received(&traffic, 4712, 0, 3 * SECOND), 0);
    CU_ASSERT_EQUAL(received(&traffic, 4711, 2 * SECOND_16, 3 * SECOND), 0);
    CU_ASSERT_EQUAL(received(&traffic, 4711, UINT32_MAX, 3 * SECOND), 0);
    CU_ASSERT_EQUAL(received(&traffic, 4711, 0, 63 * SECOND), 0); /* of another day */
    CU_ASSERT_EQUAL(received(&traffic, 4711, SECOND_16, 3 * SECOND), 1);
}

/* In a block of their own size, so that a sanitizer sees a byte too many. */
static void packets_that_lie_about_their_lengths_are_read_no_further(void)
{
    const uint32_t seed = 20261129;
    uint64_t state = seed;
    struct traffic traffic = { 0 };
    struct compound compound;

    send_report(&traffic, 4711, SECOND);
    begin(&compound);
    write_receiver_report(&compound, 4711, 0);
    write_sender_report(&compound, 4712);
    for (unsigned round = 0; round < suite_rounds(20000); round++) {
        uint32_t len = draw(&state) % (compound.packet.len + 1);
        uint8_t *block = malloc(len > 0 ? len : 1);
        skiff_packet packet = { .data = block, .len = len, .limit = len };

        memcpy(block, compound.bytes + (compound.packet.data - compound.bytes), len);
        for (unsigned i = 0; len > 0 && i < 3; i++)
            block[draw(&state) % len] = (uint8_t)draw(&state);
        skf_report_sent(&traffic.reports, &packet, 2 * SECOND);
        CU_ASSERT_TRUE(skf_report_received(&traffic.reports, &packet, 3 * SECOND)
                       <= 2 * SECOND);
        free(block);
    }
}

static void rtp_is_no_report(void)
{
    uint8_t rtp[40] = { 0x80, 96 };
    const skiff_packet packet = { .data = rtp, .len = sizeof rtp, .limit = sizeof rtp };
    const skiff_packet empty = { .data = rtp, .len = 0, .limit = sizeof rtp };

    CU_ASSERT_FALSE(report_begins(&packet));
    CU_ASSERT_FALSE(report_begins(&empty));
    CU_ASSERT_FALSE(report_begins(NULL));
}

CU_TestInfo rtcp_round_trip_tests[] = {
    TEST(the_example_of_the_rfc_is_matched),
    TEST(each_of_several_streams_may_be_reported),
    TEST(reports_of_many_streams_in_one_packet_are_one),
    TEST(a_sender_report_counts_as_well_behind_other_parts),
    TEST(the_round_trip_is_smoothed),
    TEST(nothing_is_measured_by_what_cannot_be),
    TEST(packets_that_lie_about_their_lengths_are_read_no_further),
    TEST(rtp_is_no_report),
    CU_TEST_INFO_NULL,
};
