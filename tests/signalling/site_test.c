/* site_test.c - the page, the statistics of a session, and what only operators see. */
#include "suite.h"
#include "testbed.h"

#include <jansson.h>

#include <ctype.h>
#include <stdlib.h>

static unsigned get(struct testbed *testbed, const char *path)
{
    const struct http_request request = { .method = HTTP_GET, .path = path };

    return testbed_send(testbed, &request);
}

/* Publishes, and makes the path of something of that session. */
static void publish(struct testbed *testbed, const char *before, const char *after,
                    char path[96])
{
    CU_ASSERT_EQUAL_FATAL(testbed_post(testbed, "/whip/a", CHROMIUM_PUBLISH), 201);
    snprintf(path, 96, "%s%s%s", before,
             testbed_header(testbed, "Location") + strlen("/session/"), after);
}

/* --- the page ----------------------------------------------------------------------- */

static void the_page_loads_nothing_of_others(void)
{
    struct testbed testbed;

    testbed_open(&testbed);
    CU_ASSERT_EQUAL(get(&testbed, "/"), 200);
    CU_ASSERT_STRING_EQUAL(testbed.response.type, "text/html; charset=utf-8");
    CU_ASSERT_EQUAL(strncmp(testbed_header(&testbed, "Content-Security-Policy"),
                            "default-src 'self';", 19),
                    0);
    CU_ASSERT_EQUAL(get(&testbed, "/app.js"), 200);
    CU_ASSERT_STRING_EQUAL(testbed.response.type, "text/javascript; charset=utf-8");
    testbed_close(&testbed);
}

static void no_path_leads_out_of_the_folder_of_the_page(void)
{
    static const char *const paths[] = { "/../testbed.c", "/..",    "//etc/passwd",
                                         "/pages",        "/.",     "/index.html/",
                                         "/session/x",    "/trace/" };
    struct testbed testbed;

    testbed_open(&testbed);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        get(&testbed, paths[i]);
        CU_ASSERT_TRUE(testbed_has_problem(&testbed, 404, "There is no"));
    }
    testbed_close(&testbed);
}

static void what_is_only_read_gets_405_for_a_post(void)
{
    struct testbed testbed;
    struct http_request request = { .method = HTTP_POST, .path = "/streams" };

    testbed_open(&testbed);
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 405);
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Allow"), "GET, HEAD");
    request.path = "/whip"; /* the stream is missing */
    testbed_send(&testbed, &request);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 404, "/whip/STREAM"));
    testbed_close(&testbed);
}

/* --- JSON --------------------------------------------------------------------------- */

static json_t *json_of(const struct testbed *testbed)
{
    json_t *json = json_loads(testbed->response.body, 0, NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(json);
    return json;
}

static void the_list_has_each_stream_with_its_codecs(void)
{
    struct testbed testbed;
    const char *name, *audio, *video;
    json_t *json;
    int watchers;

    testbed_open(&testbed);
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whip/a", CHROMIUM_PUBLISH), 201);
    CU_ASSERT_EQUAL(get(&testbed, "/streams"), 200);
    json = json_of(&testbed);
    CU_ASSERT_EQUAL(json_array_size(json), 1);
    CU_ASSERT_EQUAL(json_unpack(json_array_get(json, 0), "{s:s, s:i, s:s, s:s}", "name",
                                &name, "watchers", &watchers, "audio", &audio, "video",
                                &video),
                    0);
    CU_ASSERT_STRING_EQUAL(name, "a");
    CU_ASSERT_STRING_EQUAL(video, "VP8");
    json_decref(json);
    testbed_close(&testbed);
}

static void a_session_shows_its_stages_its_ciphers_and_only_the_drops_there_were(void)
{
    struct testbed testbed;
    const char *state, *version, *group, *cipher, *profile;
    double check, share;
    json_t *json, *drops, *first, *track;
    char path[96];

    testbed_open(&testbed);
    testbed.media->counters.drop_replayed = 5;
    publish(&testbed, "/session/", "/stats", path);
    CU_ASSERT_EQUAL(get(&testbed, path), 200);
    json = json_of(&testbed);
    CU_ASSERT_EQUAL_FATAL(
        json_unpack(
            json, "{s:s, s:{s:F, s:o}, s:F, s:{s:s, s:s, s:s}, s:{s:s}, s:o, s:[o]}",
            "state", &state, "stages_ms", "check", &check, "first_media", &first,
            "share_ms", &share, "dtls", "version", &version, "group", &group, "cipher",
            &cipher, "srtp", "profile", &profile, "drops", &drops, "tracks", &track),
        0);
    CU_ASSERT_STRING_EQUAL(state, "connected");
    CU_ASSERT_DOUBLE_EQUAL(check, 3.1, 0.001);
    CU_ASSERT_TRUE(json_is_null(first));
    CU_ASSERT_DOUBLE_EQUAL(share, 1.9, 0.001);
    CU_ASSERT_STRING_EQUAL(version, "1.3");
    CU_ASSERT_STRING_EQUAL(group, "X25519");
    CU_ASSERT_STRING_EQUAL(cipher, "TLS_AES_128_GCM_SHA256");
    CU_ASSERT_STRING_EQUAL(profile, "AEAD_AES_128_GCM");
    CU_ASSERT_EQUAL(json_object_size(drops), 1);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(drops, "replayed")), 5);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(track, "rid")), "h");
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(track, "lost")), -1);
    json_decref(json);
    testbed_close(&testbed);
}

