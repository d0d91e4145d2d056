/* whip_test.c - what WHIP and WHEP do with requests, and what they refuse. */
#include "testbed.h"
#include "suite.h"

#include <stdlib.h>

static const char restart_fragment[] = "a=ice-options:trickle\r\n"
                                       "a=group:BUNDLE 0 1\r\n"
                                       "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
                                       "a=mid:0\r\n"
                                       "a=ice-ufrag:ysXw\r\n"
                                       "a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n";

/* Publishes, and keeps where the session is and which tag its ICE session has. */
static void publish(struct testbed *testbed, char path[64], char tag[64])
{
    CU_ASSERT_FATAL(testbed_post(testbed, "/whip/a", CHROMIUM_PUBLISH) == 201);
    snprintf(path, 64, "%s", testbed_header(testbed, "Location"));
    snprintf(tag, 64, "%s", testbed_header(testbed, "ETag"));
}

/* --- POST --------------------------------------------------------------------------- */

static void a_publisher_gets_201_with_the_sdp_and_its_session(void)
{
    struct testbed testbed;

    testbed_open(&testbed);
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whip/a", CHROMIUM_PUBLISH), 201);
    CU_ASSERT_STRING_EQUAL(testbed.response.type, "application/sdp");
    CU_ASSERT_TRUE(strncmp(testbed_header(&testbed, "Location"), "/session/", 9) == 0);
    CU_ASSERT_EQUAL(strlen(testbed_header(&testbed, "Location")), 9 + SESSION_ID);
    CU_ASSERT_EQUAL(*testbed_header(&testbed, "ETag"), '"');
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Accept-Patch"),
                           "application/trickle-ice-sdpfrag");
    CU_ASSERT_TRUE(testbed_shows(&testbed, "a=recvonly"));
    testbed_close(&testbed);
}

static void a_watcher_gets_the_codec_of_the_stream_by_its_own_payload_type(void)
{
    struct testbed testbed;

    testbed_open(&testbed);
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whip/a", CHROMIUM_PUBLISH), 201);
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whep/a", FIREFOX_WATCH), 201);
    CU_ASSERT_TRUE(testbed_shows(&testbed, "m=video 9 UDP/TLS/RTP/SAVPF 120 124"));
    CU_ASSERT_TRUE(testbed_shows(&testbed, "a=rtpmap:120 VP8/90000"));
    CU_ASSERT_TRUE(testbed_shows(&testbed, "a=sendonly"));
    testbed_close(&testbed);
}

static void a_watcher_of_all_streams_gets_several_audio_sections(void)
{
    static const char second[] = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:x\r\n"
                                 "a=recvonly\r\na=rtcp-mux\r\n"
                                 "a=rtpmap:111 opus/48000/2\r\nm=video";
    char *text = replace(offer_text(CHROMIUM_WATCH), "a=group:BUNDLE", "a=group:BUNDLE x");
    struct testbed testbed;

    text = replace(text, "m=video", second);
    const struct http_request request = { .method = HTTP_POST,
                                          .path = "/whep/*",
                                          .content_type = "application/sdp",
                                          .body = { (const uint8_t *)text, strlen(text) } };
    testbed_open(&testbed);
    testbed.media->last_n = 2;
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 201);
    CU_ASSERT_FALSE(testbed.media->offer.sections[0].rejected);
    CU_ASSERT_FALSE(testbed.media->offer.sections[1].rejected);
    CU_ASSERT_TRUE(testbed.media->offer.sections[2].rejected);
    testbed_close(&testbed);
    free(text);
}

static void without_a_publisher_a_watcher_gets_409_and_when_to_ask_again(void)
{
    struct testbed testbed;

    testbed_open(&testbed);
    testbed_post(&testbed, "/whep/a", CHROMIUM_WATCH);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 409, "Nobody publishes a"));
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Retry-After"), "3");
    testbed_close(&testbed);
}

static void a_watcher_without_the_codec_of_the_stream_gets_422(void)
{
    struct testbed testbed;

    testbed_open(&testbed);
    testbed.whip.terms.codecs[1] = CODEC_H264;
    testbed.whip.terms.num_codecs = 2;
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whip/a", CHROMIUM_PUBLISH), 201);
    testbed_post(&testbed, "/whep/a", FIREFOX_WATCH);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 422, "H264"));
    testbed_close(&testbed);
}

