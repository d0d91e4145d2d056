/* sdp_answer_test.c - what an answer must contain so that a browser accepts it. */
#include "samples/sfu/sdp_answer.h"
#include "samples/sfu/sdp_fragment.h"
#include "suite.h"
#include "testbed.h"

#include <gst/sdp/gstsdpmessage.h>

#include <stdlib.h>

/* The answer to an offer, by the parser that has also read the offer. */
struct exchange {
    char *offer, *text;
    GstSDPMessage *asked, *made;
};

/* The text is kept until clear. */
static void post_text(struct exchange *exchange, const char *path, char *text)
{
    struct testbed testbed;
    const struct http_request request = { .method = HTTP_POST,
                                          .path = path,
                                          .content_type = "application/sdp",
                                          .body = { (const uint8_t *)text, strlen(text) } };

    testbed_open(&testbed);
    CU_ASSERT_EQUAL_FATAL(testbed_post(&testbed, "/whip/a", CHROMIUM_SIMULCAST), 201);
    CU_ASSERT_EQUAL_FATAL(testbed_send(&testbed, &request), 201);
    exchange->offer = text;
    exchange->text = strdup(testbed.response.body);
    gst_sdp_message_new_from_text(exchange->offer, &exchange->asked);
    gst_sdp_message_new_from_text(exchange->text, &exchange->made);
    testbed_close(&testbed);
}

static void post(struct exchange *exchange, const char *offer)
{
    post_text(exchange, strstr(offer, "watch") != NULL ? "/whep/a" : "/whip/b",
              offer_text(offer));
}

static void clear(struct exchange *exchange)
{
    gst_sdp_message_free(exchange->asked);
    gst_sdp_message_free(exchange->made);
    free(exchange->offer);
    free(exchange->text);
}

static const char *session_value(const struct exchange *exchange, const char *key)
{
    return gst_sdp_message_get_attribute_val(exchange->made, key);
}

static const char *value(const struct exchange *exchange, unsigned section, const char *key)
{
    return gst_sdp_media_get_attribute_val(
        gst_sdp_message_get_media(exchange->made, section), key);
}

static bool shows(const struct exchange *exchange, const char *line)
{
    char full[256];

    snprintf(full, sizeof full, "\n%s\r\n", line);
    return strstr(exchange->text, full) != NULL;
}

static const char *const offers[] = { CHROMIUM_PUBLISH, CHROMIUM_SIMULCAST, CHROMIUM_WATCH,
                                      FIREFOX_PUBLISH,  FIREFOX_SIMULCAST,  FIREFOX_WATCH };

#define EACH_OFFER(i) for (size_t i = 0; i < sizeof offers / sizeof *offers; i++)

/* --- all answers -------------------------------------------------------------------- */

static void each_sdp_answer_has_the_sections_of_the_offer_in_its_order(void)
{
    EACH_OFFER(i)
    {
        struct exchange exchange;

        post(&exchange, offers[i]);
        guint num = gst_sdp_message_medias_len(exchange.asked);
        CU_ASSERT_EQUAL_FATAL(gst_sdp_message_medias_len(exchange.made), num);
        for (guint at = 0; at < num; at++) {
            const GstSDPMedia *asked = gst_sdp_message_get_media(exchange.asked, at);
            const GstSDPMedia *made = gst_sdp_message_get_media(exchange.made, at);

            CU_ASSERT_STRING_EQUAL(made->media, asked->media);
            CU_ASSERT_STRING_EQUAL(made->proto, asked->proto);
            CU_ASSERT_STRING_EQUAL(value(&exchange, at, "mid"),
                                   gst_sdp_media_get_attribute_val(asked, "mid"));
        }
        CU_ASSERT_STRING_EQUAL(session_value(&exchange, "group"),
                               gst_sdp_message_get_attribute_val(exchange.asked, "group"));
        clear(&exchange);
    }
}

