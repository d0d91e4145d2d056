/* publisher_test.c - what a publisher sends finds its layer, and what it gets back comes no
 * oftener than it may. Time is the test's. */
#include "samples/rtp/rtx.h"
#include "samples/sfu/feedback.h"
#include "suite.h"

#include <stdio.h>

enum { AUDIO = 111, VIDEO = 96, RTX = 97, ID_RID = 10, ID_REPAIRED = 11, ID_CC = 3 };

struct stage {
    struct publisher publisher;
    struct media_counters counters;
    skiff_time now;
    uint8_t memory[2048];
    skiff_packet packet;
    struct ingested ingested;
};

static struct stage stage;

static void begin(size_t num_rids)
{
    struct description offer = { .num_sections = 2 };
    struct media_section *audio = &offer.sections[0], *video = &offer.sections[1];

    *audio = (struct media_section){
        .kind = MEDIA_AUDIO, .codec = CODEC_OPUS, .payload_type = AUDIO, .clock_rate = 48000
    };
    *video = (struct media_section){ .kind = MEDIA_VIDEO,
                                     .codec = CODEC_VP8,
                                     .payload_type = VIDEO,
                                     .rtx_payload_type = RTX,
                                     .clock_rate = 90000,
                                     .nack = true,
                                     .pli = true,
                                     .transport_cc = true,
                                     .num_rids = num_rids };
    video->extension[EXT_RID] = ID_RID;
    video->extension[EXT_REPAIRED_RID] = ID_REPAIRED;
    video->extension[EXT_TRANSPORT_CC] = ID_CC;
    for (size_t i = 0; i < num_rids; i++)
        snprintf(video->rid[i], sizeof video->rid[i], "%c", (int)("lmh"[i]));
    memset(&stage, 0, sizeof stage);
    publisher_init(&stage.publisher, &offer, 0);
    stage.publisher.counters = &stage.counters;
    stage.now = SKIFF_MSEC(10000);
}

/* RFC 8285 section 4.2: one element of one byte, or none. */
static void write_packet(const struct rtp *rtp, uint8_t id, char rid)
{
    size_t len = rtp_write(rtp, stage.memory, sizeof stage.memory);

    if (id != 0) {
        stage.memory[0] |= 0x10;
        bytes_put32(stage.memory + len, 0xbede0001);
        bytes_put32(stage.memory + len + 4, (uint32_t)id << 28 | (uint32_t)rid << 16);
        len += 8;
    }
    memset(stage.memory + len, 1, 100);
    CU_ASSERT_EQUAL_FATAL(
        skiff_packet_wrap(stage.memory, len + 100, sizeof stage.memory, &stage.packet),
        SKIFF_OK);
}

static bool receive(void)
{
    return publisher_rtp(&stage.publisher, &stage.packet, stage.now, &stage.ingested);
}

/* With a transport-wide number alone. */
static bool receive_numbered(const struct rtp *rtp, uint16_t number)
{
    write_packet(rtp, 0, 0);
    stage.memory[0] |= 0x10;
    bytes_put32(stage.memory + RTP_HEADER, 0xbede0001);
    bytes_put32(stage.memory + RTP_HEADER + 4,
                (uint32_t)(ID_CC << 4 | 1) << 24 | (uint32_t)number << 8);
    return receive();
}

static bool receive_video(uint32_t ssrc, uint16_t sequence)
{
    const struct rtp rtp = { .payload_type = VIDEO, .sequence = sequence, .ssrc = ssrc };

    write_packet(&rtp, 0, 0);
    return receive();
}

static bool receive_layer(uint32_t ssrc, uint16_t sequence, char rid)
{
    const struct rtp rtp = { .payload_type = VIDEO, .sequence = sequence, .ssrc = ssrc };

    write_packet(&rtp, ID_RID, rid);
    return receive();
}