static void the_same_address_replaces_its_own_stream_and_another_one_gets_409(void)
{
    struct testbed testbed;

    testbed_open(&testbed);
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whip/a", CHROMIUM_PUBLISH), 201);
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whip/a", CHROMIUM_PUBLISH), 201);
    CU_ASSERT_TRUE(testbed.media->replaces);
    testbed.source.address[15]++;
    testbed_post(&testbed, "/whip/a", FIREFOX_PUBLISH);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 409, "Somebody else publishes a"));
    testbed_close(&testbed);
}

static void the_address_of_a_proxy_replaces_nothing(void)
{
    struct testbed testbed;

    testbed_open(&testbed);
    testbed.source.forwarded = true;
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whip/a", CHROMIUM_PUBLISH), 201);
    testbed_post(&testbed, "/whip/a", FIREFOX_PUBLISH);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 409, "Somebody else publishes a"));
    testbed_close(&testbed);
}

static void publishing_needs_the_token_and_watching_does_not(void)
{
    struct testbed testbed;
    char *text = offer_text(CHROMIUM_PUBLISH);
    struct http_request request = {
        .method = HTTP_POST,
        .path = "/whip/a",
        .content_type = "application/sdp",
        .body = { (const uint8_t *)text, strlen(text) },
    };

    testbed_open(&testbed);
    testbed.whip.publish_token = "secret";
    testbed_send(&testbed, &request);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 401, "needs a bearer token"));
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "WWW-Authenticate"), "Bearer");
    request.authorization = "Bearer secreT";
    testbed_send(&testbed, &request);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 401, "is wrong"));
    request.authorization = "Bearer secret";
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 201);
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whep/a", CHROMIUM_WATCH), 201);
    free(text);
    testbed_close(&testbed);
}

static void an_offer_of_another_type_gets_415_and_is_not_read(void)
{
    struct testbed testbed;
    const struct http_request request = { .method = HTTP_POST,
                                          .path = "/whip/a",
                                          .content_type = "application/json" };

    testbed_open(&testbed);
    testbed_send(&testbed, &request);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 415, "application/sdp"));
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Accept-Post"), "application/sdp");
    testbed_close(&testbed);
}

static void the_name_of_a_stream_may_not_be_anything(void)
{
    static const char *const bad[] = { "/whip/",    "/whip/..", "/whip/a b",
                                       "/whip/<a>", "/whip/*",  "/whip/\xC3\xA4" };
    char path[128] = "/whip/";
    struct testbed testbed;

    testbed_open(&testbed);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        testbed_post(&testbed, bad[i], CHROMIUM_PUBLISH);
        CU_ASSERT_TRUE(testbed_has_problem(&testbed, 400, "The name of a stream"));
    }
    memset(path + 6, 'a', MAX_STREAM);
    CU_ASSERT_EQUAL(testbed_post(&testbed, path, CHROMIUM_PUBLISH), 201);
    path[6 + MAX_STREAM] = 'a';
    CU_ASSERT_EQUAL(testbed_post(&testbed, path, CHROMIUM_PUBLISH), 400);
    testbed_close(&testbed);
}

static void what_media_refuses_has_a_status_of_its_own(void)
{
    static const struct {
        enum media_status status;
        unsigned http;
    } cases[] = { { MEDIA_FULL, 503 },
                  { MEDIA_MEMORY, 503 },
                  { MEDIA_STREAM_EXISTS, 409 },
                  { MEDIA_NO_CODEC, 422 },
                  { MEDIA_BAD_DESCRIPTION, 400 } };
    struct testbed testbed;

    testbed_open(&testbed);
    skiff_fault_set(SKIFF_ERR_ARGUMENT, "ufrag: it is no good");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        testbed.media->refuses = cases[i].status;
        CU_ASSERT_EQUAL(testbed_post(&testbed, "/whip/a", CHROMIUM_PUBLISH), cases[i].http);
        CU_ASSERT_STRING_EQUAL(testbed.response.type, "application/problem+json");
        CU_ASSERT_EQUAL(testbed_header(&testbed, "Retry-After") != NULL,
                        cases[i].http == 503);
    }
    CU_ASSERT_TRUE(testbed_shows(&testbed, "ufrag: it is no good"));
    testbed.media->refuses = MEDIA_OK;
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whip/a", CHROMIUM_PUBLISH), 201);
    testbed_close(&testbed);
}

