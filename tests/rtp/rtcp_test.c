/* rtcp_test.c - RTCP as bytes: compound packets, reports, SDES and BYE, worked out by hand
 * from the figures of RFC 3550 section 6. */
#include "../suite.h"

#include "rtcp_bytes.h"
#include "samples/rtp/transport_cc.h"

/* --- reports -------------------------------------------------------------------------- */

static const char sr[] = "\x81\xc8\x00\x0c"                 /* V=2 RC=1 SR, 13 words */
                         "\x11\x22\x33\x44"                 /* SSRC of sender */
                         "\xe0\x00\x00\x01\x80\x00\x00\x00" /* NTP */
                         "\x00\x00\x10\x00\x00\x00\x00\x05\x00\x00\x02\x00"
                         "\x55\x66\x77\x88\x40\xff\xff\xfe" /* SSRC_1, 1/4, -2 */
                         "\x00\x01\x00\x02\x00\x00\x00\x03\xaa\xbb\xcc\xdd\x00\x01\x00\x00";

static const struct rtcp_sender_info info = {
    .ntp = UINT64_C(0xe000000180000000), .timestamp = 0x1000, .packets = 5, .octets = 0x200
};
static const struct rtcp_report report = { .ssrc = 0x55667788,
                                           .fraction = 64,
                                           .lost = -2,
                                           .highest = 0x10002,
                                           .jitter = 3,
                                           .last_sr = 0xaabbccdd,
                                           .since_sr = 0x10000 };

static void a_sender_report_is_written_as_the_figure_has_it(void)
{
    struct bytes_out out = space(MAX);

    CU_ASSERT_TRUE(rtcp_write_report(&out, 0x11223344, &info, &report, 1));
    CU_ASSERT_TRUE(wrote(&out, BYTES(sr)));
}

static void a_sender_report_is_read(void)
{
    struct rtcp packet = only(BYTES(sr));
    struct rtcp_sender_info read_info = { 0 };
    struct rtcp_report read = { 0 };

    CU_ASSERT_EQUAL(packet.kind, RTCP_SR);
    CU_ASSERT_EQUAL(packet.ssrc, 0x11223344);
    CU_ASSERT_EQUAL(packet.media_ssrc, 0);
    CU_ASSERT_EQUAL(packet.count, 1);
    CU_ASSERT_TRUE(rtcp_read_sender_info(&packet, &read_info));
    CU_ASSERT_EQUAL(memcmp(&read_info, &info, sizeof info), 0);
    CU_ASSERT_TRUE(rtcp_read_report(&packet, 0, &read));
    CU_ASSERT_EQUAL(read.ssrc, report.ssrc);
    CU_ASSERT_EQUAL(read.fraction, report.fraction);
    CU_ASSERT_EQUAL(read.lost, report.lost);
    CU_ASSERT_EQUAL(read.highest, report.highest);
    CU_ASSERT_EQUAL(read.jitter, report.jitter);
    CU_ASSERT_EQUAL(read.last_sr, report.last_sr);
    CU_ASSERT_EQUAL(read.since_sr, report.since_sr);
    CU_ASSERT_FALSE(rtcp_read_report(&packet, 1, &read));
}

static void a_receiver_report_may_be_empty(void)
{
    struct bytes_out out = space(MAX);
    struct rtcp_sender_info read_info;
    struct rtcp_report read;

    CU_ASSERT_TRUE(rtcp_write_report(&out, 1, NULL, NULL, 0));
    CU_ASSERT_TRUE(wrote(&out, BYTES("\x80\xc9\0\1\0\0\0\1")));
    struct rtcp packet = only(BYTES("\x80\xc9\0\1\0\0\0\1"));
    CU_ASSERT_EQUAL(packet.kind, RTCP_RR);
    CU_ASSERT_FALSE(rtcp_read_report(&packet, 0, &read));
    CU_ASSERT_FALSE(rtcp_read_sender_info(&packet, &read_info));
}

static void the_loss_has_a_sign_and_twenty_four_bits(void)
{
    static const int32_t losses[] = { 0, 1, -1, 0x7fffff, -0x800000 };

    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        struct rtcp_report block = { .lost = losses[i] }, read;
        struct bytes_out out = space(MAX);
        CU_ASSERT_TRUE(rtcp_write_report(&out, 1, NULL, &block, 1));
        struct rtcp packet = only((const char *)out.data, out.len);
        CU_ASSERT_TRUE(rtcp_read_report(&packet, 0, &read));
        CU_ASSERT_EQUAL(read.lost, losses[i]);
    }
}