static bool receive_again(uint32_t ssrc, uint16_t sequence, char rid)
{
    const struct rtp rtp = { .payload_type = VIDEO, .sequence = sequence, .ssrc = 1 };
    const struct rtx rtx = { RTX, 500, ssrc };

    write_packet(&rtp, rid != 0 ? ID_REPAIRED : 0, rid);
    stage.packet.len =
        (uint32_t)rtx_wrap(stage.packet.data, stage.packet.len, stage.packet.limit, &rtx);
    return receive();
}

/* What goes back at this time, by kind. */
struct sent {
    unsigned nacks, plis, reports, arrivals, numbers;
    uint32_t about; /* the media SSRC of the arrivals */
};

static struct sent feedback(void)
{
    uint8_t bytes[1200];
    struct bytes_out out = { bytes, 0, sizeof bytes };
    struct sent sent = { 0 };
    uint16_t lost[RTCP_NACK_SPAN];
    struct rtcp rtcp;

    if (!feedback_write(&stage.publisher, &out, stage.now, SKIFF_MSEC(30)))
        return sent;
    struct rtcp_walk walk = rtcp_walk(bytes, out.len);
    while (rtcp_next(&walk, &rtcp)) {
        sent.nacks += rtcp.kind == RTCP_NACK;
        sent.plis += rtcp.kind == RTCP_PLI;
        sent.reports += rtcp.kind == RTCP_RR && rtcp.count > 0;
        sent.arrivals += rtcp.kind == RTCP_TRANSPORT_CC;
        if (rtcp.kind == RTCP_TRANSPORT_CC)
            sent.about = rtcp.media_ssrc;
        for (size_t i = 0; rtcp.kind == RTCP_NACK && i < 64; i++)
            sent.numbers += (unsigned)rtcp_read_nack(&rtcp, i, lost);
    }
    CU_ASSERT_FALSE(walk.malformed);
    return sent;
}

/* --- layers --------------------------------------------------------------------------- */

static void the_payload_type_shows_which_track_it_is(void)
{
    const struct rtp audio = { .payload_type = AUDIO, .ssrc = 5 };
    const struct rtp other = { .payload_type = 100, .ssrc = 6 };

    begin(0);
    write_packet(&audio, 0, 0);
    CU_ASSERT_TRUE(receive());
    CU_ASSERT_EQUAL(stage.ingested.layer->source, SOURCE_AUDIO);
    CU_ASSERT_TRUE(receive_video(7, 1));
    CU_ASSERT_EQUAL(stage.ingested.layer->source, SOURCE_VIDEO);
    write_packet(&other, 0, 0);
    CU_ASSERT_FALSE(receive());
    CU_ASSERT_EQUAL(stage.counters.drop_unknown_ssrc, 1);
}

static void layers_are_those_of_their_rids(void)
{
    begin(3);
    CU_ASSERT_FALSE(receive_video(7, 1));
    CU_ASSERT_TRUE(receive_layer(7, 1, 'h'));
    CU_ASSERT_EQUAL(stage.ingested.layer->source, SOURCE_VIDEO + 2);
    CU_ASSERT_TRUE(receive_layer(8, 1, 'l'));
    CU_ASSERT_EQUAL(stage.ingested.layer->source, SOURCE_VIDEO);
    CU_ASSERT_TRUE(receive_video(7, 2));
    CU_ASSERT_EQUAL(stage.ingested.layer->source, SOURCE_VIDEO + 2);
    CU_ASSERT_FALSE(receive_layer(9, 1, 'x'));
}

static void an_ssrc_in_use_is_not_replaced(void)
{
    begin(0);
    CU_ASSERT_TRUE(receive_video(7, 1));
    const uint32_t before = stage.ingested.layer->edition;
    CU_ASSERT_FALSE(receive_video(8, 1));
    stage.now += SSRC_SILENT;
    CU_ASSERT_TRUE(receive_video(8, 1));
    CU_ASSERT_TRUE(stage.ingested.layer->edition > before);
    CU_ASSERT_FALSE(receive_layer(9, 1, 'h'));
}

