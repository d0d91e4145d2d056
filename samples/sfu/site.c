/* site.c - which path is whose. */
#include "site.h"

#include "stats_json.h"
#include "token.h"
#include "trace_stream.h"

#include <glib.h>
#include <jansson.h>

#include <stdlib.h>

#define JSON_TYPE "application/json"

/* What a path below /session/ and /trace/ names. */
struct part {
    char id[SESSION_ID + 1];
    const char *rest; /* behind the id: "/stats", or "" */
};

static bool split_path(const char *path, const char *prefix, struct part *part)
{
    size_t len = strlen(prefix);

    if (strncmp(path, prefix, len) != 0)
        return false;
    part->rest = path + len + strcspn(path + len, "/");
    if (part->rest - (path + len) != SESSION_ID)
        return false;
    memcpy(part->id, path + len, SESSION_ID);
    part->id[SESSION_ID] = '\0';
    return true;
}

static bool refuse(struct http_response *response, unsigned status, const char *detail)
{
    struct problem problem;

    problem_set(&problem, status, "%s", detail);
    http_respond_problem(response, &problem);
    return false;
}

/* The header Allow of a refusal lists the `methods`. */
static bool allow(const struct http_request *request, enum http_method method,
                  const char *methods, struct http_response *response)
{
    if (request->method == method || (method == HTTP_GET && request->method == HTTP_HEAD))
        return true;
    http_header_add(response, "Allow", "%s", methods);
    return refuse(response, 405,
                  method == HTTP_GET ? "This can only be read, by GET."
                                     : "This can only be written, by POST.");
}

/* --- for operators ------------------------------------------------------------------ */

static bool is_operator(const struct site *site, const struct http_request *request,
                        struct http_response *response)
{
    if (request->source.loopback
        || (site->admin_token != NULL
            && token_matches(request->authorization, site->admin_token)))
        return true;
    http_header_add(response, "WWW-Authenticate", "Bearer");
    return refuse(response, 401,
                  site->admin_token != NULL
                      ? "Send the token of --admin-token in the header Authorization."
                      : "This is shown on the host itself, or with the token that "
                        "--admin-token sets.");
}

static void show_metrics(const struct site *site, struct http_response *response)
{
    struct data_lines_counts lines = data_lines_counts(site->lines);

    http_respond(response, 200, METRICS_TYPE,
                 metrics_text(site->metrics, site->whip->media, &lines), g_free);
}

static void show_all(const struct site *site, struct http_response *response)
{
    http_respond(response, 200, JSON_TYPE, stats_json_all(site->whip->media), free);
}

/* --- sessions ----------------------------------------------------------------------- */

static void show_session(const struct site *site, const char *id,
                         struct http_response *response)
{
    struct session_stats stats;

    if (sessions_find(site->whip->sessions, id) == NULL
        || !media_session(site->whip->media, id, &stats))
        refuse(response, 404, "There is no such session: it has ended, or never was.");
    else
        http_respond(response, 200, JSON_TYPE, stats_json_session(&stats), free);
}

static bool read_preference(skiff_bytes body, struct media_preference *preference)
{
    json_error_t error;
    json_t *json = json_loadb((const char *)body.ptr, body.len, 0, &error);
    const char *rid = "";
    json_int_t height = 0;
    int paused = 0;
    bool good = json != NULL
             && json_unpack(json, "{s?s, s?I, s?b}", "rid", &rid, "height", &height,
                            "paused", &paused)
                    == 0
             && strlen(rid) < sizeof preference->rid && height >= 0 && height <= UINT16_MAX;

    if (good) {
        *preference =
            (struct media_preference){ .height = (uint32_t)height, .paused = paused };
        g_strlcpy(preference->rid, rid, sizeof preference->rid);
    }
    json_decref(json);
    return good;
}

static bool check_json(const struct http_request *request, struct http_response *response)
{
    if (http_type_is(request, JSON_TYPE))
        return true;
    http_header_add(response, "Accept-Post", JSON_TYPE);
    return refuse(response, 415, "The Content-Type must be " JSON_TYPE ".");
}