static void thirty_one_reports_fit_one_packet_and_no_more(void)
{
    struct rtcp_report reports[RTCP_MAX_REPORTS + 1] = { { 0 } }, read = { 0 };
    struct bytes_out out = space(MAX);

    for (uint32_t i = 0; i <= RTCP_MAX_REPORTS; i++)
        reports[i].ssrc = i;
    CU_ASSERT_FALSE(rtcp_write_report(&out, 1, &info, reports, RTCP_MAX_REPORTS + 1));
    CU_ASSERT_EQUAL(out.len, 0);
    CU_ASSERT_TRUE(rtcp_write_report(&out, 1, &info, reports, RTCP_MAX_REPORTS));
    struct rtcp packet = only((const char *)out.data, out.len);
    CU_ASSERT_TRUE(rtcp_read_report(&packet, 30, &read));
    CU_ASSERT_EQUAL(read.ssrc, 30);
    CU_ASSERT_FALSE(rtcp_read_report(&packet, 31, &read));
}

/* --- SDES and BYE --------------------------------------------------------------------- */

static void a_cname_ends_with_one_to_four_zeros(void)
{
    static const char sdes[] = "\x81\xca\0\3\0\0\0\1\1\2ab\0\0\0\0";
    struct bytes_out out = space(MAX);

    CU_ASSERT_TRUE(rtcp_write_cname(&out, 1, "ab"));
    CU_ASSERT_TRUE(wrote(&out, BYTES(sdes)));
    out = space(MAX);
    CU_ASSERT_TRUE(rtcp_write_cname(&out, 1, "abcde"));
    CU_ASSERT_TRUE(wrote(&out, BYTES("\x81\xca\0\3\0\0\0\1\1\5abcde\0")));
}

static void a_cname_may_have_any_length_that_its_octet_counts(void)
{
    char name[RTCP_MAX_CNAME + 2] = "";

    for (size_t len = 0; len <= RTCP_MAX_CNAME + 1; len++) {
        struct bytes_out out = space(MAX);
        struct bytes cname = { NULL, 0 };
        bool is_written = rtcp_write_cname(&out, 7, name);
        CU_ASSERT_EQUAL(is_written, len <= RTCP_MAX_CNAME);
        if (is_written) {
            struct rtcp packet = only((const char *)out.data, out.len);
            CU_ASSERT_TRUE(rtcp_read_cname(&packet, 7, &cname));
            CU_ASSERT_EQUAL(cname.len, len);
            CU_ASSERT_EQUAL(memcmp(cname.at, name, len), 0);
        }
        if (len <= RTCP_MAX_CNAME)
            name[len] = 'n';
    }
}

/* Two chunks; the first has a NAME before its CNAME. */
static void the_cname_of_each_chunk_is_found(void)
{
    static const char sdes[] = "\x82\xca\0\6"
                               "\0\0\0\1\2\1x\1\3abc\0\0\0\0"
                               "\0\0\0\2\1\1z\0";
    struct rtcp packet = only(BYTES(sdes));
    struct bytes cname = { NULL, 0 };

    CU_ASSERT_EQUAL(packet.kind, RTCP_SDES);
    CU_ASSERT_TRUE_FATAL(rtcp_read_cname(&packet, 1, &cname));
    CU_ASSERT_EQUAL(cname.len, 3);
    CU_ASSERT_EQUAL(memcmp(cname.at, "abc", 3), 0);
    CU_ASSERT_TRUE_FATAL(rtcp_read_cname(&packet, 2, &cname));
    CU_ASSERT_EQUAL(cname.len, 1);
    CU_ASSERT_EQUAL(cname.at[0], 'z');
    CU_ASSERT_FALSE(rtcp_read_cname(&packet, 3, &cname));
}

static bool has_cname(const char *bytes, size_t len, uint32_t ssrc)
{
    uint8_t *exact = exact_copy((const uint8_t *)bytes, len);
    struct rtcp packet = only((const char *)exact, len);
    struct bytes cname;
    bool is_found = rtcp_read_cname(&packet, ssrc, &cname);

    exact_free(exact, len);
    return is_found;
}