static void what_came_by_rtx_is_the_original_packet(void)
{
    begin(0);
    CU_ASSERT_TRUE(receive_video(7, 100));
    CU_ASSERT_TRUE(receive_video(7, 102));
    CU_ASSERT_TRUE(receive_again(9, 101, 0));
    CU_ASSERT_EQUAL(stage.ingested.rtp.ssrc, 7);
    CU_ASSERT_EQUAL(stage.ingested.rtp.sequence, 101);
    CU_ASSERT_EQUAL(stage.ingested.rtp.payload_type, VIDEO);
    CU_ASSERT_EQUAL(stage.ingested.rtp.payload, 100);
    CU_ASSERT_EQUAL(stage.counters.recovered, 1);
    CU_ASSERT_FALSE(receive_again(9, 101, 0));
    CU_ASSERT_EQUAL(stage.counters.drop_duplicate, 1);
}

static void rtx_of_a_layer_is_known_by_its_repaired_rid(void)
{
    begin(3);
    CU_ASSERT_TRUE(receive_layer(7, 100, 'h'));
    CU_ASSERT_TRUE(receive_layer(8, 300, 'l'));
    CU_ASSERT_FALSE(receive_again(9, 99, 0));
    CU_ASSERT_TRUE(receive_again(9, 99, 'h'));
    CU_ASSERT_EQUAL(stage.ingested.rtp.ssrc, 7);
    CU_ASSERT_TRUE(receive_again(9, 98, 0));
    CU_ASSERT_FALSE(receive_again(10, 99, 'm')); /* of which nothing has come */
}

static void what_is_no_rtp_is_counted(void)
{
    begin(0);
    CU_ASSERT_TRUE(receive_video(7, 1));
    stage.packet.len = 11;
    CU_ASSERT_FALSE(receive());
    CU_ASSERT_EQUAL(stage.counters.drop_rtp, 1);
}

/* --- feedback ------------------------------------------------------------------------- */

static void a_missing_number_is_asked_for_again_and_again_and_given_up(void)
{
    unsigned asked = 0;

    begin(0);
    CU_ASSERT_TRUE(receive_video(7, 100));
    CU_ASSERT_TRUE(receive_video(7, 102));
    CU_ASSERT_EQUAL(feedback().nacks, 0); /* it may be late */
    for (unsigned i = 0; i < 100; i++) {
        stage.now += SKIFF_MSEC(20);
        asked += feedback().numbers;
    }
    CU_ASSERT_TRUE(asked >= 2);
    CU_ASSERT_TRUE(asked <= MISSING_MAX_REQUESTS);
    stage.now += SKIFF_MSEC(20);
    CU_ASSERT_EQUAL(feedback().numbers, 0);
    CU_ASSERT_EQUAL(stage.counters.nacks_sent, asked);
}

static void a_number_that_came_is_not_asked_for(void)
{
    begin(0);
    CU_ASSERT_TRUE(receive_video(7, 100));
    CU_ASSERT_TRUE(receive_video(7, 102));
    CU_ASSERT_TRUE(receive_video(7, 101));
    stage.now += SKIFF_MSEC(50);
    CU_ASSERT_EQUAL(feedback().nacks, 0);
}

static void a_thousand_wishes_for_a_keyframe_are_two_in_a_second(void)
{
    unsigned plis = 0;

    begin(0);
    CU_ASSERT_TRUE(receive_video(7, 100));
    for (unsigned i = 0; i < 1000; i++) {
        publisher_want_keyframes(&stage.publisher, 1u << SOURCE_VIDEO);
        plis += feedback().plis;
        stage.now += SKIFF_MSEC(1);
    }
    CU_ASSERT_EQUAL(plis, 1000000 / FEEDBACK_KEYFRAME);
}

static void each_layer_is_asked_for_its_own_keyframe(void)
{
    begin(3);
    CU_ASSERT_TRUE(receive_layer(7, 1, 'h'));
    CU_ASSERT_TRUE(receive_layer(8, 1, 'l'));
    publisher_want_keyframes(&stage.publisher, 1u << SOURCE_VIDEO);
    CU_ASSERT_EQUAL(feedback().plis, 1);
    publisher_want_keyframes(&stage.publisher, 7u << SOURCE_VIDEO);
    CU_ASSERT_EQUAL(feedback().plis, 1); /* the lowest has just been asked for */
}

