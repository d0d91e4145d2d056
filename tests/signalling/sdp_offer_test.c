/* sdp_offer_test.c - the offers of browsers, and offers that break one rule each. */
#include "samples/sfu/sdp_text.h"
#include "suite.h"
#include "testbed.h"

#include <stdlib.h>

static void read_publisher(const char *name, struct description *offer)
{
    const struct sdp_terms terms = sdp_publisher_terms();
    struct problem problem;
    char *text = offer_text(name);

    CU_ASSERT_FATAL(offer_read(text, &terms, offer, &problem));
    free(text);
}

/* --- what the browsers offer -------------------------------------------------------- */

static void chromium_publishes_opus_and_vp8_with_rtx(void)
{
    struct description offer;
    const struct media_section *audio = &offer.sections[0], *video = &offer.sections[1];

    read_publisher(CHROMIUM_PUBLISH, &offer);
    CU_ASSERT_EQUAL(offer.num_sections, 2);
    CU_ASSERT_EQUAL(audio->codec, CODEC_OPUS);
    CU_ASSERT_EQUAL(audio->payload_type, 111);
    CU_ASSERT_EQUAL(audio->clock_rate, 48000);
    CU_ASSERT_EQUAL(audio->channels, 2);
    CU_ASSERT_STRING_EQUAL(audio->fmtp, "minptime=10;useinbandfec=1");
    CU_ASSERT_TRUE(audio->transport_cc && !audio->nack);
    CU_ASSERT_EQUAL(video->codec, CODEC_VP8);
    CU_ASSERT_EQUAL(video->payload_type, 96);
    CU_ASSERT_EQUAL(video->rtx_payload_type, 97);
    CU_ASSERT_TRUE(video->nack && video->pli && video->fir && video->remb
                   && video->transport_cc);
    CU_ASSERT_STRING_EQUAL(video->mid, "1");
}

static void chromium_has_its_transport_in_each_section(void)
{
    struct description offer;

    read_publisher(CHROMIUM_SIMULCAST, &offer);
    CU_ASSERT_STRING_EQUAL(offer.ufrag, "vbgk");
    CU_ASSERT_STRING_EQUAL(offer.password, "1SFcV2aAxIqjOR68l766f+H0");
    CU_ASSERT_EQUAL(offer.num_fingerprints, 1);
    CU_ASSERT_EQUAL(offer.fingerprints[0].hash, 256);
    CU_ASSERT_EQUAL(offer.fingerprints[0].bytes[0], 0x3A);
    CU_ASSERT_EQUAL(offer.setup, SETUP_ACTPASS);
    CU_ASSERT_TRUE(offer.trickle);
    CU_ASSERT_FALSE(offer.renomination);
}

static void firefox_has_its_fingerprint_in_the_session(void)
{
    struct description offer;

    read_publisher(FIREFOX_SIMULCAST, &offer);
    CU_ASSERT_STRING_EQUAL(offer.ufrag, "904cfa48");
    CU_ASSERT_EQUAL(offer.num_fingerprints, 1);
    CU_ASSERT_EQUAL(offer.fingerprints[0].bytes[0], 0xF0);
    CU_ASSERT_TRUE(offer.trickle);
}

static void the_ids_of_header_extensions_are_those_of_the_offer(void)
{
    struct description offer;
    const uint8_t *ids = offer.sections[1].extension;

    read_publisher(CHROMIUM_SIMULCAST, &offer);
    CU_ASSERT_EQUAL(offer.sections[0].extension[EXT_AUDIO_LEVEL], 1);
    CU_ASSERT_EQUAL(ids[EXT_MID], 4);
    CU_ASSERT_EQUAL(ids[EXT_RID], 10);
    CU_ASSERT_EQUAL(ids[EXT_REPAIRED_RID], 11);
    CU_ASSERT_EQUAL(ids[EXT_TRANSPORT_CC], 3);
    CU_ASSERT_EQUAL(ids[EXT_ABS_SEND_TIME], 2);
    CU_ASSERT_EQUAL(ids[EXT_TOFFSET], 14);
    CU_ASSERT_EQUAL(ids[EXT_ORIENTATION], 13);
    CU_ASSERT_EQUAL(ids[EXT_PLAYOUT_DELAY], 5);
    CU_ASSERT_EQUAL(ids[EXT_AUDIO_LEVEL], 0);
}

