/* outline_test.c - a packet is laid out once, with a place for what each watcher changes.
 */
#include "samples/sfu/outline.h"
#include "suite.h"

enum { ID_LEVEL = 1, ID_MID = 4, ALL = (1 << NUM_EXTENSIONS) - 1 };

static uint8_t packet[256], out_bytes[300];
static struct outline outline;
static struct bytes_out out;

/* An RTP packet with an audio level of 30 with voice, two CSRCs, and padding. */
static size_t write_packet(void)
{
    const struct rtp rtp = {
        .payload_type = 111, .sequence = 9, .timestamp = 8, .ssrc = 7
    };
    size_t len = rtp_write(&rtp, packet, sizeof packet);

    packet[0] |= 0x32;
    memset(packet + len, 0xcc, 8);
    len += 8;
    bytes_put32(packet + len, 0xbede0001);
    bytes_put32(packet + len + 4, ID_LEVEL << 28 | 0x9e << 16);
    len += 8;
    memset(packet + len, 0x55, 40);
    len += 40;
    memset(packet + len, 0, 4);
    packet[len + 3] = 4;
    return len + 4;
}

static bool lay_out(const struct layout *layout, size_t limit)
{
    struct rtp rtp;

    CU_ASSERT_TRUE_FATAL(rtp_read(&rtp, packet, write_packet()));
    out = (struct bytes_out){ out_bytes, 0, limit };
    return outline_write(layout, packet, &rtp, &out, &outline);
}

static struct layout layout_of(uint32_t wanted, uint8_t mid_len)
{
    struct layout layout = { .codec = CODEC_OPUS, .wanted = wanted, .mid_len = mid_len };

    layout.from[EXT_AUDIO_LEVEL] = ID_LEVEL;
    layout.from[EXT_MID] = ID_MID;
    return layout;
}

static void every_element_has_a_place_in_a_valid_packet(void)
{
    const struct layout layout = layout_of(ALL, 3);
    struct rtp rtp;

    CU_ASSERT_TRUE_FATAL(lay_out(&layout, sizeof out_bytes));
    CU_ASSERT_TRUE_FATAL(rtp_read(&rtp, out_bytes, out.len));
    CU_ASSERT_EQUAL(rtp.header, outline.header);
    CU_ASSERT_EQUAL(rtp.payload, 40);
    CU_ASSERT_EQUAL(rtp.num_csrcs, 0);
    CU_ASSERT_EQUAL(rtp.padding, 0);
    CU_ASSERT_EQUAL(out_bytes[outline.header], 0x55);
    CU_ASSERT_EQUAL(outline.elements[EXT_MID].len, 3);
    CU_ASSERT_EQUAL(outline.elements[EXT_TRANSPORT_CC].len, 2);
    CU_ASSERT_EQUAL(outline.elements[EXT_ABS_SEND_TIME].len, 3);
    CU_ASSERT_EQUAL(out_bytes[outline.elements[EXT_AUDIO_LEVEL].at + 1], 0x9e);
    CU_ASSERT_EQUAL(outline.elements[EXT_TOFFSET].at, 0); /* it was not sent */
    CU_ASSERT_EQUAL(outline.elements[EXT_RID].at, 0);
}

static void the_level_is_read_whoever_wants_it(void)
{
    const struct layout layout = layout_of(0, 0);

    CU_ASSERT_TRUE_FATAL(lay_out(&layout, sizeof out_bytes));
    CU_ASSERT_EQUAL(outline.level, 30);
    CU_ASSERT_TRUE(outline.voice);
    CU_ASSERT_TRUE(outline.decodable);
}

static void without_elements_there_is_no_extension(void)
{
    const struct layout layout = layout_of(0, 0);

    CU_ASSERT_TRUE_FATAL(lay_out(&layout, sizeof out_bytes));
    CU_ASSERT_EQUAL(out_bytes[0], 0x80);
    CU_ASSERT_EQUAL(outline.header, RTP_HEADER);
    CU_ASSERT_EQUAL(out.len, RTP_HEADER + 40);
}

static void what_does_not_fit_is_refused(void)
{
    const struct layout layout = layout_of(ALL, 16);

    CU_ASSERT_TRUE_FATAL(lay_out(&layout, sizeof out_bytes));
    const size_t len = out.len;
    memset(out_bytes, 0x77, sizeof out_bytes);
    CU_ASSERT_FALSE(lay_out(&layout, len - 1));
    CU_ASSERT_EQUAL(out_bytes[len - 1], 0x77);
    CU_ASSERT_TRUE(lay_out(&layout, len));
}

CU_TestInfo outline_tests[] = {
    TEST(every_element_has_a_place_in_a_valid_packet),
    TEST(the_level_is_read_whoever_wants_it),
    TEST(without_elements_there_is_no_extension),
    TEST(what_does_not_fit_is_refused),
    CU_TEST_INFO_NULL,
};
