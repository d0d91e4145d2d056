/* rtp_test.c - the header of an RTP packet, by the figures of RFC 3550 sections 5.1
 * and 5.3.1. */
#include "../suite.h"

#include "dice.h"
#include "samples/rtp/rtp.h"

/* Two CSRCs, an extension of one word, three bytes of payload, two of padding. */
static const uint8_t full[] = {
    0xb2, 0xe0, 0x12, 0x34,                         /* V=2 P X CC=2, M PT=96 */
    0x00, 0x01, 0x02, 0x03, 0xde, 0xad, 0xbe, 0xef, /* timestamp, SSRC */
    0,    0,    0,    1,    0,    0,    0,    2,    /* CSRCs */
    0xbe, 0xde, 0x00, 0x01, 0x10, 0xaa, 0x00, 0x00, /* extension */
    'a',  'b',  'c',  0x00, 0x02
};

static void a_full_header_is_read(void)
{
    struct rtp rtp;

    CU_ASSERT_TRUE_FATAL(rtp_read(&rtp, full, sizeof full));
    CU_ASSERT_EQUAL(rtp.payload_type, 96);
    CU_ASSERT_TRUE(rtp.marker);
    CU_ASSERT_EQUAL(rtp.sequence, 0x1234);
    CU_ASSERT_EQUAL(rtp.timestamp, 0x00010203);
    CU_ASSERT_EQUAL(rtp.ssrc, 0xdeadbeef);
    CU_ASSERT_EQUAL(rtp.num_csrcs, 2);
    CU_ASSERT_TRUE(rtp.has_extension);
    CU_ASSERT_EQUAL(rtp.profile, 0xbede);
    CU_ASSERT_EQUAL(rtp.extension, 24);
    CU_ASSERT_EQUAL(rtp.extension_len, 4);
    CU_ASSERT_EQUAL(rtp.header, 28);
    CU_ASSERT_EQUAL(rtp.payload, 3);
    CU_ASSERT_EQUAL(rtp.padding, 2);
    CU_ASSERT_EQUAL(memcmp(rtp_payload(&rtp, full).at, "abc", 3), 0);
}

static void what_is_written_is_read(void)
{
    struct rtp rtp = { .payload_type = 111,
                       .marker = true,
                       .sequence = 65535,
                       .timestamp = 0x80000001,
                       .ssrc = 7 };
    static const uint8_t expected[RTP_HEADER] = { 0x80, 0xef, 0xff, 0xff, 0x80, 0,
                                                  0,    1,    0,    0,    0,    7 };
    uint8_t out[RTP_HEADER];
    struct rtp read;

    CU_ASSERT_EQUAL(rtp_write(&rtp, out, sizeof out), RTP_HEADER);
    CU_ASSERT_EQUAL(memcmp(out, expected, sizeof out), 0);
    CU_ASSERT_TRUE(rtp_read(&read, out, sizeof out));
    CU_ASSERT_EQUAL(read.payload_type, 111);
    CU_ASSERT_TRUE(read.marker);
    CU_ASSERT_EQUAL(read.header, RTP_HEADER);
    CU_ASSERT_EQUAL(read.payload, 0);
    CU_ASSERT_EQUAL(rtp_write(&rtp, out, RTP_HEADER - 1), 0);
}

static void fields_are_set_alone(void)
{
    uint8_t packet[sizeof full];
    struct rtp rtp;

    memcpy(packet, full, sizeof full);
    rtp_set_payload_type(packet, 0xff); /* the marker is not its */
    rtp_set_marker(packet, false);
    rtp_set_sequence(packet, 1);
    rtp_set_timestamp(packet, 2);
    rtp_set_ssrc(packet, 3);
    CU_ASSERT_TRUE(rtp_read(&rtp, packet, sizeof packet));
    CU_ASSERT_EQUAL(rtp.payload_type, 127);
    CU_ASSERT_FALSE(rtp.marker);
    CU_ASSERT_EQUAL(rtp.sequence, 1);
    CU_ASSERT_EQUAL(rtp.timestamp, 2);
    CU_ASSERT_EQUAL(rtp.ssrc, 3);
    CU_ASSERT_EQUAL(
        memcmp(packet + RTP_HEADER, full + RTP_HEADER, sizeof full - RTP_HEADER), 0);
    CU_ASSERT_EQUAL(packet[0], full[0]);
    rtp_set_marker(packet, true);
    rtp_set_payload_type(packet, 96);
    CU_ASSERT_EQUAL(packet[1], full[1]);
}