static void a_preference_is_passed_on_and_nonsense_is_not(void)
{
    static const char *const bad[] = { "",
                                       "[]",
                                       "{\"height\":\"x\"}",
                                       "{\"height\":-1}",
                                       "{\"height\":99999}",
                                       "{\"rid\":7}",
                                       "{\"rid\":\"12345678901234567890123456789012\"}" };
    static const char good[] = "{\"height\":180,\"rid\":\"m\",\"paused\":true}";
    struct testbed testbed;
    char path[96];
    struct http_request request = { .method = HTTP_POST,
                                    .content_type = "application/json" };

    testbed_open(&testbed);
    publish(&testbed, "/session/", "/prefer", path);
    request.path = path;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        request.body = (skiff_bytes){ (const uint8_t *)bad[i], strlen(bad[i]) };
        testbed_send(&testbed, &request);
        CU_ASSERT_TRUE(testbed_has_problem(&testbed, 400, "JSON object"));
    }
    request.body = (skiff_bytes){ (const uint8_t *)good, strlen(good) };
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 204);
    CU_ASSERT_EQUAL(testbed.media->preference.height, 180);
    CU_ASSERT_STRING_EQUAL(testbed.media->preference.rid, "m");
    CU_ASSERT_TRUE(testbed.media->preference.paused);
    testbed_close(&testbed);
}

/* --- other origins ------------------------------------------------------------------ */

/* A browser asks by OPTIONS before it sends JSON or a token to another origin (CORS). */
static void options_of_what_a_session_has_list_what_another_origin_may_do(void)
{
    static const struct {
        const char *rest, *methods, *allow;
    } cases[] = { { "/prefer", "OPTIONS, POST", "OPTIONS, POST" },
                  { "/stats", "GET, OPTIONS", "GET, HEAD, OPTIONS" } };
    struct testbed testbed;
    char path[96];

    testbed_open(&testbed);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_request request = { .method = HTTP_OPTIONS, .path = path };

        publish(&testbed, "/session/", cases[i].rest, path);
        CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 204);
        CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Access-Control-Allow-Origin"),
                               "*");
        CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Access-Control-Allow-Methods"),
                               cases[i].methods);
        CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Access-Control-Allow-Headers"),
                               "Authorization, Content-Type, If-Match");
        request.method = HTTP_DELETE;
        CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 405);
        CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Allow"), cases[i].allow);
    }
    testbed_close(&testbed);
}

static void a_preference_of_another_type_gets_415_and_the_type_there_is(void)
{
    struct testbed testbed;
    char path[96];
    const struct http_request request = { .method = HTTP_POST,
                                          .path = path,
                                          .content_type = "text/plain" };

    testbed_open(&testbed);
    publish(&testbed, "/session/", "/prefer", path);
    testbed_send(&testbed, &request);
    CU_ASSERT_TRUE(testbed_has_problem(&testbed, 415, "application/json"));
    CU_ASSERT_STRING_EQUAL(testbed_header(&testbed, "Accept-Post"), "application/json");
    testbed_close(&testbed);
}

/* --- traces ------------------------------------------------------------------------- */

