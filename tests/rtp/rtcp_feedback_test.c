/* rtcp_feedback_test.c - feedback as bytes, worked out by hand from the figures of RFC 4585
 * section 6, RFC 5104 section 4.3.1 and draft-alvestrand-rmcat-remb-03 section 2.2. */
#include "../suite.h"

#include "rtcp_bytes.h"

static void a_nack_has_an_entry_for_seventeen_numbers(void)
{
    static const uint16_t lost[] = { 65534, 65535, 1, 14, 15 };
    /* 65534: 65535 is bit 0, 1 is bit 2, 14 is bit 15; then 15 alone */
    static const char nack[] = "\x81\xcd\0\4\0\0\0\1\0\0\0\2"
                               "\xff\xfe\x80\x05\x00\x0f\x00\x00";
    struct bytes_out out = space(MAX);
    uint16_t read[RTCP_NACK_SPAN];

    CU_ASSERT_TRUE(rtcp_write_nack(&out, 1, 2, lost, 5));
    CU_ASSERT_TRUE(wrote(&out, BYTES(nack)));
    struct rtcp packet = only(BYTES(nack));
    CU_ASSERT_EQUAL(packet.kind, RTCP_NACK);
    CU_ASSERT_EQUAL(packet.media_ssrc, 2);
    CU_ASSERT_EQUAL(rtcp_read_nack(&packet, 0, read), 4);
    CU_ASSERT_EQUAL(memcmp(read, lost, 4 * sizeof lost[0]), 0);
    CU_ASSERT_EQUAL(rtcp_read_nack(&packet, 1, read), 1);
    CU_ASSERT_EQUAL(read[0], 15);
    CU_ASSERT_EQUAL(rtcp_read_nack(&packet, 2, read), 0);
}

static void a_nack_of_all_bits_asks_for_seventeen_numbers(void)
{
    struct rtcp packet = only(BYTES("\x81\xcd\0\3\0\0\0\1\0\0\0\2\xff\xff\xff\xff"));
    uint16_t read[RTCP_NACK_SPAN];

    CU_ASSERT_EQUAL(rtcp_read_nack(&packet, 0, read), RTCP_NACK_SPAN);
    for (unsigned i = 0; i < RTCP_NACK_SPAN; i++)
        CU_ASSERT_EQUAL(read[i], (uint16_t)(65535 + i));
}

static void a_nack_for_nothing_is_not_written(void)
{
    struct bytes_out out = space(MAX);

    CU_ASSERT_FALSE(rtcp_write_nack(&out, 1, 2, NULL, 0));
    CU_ASSERT_EQUAL(out.len, 0);
}

static void any_numbers_survive_a_nack(void)
{
    for (uint32_t seed = 1; seed <= suite_rounds(2000); seed++) {
        uint16_t lost[64], read[RTCP_NACK_SPAN];
        uint32_t state = seed, num = 1 + dice(&state, 64), at = 0;
        struct bytes_out out = space(MAX);

        lost[0] = (uint16_t)dice(&state, 65536);
        for (uint32_t i = 1; i < num; i++)
            lost[i] =
                (uint16_t)(lost[i - 1] + 1 + dice(&state, dice(&state, 2) == 0 ? 3 : 40));
        HOLDS(seed, rtcp_write_nack(&out, 1, 2, lost, num));
        struct rtcp packet = only((const char *)out.data, out.len);
        for (size_t index = 0, n; (n = rtcp_read_nack(&packet, index, read)) > 0; index++) {
            HOLDS(seed, at + n <= num && memcmp(lost + at, read, n * sizeof read[0]) == 0);
            at += (uint32_t)n;
        }
        HOLDS(seed, at == num);
    }
}

static void a_pli_has_the_ssrc_of_the_media(void)
{
    static const char pli[] = "\x81\xce\0\2\0\0\0\1\0\0\0\2";
    struct bytes_out out = space(MAX);

    CU_ASSERT_TRUE(rtcp_write_pli(&out, 1, 2));
    CU_ASSERT_TRUE(wrote(&out, BYTES(pli)));
    struct rtcp packet = only(BYTES(pli));
    CU_ASSERT_EQUAL(packet.kind, RTCP_PLI);
    CU_ASSERT_EQUAL(packet.ssrc, 1);
    CU_ASSERT_EQUAL(packet.media_ssrc, 2);
}

static void a_fir_has_the_ssrc_of_the_media_in_its_entry(void)
{
    static const char fir[] = "\x84\xce\0\4\0\0\0\1\0\0\0\0\0\0\0\2\x09\0\0\0";
    struct bytes_out out = space(MAX);
    uint32_t ssrc = 0;
    uint8_t number = 0;

    CU_ASSERT_TRUE(rtcp_write_fir(&out, 1, 2, 9));
    CU_ASSERT_TRUE(wrote(&out, BYTES(fir)));
    struct rtcp packet = only(BYTES(fir));
    CU_ASSERT_EQUAL(packet.kind, RTCP_FIR);
    CU_ASSERT_TRUE(rtcp_read_fir(&packet, 0, &ssrc, &number));
    CU_ASSERT_EQUAL(ssrc, 2);
    CU_ASSERT_EQUAL(number, 9);
    CU_ASSERT_FALSE(rtcp_read_fir(&packet, 1, &ssrc, &number));
}

