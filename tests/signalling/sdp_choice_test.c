/* sdp_choice_test.c - which codec is chosen for a section of an offer, and which sections a
 * watcher gets. */
#include "suite.h"
#include "testbed.h"

#include <stdlib.h>

static void the_best_codec_of_our_list_is_chosen(void)
{
    static const struct {
        enum codec codec;
        uint8_t type, rtx;
    } cases[] = { { CODEC_H264, 102, 103 }, { CODEC_AV1, 45, 46 }, { CODEC_VP9, 98, 99 } };
    struct sdp_terms terms = sdp_publisher_terms();
    char *text = offer_text(CHROMIUM_PUBLISH);
    struct description offer;
    struct problem problem;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        terms.codecs[1] = cases[i].codec;
        CU_ASSERT_TRUE(offer_read(text, &terms, &offer, &problem));
        CU_ASSERT_EQUAL(offer.sections[1].codec, cases[i].codec);
        CU_ASSERT_EQUAL(offer.sections[1].payload_type, cases[i].type);
        CU_ASSERT_EQUAL(offer.sections[1].rtx_payload_type, cases[i].rtx);
    }
    free(text);
}

static void a_watcher_gets_the_profile_of_the_stream(void)
{
    struct description offer;

    offer_read_watcher(CHROMIUM_WATCH, CODEC_VP9, "profile-id=2", &offer);
    CU_ASSERT_STRING_EQUAL(offer.sections[1].fmtp, "profile-id=2");
    offer_read_watcher(CHROMIUM_WATCH, CODEC_VP9, "", &offer);
    CU_ASSERT_STRING_EQUAL(offer.sections[1].fmtp, "profile-id=0");
    offer_read_watcher(CHROMIUM_WATCH, CODEC_H264,
                       "profile-level-id=42e01f;packetization-mode=1", &offer);
    CU_ASSERT_PTR_NOT_NULL(strstr(offer.sections[1].fmtp, "packetization-mode=1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(offer.sections[1].fmtp, "profile-level-id=42e01f"));
}

static void a_watcher_of_a_stream_without_video_gets_none(void)
{
    struct sdp_terms terms = terms_of_watcher(CODEC_VP8, "");
    char *text = offer_text(CHROMIUM_WATCH);
    struct description offer;
    struct problem problem;

    terms.num_codecs = 1;
    CU_ASSERT_TRUE(offer_read(text, &terms, &offer, &problem));
    CU_ASSERT_FALSE(offer.sections[0].rejected);
    CU_ASSERT_TRUE(offer.sections[1].rejected);
    CU_ASSERT_EQUAL(offer.sections[1].codec, CODEC_VP8);
    free(text);
}

/* Of video alone, by an end that sends and receives. */
static char *offer_with_h264(const char *fmtp)
{
    static const char print[] = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:"
                                "33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";
    char text[1024];

    snprintf(text, sizeof text,
             "v=0\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 127\r\na=mid:0\r\n"
             "a=rtcp-mux\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
             "a=setup:actpass\r\na=fingerprint:sha-256 %s\r\n"
             "a=rtpmap:127 H264/90000\r\na=fmtp:127 %s\r\n",
             print, fmtp);
    return strdup(text);
}

/* RFC 6184 section 8.1: what is not offered is mode 0. */
static void h264_of_mode_0_is_used_where_there_is_no_mode_1(void)
{
    static const struct {
        const char *fmtp;
        bool good;
    } cases[] = { { "packetization-mode=0", true },
                  { "profile-level-id=42e01f", true },
                  { "packetization-mode=2", false },
                  { "packetization-mode=", true } };
    const struct sdp_terms watcher = terms_of_watcher(CODEC_H264, "packetization-mode=1");
    struct sdp_terms publisher = sdp_publisher_terms();
    struct description offer;
    struct problem problem;

    publisher.codecs[1] = CODEC_H264;
    publisher.num_codecs = 2;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = offer_with_h264(cases[i].fmtp);

        CU_ASSERT_EQUAL(offer_read(text, &watcher, &offer, &problem), cases[i].good);
        CU_ASSERT_EQUAL(offer_read(text, &publisher, &offer, &problem), cases[i].good);
        if (cases[i].good)
            CU_ASSERT_STRING_EQUAL(offer.sections[0].fmtp, cases[i].fmtp);
        free(text);
    }
}

/* Of two types, each with its own parameters, the second is chosen. */
static void the_second_h264_is_chosen(const char *first, const char *second)
{
    const struct sdp_terms watcher =
        terms_of_watcher(CODEC_H264, "profile-level-id=42e01f;packetization-mode=1");
    char lines[256], *text = offer_with_h264(first);
    struct description offer;
    struct problem problem;

    snprintf(lines, sizeof lines, "a=rtpmap:97 H264/90000\r\na=fmtp:97 %s\r\na=rtpmap:127",
             second);
    text = replace(replace(text, "SAVPF 127", "SAVPF 127 97"), "a=rtpmap:127", lines);
    CU_ASSERT_TRUE(offer_read(text, &watcher, &offer, &problem));
    CU_ASSERT_EQUAL(offer.sections[0].payload_type, 97);
    free(text);
}

static void h264_of_mode_1_is_better_than_that_of_mode_0(void)
{
    the_second_h264_is_chosen("profile-level-id=42e01f;packetization-mode=0",
                              "profile-level-id=4d001f;packetization-mode=1");
}

static void the_profile_orders_h264_of_one_mode(void)
{
    the_second_h264_is_chosen("profile-level-id=4d001f;packetization-mode=1",
                              "profile-level-id=42e01f;packetization-mode=1");
    the_second_h264_is_chosen("profile-level-id=4d001f", "profile-level-id=42e01f");
}

/* Three more sections of audio follow the one of the offer. */
static char *with_four_audio_sections(const char *name)
{
    char *text = replace(offer_text(name), "a=group:BUNDLE", "a=group:BUNDLE x y z");
    char lines[512] = "";

    for (char mid = 'x'; mid <= 'z'; mid++)
        snprintf(lines + strlen(lines), sizeof lines - strlen(lines),
                 "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:%c\r\na=recvonly\r\n"
                 "a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n",
                 mid);
    strcat(lines, "m=video");
    return replace(text, "m=video", lines);
}

static void a_watcher_gets_as_many_audio_sections_as_there_are_tracks(void)
{
    struct sdp_terms terms = terms_of_watcher(CODEC_VP8, "");
    char *text = with_four_audio_sections(CHROMIUM_WATCH);
    struct description offer;
    struct problem problem;

    for (unsigned most = 0; most <= 4; most++) {
        terms.num_audio = most;
        CU_ASSERT_TRUE_FATAL(offer_read(text, &terms, &offer, &problem));
        for (unsigned i = 0; i < 4; i++)
            CU_ASSERT_EQUAL(offer.sections[i].rejected, i >= (most > 0 ? most : 1));
    }
    free(text);
}

/* Chromium's audio without Opus, or its video without what the stream has. */
static bool watches(const char *from, const char *to, enum codec video,
                    struct description *offer, struct problem *problem)
{
    const struct sdp_terms terms = terms_of_watcher(video, "");
    char *text = replace(offer_text(CHROMIUM_WATCH), from, to);
    const bool good = offer_read(text, &terms, offer, problem);

    free(text);
    return good;
}

/* RFC 3264 section 6. */
static void a_section_without_the_codec_of_the_stream_is_rejected_alone(void)
{
    struct description offer;
    struct problem problem;

    CU_ASSERT_TRUE(watches("opus/48000", "speex/48000", CODEC_VP8, &offer, &problem));
    CU_ASSERT_TRUE(offer.sections[0].rejected);
    CU_ASSERT_EQUAL(offer.sections[0].codec, CODEC_NONE);
    CU_ASSERT_FALSE(offer.sections[1].rejected);
    CU_ASSERT_EQUAL(offer.sections[1].codec, CODEC_VP8);
}

/* RFC 9143 section 7.3.3: the first section may not leave the bundle. */
static void a_first_section_without_a_type_of_ours_is_refused(void)
{
    const struct sdp_terms terms = terms_of_watcher(CODEC_VP8, "");
    char *text = replace(replace(offer_text(CHROMIUM_WATCH), "opus/48000", "speex/48000"),
                         "SAVPF 111 63 9 0 8 13 110 126", "SAVPF 111");
    struct description offer;
    struct problem problem;

    CU_ASSERT_FALSE(offer_read(text, &terms, &offer, &problem));
    CU_ASSERT_EQUAL(problem.status, 422);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.detail, "m=audio: the stream is sent as opus"));
    free(text);
}