static void a_trace_goes_on_until_the_session_ends(void)
{
    struct testbed testbed;
    char path[96], bytes[4096], id[SESSION_ID + 1];
    size_t len = 0;

    testbed_open(&testbed);
    publish(&testbed, "/trace/", "", path);
    strcpy(id, path + strlen("/trace/"));
    CU_ASSERT_EQUAL(get(&testbed, path), 200);
    const struct http_stream stream = testbed.response.stream;
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream.read);
    CU_ASSERT_TRUE(stream.read(stream.user, bytes, sizeof bytes, &len));
    CU_ASSERT_EQUAL(len, 0);
    testbed.media->events = 3;
    CU_ASSERT_TRUE(stream.read(stream.user, bytes, 10, &len));
    CU_ASSERT_EQUAL(len, 10);
    CU_ASSERT_EQUAL(strncmp(bytes, "{\"time\":0,", 10), 0);
    whip_session_over(&testbed.whip, id);
    CU_ASSERT_TRUE(stream.read(stream.user, bytes, sizeof bytes, &len));
    CU_ASSERT_FALSE(stream.read(stream.user, bytes, sizeof bytes, &len));
    testbed_close(&testbed);
}

static void a_trace_shows_handles_by_numbers_and_not_by_addresses(void)
{
    struct testbed testbed;
    char path[96], bytes[4096];
    size_t len = 0;

    testbed_open(&testbed);
    publish(&testbed, "/trace/", "", path);
    testbed.media->events = 3;
    CU_ASSERT_EQUAL(get(&testbed, path), 200);
    const struct http_stream stream = testbed.response.stream;
    CU_ASSERT_TRUE(stream.read(stream.user, bytes, sizeof bytes - 1, &len));
    bytes[len] = '\0';
    CU_ASSERT_PTR_NOT_NULL(strstr(bytes, "\"who\":\"1\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(bytes, "\"who\":\"2\""));
    CU_ASSERT_PTR_NULL(strstr(bytes, "\"who\":\"3\""));
    testbed_close(&testbed);
}

/* --- operators ---------------------------------------------------------------------- */

static void metrics_and_stats_are_for_this_host_or_a_token(void)
{
    struct testbed testbed;
    struct http_request request = { .method = HTTP_GET, .path = "/metrics" };

    testbed_open(&testbed);
    CU_ASSERT_EQUAL(get(&testbed, "/metrics"), 401);
    CU_ASSERT_EQUAL(get(&testbed, "/stats"), 401);
    testbed.site.admin_token = "admin";
    request.authorization = "Bearer admi";
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 401);
    request.authorization = "Bearer admin";
    CU_ASSERT_EQUAL(testbed_send(&testbed, &request), 200);
    testbed.source.loopback = true;
    CU_ASSERT_EQUAL(get(&testbed, "/stats"), 200);
    testbed_close(&testbed);
}

static void stats_show_no_whole_id(void)
{
    struct testbed testbed;
    char path[96];
    json_t *json, *id;

    testbed_open(&testbed);
    testbed.source.loopback = true;
    publish(&testbed, "", "", path);
    CU_ASSERT_EQUAL(get(&testbed, "/stats"), 200);
    CU_ASSERT_FALSE(testbed_shows(&testbed, path));
    json = json_of(&testbed);
    id = json_object_get(json_array_get(json_object_get(json, "sessions"), 0), "id");
    CU_ASSERT_EQUAL(json_string_length(id), 8);
    json_decref(json);
    testbed_close(&testbed);
}

/* Each sample has a name of its own, stands after the two lines about it, and is a number.
 */
static bool metric_is_good(const char *line, const char *about)
{
    size_t len = strcspn(line, " {"), family = strlen(about);
    const char *number = strrchr(line, ' ');
    char *end = NULL;

    if (number == NULL)
        return false;
    strtod(number + 1, &end);
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)line[i]) && line[i] != '_')
            return false;
    return *end == '\0' && len >= family && strncmp(line, about, family) == 0;
}

static void each_metric_is_explained_and_counters_end_in_total(void)
{
    struct testbed testbed;
    char *text, *line, *rest, about[128] = "";
    unsigned num = 0;

    testbed_open(&testbed);
    testbed.source.loopback = true;
    CU_ASSERT_EQUAL(testbed_post(&testbed, "/whip/a", CHROMIUM_PUBLISH), 201);
    CU_ASSERT_EQUAL(get(&testbed, "/metrics"), 200);
    text = strdup(testbed.response.body);
    for (line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "# HELP ", 7) == 0) {
            snprintf(about, sizeof about, "%.*s", (int)strcspn(line + 7, " "), line + 7);
        } else if (strncmp(line, "# TYPE ", 7) == 0) {
            bool counter = strcmp(strrchr(line, ' '), " counter") == 0;

            CU_ASSERT_EQUAL(strncmp(line + 7, about, strlen(about)), 0);
            CU_ASSERT_EQUAL(counter,
                            strlen(about) > 6
                                && strcmp(about + strlen(about) - 6, "_total") == 0);
        } else {
            CU_ASSERT_TRUE(metric_is_good(line, about));
            num++;
        }
    }
    CU_ASSERT_TRUE(num > 100);
    free(text);
    testbed_close(&testbed);
}