static void the_ice_servers_stand_in_link_headers(void)
{
    struct testbed testbed;

    testbed_open(&testbed);
    testbed.whip.ice_servers[testbed.whip.num_ice_servers++] =
        "<stun:stun.example.net>; rel=\"ice-server\"";
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whip/a", CHROMIUM_PUBLISH), 201);
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Link"),
                           "<stun:stun.example.net>; rel=\"ice-server\"");
    testbed_close(&testbed);
}

/* --- PATCH -------------------------------------------------------------------------- */

static void candidates_get_204_and_no_etag(void)
{
    struct testbed testbed;
    char path[64], tag[64];

    testbed_open(&testbed);
    publish(&testbed, path, tag);
    CU_ASSERT_EQUAL(testbed_patch(&testbed, path, tag,
                                  "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
                                  "a=candidate:1 1 udp 1 x.local 5 typ host\r\n"),
                    204);
    CU_ASSERT_PTR_NULL(testbed_header(&testbed, "ETag"));
    CU_ASSERT_EQUAL(testbed.media->sessions[0].restarts, 0);
    testbed_close(&testbed);
}

static void a_restart_gets_200_with_new_credentials_and_a_new_etag(void)
{
    static const char *const stars[] = { "*", "\"*\"" };
    char path[64], tag[64];
    struct testbed testbed;

    for (size_t i = 0; i < 2; i++) {
        testbed_open(&testbed);
        publish(&testbed, path, tag);
        CU_ASSERT_EQUAL(testbed_patch(&testbed, path, stars[i], restart_fragment), 200);
        CU_ASSERT_STRING_EQUAL(testbed.response.type, "application/trickle-ice-sdpfrag");
        CU_ASSERT_STRING_NOT_EQUAL(testbed_header(&testbed, "ETag"), tag);
        CU_ASSERT_TRUE(testbed_shows(&testbed, "a=ice-lite\r\n"));
        CU_ASSERT_TRUE(testbed_shows(&testbed, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
        CU_ASSERT_TRUE(testbed_shows(&testbed, "a=ice-ufrag:ours1"));
        CU_ASSERT_TRUE(testbed_shows(&testbed, "a=candidate:1 1 udp"));
        testbed_close(&testbed);
    }
}

static void a_restart_whose_response_was_lost_gets_the_same_one_again(void)
{
    struct testbed testbed;
    char path[64], tag[64], *first;

    testbed_open(&testbed);
    publish(&testbed, path, tag);
    CU_ASSERT_EQUAL(testbed_patch(&testbed, path, "*", restart_fragment), 200);
    snprintf(tag, sizeof tag, "%s", testbed_header(&testbed, "ETag"));
    first = strdup(testbed.response.body);
    CU_ASSERT_EQUAL(testbed_patch(&testbed, path, "*", restart_fragment), 200);
    CU_ASSERT_STRING_EQUAL(testbed.response.body, first);
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "ETag"), tag);
    free(first);
    testbed_close(&testbed);
}

static void new_credentials_with_the_right_tag_are_a_restart_too(void)
{
    struct testbed testbed;
    char path[64], tag[64];

    testbed_open(&testbed);
    publish(&testbed, path, tag);
    CU_ASSERT_EQUAL(testbed_patch(&testbed, path, tag, restart_fragment), 200);
    CU_ASSERT_EQUAL(testbed.media->sessions[0].restarts, 1);
    testbed_close(&testbed);
}

/* The client does not know the new tag: it came with the response. */
static void a_restart_with_the_tag_whose_response_was_lost_gets_the_same_one_again(void)
{
    struct testbed testbed;
    char path[64], old[64], new[64], *first;

    testbed_open(&testbed);
    publish(&testbed, path, old);
    CU_ASSERT_EQUAL(testbed_patch(&testbed, path, old, restart_fragment), 200);
    snprintf(new, sizeof new, "%s", testbed_header(&testbed, "ETag"));
    first = strdup(testbed.response.body);
    CU_ASSERT_EQUAL_FATAL(testbed_patch(&testbed, path, old, restart_fragment), 200);
    CU_ASSERT_STRING_EQUAL(testbed.response.body, first);
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "ETag"), new);
    CU_ASSERT_EQUAL(testbed.media->sessions[0].restarts, 1);
    free(first);
    testbed_close(&testbed);
}

