/* vp8_test.c - the VP8 payload descriptor, by the figures and examples of RFC 7741
 * sections 4.2 and 4.6. */
#include "../suite.h"

#include "dice.h"
#include "samples/rtp/vp8.h"

static struct bytes payload(const char *bytes, size_t len)
{
    return (struct bytes){ (const uint8_t *)bytes, len };
}
#define PAYLOAD(literal) payload(literal, sizeof(literal) - 1)

/* X I L T, a wide picture id of 4711, TL0PICIDX 200, TID 2; a keyframe of 640 x 360, whose
 * sizes have scaling bits. */
static const char full[] = "\x90\xe0\x92\x67\xc8\x80"
                           "\x10\x02\x00\x9d\x01\x2a\x80\x42\x68\xc1";

static void a_full_descriptor_is_read(void)
{
    struct vp8 vp8;

    CU_ASSERT_TRUE_FATAL(vp8_read(&vp8, PAYLOAD(full)));
    CU_ASSERT_EQUAL(vp8.descriptor, 6);
    CU_ASSERT_TRUE(vp8.starts_frame);
    CU_ASSERT_TRUE(vp8.is_keyframe);
    CU_ASSERT_EQUAL(vp8.width, 640);
    CU_ASSERT_EQUAL(vp8.height, 360);
    CU_ASSERT_TRUE(vp8.is_wide);
    CU_ASSERT_EQUAL(vp8.picture_id, 4711);
    CU_ASSERT_TRUE(vp8.has_tl0picidx);
    CU_ASSERT_EQUAL(vp8.tl0picidx, 200);
    CU_ASSERT_TRUE(vp8.has_tid);
    CU_ASSERT_EQUAL(vp8.tid, 2);
}

/* Section 4.6.1: X and S, I, picture id 17, a keyframe. */
static void a_keyframe_in_one_packet_is_read(void)
{
    struct vp8 vp8;

    CU_ASSERT_TRUE_FATAL(vp8_read(&vp8, PAYLOAD("\x90\x80\x11\x00\x00\x00")));
    CU_ASSERT_EQUAL(vp8.descriptor, 3);
    CU_ASSERT_EQUAL(vp8.picture_id, 17);
    CU_ASSERT_FALSE(vp8.is_wide);
    CU_ASSERT_TRUE(vp8.is_keyframe);
    CU_ASSERT_EQUAL(vp8.height, 0); /* no start code */
}

/* Section 4.6.2: one octet, an interframe. */
static void a_descriptor_of_one_octet_has_no_counters(void)
{
    struct vp8 vp8;

    CU_ASSERT_TRUE_FATAL(vp8_read(&vp8, PAYLOAD("\x10\x01")));
    CU_ASSERT_EQUAL(vp8.descriptor, 1);
    CU_ASSERT_TRUE(vp8.starts_frame);
    CU_ASSERT_FALSE(vp8.is_keyframe);
    CU_ASSERT_FALSE(vp8.has_picture_id);
    CU_ASSERT_FALSE(vp8.has_tl0picidx);
}

static void a_later_partition_or_fragment_starts_no_frame(void)
{
    struct vp8 vp8;

    CU_ASSERT_TRUE_FATAL(vp8_read(&vp8, PAYLOAD("\x11\x00"))); /* S, of partition 1 */
    CU_ASSERT_FALSE(vp8.starts_frame);
    CU_ASSERT_FALSE(vp8.is_keyframe);
    CU_ASSERT_TRUE_FATAL(vp8_read(&vp8, PAYLOAD("\x00\x00")));
    CU_ASSERT_FALSE(vp8.starts_frame);
    CU_ASSERT_FALSE(vp8.is_keyframe);
}

/* K without T has the octet, whose TID is to be ignored. */
static void a_key_index_alone_has_its_octet(void)
{
    struct vp8 vp8;

    CU_ASSERT_TRUE_FATAL(vp8_read(&vp8, PAYLOAD("\x90\x10\xc5\x01")));
    CU_ASSERT_EQUAL(vp8.descriptor, 3);
    CU_ASSERT_FALSE(vp8.has_tid);
    CU_ASSERT_EQUAL(vp8.tid, 0);
    CU_ASSERT_TRUE_FATAL(vp8_read(&vp8, PAYLOAD("\x90\x00\x01")));
    CU_ASSERT_EQUAL(vp8.descriptor, 2);
}

static void a_descriptor_is_refused_at_each_length_without_data(void)
{
    struct vp8 vp8;

    for (size_t len = 0; len < sizeof full; len++) {
        uint8_t *cut = exact_copy((const uint8_t *)full, len);
        CU_ASSERT_EQUAL(vp8_read(&vp8, (struct bytes){ cut, len }), len > 6);
        if (len > 6)
            CU_ASSERT_EQUAL(vp8.height, len >= 16 ? 360 : 0);
        exact_free(cut, len);
    }
}

static void any_payload_is_read_within_its_bounds(void)
{
    for (uint32_t seed = 1; seed <= suite_rounds(20000); seed++) {
        uint8_t bytes[20];
        uint32_t state = seed;
        size_t len = dice(&state, sizeof bytes + 1);
        struct vp8 vp8;

        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)dice(&state, 256);
        uint8_t *exact = exact_copy(bytes, len);
        bool is_read = vp8_read(&vp8, (struct bytes){ exact, len });
        HOLDS(seed, !is_read || vp8.descriptor < len);
        if (is_read)
            vp8_rewrite(exact, &vp8, (struct vp8_offset){ 0 });
        HOLDS(seed,
              memcmp(exact, bytes, len) == 0); /* nothing was added, so nothing changes */
        exact_free(exact, len);
    }
}