static void each_section_has_the_transport_of_an_ice_lite_server(void)
{
    EACH_OFFER(i)
    {
        struct exchange exchange;

        post(&exchange, offers[i]);
        CU_ASSERT_PTR_NOT_NULL(session_value(&exchange, "ice-lite"));
        for (guint at = 0; at < gst_sdp_message_medias_len(exchange.made); at++) {
            CU_ASSERT_STRING_EQUAL(value(&exchange, at, "setup"), "passive");
            CU_ASSERT_EQUAL(strncmp(value(&exchange, at, "fingerprint"), "sha-256 ", 8), 0);
            CU_ASSERT_EQUAL(strncmp(value(&exchange, at, "ice-ufrag"), "ours", 4), 0);
            CU_ASSERT_STRING_EQUAL(value(&exchange, at, "candidate"),
                                   "1 1 udp 2130706431 192.0.2.1 5004 typ host");
            CU_ASSERT_PTR_NOT_NULL(value(&exchange, at, "end-of-candidates"));
        }
        clear(&exchange);
    }
}

/* RFC 8842 section 5.3. */
static void an_offer_that_is_passive_gets_an_active_sdp_answer(void)
{
    static const char *const setups[] = { "active", "passive" };

    EACH_OFFER(i)
    for (size_t k = 0; k < 2; k++) {
        char line[32];
        struct exchange exchange;
        const char *path = strstr(offers[i], "watch") != NULL ? "/whep/a" : "/whip/b";

        snprintf(line, sizeof line, "a=setup:%s", setups[k]);
        post_text(&exchange, path, replace(offer_text(offers[i]), "a=setup:actpass", line));
        for (guint at = 0; at < gst_sdp_message_medias_len(exchange.made); at++)
            CU_ASSERT_STRING_EQUAL(value(&exchange, at, "setup"), setups[1 - k]);
        clear(&exchange);
    }
}

static void rtp_is_multiplexed_with_rtcp_of_reduced_size(void)
{
    EACH_OFFER(i)
    {
        struct exchange exchange;

        post(&exchange, offers[i]);
        for (guint at = 0; at < 2; at++) {
            CU_ASSERT_PTR_NOT_NULL(value(&exchange, at, "rtcp-mux"));
            CU_ASSERT_PTR_NOT_NULL(value(&exchange, at, "rtcp-rsize"));
        }
        clear(&exchange);
    }
}

static void limits_of_what_firefox_receives_are_not_those_of_the_sdp_answer(void)
{
    EACH_OFFER(i)
    {
        struct exchange exchange;

        post(&exchange, offers[i]);
        CU_ASSERT_PTR_NULL(strstr(exchange.text, "max-f"));
        CU_ASSERT_PTR_NOT_NULL(strstr(exchange.text, " VP8/90000\r\n"));
        clear(&exchange);
    }
}

/* The answer for one codec has this a=fmtp; NULL: none. */
static bool repeats(enum codec codec, const char *offered, const char *repeated)
{
    const struct media_answer transport = { .ufrag = "abcd" };
    struct description chosen = { .sections = { { .codec = codec,
                                                  .mid = "0",
                                                  .payload_type = 96,
                                                  .clock_rate = 90000 } },
                                  .num_sections = 1 };
    char line[MAX_FMTP + 16];
    bool good = true;

    snprintf(chosen.sections[0].fmtp, MAX_FMTP, "%s", offered);
    snprintf(line, sizeof line, "\na=fmtp:96 %s\r\n", repeated != NULL ? repeated : "");
    chosen.sections[0].kind = codec == CODEC_OPUS ? MEDIA_AUDIO : MEDIA_VIDEO;
    for (int watcher = 0; watcher < 2; watcher++) {
        char *text = sdp_answer_write(&chosen, &transport, watcher);

        good &= (strstr(text, "\na=fmtp:") != NULL) == (repeated != NULL);
        good &= repeated == NULL || strstr(text, line) != NULL;
        g_free(text);
    }
    return good;
}