static void after_a_restart_the_old_tag_gets_412_for_anything_else(void)
{
    static const char *const others[] = {
        "a=ice-ufrag:ysXw\r\na=ice-pwd:anotherpasswordofthelength\r\n",
        "a=ice-ufrag:other\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n",
        "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n",
        "a=end-of-candidates\r\n",
    };
    struct testbed testbed;
    char path[64], tag[64];

    testbed_open(&testbed);
    publish(&testbed, path, tag);
    CU_ASSERT_EQUAL(testbed_patch(&testbed, path, "*", restart_fragment), 200);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        testbed_patch(&testbed, path, tag, others[i]);
        CU_ASSERT_TRUE(testbed_has_problem(&testbed, 412, "another ICE session"));
    }
    CU_ASSERT_EQUAL(testbed.media->sessions[0].restarts, 1);
    testbed_close(&testbed);
}

/* Those of the offer asked for no restart. */
static void without_a_restart_another_tag_gets_412_whatever_the_credentials_are(void)
{
    static const char offered[] =
        "a=ice-ufrag:2GYd\r\na=ice-pwd:aBFrKzJv5ycDkkcWPiUBLT94\r\n"
        "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n";
    struct testbed testbed;
    char path[64], tag[64];

    testbed_open(&testbed);
    publish(&testbed, path, tag);
    testbed_patch(&testbed, path, "\"another\"", offered);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 412, "another ICE session"));
    CU_ASSERT_EQUAL(testbed_patch(&testbed, path, tag, offered), 204);
    testbed_patch(&testbed, path, "\"another\"", restart_fragment);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 412, "another ICE session"));
    testbed_close(&testbed);
}

static void a_patch_without_if_match_gets_428(void)
{
    struct testbed testbed;
    char path[64], tag[64];

    testbed_open(&testbed);
    publish(&testbed, path, tag);
    testbed_patch(&testbed, path, NULL, restart_fragment);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 428, "If-Match"));
    testbed_close(&testbed);
}

static void a_patch_that_is_no_fragment_is_refused(void)
{
    struct testbed testbed;
    char path[64], tag[64];
    struct http_request request = { .method = HTTP_PATCH,
                                    .content_type = "application/sdp",
                                    .if_match = "*" };

    testbed_open(&testbed);
    publish(&testbed, path, tag);
    request.path = path;
    testbed_send(&testbed, &request);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 415, "sdpfrag"));
    testbed_patch(&testbed, path, "*", "");
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 400, "empty"));
    testbed_patch(&testbed, path, "*", "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n");
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 400, "needs a=ice-ufrag"));
    testbed_patch(&testbed, path, "*", "a=ice-ufrag:abcd\r\n");
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 400, "belong together"));
    CU_ASSERT_EQUAL(testbed.media->sessions[0].restarts, 0);
    testbed_close(&testbed);
}

static void a_session_that_is_none_gets_404_for_everything(void)
{
    static const char none[] = "/session/0123456789abcdef0123456789abcdef";
    const struct http_request end = { .method = HTTP_DELETE, .path = none };
    struct testbed testbed;

    testbed_open(&testbed);
    testbed_patch(&testbed, none, "*", restart_fragment);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 404, "no such session"));
    testbed_send(&testbed, &end);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 404, "no such session"));
    testbed_close(&testbed);
}

/* --- the end ------------------------------------------------------------------------ */

static void note_end(void *user, struct session *session)
{
    (void)session;
    ++*(unsigned *)user;
}

static void delete_ends_a_session_once(void)
{
    struct testbed testbed;
    char path[64], tag[64];
    unsigned ended = 0;
    struct http_request request = { .method = HTTP_DELETE, .if_match = "\"wrong\"" };

    testbed_open(&testbed);
    testbed.whip.on_end = note_end;
    testbed.whip.user = &ended;
    publish(&testbed, path, tag);
    request.path = path;
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 200);
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 404);
    CU_ASSERT_EQUAL(ended, 1);
    CU_ASSERT_EQUAL(testbed.media->num_sessions, 0);
    testbed_close(&testbed);
}

static void a_session_that_media_has_ended_is_forgotten(void)
{
    struct testbed testbed;
    char path[64], tag[64];

    testbed_open(&testbed);
    publish(&testbed, path, tag);
    whip_session_over(&testbed.whip, path + 9);
    whip_session_over(&testbed.whip, path + 9);
    CU_ASSERT_EQUAL(testbed_patch(&testbed, path, "*", restart_fragment), 404);
    testbed_close(&testbed);
}

/* --- other methods ------------------------------------------------------------------ */