/* --- counters ------------------------------------------------------------------------- */

static struct vp8 frame(uint16_t picture_id, uint8_t tl0picidx)
{
    return (struct vp8){ .has_picture_id = true,
                         .is_wide = true,
                         .has_tl0picidx = true,
                         .picture_id = picture_id,
                         .tl0picidx = tl0picidx };
}

static void offsets_are_added_with_the_width_of_each_field(void)
{
    uint8_t wide[] = "\x90\xe0\xff\xff\xff\x80x", narrow[] = "\x90\xc0\x7f\x01x";
    struct vp8_offset offset = { .picture_id = 2, .tl0picidx = 3 };
    struct vp8 vp8;

    CU_ASSERT_TRUE(vp8_read(&vp8, (struct bytes){ wide, 7 }));
    vp8_rewrite(wide, &vp8, offset);
    CU_ASSERT_EQUAL(memcmp(wide, "\x90\xe0\x80\x01\x02\x80x", 7), 0);
    CU_ASSERT_TRUE(vp8_read(&vp8, (struct bytes){ narrow, 5 }));
    vp8_rewrite(narrow, &vp8, offset);
    CU_ASSERT_EQUAL(memcmp(narrow, "\x90\xc0\x01\x04x", 5), 0);
}

static void the_first_layer_passes_as_it_is(void)
{
    struct vp8_counters counters = { 0 };
    struct vp8 first = frame(300, 5);

    vp8_switch(&counters, &first);
    CU_ASSERT_EQUAL(counters.offset.picture_id, 0);
    CU_ASSERT_EQUAL(counters.offset.tl0picidx, 0);
}

static void after_a_switch_the_counters_go_on(void)
{
    struct vp8_counters counters = { 0 };
    struct vp8 low = frame(32767, 255), high = frame(7000, 9), next = frame(7001, 10);

    vp8_sent(&counters, &low);
    vp8_switch(&counters, &high);
    vp8_sent(&counters, &high);
    CU_ASSERT_EQUAL(counters.picture_id, 0); /* 32767 + 1 */
    CU_ASSERT_EQUAL(counters.tl0picidx, 0);
    vp8_sent(&counters, &next);
    CU_ASSERT_EQUAL(counters.picture_id, 1);
    CU_ASSERT_EQUAL(counters.tl0picidx, 1);

    struct vp8 low_again = frame(100, 100);
    vp8_switch(&counters, &low_again);
    vp8_sent(&counters, &low_again);
    CU_ASSERT_EQUAL(counters.picture_id, 2);
    CU_ASSERT_EQUAL(counters.tl0picidx, 2);
}

static void a_late_packet_does_not_set_the_counters_back(void)
{
    struct vp8_counters counters = { 0 };
    struct vp8 newer = frame(20, 4), late = frame(19, 3), high = frame(1, 1);

    vp8_sent(&counters, &newer);
    vp8_sent(&counters, &late);
    vp8_switch(&counters, &high);
    vp8_sent(&counters, &high);
    CU_ASSERT_EQUAL(counters.picture_id, 21);
    CU_ASSERT_EQUAL(counters.tl0picidx, 5);
}

static void a_narrow_counter_wraps_at_seven_bits(void)
{
    struct vp8_counters counters = { 0 };
    struct vp8 low = { .has_picture_id = true, .picture_id = 127 };
    struct vp8 wrapped = { .has_picture_id = true, .picture_id = 0 };
    struct vp8 high = { .has_picture_id = true, .picture_id = 50 };

    vp8_sent(&counters, &low);
    vp8_sent(&counters, &wrapped);
    CU_ASSERT_EQUAL(counters.picture_id, 0);
    vp8_switch(&counters, &high);
    vp8_sent(&counters, &high);
    CU_ASSERT_EQUAL(counters.picture_id, 1);
}

static void packets_without_counters_change_none(void)
{
    struct vp8_counters counters = { 0 };
    struct vp8 plain = { 0 }, first = frame(10, 20);

    vp8_sent(&counters, &first);
    vp8_sent(&counters, &plain);
    CU_ASSERT_EQUAL(counters.picture_id, 10);
    CU_ASSERT_EQUAL(counters.tl0picidx, 20);
}

CU_TestInfo vp8_tests[] = {
    TEST(a_full_descriptor_is_read),
    TEST(a_keyframe_in_one_packet_is_read),
    TEST(a_descriptor_of_one_octet_has_no_counters),
    TEST(a_later_partition_or_fragment_starts_no_frame),
    TEST(a_key_index_alone_has_its_octet),
    TEST(a_descriptor_is_refused_at_each_length_without_data),
    TEST(any_payload_is_read_within_its_bounds),
    TEST(offsets_are_added_with_the_width_of_each_field),
    TEST(the_first_layer_passes_as_it_is),
    TEST(after_a_switch_the_counters_go_on),
    TEST(a_late_packet_does_not_set_the_counters_back),
    TEST(a_narrow_counter_wraps_at_seven_bits),
    TEST(packets_without_counters_change_none),
    CU_TEST_INFO_NULL,
};