static void an_extension_that_a_publisher_only_receives_is_left_out(void)
{
    struct description offer;

    read_publisher(FIREFOX_SIMULCAST, &offer);
    CU_ASSERT_EQUAL(offer.sections[1].extension[EXT_PLAYOUT_DELAY], 0);
    CU_ASSERT_EQUAL(offer.sections[1].extension[EXT_RID], 9);
    CU_ASSERT_EQUAL(offer.sections[1].one_way, 1u << EXT_RID | 1u << EXT_REPAIRED_RID);
    offer_read_watcher(FIREFOX_WATCH, CODEC_VP8, "", &offer);
    CU_ASSERT_EQUAL(offer.sections[1].extension[EXT_PLAYOUT_DELAY], 6);
    CU_ASSERT_EQUAL(offer.sections[1].one_way, 1u << EXT_PLAYOUT_DELAY);
}

static void simulcast_has_its_layers_in_the_order_of_the_offer(void)
{
    static const char *const offers[] = { CHROMIUM_SIMULCAST, FIREFOX_SIMULCAST };
    struct description offer;

    for (size_t i = 0; i < 2; i++) {
        read_publisher(offers[i], &offer);
        CU_ASSERT_EQUAL_FATAL(offer.sections[1].num_rids, 3);
        CU_ASSERT_STRING_EQUAL(offer.sections[1].rid[0], "l");
        CU_ASSERT_STRING_EQUAL(offer.sections[1].rid[1], "m");
        CU_ASSERT_STRING_EQUAL(offer.sections[1].rid[2], "h");
    }
}

static void sources_are_paired_with_their_rtx(void)
{
    struct description offer;

    read_publisher(FIREFOX_SIMULCAST, &offer);
    CU_ASSERT_EQUAL_FATAL(offer.sections[1].num_ssrcs, 3);
    CU_ASSERT_EQUAL(offer.sections[1].ssrc[0], 917693249);
    CU_ASSERT_EQUAL(offer.sections[1].rtx_ssrc[0], 1818548214);
    CU_ASSERT_EQUAL(offer.sections[1].ssrc[2], 4234676774);
    CU_ASSERT_EQUAL(offer.sections[1].rtx_ssrc[2], 3917626328);
    CU_ASSERT_EQUAL(offer.sections[0].num_ssrcs, 1);
    CU_ASSERT_EQUAL(offer.sections[0].rtx_ssrc[0], 0);
}

/* RFC 4588 section 8.1: rtx-time is optional, and parameters have no order. */
static void rtx_is_found_by_apt_wherever_it_stands(void)
{
    static const struct {
        const char *fmtp;
        uint8_t rtx;
    } cases[] = { { "apt=96;rtx-time=3000", 97 },
                  { "apt=96; rtx-time=3000", 97 },
                  { "rtx-time=3000;apt=96", 97 },
                  { "rtx-time=3000; apt=96 ", 97 },
                  { "rtx-time=3000 ;APT=96;", 97 },
                  { "apt=96", 97 },
                  { "rtx-time=96", 0 },
                  { "apt=", 0 },
                  { "apt=9x;rtx-time=3000", 0 },
                  { "xapt=96", 0 },
                  { "apt=128;rtx-time=3000", 0 } };
    const struct sdp_terms terms = sdp_publisher_terms();
    struct description offer;
    struct problem problem;
    char line[64];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(line, sizeof line, "a=fmtp:97 %s\r\n", cases[i].fmtp);
        char *text = replace(offer_text(CHROMIUM_PUBLISH), "a=fmtp:97 apt=96\r\n", line);

        CU_ASSERT_TRUE(offer_read(text, &terms, &offer, &problem));
        CU_ASSERT_EQUAL(offer.sections[1].payload_type, 96);
        CU_ASSERT_EQUAL(offer.sections[1].rtx_payload_type, cases[i].rtx);
        free(text);
    }
}

static void data_channels_have_their_port_and_size(void)
{
    struct description offer;

    read_publisher(FIREFOX_SIMULCAST, &offer);
    CU_ASSERT_EQUAL_FATAL(offer.num_sections, 3);
    CU_ASSERT_EQUAL(offer.sections[2].kind, MEDIA_DATA);
    CU_ASSERT_FALSE(offer.sections[2].rejected);
    CU_ASSERT_EQUAL(offer.sections[2].sctp_port, 5000);
    CU_ASSERT_EQUAL(offer.sections[2].max_message_size, 1073741823);
}

/* A simulcast offer of Chromium with a line in the session, and sections without a kind of
 * lines. */
static void read_with_session_line(const char *line, const char *gone,
                                   struct description *offer)
{
    const struct sdp_terms terms = sdp_publisher_terms();
    char *text = replace(offer_text(CHROMIUM_SIMULCAST), gone, "a=x");
    struct problem problem;