/* RFC 7741 section 6.1 (VP8), RFC 9628 (VP9) and RFC 6184 section 8.2.2 (H264). */
static void the_sdp_answer_repeats_the_format_and_no_limit_of_the_other_end(void)
{
    CU_ASSERT_TRUE(repeats(CODEC_VP8, "max-fs=12288;max-fr=60", NULL));
    CU_ASSERT_TRUE(repeats(CODEC_VP8, "MAX-FS=12288; max-fr=60;", NULL));
    CU_ASSERT_TRUE(
        repeats(CODEC_VP9, "max-fs=12288; profile-id=2;max-fr=60", "profile-id=2"));
    CU_ASSERT_TRUE(repeats(CODEC_VP9, "max-fs=12288;max-fr=60", NULL));
    CU_ASSERT_TRUE(
        repeats(CODEC_H264,
                "profile-level-id=42e01f;max-fs=8160;level-asymmetry-allowed=1;max-mbps=1;"
                "packetization-mode=1",
                "profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1"));
    CU_ASSERT_TRUE(
        repeats(CODEC_AV1, "level-idx=8;profile=0;tier=0", "level-idx=8;profile=0;tier=0"));
    CU_ASSERT_TRUE(
        repeats(CODEC_OPUS, "minptime=10;useinbandfec=1", "minptime=10;useinbandfec=1"));
}

/* --- publishers --------------------------------------------------------------------- */

static void the_layers_of_simulcast_are_received(void)
{
    struct exchange exchange;

    post(&exchange, FIREFOX_SIMULCAST);
    CU_ASSERT_TRUE(shows(&exchange, "a=rid:l recv"));
    CU_ASSERT_TRUE(shows(&exchange, "a=rid:m recv"));
    CU_ASSERT_TRUE(shows(&exchange, "a=rid:h recv"));
    CU_ASSERT_TRUE(shows(&exchange, "a=simulcast:recv l;m;h"));
    CU_ASSERT_TRUE(shows(&exchange, "a=recvonly"));
    clear(&exchange);
}

/* RFC 8853 section 5.3.2. OBS offers up to four. */
static void of_four_layers_the_first_three_are_received(void)
{
    struct exchange exchange;

    post_text(&exchange, "/whip/b",
              replace(offer_text(CHROMIUM_SIMULCAST), "a=simulcast:send l;m;h",
                      "a=rid:x send\r\na=simulcast:send l;m;h;x"));
    CU_ASSERT_TRUE(shows(&exchange, "a=simulcast:recv l;m;h"));
    CU_ASSERT_TRUE(shows(&exchange, "a=rid:h recv"));
    CU_ASSERT_FALSE(shows(&exchange, "a=rid:x recv"));
    clear(&exchange);
}

static void a_direction_of_an_extension_is_turned_round(void)
{
    struct exchange exchange;

    post(&exchange, FIREFOX_SIMULCAST);
    CU_ASSERT_TRUE(shows(
        &exchange, "a=extmap:9/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"));
    clear(&exchange);
    post(&exchange, FIREFOX_WATCH);
    CU_ASSERT_TRUE(shows(&exchange,
                         "a=extmap:6/sendonly "
                         "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"));
    clear(&exchange);
}

static void feedback_is_what_was_offered_for_the_codec(void)
{
    struct exchange exchange;

    post_text(&exchange, "/whip/b",
              replace(offer_text(CHROMIUM_PUBLISH), "a=rtcp-fb:96 nack pli\r\n", ""));
    CU_ASSERT_TRUE(shows(&exchange, "a=rtcp-fb:96 nack"));
    CU_ASSERT_TRUE(shows(&exchange, "a=rtcp-fb:96 ccm fir"));
    CU_ASSERT_TRUE(shows(&exchange, "a=rtcp-fb:96 transport-cc"));
    CU_ASSERT_TRUE(shows(&exchange, "a=rtcp-fb:96 goog-remb"));
    CU_ASSERT_FALSE(shows(&exchange, "a=rtcp-fb:96 nack pli"));
    clear(&exchange);
}

static void a_section_that_the_offer_stopped_has_port_0(void)
{
    struct exchange exchange;

    post_text(&exchange, "/whip/b",
              replace(offer_text(CHROMIUM_PUBLISH), "m=video 9", "m=video 0"));
    CU_ASSERT_EQUAL(gst_sdp_message_get_media(exchange.made, 1)->port, 0);
    CU_ASSERT_STRING_EQUAL(session_value(&exchange, "group"), "BUNDLE 0");
    clear(&exchange);
}

/* --- watchers ----------------------------------------------------------------------- */

