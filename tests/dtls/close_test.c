/* close_test.c - how an association ends in peace: close_notify, keys that are used up. */
#include "../suite.h"

#include "association/association_state.h"
#include "story.h"

static void connected(struct story *s)
{
    story_prepare(s);
    story_begin(s);
    CU_ASSERT_TRUE_FATAL(story_connects(s));
}

static void close_notify_is_reported_and_responded_to_both_ways(void)
{
    struct story s;

    for (int end = 0; end < 2; end++) {
        connected(&s);
        unsigned sent = s.world.ends[1 - end].sent;
        skiff_dtls_close(s.world.ends[end].dtls, s.world.now);
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_TRUE(s.world.ends[1 - end].closed);
        CU_ASSERT_FALSE(s.world.ends[1 - end].failed || s.world.ends[end].failed);
        CU_ASSERT_EQUAL(s.world.ends[1 - end].sent, sent + 1);
        CU_ASSERT_EQUAL(skiff_dtls_deadline(s.world.ends[end].dtls), SKIFF_NEVER);
        CU_ASSERT_EQUAL(skiff_dtls_deadline(s.world.ends[1 - end].dtls), SKIFF_NEVER);
        story_end(&s);
    }
}

static void the_reason_has_the_section_of_the_version(void)
{
    bool is_13 = world_version() == SKIFF_DTLS_1_3;
    struct story s;

    connected(&s);
    skiff_dtls_close(s.world.ends[0].dtls, s.world.now);
    world_pass(&s.world, SKIFF_MSEC(100));
    for (int i = 0; i < 2; i++)
        CU_ASSERT_STRING_EQUAL(story_failure(&s, i).spec,
                               is_13 ? "RFC 8446 6.1" : "RFC 5246 7.2.1");
    story_end(&s);
}

static void what_is_closed_accepts_nothing_any_more(void)
{
    struct story s;

    connected(&s);
    skiff_dtls_close(s.world.ends[0].dtls, s.world.now);
    skiff_dtls_close(s.world.ends[0].dtls, s.world.now);
    world_pass(&s.world, SKIFF_MSEC(100));
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(world_send(&s.world, i, "x", 1), SKIFF_ERR_CLOSED);
        CU_ASSERT_EQUAL(world_deliver(&s.world, i, "x", 1), SKIFF_ERR_CLOSED);
    }
    story_end(&s);
}

static void to_close_before_the_start_is_silent(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    for (int i = 0; i < 2; i++)
        skiff_dtls_close(s.world.ends[i].dtls, s.world.now);
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(s.world.ends[0].sent + s.world.ends[1].sent, 0);
    story_end(&s);
}

static void to_close_in_a_handshake_releases_the_slot(void)
{
    struct story s;

    for (unsigned ms = 1; ms < 50; ms += 5) {
        story_prepare(&s);
        story_begin(&s);
        world_pass(&s.world, SKIFF_MSEC(ms));
        skiff_dtls_close(s.world.ends[0].dtls, s.world.now);
        skiff_dtls_close(s.world.ends[1].dtls, s.world.now);
        CU_ASSERT_PTR_NULL(s.world.ends[0].dtls->slot);
        CU_ASSERT_PTR_NULL(s.world.ends[1].dtls->slot);
        world_pass(&s.world, SKIFF_MSEC(1000));
        story_end(&s);
    }
}

static void data_before_a_close_is_delivered_first(void)
{
    struct story s;

    connected(&s);
    CU_ASSERT_EQUAL(world_send(&s.world, 0, "last words", 10), SKIFF_OK);
    skiff_dtls_close(s.world.ends[0].dtls, s.world.now);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s.world.ends[1].data_len, 10);
    CU_ASSERT_TRUE(s.world.ends[1].closed);
    story_end(&s);
}

/* --- application data ----------------------------------------------------------------- */

static void every_length_of_data_goes_through_up_to_the_mtu(void)
{
    static uint8_t data[1200];
    struct story s;
    size_t len = 0;

    connected(&s);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 31);
    while (world_send(&s.world, 0, data, len) == SKIFF_OK) {
        world_pass(&s.world, SKIFF_MSEC(10));
        CU_ASSERT_EQUAL(s.world.ends[1].data_count, len + 1);
        CU_ASSERT_EQUAL(s.world.ends[1].data_len, len);
        CU_ASSERT_EQUAL(memcmp(s.world.ends[1].data, data, len), 0);
        len++;
    }
    CU_ASSERT_EQUAL(len, 1200 - 13 - 8 - 16 + 1);
    CU_ASSERT_EQUAL(world_send(&s.world, 0, data, len), SKIFF_ERR_SPACE);
    CU_ASSERT_EQUAL(s.world.ends[0].largest, 1200);
    story_end(&s);
}