    text = replace(text, "a=group:BUNDLE", line);
    CU_ASSERT_TRUE_FATAL(offer_read(text, &terms, offer, &problem));
    free(text);
}

/* RFC 8285 section 5. */
static void extensions_of_the_session_are_those_of_sections_without_any(void)
{
    static const char line[] = "a=extmap:7 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
                               "a=extmap:8/recvonly urn:3gpp:video-orientation\r\n"
                               "a=group:BUNDLE";
    struct description offer;

    read_with_session_line(line, "a=extmap:", &offer);
    CU_ASSERT_EQUAL(offer.sections[0].extension[EXT_MID], 7);
    CU_ASSERT_EQUAL(offer.sections[1].extension[EXT_MID], 7);
    CU_ASSERT_EQUAL(offer.sections[1].extension[EXT_ORIENTATION], 0);
    read_with_session_line(line, "a=extmap:14", &offer);
    CU_ASSERT_EQUAL(offer.sections[1].extension[EXT_MID], 4);
}

/* RFC 8866 section 6.7. */
static void the_direction_of_the_session_is_that_of_sections_without_one(void)
{
    static const char *const directions[] = { "sendrecv", "sendonly", "recvonly",
                                              "inactive" };
    const struct sdp_terms terms = sdp_publisher_terms();
    struct description offer;
    struct problem problem;
    char line[64];

    for (size_t i = 0; i < 4; i++) {
        snprintf(line, sizeof line, "a=%s\r\na=group:BUNDLE", directions[i]);
        char *own = replace(offer_text(CHROMIUM_SIMULCAST), "a=group:BUNDLE", line);
        char *none = replace(strdup(own), "a=sendonly\r\na=msid", "a=msid");

        CU_ASSERT_TRUE(offer_read(own, &terms, &offer, &problem));
        CU_ASSERT_EQUAL(offer_read(none, &terms, &offer, &problem), i < 2);
        free(own);
        free(none);
    }
}

/* --- what breaks a rule ------------------------------------------------------------- */

/* An edit of Chromium's offer is refused with a status and a sentence. */
static bool is_refused(const char *from, const char *to, unsigned status,
                       const char *sentence)
{
    const struct sdp_terms terms = sdp_publisher_terms();
    char *text = offer_text(CHROMIUM_SIMULCAST);
    struct description offer;
    struct problem problem;
    bool refused;

    CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(text, from));
    text = replace(text, from, to);
    refused = !offer_read(text, &terms, &offer, &problem) && problem.status == status
           && strstr(problem.detail, sentence) != NULL;
    if (!refused)
        printf("%s: %u %s\n", to, problem.status, problem.detail);
    free(text);
    return refused;
}

#define PRINT "a=fingerprint:sha-256 3A:46:5A"

static void a_missing_or_wrong_fingerprint_is_refused(void)
{
    CU_ASSERT_TRUE(is_refused("a=fingerprint:", "a=x:", 400, "a=fingerprint: one of"));
    CU_ASSERT_TRUE(is_refused("sha-256", "sha-1", 400, "a=fingerprint: one of"));
    CU_ASSERT_TRUE(is_refused(PRINT, "a=fingerprint:sha-256 3A:46", 400, "a=fingerprint:"));
    CU_ASSERT_TRUE(
        is_refused(PRINT, "a=fingerprint:sha-256 3A:4G:5A", 400, "a=fingerprint:"));
    CU_ASSERT_TRUE(is_refused(PRINT, "a=fingerprint:\r\na=fingerprint:sha-256 3A:46:5A",
                              400, "a=fingerprint:"));
}

static void a_wrong_ufrag_or_password_is_refused(void)
{
    CU_ASSERT_TRUE(is_refused("a=ice-ufrag:vbgk", "a=ice-ufrag:abc", 400, "a=ice-ufrag"));
    CU_ASSERT_TRUE(is_refused("a=ice-ufrag:vbgk", "a=ice-ufrag:a b c", 400, "a=ice-ufrag"));
    CU_ASSERT_TRUE(is_refused("a=ice-ufrag:vbgk", "a=ice-ufrag:", 400, "a=ice-ufrag"));
    CU_ASSERT_TRUE(is_refused("a=ice-ufrag:", "a=x:", 400, "are required"));
    CU_ASSERT_TRUE(is_refused("a=ice-pwd:", "a=x:", 400, "are required"));
    CU_ASSERT_TRUE(is_refused("a=ice-pwd:1SFc", "a=ice-pwd:<>", 400, "a=ice-pwd"));
}