static void an_item_past_the_end_is_not_read(void)
{
    CU_ASSERT_FALSE(has_cname(BYTES("\x81\xca\0\2\0\0\0\1\1\3ab"), 1));
    CU_ASSERT_TRUE(
        has_cname(BYTES("\x81\xca\0\2\0\0\0\1\1\2ab"), 1)); /* no zero: it is whole */
    CU_ASSERT_FALSE(has_cname(BYTES("\x81\xca\0\2\0\0\0\1\2\1x\1"), 1));
    CU_ASSERT_TRUE(has_cname(BYTES("\x81\xca\0\2\0\0\0\1\2\0\1\0"), 1)); /* empty items */
}

static void a_chunk_past_the_end_is_not_read(void)
{
    /* the first chunk goes to the end, where its zero would be, and the second has no place
     */
    CU_ASSERT_FALSE(has_cname(BYTES("\x82\xca\0\4\0\0\0\1\2\x0a"
                                    "0123456789"),
                              2));
    CU_ASSERT_FALSE(has_cname(BYTES("\x82\xca\0\4\0\0\0\1\2\x0a"
                                    "012345678\0"),
                              2));
    /* with padding one byte is left of the second */
    CU_ASSERT_FALSE(
        has_cname(BYTES("\xa1\xca\0\4\0\0\0\1\2\1x\0\1\1y\3\0\0\3\3"), 0x01017903));
    /* what is behind the chunks that are counted is no chunk */
    CU_ASSERT_FALSE(has_cname(BYTES("\x81\xca\0\4\0\0\0\1\2\1x\0\0\0\0\2\1\1z\0"), 2));
}

