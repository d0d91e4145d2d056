/* whip.c - fuzzes requests to WHIP, WHEP, sessions and statistics: the first bytes choose a
 * method, a path and headers, the rest is the body. */
#include "samples/sfu/site.h"
#include "signalling/fake_media.h"

#include <jansson.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char offer[] =
    "v=0\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=rtcp-mux\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=setup:actpass\r\n"
    "a=fingerprint:sha-256 "
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:"
    "66:77:88:99:AA:BB:CC:DD:EE:FF\r\na=rtpmap:96 VP8/90000\r\n";

struct fuzzed_site {
    struct whip whip;
    struct site site;
    char id[SESSION_ID + 1]; /* of a publisher */
    char tag[MAX_UFRAG + 2];
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Whatever is refused has a sentence; nothing is a fault of ours. */
static unsigned ask(struct fuzzed_site *fuzzed, const struct http_request *request,
                    struct http_response *response)
{
    *response = (struct http_response){ 0 };
    site_add_headers(&fuzzed->site, request, response);
    if (site_admit(&fuzzed->site, request, response))
        site_handle(&fuzzed->site, request, response);
    must(response->status >= 200 && response->status < 600 && response->status != 500);
    if (response->status >= 400) {
        json_t *json = json_loadb(response->body, response->len, 0, NULL);

        must(json_string_length(json_object_get(json, "detail")) > 0);
        json_decref(json);
    }
    return response->status;
}

static void clear(struct http_response *response)
{
    if (response->stream.close != NULL)
        response->stream.close(response->stream.user);
    http_response_clear(response);
}

static void publish(struct fuzzed_site *fuzzed)
{
    const struct http_request request = {
        .method = HTTP_POST,
        .path = "/whip/a",
        .content_type = "application/sdp",
        .if_match = "",
        .authorization = "",
        .body = { (const uint8_t *)offer, sizeof offer - 1 },
    };
    struct http_response response;

    must(ask(fuzzed, &request, &response) == 201);
    for (size_t i = 0; i < response.num_headers; i++) {
        if (strcmp(response.headers[i].name, "Location") == 0)
            strcpy(fuzzed->id, response.headers[i].value + strlen("/session/"));
        if (strcmp(response.headers[i].name, "ETag") == 0)
            strcpy(fuzzed->tag, response.headers[i].value);
    }
    clear(&response);
}

static void begin(struct fuzzed_site *fuzzed)
{
    const struct limits_config limits = { 0 };

    fuzzed->whip = (struct whip){ .media = fake_media_new(),
                                  .limits = limits_new(&limits),
                                  .sessions = sessions_new(),
                                  .terms = sdp_publisher_terms() };
    fuzzed->site = (struct site){ .whip = &fuzzed->whip,
                                  .pages = pages_new(FUZZ_PAGES),
                                  .metrics = metrics_new(1) };
    publish(fuzzed);
}

static void end(struct fuzzed_site *fuzzed)
{
    sessions_free(fuzzed->whip.sessions);
    limits_free(fuzzed->whip.limits);
    metrics_free(fuzzed->site.metrics);
    pages_free((struct pages *)(uintptr_t)fuzzed->site.pages);
    media_free(fuzzed->whip.media);
}

/* A path of its own is the first line of the body. */
static void choose_path(const struct fuzzed_site *fuzzed, unsigned choice, char path[256],
                        skiff_bytes *body)
{
    static const char *const before[] = { "/whip/a",   "/whep/a",   "/whep/b", "/session/",
                                          "/session/", "/session/", "/trace/", "/streams" };
    static const char *const after[] = { "", "", "", "", "/stats", "/prefer", "", "" };
    bool has_id = choice >= 3 && choice <= 6;
    size_t len = 0;

    if (choice < 8) {
        snprintf(path, 256, "%s%s%s", before[choice], has_id ? fuzzed->id : "",
                 after[choice]);
        return;
    }
    while (len < body->len && len < 255 && body->ptr[len] != '\n')
        len++;
    memcpy(path, body->ptr, len);
    path[len] = '\0';
    body->ptr += len;
    body->len -= len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = { "application/sdp", "application/json", "",
                                         "application/trickle-ice-sdpfrag;charset=utf-8" };
    struct fuzzed_site fuzzed = { 0 };
    const char *const matches[] = { fuzzed.tag, "*", "\"x\"", "" };
    struct http_request request = { .authorization = "" };
    struct http_response response;
    skiff_bytes body = { data, size };
    char path[256];

    if (size < 2)
        return 0;
    begin(&fuzzed);
    body.ptr += 2;
    body.len -= 2;
    choose_path(&fuzzed, data[1] % 9, path, &body);
    request.method = (enum http_method)(data[0] % (HTTP_OTHER + 1));
    request.path = path;
    request.content_type = types[data[0] / 8 % 4];
    request.if_match = matches[data[0] / 32 % 4];
    request.source.loopback = data[1] >= 128;
    request.body = body;
    ask(&fuzzed, &request, &response);
    clear(&response);
    end(&fuzzed);
    return 0;
}