static void an_offer_must_be_bundled_and_multiplexed(void)
{
    CU_ASSERT_TRUE(is_refused("a=group:BUNDLE 0 1 2", "a=x", 400, "a=group:BUNDLE"));
    CU_ASSERT_TRUE(is_refused("a=group:BUNDLE 0 1 2", "a=group:BUNDLE 0 2", 400,
                              "must contain the mid 1"));
    CU_ASSERT_TRUE(is_refused("a=group:BUNDLE", "a=group:LS", 400, "a=group:BUNDLE"));
    CU_ASSERT_TRUE(is_refused("a=rtcp-mux", "a=x", 400, "a=rtcp-mux"));
    CU_ASSERT_TRUE(is_refused("a=mid:1", "a=x", 400, "a=mid is required"));
    CU_ASSERT_TRUE(is_refused("a=mid:1", "a=mid:0", 400, "two sections"));
}

static void a_role_that_begins_no_handshake_is_refused(void)
{
    CU_ASSERT_TRUE(is_refused("a=setup:actpass", "a=setup:holdconn", 400, "a=setup"));
    CU_ASSERT_TRUE(is_refused("a=setup:actpass", "a=setup:", 400, "a=setup"));
}

static void a_publisher_that_only_receives_is_refused(void)
{
    CU_ASSERT_TRUE(is_refused("a=sendonly", "a=recvonly", 400, "a publisher must offer"));
    CU_ASSERT_TRUE(is_refused("a=sendonly", "a=inactive", 400, "a publisher must offer"));
}

static void codecs_that_we_do_not_know_are_refused(void)
{
    CU_ASSERT_TRUE(is_refused("opus/48000/2", "speex/16000", 422, "opus"));
    CU_ASSERT_TRUE(
        is_refused("m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 107 108 109 114 "
                   "115 116 117 39 40 45 46 98 99 100 101 118 119 120",
                   "m=video 9 UDP/TLS/RTP/SAVPF 118 119", 422, "VP8, H264"));
}

static void other_protocols_and_kinds_are_refused(void)
{
    CU_ASSERT_TRUE(is_refused("UDP/TLS/RTP/SAVPF 111", "RTP/AVP 111", 400, "protocol"));
    CU_ASSERT_TRUE(is_refused("UDP/DTLS/SCTP", "TCP/DTLS/SCTP", 400, "protocol"));
    CU_ASSERT_TRUE(is_refused("m=application", "m=text", 400, "only audio, video"));
    CU_ASSERT_TRUE(is_refused("SAVPF 111", "SAVPF 128", 400, "payload type"));
    CU_ASSERT_TRUE(
        is_refused("SAVPF 111 63 9 0 8 13 110 126", "SAVPF", 400, "payload type"));
}

static void two_tracks_of_a_kind_are_refused(void)
{
    CU_ASSERT_TRUE(is_refused("m=video 9 UDP/TLS/RTP/SAVPF 96 97",
                              "m=audio 9 UDP/TLS/RTP/SAVPF 96 97", 422, "one audio track"));
}

static void what_is_too_long_or_too_much_is_refused(void)
{
    CU_ASSERT_TRUE(
        is_refused("a=simulcast:send l;m;h", "a=simulcast:send l;m;h;;x", 400, "no rid"));
    CU_ASSERT_TRUE(
        is_refused("a=simulcast:send l;m;h", "a=simulcast:send l;;h", 400, "no rid"));
    CU_ASSERT_TRUE(
        is_refused("a=simulcast:send l;m;h", "a=simulcast:send", 400, "wants a list"));
    CU_ASSERT_TRUE(is_refused("a=simulcast:send l;m;h", "a=simulcast:recv x;y send", 400,
                              "send wants a list"));
    CU_ASSERT_TRUE(
        is_refused("a=mid:1\r", "a=mid:12345678901234567890123456789012\r", 400, "a=mid"));
    CU_ASSERT_TRUE(is_refused("a=mid:1\r", "a=mid:\xFF\r", 400, "a=mid"));
    CU_ASSERT_TRUE(is_refused("a=simulcast:send l;m;h", "a=simulcast:send l;\xC3\xA4;h",
                              400, "a rid has"));
    CU_ASSERT_TRUE(is_refused("a=rtpmap:96 VP8/90000", "a=rtpmap:96", 400, "a=rtpmap"));
    CU_ASSERT_TRUE(is_refused("a=rtpmap:96", "a=rtpmap:4294967392", 400, "payload type"));
    CU_ASSERT_TRUE(is_refused("a=extmap:4", "a=extmap:0", 400, "a=extmap"));
    CU_ASSERT_TRUE(is_refused("a=extmap:4", "a=extmap:/4", 400, "1 to 255"));
    CU_ASSERT_TRUE(is_refused("a=extmap:4", "a=extmap:00000004", 400, "1 to 255"));
    CU_ASSERT_TRUE(is_refused("a=extmap:4", "a=extmap:4//", 400, "without a direction"));
    CU_ASSERT_TRUE(is_refused("a=sctp-port:5000", "a=sctp-port:65536", 400, "a=sctp-port"));
}