static void reports_and_arrivals_have_their_times(void)
{
    unsigned reports = 0, arrivals = 0;

    begin(0);
    for (uint16_t i = 0; i < 1000; i++) {
        const struct rtp rtp = { .payload_type = VIDEO, .sequence = i, .ssrc = 7 };
        CU_ASSERT_TRUE(receive_numbered(&rtp, i));
        const struct sent sent = feedback();
        reports += sent.reports;
        arrivals += sent.arrivals;
        stage.now += SKIFF_MSEC(2);
    }
    CU_ASSERT_EQUAL(reports, 2000000 / FEEDBACK_REPORT);
    CU_ASSERT_EQUAL(arrivals, 2000000 / FEEDBACK_TRANSPORT_CC);
}

/* Browsers ignore feedback whose media SSRC is none of theirs. */
static void arrivals_are_about_an_ssrc_that_has_sent(void)
{
    const struct rtp audio = { .payload_type = AUDIO, .ssrc = 5 };
    const struct rtp video = { .payload_type = VIDEO, .ssrc = 7 };

    begin(0);
    stage.publisher.audio.section.extension[EXT_TRANSPORT_CC] = ID_CC;
    stage.publisher.audio.section.transport_cc = true;
    CU_ASSERT_TRUE(receive_numbered(&audio, 1));
    CU_ASSERT_EQUAL(feedback().about, 5);
    stage.now += FEEDBACK_TRANSPORT_CC;
    CU_ASSERT_TRUE(receive_numbered(&video, 2));
    CU_ASSERT_EQUAL(feedback().about, 7);
}

/* The numbers are one sequence: those of audio would count as lost. */
static void arrivals_of_a_track_without_such_feedback_count_beside_one_with_it(void)
{
    const struct rtp audio = { .payload_type = AUDIO, .ssrc = 5 };

    for (unsigned i = 0; i < 2; i++) {
        begin(0);
        stage.publisher.audio.section.extension[EXT_TRANSPORT_CC] = ID_CC;
        stage.publisher.video.section.transport_cc = i == 0;
        CU_ASSERT_TRUE(receive_numbered(&audio, 1));
        CU_ASSERT_EQUAL(feedback().arrivals, 1 - i);
    }
}

