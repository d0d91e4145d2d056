/* testbed.c - the signalling of the SFU on media that is none. */
#include "testbed.h"

#include <jansson.h>

#include <stdlib.h>

char *offer_text(const char *name)
{
    char path[512];
    FILE *file;
    char *text = NULL;
    size_t size = 0;

    snprintf(path, sizeof path, "%s/%s.sdp", SIGNALLING_OFFERS, name);
    file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_FATAL(getdelim(&text, &size, '\0', file) > 0);
    fclose(file);
    return text;
}

char *replace(char *text, const char *from, const char *to)
{
    size_t len = strlen(from), num = 0;
    char *made, *out;

    for (const char *at = text; (at = strstr(at, from)) != NULL; at += len)
        num++;
    CU_ASSERT_FATAL(num > 0);
    made = out = malloc(strlen(text) + num * strlen(to) + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    for (const char *at = text; *at != '\0';)
        if (strncmp(at, from, len) == 0) {
            out = stpcpy(out, to);
            at += len;
        } else {
            *out++ = *at++;
        }
    *out = '\0';
    free(text);
    return made;
}

bool offer_read(const char *text, const struct sdp_terms *terms, struct description *offer,
                struct problem *problem)
{
    const skiff_bytes bytes = { (const uint8_t *)text, strlen(text) };

    *problem = (struct problem){ 0 };
    return sdp_offer_read(bytes, terms, offer, problem);
}

struct sdp_terms terms_of_watcher(enum codec video, const char *fmtp)
{
    return (struct sdp_terms){ .watcher = true,
                               .codecs = { CODEC_OPUS, video },
                               .num_codecs = 2,
                               .video_fmtp = fmtp };
}

void offer_read_watcher(const char *name, enum codec video, const char *fmtp,
                        struct description *offer)
{
    const struct sdp_terms terms = terms_of_watcher(video, fmtp);
    struct problem problem;
    char *text = offer_text(name);

    CU_ASSERT_FATAL(offer_read(text, &terms, offer, &problem));
    free(text);
}

void testbed_open(struct testbed *testbed)
{
    static const struct limits_config limits = { 0 };

    *testbed = (struct testbed){ .media = fake_media_new(), .now = SKIFF_MSEC(1000) };
    testbed->whip = (struct whip){ .media = testbed->media,
                                   .limits = limits_new(&limits),
                                   .sessions = sessions_new(),
                                   .terms = sdp_publisher_terms() };
    testbed->site = (struct site){ .whip = &testbed->whip,
                                   .pages = pages_new(SIGNALLING_PAGES),
                                   .metrics = metrics_new(1.0) };
    testbed->source =
        (struct http_source){ .address = { [10] = 0xFF, [11] = 0xFF, 192, 0, 2, 9 } };
}

void testbed_close(struct testbed *testbed)
{
    http_response_clear(&testbed->response);
    if (testbed->response.stream.close != NULL)
        testbed->response.stream.close(testbed->response.stream.user);
    sessions_free(testbed->whip.sessions);
    limits_free(testbed->whip.limits);
    metrics_free(testbed->site.metrics);
    pages_free((struct pages *)(uintptr_t)testbed->site.pages);
    media_free(testbed->media);
}

static const char *text_or_empty(const char *text)
{
    return text != NULL ? text : "";
}

unsigned testbed_send(struct testbed *testbed, const struct http_request *request)
{
    struct http_request full = *request;

    full.content_type = text_or_empty(request->content_type);
    full.if_match = text_or_empty(request->if_match);
    full.authorization = text_or_empty(request->authorization);
    full.source = testbed->source;
    full.received = testbed->now;
    http_response_clear(&testbed->response);
    testbed->response = (struct http_response){ 0 };
    site_add_headers(&testbed->site, &full, &testbed->response);
    if (site_admit(&testbed->site, &full, &testbed->response))
        site_handle(&testbed->site, &full, &testbed->response);
    site_count_response(&testbed->site, testbed->response.status);
    return testbed->response.status;
}

static skiff_bytes bytes_of(const char *text)
{
    return (skiff_bytes){ (const uint8_t *)text, strlen(text) };
}

unsigned testbed_post(struct testbed *testbed, const char *path, const char *offer)
{
    char *text = offer_text(offer);
    const struct http_request request = { .method = HTTP_POST,
                                          .path = path,
                                          .content_type = "application/sdp",
                                          .body = bytes_of(text) };
    unsigned status = testbed_send(testbed, &request);

    free(text);
    return status;
}

unsigned testbed_patch(struct testbed *testbed, const char *path, const char *if_match,
                       const char *body)
{
    const struct http_request request = {
        .method = HTTP_PATCH,
        .path = path,
        .content_type = "application/trickle-ice-sdpfrag",
        .if_match = if_match,
        .body = bytes_of(body),
    };

    return testbed_send(testbed, &request);
}

const char *testbed_header(const struct testbed *testbed, const char *name)
{
    for (size_t i = 0; i < testbed->response.num_headers; i++)
        if (strcmp(testbed->response.headers[i].name, name) == 0)
            return testbed->response.headers[i].value;
    return NULL;
}

bool testbed_shows(const struct testbed *testbed, const char *text)
{
    return testbed->response.body != NULL && strstr(testbed->response.body, text) != NULL;
}

bool testbed_has_problem(const struct testbed *testbed, unsigned status, const char *text)
{
    json_t *json =
        testbed->response.body != NULL ? json_loads(testbed->response.body, 0, NULL) : NULL;
    const char *detail = json_string_value(json_object_get(json, "detail"));
    bool good = testbed->response.status == status && testbed->response.type != NULL
             && strcmp(testbed->response.type, "application/problem+json") == 0
             && json_integer_value(json_object_get(json, "status")) == (json_int_t)status
             && detail != NULL && strstr(detail, text) != NULL;

    if (!good)
        printf("%u: %s\n", testbed->response.status,
               detail != NULL ? detail : "no problem");
    json_decref(json);
    return good;
}
