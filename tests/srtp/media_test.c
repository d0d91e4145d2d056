/* media_test.c - how far the headers of RTP and RTCP reach. */
#include "suite.h"

#include "srtp/media.h"

static void only_version_two_is_media(void)
{
    uint8_t packet[12] = { 0, 96 };

    for (int first = 0; first < 256; first++) {
        packet[0] = (uint8_t)(first & 0xe0); /* no CSRC, no extension */
        CU_ASSERT_EQUAL(media_kind(packet, sizeof packet),
                        (first & 0xc0) == 0x80 ? MEDIA_RTP : MEDIA_NONE);
    }
}

static void csrcs_have_to_fit(void)
{
    uint8_t packet[12 + 4 * 15 + 1] = { 0x80, 96 };

    for (size_t cc = 0; cc < 16; cc++) {
        packet[0] = (uint8_t)(0x80 | cc);
        CU_ASSERT_EQUAL(media_kind(packet, 12 + 4 * cc), MEDIA_RTP);
        CU_ASSERT_EQUAL(media_kind(packet, 12 + 4 * cc - 1), MEDIA_NONE);
        CU_ASSERT_EQUAL(media_kind(packet, 12 + 4 * cc + 1), MEDIA_RTP);
    }
}

static void an_extension_has_to_fit(void)
{
    uint8_t packet[40] = { 0x91, 96 }; /* one CSRC: the extension is at 16 */

    packet[19] = 2;
    CU_ASSERT_EQUAL(media_kind(packet, 16), MEDIA_NONE);
    CU_ASSERT_EQUAL(media_kind(packet, 19), MEDIA_NONE);
    CU_ASSERT_EQUAL(media_kind(packet, 20), MEDIA_NONE);
    CU_ASSERT_EQUAL(media_kind(packet, 27), MEDIA_NONE);
    CU_ASSERT_EQUAL(media_kind(packet, 28), MEDIA_RTP);
    packet[18] = 0xff;
    packet[19] = 0xff;
    CU_ASSERT_EQUAL(media_kind(packet, sizeof packet), MEDIA_NONE);
    packet[18] = 0;
    packet[19] = 0;
    CU_ASSERT_EQUAL(media_kind(packet, 20), MEDIA_RTP);
}

static void rtcp_has_a_header_of_eight(void)
{
    uint8_t packet[8] = { 0x80, 200, 0, 1 };

    for (size_t len = 0; len < sizeof packet; len++)
        CU_ASSERT_EQUAL(media_kind(packet, len), MEDIA_NONE);
    CU_ASSERT_EQUAL(media_kind(packet, sizeof packet), MEDIA_RTCP);
}

CU_TestInfo media_tests[] = {
    TEST(only_version_two_is_media),
    TEST(csrcs_have_to_fit),
    TEST(an_extension_has_to_fit),
    TEST(rtcp_has_a_header_of_eight),
    CU_TEST_INFO_NULL,
};