/* --- what is no SDP ----------------------------------------------------------------- */

static bool bytes_are_refused(const void *bytes, size_t len, unsigned status,
                              const char *sentence)
{
    const struct sdp_terms terms = sdp_publisher_terms();
    const skiff_bytes text = { bytes, len };
    struct description offer;
    struct problem problem = { 0 };
    bool refused = !sdp_offer_read(text, &terms, &offer, &problem)
                && problem.status == status && strstr(problem.detail, sentence) != NULL;

    if (!refused)
        printf("%u %s\n", problem.status, problem.detail);
    return refused;
}

static void a_body_that_is_no_sdp_is_refused(void)
{
    CU_ASSERT_TRUE(bytes_are_refused(NULL, 0, 400, "empty"));
    CU_ASSERT_TRUE(bytes_are_refused("{}", 2, 400, "0 m= sections"));
    CU_ASSERT_TRUE(bytes_are_refused("v=0\r\nm=audio\0 9", 15, 400, "NUL"));
    CU_ASSERT_TRUE(bytes_are_refused("\xFF\xFE\x00", 3, 400, "NUL"));
    CU_ASSERT_TRUE(bytes_are_refused("m=audio", 7, 400, "protocol"));
}

static void thousands_of_lines_are_not_read(void)
{
    char *text = malloc(SDP_BYTES + 1);

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, '\n', SDP_BYTES + 1);
    CU_ASSERT_TRUE(bytes_are_refused(text, SDP_LINES + 1, 400, "lines"));
    CU_ASSERT_TRUE(bytes_are_refused(text, SDP_BYTES + 1, 413, "bytes"));
    memset(text, 'a', SDP_LINE + 1);
    CU_ASSERT_TRUE(bytes_are_refused(text, SDP_LINE + 1, 400, "line 1"));
    free(text);
}

static void nine_sections_are_not_read(void)
{
    char text[2048] = "v=0\r\n";

    for (size_t i = 0; i <= MAX_SECTIONS; i++)
        strcat(text, "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n");
    CU_ASSERT_TRUE(bytes_are_refused(text, strlen(text), 400, "9 m= sections"));
}

static void a_sentence_quotes_no_strange_characters(void)
{
    static const char text[] = "m=\x1B[31m\xC3\xA4 9 UDP 1\r\n";
    const struct sdp_terms terms = sdp_publisher_terms();
    struct description offer;
    struct problem problem;

    CU_ASSERT_FALSE(offer_read(text, &terms, &offer, &problem));
    for (const char *at = problem.detail; *at != '\0'; at++)
        CU_ASSERT_TRUE(*at >= ' ' && *at <= '~');
}

CU_TestInfo sdp_offer_tests[] = {
    TEST(chromium_publishes_opus_and_vp8_with_rtx),
    TEST(chromium_has_its_transport_in_each_section),
    TEST(firefox_has_its_fingerprint_in_the_session),
    TEST(the_ids_of_header_extensions_are_those_of_the_offer),
    TEST(an_extension_that_a_publisher_only_receives_is_left_out),
    TEST(simulcast_has_its_layers_in_the_order_of_the_offer),
    TEST(sources_are_paired_with_their_rtx),
    TEST(rtx_is_found_by_apt_wherever_it_stands),
    TEST(data_channels_have_their_port_and_size),
    TEST(extensions_of_the_session_are_those_of_sections_without_any),
    TEST(the_direction_of_the_session_is_that_of_sections_without_one),
    TEST(a_missing_or_wrong_fingerprint_is_refused),
    TEST(a_wrong_ufrag_or_password_is_refused),
    TEST(an_offer_must_be_bundled_and_multiplexed),
    TEST(a_role_that_begins_no_handshake_is_refused),
    TEST(a_publisher_that_only_receives_is_refused),
    TEST(codecs_that_we_do_not_know_are_refused),
    TEST(other_protocols_and_kinds_are_refused),
    TEST(two_tracks_of_a_kind_are_refused),
    TEST(what_is_too_long_or_too_much_is_refused),
    TEST(a_body_that_is_no_sdp_is_refused),
    TEST(thousands_of_lines_are_not_read),
    TEST(nine_sections_are_not_read),
    TEST(a_sentence_quotes_no_strange_characters),
    CU_TEST_INFO_NULL,
};