/* The metrics that an expression of PromQL names are all shown; returns how many. */
static unsigned count_known(const struct testbed *testbed, const char *expression)
{
    const char *at = expression;
    unsigned num = 0;
    char line[96];

    for (; (at = strstr(at, "skiff_")) != NULL; num++) {
        size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyz_");

        snprintf(line, sizeof line, "\n%.*s", (int)len, at);
        CU_ASSERT_TRUE(at[len] == '(' || testbed_shows(testbed, line));
        at += len;
    }
    return num;
}

static void the_dashboard_asks_for_metrics_that_there_are(void)
{
    struct testbed testbed;
    json_t *dashboard = json_load_file(SIGNALLING_DASHBOARD, 0, NULL), *panel, *target;
    size_t i, j;
    unsigned num = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(dashboard);
    testbed_open(&testbed);
    testbed.source.loopback = true;
    CU_ASSERT_EQUAL(get(&testbed, "/metrics"), 200);
    json_array_foreach(json_object_get(dashboard, "panels"), i, panel)
        json_array_foreach(json_object_get(panel, "targets"), j, target) num +=
        count_known(&testbed, json_string_value(json_object_get(target, "expr")));
    CU_ASSERT_TRUE(num > 15);
    json_decref(dashboard);
    testbed_close(&testbed);
}

static bool shows_metric(struct testbed *testbed, const char *line)
{
    return get(testbed, "/metrics") == 200 && testbed_shows(testbed, line);
}

static void the_sums_over_peers_do_not_fall_when_one_ends(void)
{
    struct testbed testbed;
    struct session_stats stats;
    char path[96];

    testbed_open(&testbed);
    testbed.source.loopback = true;
    testbed.media->counters.drop_replayed = 5;
    publish(&testbed, "", "", path);
    CU_ASSERT_TRUE(shows_metric(&testbed, "\nskiff_peers_drop_replayed_total 5\n"));
    CU_ASSERT_TRUE(media_session(testbed.media, path, &stats));
    metrics_count_end(testbed.site.metrics, &stats);
    whip_session_over(&testbed.whip, path);
    CU_ASSERT_TRUE(shows_metric(&testbed, "\nskiff_peers_drop_replayed_total 5\n"));
    CU_ASSERT_TRUE(shows_metric(&testbed, "\nskiff_peers_sent_bytes_total 700\n"));
    testbed_close(&testbed);
}

static void a_setup_is_counted_in_its_bucket(void)
{
    struct testbed testbed;
    struct session_stats stats = { .stages.keys = 30000, .share = 2000 };

    testbed_open(&testbed);
    testbed.source.loopback = true;
    metrics_count_setup(testbed.site.metrics, &stats);
    CU_ASSERT_TRUE(shows_metric(&testbed, "setup_seconds_bucket{le=\"0.025\"} 0\n"));
    CU_ASSERT_TRUE(shows_metric(&testbed, "setup_seconds_bucket{le=\"0.05\"} 1\n"));
    CU_ASSERT_TRUE(shows_metric(&testbed, "setup_seconds_bucket{le=\"+Inf\"} 1\n"));
    CU_ASSERT_TRUE(shows_metric(&testbed, "setup_seconds_sum 0.03\n"));
    testbed_close(&testbed);
}

CU_TestInfo site_tests[] = {
    TEST(the_page_loads_nothing_of_others),
    TEST(no_path_leads_out_of_the_folder_of_the_page),
    TEST(what_is_only_read_gets_405_for_a_post),
    TEST(the_list_has_each_stream_with_its_codecs),
    TEST(a_session_shows_its_stages_its_ciphers_and_only_the_drops_there_were),
    TEST(a_preference_is_passed_on_and_nonsense_is_not),
    TEST(options_of_what_a_session_has_list_what_another_origin_may_do),
    TEST(a_preference_of_another_type_gets_415_and_the_type_there_is),
    TEST(a_trace_goes_on_until_the_session_ends),
    TEST(a_trace_shows_handles_by_numbers_and_not_by_addresses),
    TEST(metrics_and_stats_are_for_this_host_or_a_token),
    TEST(stats_show_no_whole_id),
    TEST(each_metric_is_explained_and_counters_end_in_total),
    TEST(the_dashboard_asks_for_metrics_that_there_are),
    TEST(the_sums_over_peers_do_not_fall_when_one_ends),
    TEST(a_setup_is_counted_in_its_bucket),
    CU_TEST_INFO_NULL,
};
