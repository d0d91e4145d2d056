/* rtx_test.c - retransmissions (RFC 4588 section 4). */
#include "../suite.h"

#include "dice.h"
#include "samples/rtp/rtx.h"

enum { MAX = 64 };

/* A CSRC, an extension, three bytes of payload, two of padding. */
static const uint8_t original[] = { 0xb1, 0xe0, 0x12, 0x34, 0,    0,    0,    9,    0, 0,
                                    0,    1,    0xcc, 0xcc, 0xcc, 0xcc, 0xbe, 0xde, 0, 1,
                                    0x10, 0xaa, 0,    0,    'a',  'b',  'c',  0,    2 };
static const uint8_t again[] = { 0x91, 0xe1, 0x00, 0x07, 0,    0,    0,    9,    0,  0,
                                 0,    2,    0xcc, 0xcc, 0xcc, 0xcc, 0xbe, 0xde, 0,  1,
                                 0x10, 0xaa, 0,    0,    0x12, 0x34, 'a',  'b',  'c' };
static const struct rtx rtx = { .payload_type = 97, .sequence = 7, .ssrc = 2 };
static const struct rtx media = { .payload_type = 96, .ssrc = 1 };

static void a_retransmission_has_the_number_before_the_payload(void)
{
    uint8_t packet[MAX];

    memcpy(packet, original, sizeof original);
    CU_ASSERT_EQUAL(rtx_wrap(packet, sizeof original, MAX, &rtx), sizeof again);
    CU_ASSERT_EQUAL(memcmp(packet, again, sizeof again), 0);
}

static void the_original_is_found_again_without_its_padding(void)
{
    uint8_t packet[MAX], *exact = exact_copy(again, sizeof again);

    memcpy(packet, original, sizeof original);
    packet[0] = 0x91;
    CU_ASSERT_EQUAL(rtx_unwrap(exact, sizeof again, &media), sizeof original - 2);
    CU_ASSERT_EQUAL(memcmp(exact, packet, sizeof original - 2), 0);
    exact_free(exact, sizeof again);
}

static void padding_alone_holds_no_original(void)
{
    uint8_t padding_alone[RTP_HEADER + 8] = { 0xa0, 97, [RTP_HEADER + 7] = 8 };
    uint8_t one[RTP_HEADER + 1] = { 0x80, 97 };
    uint8_t empty[RTP_HEADER + 2] = { 0x80, 97, [RTP_HEADER] = 1, 2 };

    CU_ASSERT_EQUAL(rtx_unwrap(padding_alone, sizeof padding_alone, &media), 0);
    CU_ASSERT_EQUAL(rtx_unwrap(one, sizeof one, &media), 0);
    CU_ASSERT_EQUAL(rtx_unwrap(empty, sizeof empty, &media), RTP_HEADER);
    CU_ASSERT_EQUAL(bytes_get16(empty + 2), 0x0102);
}

static void what_does_not_fit_stays_as_it_is(void)
{
    uint8_t packet[MAX];

    memcpy(packet, original, sizeof original);
    for (size_t limit = 0; limit < sizeof again; limit++)
        CU_ASSERT_EQUAL(rtx_wrap(packet, sizeof original, limit, &rtx), 0);
    CU_ASSERT_EQUAL(memcmp(packet, original, sizeof original), 0);
    CU_ASSERT_EQUAL(rtx_wrap(packet, sizeof original, sizeof again, &rtx), sizeof again);
}

static void what_is_no_packet_is_neither_wrapped_nor_unwrapped(void)
{
    for (size_t len = 0; len < 24; len++) {
        uint8_t packet[MAX];
        memcpy(packet, original, sizeof original);
        CU_ASSERT_EQUAL(rtx_wrap(packet, len, MAX, &rtx), 0);
        CU_ASSERT_EQUAL(rtx_unwrap(packet, len, &media), 0);
        CU_ASSERT_EQUAL(memcmp(packet, original, sizeof original), 0);
    }
}

static void any_packet_without_padding_survives(void)
{
    for (uint32_t seed = 1; seed <= suite_rounds(5000); seed++) {
        uint8_t packet[MAX], before[MAX];
        uint32_t state = seed;
        size_t len = RTP_HEADER + dice(&state, MAX - RTP_HEADER - 1);
        struct rtp rtp;

        for (size_t i = 0; i < MAX; i++)
            before[i] = (uint8_t)dice(&state, 256);
        before[0] = (uint8_t)(0x80 | dice(&state, 4));
        memcpy(packet, before, MAX);
        if (!rtp_read(&rtp, before, len))
            continue;
        struct rtx own = { .payload_type = rtp.payload_type, .ssrc = rtp.ssrc };
        HOLDS(seed, rtx_wrap(packet, len, MAX, &rtx) == len + RTX_HEADER);
        HOLDS(seed, rtx_unwrap(packet, len + RTX_HEADER, &own) == len);
        HOLDS(seed, memcmp(packet, before, len) == 0);
    }
}

CU_TestInfo rtx_tests[] = {
    TEST(a_retransmission_has_the_number_before_the_payload),
    TEST(the_original_is_found_again_without_its_padding),
    TEST(padding_alone_holds_no_original),
    TEST(what_does_not_fit_stays_as_it_is),
    TEST(what_is_no_packet_is_neither_wrapped_nor_unwrapped),
    TEST(any_packet_without_padding_survives),
    CU_TEST_INFO_NULL,
};