/* The last byte that is left counts padding, too: what is read must end with the packet. */
static void a_header_that_is_cut_off_is_refused_at_each_length(void)
{
    for (size_t len = 0; len < sizeof full; len++) {
        uint8_t *cut = exact_copy(full, len);
        struct rtp rtp;

        if (len < 28)
            CU_ASSERT_FALSE(rtp_read(&rtp, cut, len))
        else if (rtp_read(&rtp, cut, len))
            CU_ASSERT_EQUAL(rtp.header + rtp.payload + rtp.padding, len);
        exact_free(cut, len);
    }
}

static void other_versions_are_refused(void)
{
    uint8_t packet[sizeof full];
    struct rtp rtp;

    memcpy(packet, full, sizeof full);
    for (unsigned version = 0; version < 4; version++) {
        packet[0] = (uint8_t)((full[0] & 0x3f) | version << 6);
        CU_ASSERT_EQUAL(rtp_read(&rtp, packet, sizeof packet), version == RTP_VERSION);
    }
}

static bool padding_is_read(uint8_t padding, size_t payload)
{
    uint8_t packet[RTP_HEADER + 255] = { 0xa0, 96 };
    struct rtp rtp;

    packet[RTP_HEADER + payload - 1] = padding;
    return rtp_read(&rtp, packet, RTP_HEADER + payload) && rtp.padding == padding
        && rtp.payload == payload - padding;
}

static void padding_counts_itself_and_ends_with_the_header(void)
{
    CU_ASSERT_TRUE(padding_is_read(1, 1));
    CU_ASSERT_TRUE(padding_is_read(255, 255)); /* padding alone, as browsers probe */
    CU_ASSERT_TRUE(padding_is_read(3, 10));
    CU_ASSERT_FALSE(padding_is_read(0, 10));
    CU_ASSERT_FALSE(padding_is_read(11, 10));

    /* the last byte of a header is no count */
    uint8_t header[RTP_HEADER] = { 0xa0, 96, [11] = 1 };
    struct rtp rtp;
    CU_ASSERT_FALSE(rtp_read(&rtp, header, sizeof header));
}

static void an_extension_longer_than_the_packet_is_refused(void)
{
    uint8_t packet[RTP_HEADER + 8] = { 0x90, 96, [12] = 0xbe, 0xde, 0, 1 };
    struct rtp rtp;

    CU_ASSERT_TRUE(rtp_read(&rtp, packet, sizeof packet));
    CU_ASSERT_EQUAL(rtp.payload, 0);
    packet[15] = 2;
    CU_ASSERT_FALSE(rtp_read(&rtp, packet, sizeof packet));
    packet[14] = 0xff;
    CU_ASSERT_FALSE(rtp_read(&rtp, packet, sizeof packet));
    packet[14] = packet[15] = 0; /* no words: it is its header alone */
    CU_ASSERT_TRUE(rtp_read(&rtp, packet, RTP_HEADER + RTP_EXTENSION_HEADER));
    CU_ASSERT_TRUE(rtp.has_extension);
    for (size_t len = RTP_HEADER; len < RTP_HEADER + RTP_EXTENSION_HEADER; len++)
        CU_ASSERT_FALSE(rtp_read(&rtp, packet, len));
}

static void whatever_is_read_has_its_parts_in_the_packet(void)
{
    for (uint32_t seed = 1; seed <= suite_rounds(20000); seed++) {
        uint8_t bytes[96];
        uint32_t state = seed;
        size_t len = dice(&state, sizeof bytes + 1);
        struct rtp rtp;

        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)dice(&state, 256);
        if (len > 0)
            bytes[0] = (uint8_t)((bytes[0] & 0x33) | 0x80); /* three CSRCs at most */
        if (len > 15 && dice(&state, 2) == 0)
            bytes[14] = 0;
        uint8_t *copy = exact_copy(bytes, len);
        bool is_read = rtp_read(&rtp, copy, len);
        exact_free(copy, len);
        HOLDS(seed, !is_read || rtp.header + rtp.payload + rtp.padding == len);
        HOLDS(seed, !is_read || rtp.extension + rtp.extension_len <= rtp.header);
    }
}

CU_TestInfo rtp_tests[] = {
    TEST(a_full_header_is_read),
    TEST(what_is_written_is_read),
    TEST(fields_are_set_alone),
    TEST(a_header_that_is_cut_off_is_refused_at_each_length),
    TEST(other_versions_are_refused),
    TEST(padding_counts_itself_and_ends_with_the_header),
    TEST(an_extension_longer_than_the_packet_is_refused),
    TEST(whatever_is_read_has_its_parts_in_the_packet),
    CU_TEST_INFO_NULL,
};