static void without_pli_a_fir_is_sent_and_without_feedback_remb(void)
{
    uint8_t bytes[1200];
    struct bytes_out out = { bytes, 0, sizeof bytes };
    unsigned firs = 0, plis = 0;
    uint64_t bps = 0;
    struct rtcp rtcp;

    begin(0);
    stage.publisher.video.section.pli = false;
    stage.publisher.video.section.fir = stage.publisher.video.section.remb = true;
    stage.publisher.video.section.transport_cc = false;
    CU_ASSERT_TRUE(receive_video(7, 100));
    publisher_want_keyframes(&stage.publisher, 1u << SOURCE_VIDEO);
    CU_ASSERT_TRUE(feedback_write(&stage.publisher, &out, stage.now, 0));
    struct rtcp_walk walk = rtcp_walk(bytes, out.len);
    while (rtcp_next(&walk, &rtcp)) {
        firs += rtcp.kind == RTCP_FIR;
        plis += rtcp.kind == RTCP_PLI;
        (void)rtcp_read_remb(&rtcp, &bps);
    }
    CU_ASSERT_EQUAL(firs, 1);
    CU_ASSERT_EQUAL(plis, 0);
    CU_ASSERT_TRUE(bps > FEEDBACK_REMB / 2 && bps <= FEEDBACK_REMB);
}

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Packets with some wrong bytes and wrong lengths, which a sanitizer looks at. */
static void damaged_packets_are_dropped_or_laid_out_within_their_bounds(void)
{
    const struct layout layout = { .codec = CODEC_VP8,
                                   .wanted = UINT32_MAX,
                                   .mid_len = 16 };
    uint8_t laid_out[600];
    uint32_t seed = 7;

    begin(3);
    for (unsigned i = 0; i < 20000; i++) {
        const struct rtp rtp = { .payload_type = i % 2 == 0 ? VIDEO : RTX,
                                 .sequence = (uint16_t)i,
                                 .ssrc = 7 + i % 4 };
        struct bytes_out out = { laid_out, 0, sizeof laid_out };
        struct outline outline;
        write_packet(&rtp, i % 3 == 0 ? 0 : ID_RID + i % 2, (char)("lmh"[i % 3]));
        for (unsigned k = 0; k < draw(&seed) % 6; k++)
            stage.memory[draw(&seed) % 40] = (uint8_t)draw(&seed);
        stage.packet.len -= draw(&seed) % 4 == 0 ? draw(&seed) % 110 : 0;
        stage.now += 500;
        if (receive()
            && outline_write(&layout, stage.packet.data, &stage.ingested.rtp, &out,
                             &outline)
            && (out.len > sizeof laid_out || outline.header > out.len))
            CU_FAIL_FATAL("a packet is longer than its buffer");
        (void)publisher_rtcp(&stage.publisher, &stage.packet, stage.now);
    }
    CU_ASSERT_TRUE(stage.counters.drop_rtp > 0);
    CU_ASSERT_TRUE(stage.counters.rtp_received > 0);
}

static void an_sr_gives_the_time_of_its_source(void)
{
    const struct rtcp_sender_info info = { .ntp = UINT64_C(5) << 32, .timestamp = 77 };
    struct bytes_out out = { stage.memory, 0, sizeof stage.memory };

    begin(0);
    CU_ASSERT_TRUE(receive_video(7, 1));
    CU_ASSERT_TRUE(rtcp_write_report(&out, 7, &info, NULL, 0));
    CU_ASSERT_TRUE(rtcp_write_report(&out, 8, &info, NULL, 0));
    CU_ASSERT_EQUAL_FATAL(
        skiff_packet_wrap(stage.memory, out.len, sizeof stage.memory, &stage.packet),
        SKIFF_OK);
    CU_ASSERT_EQUAL(publisher_rtcp(&stage.publisher, &stage.packet, stage.now),
                    1u << SOURCE_VIDEO);
    CU_ASSERT_EQUAL(publisher_layer_of(&stage.publisher, SOURCE_VIDEO)->time.timestamp, 77);
    stage.packet.len--;
    (void)publisher_rtcp(&stage.publisher, &stage.packet, stage.now);
    CU_ASSERT_EQUAL(stage.counters.drop_rtcp, 1);
}

CU_TestInfo publisher_tests[] = {
    TEST(the_payload_type_shows_which_track_it_is),
    TEST(layers_are_those_of_their_rids),
    TEST(an_ssrc_in_use_is_not_replaced),
    TEST(what_came_by_rtx_is_the_original_packet),
    TEST(rtx_of_a_layer_is_known_by_its_repaired_rid),
    TEST(what_is_no_rtp_is_counted),
    TEST(a_missing_number_is_asked_for_again_and_again_and_given_up),
    TEST(a_number_that_came_is_not_asked_for),
    TEST(a_thousand_wishes_for_a_keyframe_are_two_in_a_second),
    TEST(each_layer_is_asked_for_its_own_keyframe),
    TEST(reports_and_arrivals_have_their_times),
    TEST(arrivals_are_about_an_ssrc_that_has_sent),
    TEST(arrivals_of_a_track_without_such_feedback_count_beside_one_with_it),
    TEST(without_pli_a_fir_is_sent_and_without_feedback_remb),
    TEST(damaged_packets_are_dropped_or_laid_out_within_their_bounds),
    TEST(an_sr_gives_the_time_of_its_source),
    CU_TEST_INFO_NULL,
};