static void prefer(const struct site *site, const struct http_request *request,
                   const char *id, struct http_response *response)
{
    struct media_preference preference;

    if (sessions_find(site->whip->sessions, id) == NULL)
        refuse(response, 404, "There is no such session: it has ended, or never was.");
    else if (!check_json(request, response))
        return;
    else if (!read_preference(request->body, &preference))
        refuse(response, 400,
               "The body must be a JSON object with \"rid\", \"height\" or \"paused\".");
    else if (media_prefer(site->whip->media, id, &preference) != MEDIA_OK)
        refuse(response, 404, "The session has just ended.");
    else
        response->status = 204;
}

static void follow(const struct site *site, const char *id, struct http_response *response)
{
    if (sessions_find(site->whip->sessions, id) == NULL)
        refuse(response, 404, "There is no such session: it has ended, or never was.");
    else if (!trace_stream_open(site->whip->media, site->whip->sessions, id, response))
        refuse(response, 503, "There is no memory for another trace.");
}

/* --- paths -------------------------------------------------------------------------- */

static void handle_session(const struct site *site, const struct http_request *request,
                           const struct part *part, struct http_response *response)
{
    const bool stats = strcmp(part->rest, "/stats") == 0;

    if (!stats && strcmp(part->rest, "/prefer") != 0) {
        refuse(response, 404, "There is no such path.");
    } else if (request->method == HTTP_OPTIONS) {
        response->status = 204;
        whip_allow_methods(response, stats ? "GET, OPTIONS" : "OPTIONS, POST");
    } else if (stats) {
        if (allow(request, HTTP_GET, "GET, HEAD, OPTIONS", response))
            show_session(site, part->id, response);
    } else if (allow(request, HTTP_POST, "OPTIONS, POST", response)) {
        prefer(site, request, part->id, response);
    }
}

/* Paths that are only read. */
static void handle_get(const struct site *site, const struct http_request *request,
                       struct http_response *response)
{
    const char *path = request->path;
    struct part part;

    if (strcmp(path, "/metrics") == 0 || strcmp(path, "/stats") == 0) {
        if (!is_operator(site, request, response))
            return;
        if (strcmp(path, "/metrics") == 0)
            show_metrics(site, response);
        else
            show_all(site, response);
    } else if (strcmp(path, "/streams") == 0) {
        http_header_add(response, "Cache-Control", "no-store");
        http_respond(response, 200, JSON_TYPE, stats_json_streams(site->whip->media), free);
    } else if (split_path(path, "/trace/", &part) && *part.rest == '\0') {
        follow(site, part.id, response);
    } else {
        pages_get(site->pages, path, response);
    }
}

/* A path for handle_get. */
static bool is_read(const struct site *site, const char *path)
{
    static const char *const paths[] = { "/metrics", "/stats", "/streams" };
    struct http_response page = { 0 };
    struct part part;

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (strcmp(path, paths[i]) == 0)
            return true;
    return (split_path(path, "/trace/", &part) && *part.rest == '\0')
        || pages_get(site->pages, path, &page);
}

/* Something of a session, for handle_session. */
static bool is_of_session(const char *path, struct part *part)
{
    return split_path(path, "/session/", part) && *part->rest != '\0';
}

/* Pages of other origins may publish, watch, and ask about a session. */
void site_add_headers(void *user, const struct http_request *head,
                      struct http_response *response)
{
    struct part part;

    (void)user;
    if (whip_owns(head->path) || is_of_session(head->path, &part))
        whip_allow_origins(response);
}

bool site_admit(void *user, const struct http_request *head, struct http_response *response)
{
    struct site *site = user;

    return !whip_owns(head->path) || whip_admit(site->whip, head, response);
}

void site_handle(void *user, const struct http_request *request,
                 struct http_response *response)
{
    struct site *site = user;
    struct part part;

    if (whip_owns(request->path))
        whip_handle(site->whip, request, response);
    else if (is_of_session(request->path, &part))
        handle_session(site, request, &part, response);
    else if (!is_read(site, request->path))
        refuse(response, 404,
               "There is no such path. Publish at /whip/STREAM, watch at /whep/STREAM.");
    else if (allow(request, HTTP_GET, "GET, HEAD", response))
        handle_get(site, request, response);
}

void site_count_response(void *user, unsigned status)
{
    struct site *site = user;

    metrics_count_response(site->metrics, status);
}