static void a_remb_has_eighteen_significant_bits(void)
{
    /* 1,000,000 = 250000 << 2, of 18 bits */
    static const char remb[] = "\x8f\xce\0\6\0\0\0\1\0\0\0\0REMB\2\x0b\xd0\x90"
                               "\0\0\0\3\0\0\0\4";
    static const uint32_t ssrcs[] = { 3, 4 };
    struct bytes_out out = space(MAX);
    uint64_t bits = 0;
    uint32_t ssrc = 0;

    CU_ASSERT_TRUE(rtcp_write_remb(&out, 1, 1000000, ssrcs, 2));
    CU_ASSERT_TRUE(wrote(&out, BYTES(remb)));
    struct rtcp packet = only(BYTES(remb));
    CU_ASSERT_EQUAL(packet.kind, RTCP_REMB);
    CU_ASSERT_TRUE(rtcp_read_remb(&packet, &bits));
    CU_ASSERT_EQUAL(bits, 1000000);
    CU_ASSERT_TRUE(rtcp_read_remb_ssrc(&packet, 1, &ssrc));
    CU_ASSERT_EQUAL(ssrc, 4);
    CU_ASSERT_FALSE(rtcp_read_remb_ssrc(&packet, 2, &ssrc));
}

static uint64_t through_remb(uint64_t bits)
{
    struct bytes_out out = space(MAX);
    uint64_t read = 0;

    CU_ASSERT_TRUE(rtcp_write_remb(&out, 1, bits, NULL, 0));
    struct rtcp packet = only((const char *)out.data, out.len);
    CU_ASSERT_TRUE(rtcp_read_remb(&packet, &read));
    return read;
}

static void a_remb_rounds_down_and_saturates(void)
{
    uint64_t bits = 0;

    CU_ASSERT_EQUAL(through_remb(0), 0);
    CU_ASSERT_EQUAL(through_remb(0x3ffff), 0x3ffff);
    CU_ASSERT_EQUAL(through_remb(0x40001), 0x40000);
    CU_ASSERT_EQUAL(through_remb(UINT64_MAX), UINT64_C(0xffffc00000000000));
    struct rtcp packet = only(BYTES("\x8f\xce\0\4\0\0\0\1\0\0\0\0REMB\0\xff\xff\xff"));
    CU_ASSERT_TRUE(rtcp_read_remb(&packet, &bits));
    CU_ASSERT_EQUAL(bits, UINT64_MAX);
}

static void a_remb_lists_as_many_sources_as_its_octet_counts(void)
{
    static const uint32_t ssrcs[256] = { [254] = 9 };
    struct bytes_out out = space(MAX);
    uint32_t ssrc = 0;

    CU_ASSERT_FALSE(rtcp_write_remb(&out, 1, 1000, ssrcs, 256));
    CU_ASSERT_EQUAL(out.len, 0);
    CU_ASSERT_TRUE(rtcp_write_remb(&out, 1, 1000, ssrcs, 255));
    struct rtcp packet = only((const char *)out.data, out.len);
    CU_ASSERT_TRUE(rtcp_read_remb_ssrc(&packet, 254, &ssrc));
    CU_ASSERT_EQUAL(ssrc, 9);
}

static void other_feedback_of_an_application_is_no_remb(void)
{
    struct rtcp packet = only(BYTES("\x8f\xce\0\4\0\0\0\1\0\0\0\2REMX\0\0\0\0"));
    uint64_t bits;

    CU_ASSERT_EQUAL(packet.kind, RTCP_OTHER);
    CU_ASSERT_FALSE(rtcp_read_remb(&packet, &bits));
    packet = only(BYTES("\x8f\xce\0\2\0\0\0\1\0\0\0\2"));
    CU_ASSERT_EQUAL(packet.kind, RTCP_OTHER);
    CU_ASSERT_EQUAL(packet.media_ssrc, 2);
}

CU_TestInfo rtcp_feedback_tests[] = {
    TEST(a_nack_has_an_entry_for_seventeen_numbers),
    TEST(a_nack_of_all_bits_asks_for_seventeen_numbers),
    TEST(a_nack_for_nothing_is_not_written),
    TEST(any_numbers_survive_a_nack),
    TEST(a_pli_has_the_ssrc_of_the_media),
    TEST(a_fir_has_the_ssrc_of_the_media_in_its_entry),
    TEST(a_remb_has_eighteen_significant_bits),
    TEST(a_remb_rounds_down_and_saturates),
    TEST(a_remb_lists_as_many_sources_as_its_octet_counts),
    TEST(other_feedback_of_an_application_is_no_remb),
    CU_TEST_INFO_NULL,
};