static void an_sdes_without_cname_has_none(void)
{
    CU_ASSERT_FALSE(has_cname(BYTES("\x81\xca\0\2\0\0\0\1\2\1x\0"), 1));
    CU_ASSERT_FALSE(
        has_cname(BYTES("\x81\xc9\0\7\0\0\0\1\1\2ab\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                        "\0\0\0\0"),
                  1)); /* an RR */
    /* the first of two counts */
    struct rtcp packet = only(BYTES("\x81\xca\0\3\0\0\0\1\1\1a\1\1b\0\0"));
    struct bytes cname = { NULL, 0 };
    CU_ASSERT_TRUE_FATAL(rtcp_read_cname(&packet, 1, &cname));
    CU_ASSERT_EQUAL(cname.at[0], 'a');
}

static void a_bye_lists_its_sources(void)
{
    struct bytes_out out = space(MAX);
    uint32_t ssrc = 0;

    CU_ASSERT_TRUE(rtcp_write_bye(&out, 0xabcdef01));
    CU_ASSERT_TRUE(wrote(&out, BYTES("\x81\xcb\0\1\xab\xcd\xef\1")));
    struct rtcp packet = only(BYTES("\x82\xcb\0\3\0\0\0\1\0\0\0\2\3why"));
    CU_ASSERT_TRUE(rtcp_read_bye(&packet, 0, &ssrc));
    CU_ASSERT_EQUAL(ssrc, 1);
    CU_ASSERT_TRUE(rtcp_read_bye(&packet, 1, &ssrc));
    CU_ASSERT_EQUAL(ssrc, 2);
    CU_ASSERT_FALSE(rtcp_read_bye(&packet, 2, &ssrc));
}

/* --- compound packets ----------------------------------------------------------------- */

/* One of each kind, and one of another. */
static size_t compound(struct bytes_out *out)
{
    static const uint16_t lost[] = { 5, 6, 40 };
    static const uint32_t ssrcs[] = { 3, 4 };
    static const char xr[] = "\x80\xcf\0\2\0\0\0\1\4\0\0\0";

    *out = space(MAX);
    CU_ASSERT_TRUE(rtcp_write_report(out, 1, &info, &report, 1));
    CU_ASSERT_TRUE(rtcp_write_cname(out, 1, "somebody"));
    CU_ASSERT_TRUE(rtcp_write_report(out, 1, NULL, &report, 1));
    CU_ASSERT_TRUE(rtcp_write_nack(out, 1, 2, lost, 3));
    CU_ASSERT_TRUE(rtcp_write_pli(out, 1, 2));
    CU_ASSERT_TRUE(rtcp_write_fir(out, 1, 2, 1));
    CU_ASSERT_TRUE(rtcp_write_remb(out, 1, 300000, ssrcs, 2));
    memcpy(bytes_append(out, sizeof xr - 1), xr, sizeof xr - 1);
    CU_ASSERT_TRUE(rtcp_write_bye(out, 1));
    return out->len;
}

static void a_compound_packet_is_walked_to_its_end(void)
{
    static const enum rtcp_kind expected[] = { RTCP_SR,   RTCP_SDES,  RTCP_RR,
                                               RTCP_NACK, RTCP_PLI,   RTCP_FIR,
                                               RTCP_REMB, RTCP_OTHER, RTCP_BYE };
    struct bytes_out out;
    size_t len = compound(&out), num = 0;
    struct rtcp_walk walk = rtcp_walk(out.data, len);
    struct rtcp packet;

    for (; rtcp_next(&walk, &packet); num++) {
        CU_ASSERT_EQUAL_FATAL(packet.kind, expected[num]);
        CU_ASSERT_EQUAL(packet.ssrc, 1);
    }
    CU_ASSERT_EQUAL(num, sizeof expected / sizeof expected[0]);
    CU_ASSERT_FALSE(walk.malformed);
}

static void a_compound_packet_that_is_cut_off_is_malformed_but_between_its_packets(void)
{
    struct bytes_out out;
    size_t len = compound(&out), whole = 0;

    for (size_t cut = 1; cut < len; cut++)
        whole += !is_malformed((const char *)out.data, cut);
    CU_ASSERT_EQUAL(whole, 8); /* the ends of the first eight of nine */
}

static void nothing_is_no_packet_and_not_malformed(void)
{
    CU_ASSERT_FALSE(is_malformed("", 0));
}

static void what_comes_before_a_malformed_packet_is_read(void)
{
    static const char bytes[] = "\x81\xce\0\2\0\0\0\1\0\0\0\2\x41\xce\0\2\0\0\0\1\0\0\0\2";
    struct rtcp_walk walk = rtcp_walk((const uint8_t *)bytes, sizeof bytes - 1);
    struct rtcp packet;

    CU_ASSERT_TRUE(rtcp_next(&walk, &packet));
    CU_ASSERT_EQUAL(packet.kind, RTCP_PLI);
    CU_ASSERT_FALSE(rtcp_next(&walk, &packet));
    CU_ASSERT_TRUE(walk.malformed);
    CU_ASSERT_FALSE(rtcp_next(&walk, &packet));
}

static void a_packet_too_short_for_its_count_is_malformed(void)
{
    CU_ASSERT_TRUE(is_malformed(BYTES("\x80\xc8\0\1\0\0\0\1"))); /* SR without info */
    CU_ASSERT_TRUE(is_malformed(BYTES("\x81\xc9\0\1\0\0\0\1"))); /* RR, one block */
    CU_ASSERT_TRUE(is_malformed(BYTES("\x82\xca\0\2\0\0\0\1\0\0\0\0"))); /* two chunks */
    CU_ASSERT_TRUE(is_malformed(BYTES("\x82\xcb\0\1\0\0\0\1")));         /* two sources */
    CU_ASSERT_TRUE(
        is_malformed(BYTES("\x81\xcd\0\2\0\0\0\1\0\0\0\2")));    /* NACK of nothing */
    CU_ASSERT_TRUE(is_malformed(BYTES("\x81\xce\0\1\0\0\0\1"))); /* PLI of nobody */
    CU_ASSERT_TRUE(is_malformed(BYTES("\x84\xce\0\2\0\0\0\1\0\0\0\2"))); /* FIR of nobody */
    CU_ASSERT_TRUE(
        is_malformed(BYTES("\x8f\xcd\0\2\0\0\0\1\0\0\0\2"))); /* transport-wide */
    CU_ASSERT_TRUE(is_malformed(BYTES("\x8f\xce\0\4\0\0\0\1\0\0\0\0REMB\1\0\0\0")));
    CU_ASSERT_FALSE(is_malformed(BYTES("\x80\xca\0\0")));
    CU_ASSERT_FALSE(is_malformed(BYTES("\x80\xcb\0\0")));
}

static void padding_is_not_part_of_a_packet(void)
{
    struct rtcp packet = only(BYTES("\xa1\xce\0\3\0\0\0\1\0\0\0\2\0\0\0\4"));

    CU_ASSERT_EQUAL(packet.kind, RTCP_PLI);
    CU_ASSERT_EQUAL(packet.len, 12);
    CU_ASSERT_FALSE(
        is_malformed(BYTES("\xa0\xca\0\1\0\0\0\4"))); /* all that is behind a head */
    CU_ASSERT_TRUE(is_malformed(BYTES("\xa1\xce\0\3\0\0\0\1\0\0\0\2\0\0\0\0")));
    CU_ASSERT_TRUE(
        is_malformed(BYTES("\xa1\xce\0\3\0\0\0\1\0\0\0\2\0\0\0\5"))); /* too short */
    CU_ASSERT_TRUE(
        is_malformed(BYTES("\xa1\xce\0\3\0\0\0\1\0\0\0\2\0\0\0\xff"))); /* no header */
    CU_ASSERT_TRUE(is_malformed(BYTES("\xa0\xca\0\0")));                /* none there */
}

/* Browsers send several transport-wide feedbacks, each with its padding, in one compound
 * packet. */
static void padding_may_be_in_each_packet_and_of_any_length(void)
{
    static const char feedback[] = "\xaf\xcd\0\5\0\0\0\1\0\0\0\2\0\1\0\1\0\0\0\0\x20\1\4\1";
    char two[2 * (sizeof feedback - 1)];
    struct transport_cc_feedback read;
    struct rtcp packet;
    unsigned num = 0;

    memcpy(two, feedback, sizeof feedback - 1);
    memcpy(two + sizeof feedback - 1, feedback, sizeof feedback - 1);
    struct rtcp_walk walk = rtcp_walk((const uint8_t *)two, sizeof two);
    for (; rtcp_next(&walk, &packet); num++)
        CU_ASSERT_TRUE(transport_cc_read(&read, &packet));
    CU_ASSERT_EQUAL(num, 2);
    CU_ASSERT_FALSE(walk.malformed);
}

static void nothing_is_written_that_does_not_fit(void)
{
    static const uint16_t lost[] = { 5, 6, 40 };
    static const uint32_t ssrcs[] = { 3, 4 };

    for (size_t limit = 0; limit <= 52; limit++) {
        struct bytes_out out = space(limit);
        CU_ASSERT_EQUAL(rtcp_write_report(&out, 1, &info, &report, 1), limit >= 52);
        out = space(limit);
        CU_ASSERT_EQUAL(rtcp_write_cname(&out, 1, "ab"), limit >= 16);
        out = space(limit);
        CU_ASSERT_EQUAL(rtcp_write_nack(&out, 1, 2, lost, 3), limit >= 20);
        out = space(limit);
        CU_ASSERT_EQUAL(rtcp_write_pli(&out, 1, 2), limit >= 12);
        out = space(limit);
        CU_ASSERT_EQUAL(rtcp_write_fir(&out, 1, 2, 1), limit >= 20);
        out = space(limit);
        CU_ASSERT_EQUAL(rtcp_write_remb(&out, 1, 2, ssrcs, 2), limit >= 28);
        out = space(limit);
        CU_ASSERT_EQUAL(rtcp_write_bye(&out, 1), limit >= 8);
        CU_ASSERT_EQUAL(out.len, limit >= 8 ? 8 : 0);
        CU_ASSERT_EQUAL(buffer[limit], 0x77);
    }
}

static void a_packet_is_not_longer_than_its_length_field_counts(void)
{
    static uint16_t lost[70000];
    static uint8_t large[300000];
    struct bytes_out out = { .data = large, .limit = sizeof large };

    for (size_t i = 0; i < 70000; i++)
        lost[i] = (uint16_t)(i * 17);
    CU_ASSERT_TRUE(
        rtcp_write_nack(&out, 1, 2, lost, 65532)); /* 65535 words with the head */
    CU_ASSERT_FALSE(rtcp_write_nack(&out, 1, 2, lost, 65533 + 1));
    CU_ASSERT_EQUAL(out.len, 4 * 65535);
}

/* Every reader is called on everything that the walk accepts. */
static void whatever_is_walked_is_read_within_its_bounds(void)
{
    for (uint32_t seed = 1; seed <= suite_rounds(20000); seed++) {
        struct bytes_out out;
        uint32_t state = seed;
        size_t len = compound(&out);
        struct rtcp packet;

        for (uint32_t i = 1 + dice(&state, 6); i > 0; i--)
            out.data[dice(&state, (uint32_t)len)] = (uint8_t)dice(&state, 256);
        uint8_t *exact = exact_copy(out.data, len);
        struct rtcp_walk walk = rtcp_walk(exact, len);
        while (rtcp_next(&walk, &packet)) {
            struct rtcp_sender_info read_info;
            struct rtcp_report read;
            struct bytes cname = { NULL, 0 };
            uint16_t numbers[RTCP_NACK_SPAN];
            uint32_t ssrc;
            uint64_t bits;
            uint8_t number;

            HOLDS(seed, packet.data >= exact && packet.data + packet.len <= exact + len);
            rtcp_read_sender_info(&packet, &read_info);
            rtcp_read_remb(&packet, &bits);
            if (rtcp_read_cname(&packet, 1, &cname))
                HOLDS(seed, cname.at + cname.len <= packet.data + packet.len);
            for (size_t i = 0; i < 300; i++) {
                rtcp_read_report(&packet, i, &read);
                rtcp_read_bye(&packet, i, &ssrc);
                rtcp_read_nack(&packet, i, numbers);
                rtcp_read_fir(&packet, i, &ssrc, &number);
                rtcp_read_remb_ssrc(&packet, i, &ssrc);
            }
        }
        exact_free(exact, len);
    }
}

/* --- times ---------------------------------------------------------------------------- */

static void ntp_counts_from_1900(void)
{
    CU_ASSERT_EQUAL(rtcp_ntp(0), UINT64_C(2208988800) << 32);
    CU_ASSERT_EQUAL(rtcp_ntp(1500000), (UINT64_C(2208988801) << 32) + 0x80000000);
    CU_ASSERT_EQUAL(rtcp_ntp_middle(UINT64_C(0x1122334455667788)), 0x33445566);
}

/* The example of RFC 3550 section 6.4.1, figure 2. */
static void the_round_trip_is_that_of_the_example(void)
{
    struct rtcp_report example = { .last_sr = 0xb7052000, .since_sr = 0x00054000 };

    CU_ASSERT_EQUAL(rtcp_round_trip_us(&example, 0xb7108000), 6125000);
}

static void a_round_trip_is_not_less_than_nothing(void)
{
    struct rtcp_report block = { .last_sr = 0, .since_sr = 5 };

    CU_ASSERT_EQUAL(rtcp_round_trip_us(&block, 100), -1); /* no SR was received */
    block.last_sr = 100;
    CU_ASSERT_EQUAL(rtcp_round_trip_us(&block, 105), 0);
    CU_ASSERT_EQUAL(rtcp_round_trip_us(&block, 104), 0); /* both ends round */
    CU_ASSERT_EQUAL(rtcp_round_trip_us(&block, 103), -1);
    block.last_sr = UINT32_MAX;
    CU_ASSERT_EQUAL(rtcp_round_trip_us(&block, 65536 + 4), 1000000);
}

CU_TestInfo rtcp_tests[] = {
    TEST(a_sender_report_is_written_as_the_figure_has_it),
    TEST(a_sender_report_is_read),
    TEST(a_receiver_report_may_be_empty),
    TEST(the_loss_has_a_sign_and_twenty_four_bits),
    TEST(thirty_one_reports_fit_one_packet_and_no_more),
    TEST(a_cname_ends_with_one_to_four_zeros),
    TEST(a_cname_may_have_any_length_that_its_octet_counts),
    TEST(the_cname_of_each_chunk_is_found),
    TEST(an_item_past_the_end_is_not_read),
    TEST(a_chunk_past_the_end_is_not_read),
    TEST(an_sdes_without_cname_has_none),
    TEST(a_bye_lists_its_sources),
    TEST(a_compound_packet_is_walked_to_its_end),
    TEST(a_compound_packet_that_is_cut_off_is_malformed_but_between_its_packets),
    TEST(nothing_is_no_packet_and_not_malformed),
    TEST(what_comes_before_a_malformed_packet_is_read),
    TEST(a_packet_too_short_for_its_count_is_malformed),
    TEST(padding_is_not_part_of_a_packet),
    TEST(padding_may_be_in_each_packet_and_of_any_length),
    TEST(nothing_is_written_that_does_not_fit),
    TEST(a_packet_is_not_longer_than_its_length_field_counts),
    TEST(whatever_is_walked_is_read_within_its_bounds),
    TEST(ntp_counts_from_1900),
    TEST(the_round_trip_is_that_of_the_example),
    TEST(a_round_trip_is_not_less_than_nothing),
    CU_TEST_INFO_NULL,
};