static void data_before_connected_is_refused(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    for (int ms = 0; ms < 40; ms++) {
        world_pass(&s.world, SKIFF_MSEC(1));
        for (int i = 0; i < 2; i++)
            if (!s.world.ends[i].connected)
                CU_ASSERT_EQUAL(world_send(&s.world, i, "x", 1), SKIFF_ERR_STATE);
    }
    story_end(&s);
}

static void a_packet_without_headroom_before_its_data_is_refused_unchanged(void)
{
    uint8_t bytes[400] = { 'd' };
    skiff_packet packet;
    struct story s;

    connected(&s);
    CU_ASSERT_EQUAL(skiff_packet_wrap(bytes, 1, sizeof bytes, &packet), SKIFF_OK);
    uint64_t next = s.world.ends[0].dtls->ours.next;
    CU_ASSERT_EQUAL(skiff_dtls_send(s.world.ends[0].dtls, s.world.now, &packet),
                    SKIFF_ERR_SPACE);
    CU_ASSERT_EQUAL(packet.len, 1);
    CU_ASSERT_EQUAL(bytes[0], 'd');
    CU_ASSERT_EQUAL(s.world.ends[0].dtls->ours.next, next);
    story_end(&s);
}

/* --- keys that are used up ------------------------------------------------------------ */

static void with_suite(struct story *s, const uint16_t *suite)
{
    story_prepare(s);
    for (int end = 0; end < 2; end++) {
        s->settings[end].suites = suite;
        s->settings[end].num_suites = 1;
    }
    story_begin(s);
    CU_ASSERT_TRUE_FATAL(story_connects(s));
}

static void a_key_that_has_sealed_all_it_may_closes_the_association(void)
{
    static const uint16_t list[] = { 0xc02b, 0xc02c, 0xcca9, 0xc0ac, 0xc0ae };
    struct story s;

    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (!skf_aead_is_available(skf_suite_find(list[i])->aead))
            continue;
        with_suite(&s, &list[i]);
        struct sealing *ours = &s.world.ends[0].dtls->ours;
        uint64_t limit = skf_sealing_limit(ours->keys.aead);
        ours->next = limit - 12;
        int sent = 0;
        while (world_send(&s.world, 0, "x", 1) == SKIFF_OK)
            sent++;
        CU_ASSERT_TRUE(sent > 0 && sent < 12);
        CU_ASSERT_EQUAL(world_send(&s.world, 0, "x", 1), SKIFF_ERR_CLOSED);
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_TRUE(s.world.ends[0].closed && s.world.ends[1].closed);
        CU_ASSERT_TRUE(ours->next <= limit);
        CU_ASSERT_EQUAL(s.world.ends[1].data_count, (unsigned)sent);
        story_end(&s);
    }
}

static void a_key_that_has_met_too_many_forgeries_closes_the_association(void)
{
    uint8_t forged[64];
    struct record_header header = {
        .type = 23, .version = 0xfefd, .epoch = 1, .sequence_number = 1000, .length = 40
    };
    static const uint8_t zeros[40];
    struct story s;

    connected(&s);
    struct opening *theirs = &s.world.ends[0].dtls->theirs;
    theirs->failed = skf_forgery_limit(theirs->keys.aead) - 2;
    size_t len = story_forge(forged, header, zeros);
    (void)!world_deliver(&s.world, 0, forged, len);
    CU_ASSERT_FALSE(s.world.ends[0].closed);
    (void)!world_deliver(&s.world, 0, forged, len);
    CU_ASSERT_TRUE(s.world.ends[0].closed);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_TRUE(s.world.ends[1].closed);
    story_end(&s);
}

CU_TestInfo close_tests[] = {
    TEST(close_notify_is_reported_and_responded_to_both_ways),
    TEST(the_reason_has_the_section_of_the_version),
    TEST(what_is_closed_accepts_nothing_any_more),
    TEST(to_close_before_the_start_is_silent),
    TEST(to_close_in_a_handshake_releases_the_slot),
    TEST(data_before_a_close_is_delivered_first),
    TEST(every_length_of_data_goes_through_up_to_the_mtu),
    TEST(data_before_connected_is_refused),
    TEST(a_packet_without_headroom_before_its_data_is_refused_unchanged),
    TEST(a_key_that_has_sealed_all_it_may_closes_the_association),
    TEST(a_key_that_has_met_too_many_forgeries_closes_the_association),
    CU_TEST_INFO_NULL,
};