static void a_watcher_gets_sources_with_rtx_a_cname_and_an_msid(void)
{
    struct exchange exchange;

    post(&exchange, CHROMIUM_WATCH);
    CU_ASSERT_TRUE(shows(&exchange, "a=sendonly"));
    CU_ASSERT_TRUE(shows(&exchange, "a=ssrc:1000 cname:skiff"));
    CU_ASSERT_TRUE(shows(&exchange, "a=ssrc-group:FID 1001 2001"));
    CU_ASSERT_TRUE(shows(&exchange, "a=ssrc:2001 cname:skiff"));
    CU_ASSERT_TRUE(shows(&exchange, "a=msid:skiff track1"));
    CU_ASSERT_STRING_EQUAL(session_value(&exchange, "msid-semantic"), "WMS *");
    clear(&exchange);
}

static void a_second_video_section_of_a_watcher_is_inactive(void)
{
    char *text = offer_text(CHROMIUM_WATCH);
    struct exchange exchange;

    text = replace(text, "a=group:BUNDLE", "a=group:BUNDLE x");
    text = replace(text, "m=video 9",
                   "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:x\r\na=rtcp-mux\r\n"
                   "a=rtpmap:96 VP8/90000\r\nm=video 9");
    post_text(&exchange, "/whep/a", text);
    CU_ASSERT_PTR_NOT_NULL(value(&exchange, 1, "sendonly"));
    CU_ASSERT_PTR_NOT_NULL(value(&exchange, 2, "inactive"));
    CU_ASSERT_PTR_NULL(value(&exchange, 2, "ssrc"));
    clear(&exchange);
}

/* It has G.722 too, whose payload type both ends know. */
static void a_first_section_without_a_codec_of_the_stream_is_inactive(void)
{
    struct exchange exchange;

    post_text(&exchange, "/whep/a",
              replace(offer_text(CHROMIUM_WATCH), "opus/48000/2", "speex/48000"));
    CU_ASSERT_EQUAL(gst_sdp_message_get_media(exchange.made, 0)->port, 9);
    CU_ASSERT_STRING_EQUAL(
        gst_sdp_media_get_format(gst_sdp_message_get_media(exchange.made, 0), 0), "9");
    CU_ASSERT_PTR_NOT_NULL(value(&exchange, 0, "inactive"));
    CU_ASSERT_PTR_NOT_NULL(value(&exchange, 0, "ice-ufrag"));
    CU_ASSERT_PTR_NULL(value(&exchange, 0, "rtpmap"));
    CU_ASSERT_PTR_NOT_NULL(value(&exchange, 1, "sendonly"));
    CU_ASSERT_STRING_EQUAL(session_value(&exchange, "group"), "BUNDLE 0 1 2");
    clear(&exchange);
}

static void a_later_section_without_a_type_of_ours_has_port_0(void)
{
    struct exchange exchange;
    char *text = replace(offer_text(CHROMIUM_WATCH), "BUNDLE 0 1 2", "BUNDLE 0 1 2 x");

    text = replace(text, "m=application",
                   "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:x\r\na=rtcp-mux\r\n"
                   "a=rtpmap:111 speex/48000\r\nm=application");
    post_text(&exchange, "/whep/a", text);
    CU_ASSERT_EQUAL(gst_sdp_message_get_media(exchange.made, 2)->port, 0);
    CU_ASSERT_STRING_EQUAL(session_value(&exchange, "group"), "BUNDLE 0 1 2");
    clear(&exchange);
}

/* --- fragments ---------------------------------------------------------------------- */

static bool read_fragment(const char *text, struct sdp_fragment *fragment)
{
    const skiff_bytes bytes = { (const uint8_t *)text, strlen(text) };
    struct problem problem;

    return sdp_fragment_read(bytes, fragment, &problem);
}

static void the_fragment_of_rfc_9725_is_read(void)
{
    static const char text[] =
        "a=ice-options:trickle ice2\r\na=group:BUNDLE 0 1\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:ysXw\r\n"
        "a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n"
        "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host\r\n"
        "a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active\r\n"
        "a=end-of-candidates\r\n";
    struct sdp_fragment fragment;

    CU_ASSERT_TRUE(read_fragment(text, &fragment));
    CU_ASSERT_STRING_EQUAL(fragment.ufrag, "ysXw");
    CU_ASSERT_STRING_EQUAL(fragment.password, "vw5LmwG4y/e6dPP/zAP9Gp5k");
    CU_ASSERT_STRING_EQUAL(fragment.mid, "0");
    CU_ASSERT_EQUAL(fragment.num_candidates, 2);
}