static void other_methods_get_405_and_the_list_of_those_there_are(void)
{
    struct testbed testbed;
    char path[64], tag[64];
    struct http_request request = { .method = HTTP_DELETE, .path = "/whip/a" };

    testbed_open(&testbed);
    publish(&testbed, path, tag);
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 405);
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Allow"), "GET, HEAD, OPTIONS, POST");
    request = (struct http_request){ .method = HTTP_POST, .path = path };
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 405);
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Allow"),
                           "DELETE, GET, HEAD, OPTIONS, PATCH");
    testbed_close(&testbed);
}

static void options_list_what_another_origin_may_do(void)
{
    struct testbed testbed;
    struct http_request request = { .method = HTTP_OPTIONS, .path = "/whip/a" };

    testbed_open(&testbed);
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 200);
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Accept-Post"), "application/sdp");
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Access-Control-Allow-Origin"), "*");
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Access-Control-Allow-Methods"),
                           "GET, OPTIONS, POST");
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Access-Control-Allow-Headers"),
                           "Authorization, Content-Type, If-Match");
    testbed_close(&testbed);
}

static void get_has_no_content_and_head_shows_a_whep_endpoint(void)
{
    struct testbed testbed;
    struct http_request request = { .method = HTTP_GET, .path = "/whep/a" };

    testbed_open(&testbed);
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 204);
    request.method = HTTP_HEAD;
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 200);
    CU_ASSERT_STRING_EQUAL(testbed.response.type, "application/sdp");
    testbed_close(&testbed);
}

/* --- limits ------------------------------------------------------------------------- */

static void a_thousand_posts_a_second_get_429_before_their_sdp_is_read(void)
{
    struct testbed testbed;
    unsigned made = 0, refused = 0;

    testbed_open(&testbed);
    for (unsigned i = 0; i < 1000; i++) {
        testbed.now += 1000;
        if (testbed_post(&testbed, "/whip/a", CHROMIUM_PUBLISH) == 201) {
            made++;
            whip_session_over(&testbed.whip, testbed_header(&testbed, "Location") + 9);
        }
        refused += testbed.response.status == 429;
    }
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 429, "requests a second"));
    CU_ASSERT_PTR_NOT_NULL(testbed_header(&testbed, "Retry-After"));
    CU_ASSERT_EQUAL(made, LIMITS_POSTS_AT_ONCE + LIMITS_POSTS_EACH - 1);
    CU_ASSERT_EQUAL(made + refused, 1000);
    testbed.source.address[15]++;
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whip/b", CHROMIUM_PUBLISH), 201);
    testbed_close(&testbed);
}

CU_TestInfo whip_tests[] = {
    TEST(a_publisher_gets_201_with_the_sdp_and_its_session),
    TEST(a_watcher_gets_the_codec_of_the_stream_by_its_own_payload_type),
    TEST(a_watcher_of_all_streams_gets_several_audio_sections),
    TEST(without_a_publisher_a_watcher_gets_409_and_when_to_ask_again),
    TEST(a_watcher_without_the_codec_of_the_stream_gets_422),
    TEST(the_same_address_replaces_its_own_stream_and_another_one_gets_409),
    TEST(the_address_of_a_proxy_replaces_nothing),
    TEST(publishing_needs_the_token_and_watching_does_not),
    TEST(an_offer_of_another_type_gets_415_and_is_not_read),
    TEST(the_name_of_a_stream_may_not_be_anything),
    TEST(what_media_refuses_has_a_status_of_its_own),
    TEST(the_ice_servers_stand_in_link_headers),
    TEST(candidates_get_204_and_no_etag),
    TEST(a_restart_gets_200_with_new_credentials_and_a_new_etag),
    TEST(a_restart_whose_response_was_lost_gets_the_same_one_again),
    TEST(new_credentials_with_the_right_tag_are_a_restart_too),
    TEST(a_restart_with_the_tag_whose_response_was_lost_gets_the_same_one_again),
    TEST(after_a_restart_the_old_tag_gets_412_for_anything_else),
    TEST(without_a_restart_another_tag_gets_412_whatever_the_credentials_are),
    TEST(a_patch_without_if_match_gets_428),
    TEST(a_patch_that_is_no_fragment_is_refused),
    TEST(a_session_that_is_none_gets_404_for_everything),
    TEST(delete_ends_a_session_once),
    TEST(a_session_that_media_has_ended_is_forgotten),
    TEST(other_methods_get_405_and_the_list_of_those_there_are),
    TEST(options_list_what_another_origin_may_do),
    TEST(get_has_no_content_and_head_shows_a_whep_endpoint),
    TEST(a_thousand_posts_a_second_get_429_before_their_sdp_is_read),
    CU_TEST_INFO_NULL,
};
