/* payload_test.c - where a keyframe starts, by the figures of RFC 7741, RFC 6184, RFC 9628
 * and the RTP specification of AV1. */
#include "../suite.h"

#include "dice.h"
#include "samples/rtp/payload.h"

static bool starts(enum payload_format format, const char *bytes, size_t len)
{
    uint8_t *exact = exact_copy((const uint8_t *)bytes, len);
    bool result = payload_starts_keyframe(format, (struct bytes){ exact, len });

    exact_free(exact, len);
    return result;
}
#define STARTS(format, literal) starts(format, literal, sizeof(literal) - 1)

static void what_has_no_keyframes_can_begin_anywhere(void)
{
    CU_ASSERT_TRUE(STARTS(PAYLOAD_OTHER, "x"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_OTHER, ""));
}

static void vp8_starts_with_a_first_partition_whose_frame_is_no_interframe(void)
{
    CU_ASSERT_TRUE(STARTS(PAYLOAD_VP8, "\x10\x00"));
    CU_ASSERT_TRUE(STARTS(PAYLOAD_VP8, "\x90\x80\x80\x01\x10"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_VP8, "\x90\x80\x80\x01\x11"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_VP8, "\x11\x00"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_VP8, "\x00\x00"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_VP8, "\x10"));
}

static void h264_starts_with_parameters_or_the_first_slice_of_an_idr_picture(void)
{
    CU_ASSERT_TRUE(STARTS(PAYLOAD_H264, "\x67\x42"));
    CU_ASSERT_TRUE(STARTS(PAYLOAD_H264, "\x65\x88"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x65\x48")); /* first_mb_in_slice is not 0 */
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x68\xce")); /* picture parameters alone */
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x61\x88"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x67"));
}

static void h264_units_in_an_aggregate_count(void)
{
    CU_ASSERT_TRUE(STARTS(PAYLOAD_H264, "\x78\0\2\x67\x42\0\2\x68\xce"));
    CU_ASSERT_TRUE(
        STARTS(PAYLOAD_H264, "\x78\0\2\x06\x05\0\2\x65\x88")); /* behind an SEI */
    CU_ASSERT_TRUE(STARTS(PAYLOAD_H264, "\x78\0\1\x67"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x78\0\2\x06\x05\0\2\x61\x88"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x78\0\1\x65")); /* no slice header */
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x78\0\1\x65\x80\1\x61"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x78\0\0\x67\x42"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x78\0\4\x67\x42\0"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x78\xff\xff\x67"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x78\0"));
}

static void h264_fragments_count_where_a_unit_begins(void)
{
    CU_ASSERT_TRUE(STARTS(PAYLOAD_H264, "\x7c\x85\x88"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x7c\x05\x88"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x7c\x85\x48"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x7c\x81\x88"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_H264, "\x7c\x85"));
    CU_ASSERT_TRUE(STARTS(PAYLOAD_H264, "\x7c\x87\x42"));
}

static void vp9_starts_with_the_lowest_layer_of_a_picture_without_prediction(void)
{
    CU_ASSERT_TRUE(STARTS(PAYLOAD_VP9, "\x88\x11\x82"));         /* I B, 7 bits */
    CU_ASSERT_TRUE(STARTS(PAYLOAD_VP9, "\x88\x91\x11\x82"));     /* 15 bits */
    CU_ASSERT_TRUE(STARTS(PAYLOAD_VP9, "\xa8\x11\x00\x05\x82")); /* L, TL0PICIDX */
    CU_ASSERT_TRUE(
        STARTS(PAYLOAD_VP9, "\xa8\x11\xf1\x05\x82")); /* TID, U and D are not SID */
    CU_ASSERT_TRUE(STARTS(PAYLOAD_VP9, "\x08\x82\x49"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_VP9, "\xa8\x11\x02\x05\x82")); /* SID 1 */
    CU_ASSERT_FALSE(STARTS(PAYLOAD_VP9, "\xc8\x11\x82"));         /* P */
    CU_ASSERT_FALSE(STARTS(PAYLOAD_VP9, "\x80\x11\x82"));         /* no B */
    CU_ASSERT_FALSE(STARTS(PAYLOAD_VP9, "\x88\x91\x11"));         /* nothing follows */
    CU_ASSERT_FALSE(STARTS(PAYLOAD_VP9, "\xa8\x91\x11"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_VP9, "\xa8\x11\x00"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_VP9, "\x88"));
}

static void av1_starts_with_a_new_sequence(void)
{
    CU_ASSERT_TRUE(STARTS(PAYLOAD_AV1, "\x18\x0a"));
    CU_ASSERT_TRUE(STARTS(PAYLOAD_AV1, "\x48\x0a")); /* it goes on in the next packet */
    CU_ASSERT_FALSE(STARTS(PAYLOAD_AV1, "\x10\x0a"));
    CU_ASSERT_FALSE(STARTS(PAYLOAD_AV1, "\x98\x0a")); /* Z and N exclude each other */
    CU_ASSERT_FALSE(STARTS(PAYLOAD_AV1, "\x18"));
}

static void any_payload_is_judged_within_its_bounds(void)
{
    for (uint32_t seed = 1; seed <= suite_rounds(20000); seed++) {
        char bytes[24];
        uint32_t state = seed;
        size_t len = dice(&state, sizeof bytes + 1);

        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)(dice(&state, 3) == 0 ? dice(&state, 256) : dice(&state, 4));
        if (dice(&state, 2) == 0)
            bytes[0] = dice(&state, 2) == 0 ? 0x78 : 0x7c;
        for (unsigned format = PAYLOAD_OTHER; format <= PAYLOAD_AV1; format++)
            HOLDS(seed, len > 0 || !starts((enum payload_format)format, bytes, len));
        for (unsigned format = PAYLOAD_OTHER; format <= PAYLOAD_AV1; format++)
            (void)starts((enum payload_format)format, bytes, len);
    }
}

CU_TestInfo payload_tests[] = {
    TEST(what_has_no_keyframes_can_begin_anywhere),
    TEST(vp8_starts_with_a_first_partition_whose_frame_is_no_interframe),
    TEST(h264_starts_with_parameters_or_the_first_slice_of_an_idr_picture),
    TEST(h264_units_in_an_aggregate_count),
    TEST(h264_fragments_count_where_a_unit_begins),
    TEST(vp9_starts_with_the_lowest_layer_of_a_picture_without_prediction),
    TEST(av1_starts_with_a_new_sequence),
    TEST(any_payload_is_judged_within_its_bounds),
    CU_TEST_INFO_NULL,
};