static void a_watcher_that_decodes_no_video_of_the_stream_is_refused(void)
{
    struct description offer;
    struct problem problem;

    CU_ASSERT_FALSE(watches("VP8/90000", "VP7/90000", CODEC_VP8, &offer, &problem));
    CU_ASSERT_EQUAL(problem.status, 422);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.detail, "m=video: the stream is sent as VP8"));
}

static void a_watcher_without_any_codec_of_the_stream_is_refused(void)
{
    struct sdp_terms terms = terms_of_watcher(CODEC_VP8, "");
    char *text = replace(offer_text(CHROMIUM_WATCH), "opus/48000", "speex/48000");
    struct description offer;
    struct problem problem;

    terms.num_codecs = 1;
    CU_ASSERT_FALSE(offer_read(text, &terms, &offer, &problem));
    CU_ASSERT_EQUAL(problem.status, 422);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.detail, "m=audio: the stream is sent as opus"));
    free(text);
}

CU_TestInfo sdp_choice_tests[] = {
    TEST(the_best_codec_of_our_list_is_chosen),
    TEST(a_watcher_gets_the_profile_of_the_stream),
    TEST(a_watcher_of_a_stream_without_video_gets_none),
    TEST(h264_of_mode_0_is_used_where_there_is_no_mode_1),
    TEST(h264_of_mode_1_is_better_than_that_of_mode_0),
    TEST(the_profile_orders_h264_of_one_mode),
    TEST(a_watcher_gets_as_many_audio_sections_as_there_are_tracks),
    TEST(a_section_without_the_codec_of_the_stream_is_rejected_alone),
    TEST(a_first_section_without_a_type_of_ours_is_refused),
    TEST(a_watcher_that_decodes_no_video_of_the_stream_is_refused),
    TEST(a_watcher_without_any_codec_of_the_stream_is_refused),
    CU_TEST_INFO_NULL,
};