static void credentials_of_the_session_and_names_in_capitals_are_read(void)
{
    struct sdp_fragment fragment;

    CU_ASSERT_TRUE(read_fragment("a=ICE-UFRAG:abcd\r\na=Ice-Pwd:abcdefghijklmnopqrstuv\r\n",
                                 &fragment));
    CU_ASSERT_STRING_EQUAL(fragment.ufrag, "abcd");
    CU_ASSERT_EQUAL(fragment.num_candidates, 0);
}

/* RFC 8840 section 4.4: these are the values of an agent that does not know others. */
static void a_pseudo_line_of_rfc_8840_means_no_more_than_its_mid(void)
{
    struct sdp_fragment fragment;

    CU_ASSERT_TRUE(read_fragment("m=audio 9 RTP/AVP 0\r\na=mid:v\r\n"
                                 "a=candidate:1 1 udp 1 192.0.2.1 2 typ host\r\n",
                                 &fragment));
    CU_ASSERT_STRING_EQUAL(fragment.mid, "v");
    CU_ASSERT_EQUAL(fragment.num_candidates, 1);
    CU_ASSERT_TRUE(read_fragment("a=end-of-candidates\r\n", &fragment));
    CU_ASSERT_TRUE(fragment.end_of_candidates);
}

static void a_fragment_is_written_as_the_reader_wants_it(void)
{
    struct media_section tagged = { .kind = MEDIA_VIDEO, .mid = "v", .payload_type = 96 };
    struct media_answer transport = { .ufrag = "abcd",
                                      .password = "abcdefghijklmnopqrstuv",
                                      .candidates = { "1 1 udp 1 192.0.2.1 2 typ host" },
                                      .num_candidates = 1,
                                      .ice_options = "renomination" };
    struct sdp_fragment fragment;
    char *text = sdp_fragment_write(&tagged, &transport);

    CU_ASSERT_STRING_EQUAL(
        text, "a=ice-lite\r\na=ice-options:renomination\r\n"
              "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\na=ice-ufrag:abcd\r\n"
              "a=ice-pwd:abcdefghijklmnopqrstuv\r\n"
              "a=candidate:1 1 udp 1 192.0.2.1 2 typ host\r\n"
              "a=end-of-candidates\r\n");
    CU_ASSERT_TRUE(read_fragment(text, &fragment));
    CU_ASSERT_STRING_EQUAL(fragment.mid, "v");
    g_free(text);
}

CU_TestInfo sdp_answer_tests[] = {
    TEST(each_sdp_answer_has_the_sections_of_the_offer_in_its_order),
    TEST(each_section_has_the_transport_of_an_ice_lite_server),
    TEST(an_offer_that_is_passive_gets_an_active_sdp_answer),
    TEST(rtp_is_multiplexed_with_rtcp_of_reduced_size),
    TEST(limits_of_what_firefox_receives_are_not_those_of_the_sdp_answer),
    TEST(the_sdp_answer_repeats_the_format_and_no_limit_of_the_other_end),
    TEST(the_layers_of_simulcast_are_received),
    TEST(of_four_layers_the_first_three_are_received),
    TEST(a_direction_of_an_extension_is_turned_round),
    TEST(feedback_is_what_was_offered_for_the_codec),
    TEST(a_section_that_the_offer_stopped_has_port_0),
    TEST(a_watcher_gets_sources_with_rtx_a_cname_and_an_msid),
    TEST(a_second_video_section_of_a_watcher_is_inactive),
    TEST(a_first_section_without_a_codec_of_the_stream_is_inactive),
    TEST(a_later_section_without_a_type_of_ours_has_port_0),
    TEST(the_fragment_of_rfc_9725_is_read),
    TEST(credentials_of_the_session_and_names_in_capitals_are_read),
    TEST(a_pseudo_line_of_rfc_8840_means_no_more_than_its_mid),
    TEST(a_fragment_is_written_as_the_reader_wants_it),
    CU_TEST_INFO_NULL,
};
