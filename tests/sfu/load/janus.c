/* janus.c - the VideoRoom plugin of Janus by its HTTP API: a publisher offers, a watcher is
 * offered. Each end has a session and a handle of its own, as with a browser. */
#include "complain.h"
#include "service.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { URL = 256, EVENTS = 16 };

static const char transaction[] = "load";

/* --- requests ---------------------------------------------------------------------- */

static json_t *parse_response(const struct http_response *response)
{
    json_t *reply = json_loads(response->body, 0, NULL);

    if (response->status == 200 && reply != NULL
        && strcmp(json_string_value(json_object_get(reply, "janus")), "error") != 0)
        return reply;
    (void)complain("Janus", response->body);
    json_decref(reply);
    return NULL;
}

/* Where requests of this end go: the root, its session or its handle. */
static void write_url(const struct service *service, char url[URL])
{
    int len = snprintf(url, URL, "%s", service->options->publish);

    if (service->session != 0)
        len += snprintf(url + len, URL - (size_t)len, "/%" PRIu64, service->session);
    if (service->handle != 0)
        snprintf(url + len, URL - (size_t)len, "/%" PRIu64, service->handle);
}

/* Takes over the request. NULL: it failed, and a line has the reason. */
static json_t *post(struct service *service, uint32_t from, json_t *body)
{
    char url[URL], *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    const struct http_request request = {
        .method = "POST", .url = url, .type = "application/json", .body = text, .from = from
    };

    write_url(service, url);
    json_t *reply = text != NULL ? parse_response(http_ask(service->http, &request)) : NULL;
    free(text);
    json_decref(body);
    return reply;
}

/* Makes something that has an id; 0: it failed. */
static uint64_t create(struct service *service, uint32_t from, json_t *body)
{
    json_t *reply = post(service, from, body);
    json_t *id = json_object_get(json_object_get(reply, "data"), "id");
    uint64_t value = (uint64_t)json_integer_value(id);

    json_decref(reply);
    return value;
}

static bool attach(struct service *service, uint32_t from)
{
    service->session = service->handle = 0;
    service->session = create(
        service, from, json_pack("{ssss}", "janus", "create", "transaction", transaction));
    if (service->session != 0)
        service->handle =
            create(service, from,
                   json_pack("{ssssss}", "janus", "attach", "plugin",
                             "janus.plugin.videoroom", "transaction", transaction));
    return service->handle != 0;
}

/* Takes over body and jsep, which may be NULL. */
static json_t *send_message(struct service *service, uint32_t from, json_t *body,
                            json_t *jsep)
{
    return post(service, from,
                json_pack("{sssssoso*}", "janus", "message", "transaction", transaction,
                          "body", body, "jsep", jsep));
}

static bool send_and_forget(struct service *service, uint32_t from, json_t *body,
                            json_t *jsep)
{
    json_t *reply = send_message(service, from, body, jsep);
    bool sent = reply != NULL;

    json_decref(reply);
    return sent;
}

/* --- events ------------------------------------------------------------------------ */

/* The next event of the session, by a long poll. */
static json_t *next_event(struct service *service, uint32_t from)
{
    char url[URL];
    const struct http_request request = { .method = "GET", .url = url, .from = from };
    uint64_t handle = service->handle;

    service->handle = 0;
    write_url(service, url);
    service->handle = handle;
    return parse_response(http_ask(service->http, &request));
}

/* Waits for an event with SDP in it, and reads that. */
static bool await_sdp(struct service *service, uint32_t from, struct sdp_remote *remote)
{
    const char *missing = "event with SDP";
    bool found = false;

    for (int i = 0; i < EVENTS && !found; i++) {
        json_t *event = next_event(service, from);
        const char *sdp =
            json_string_value(json_object_get(json_object_get(event, "jsep"), "sdp"));
        found = sdp != NULL && sdp_read(sdp, remote, &missing);
        json_decref(event);
        if (event == NULL || (sdp != NULL && !found))
            break;
    }
    return found || complain("Janus sent no", missing);
}

/* --- ends -------------------------------------------------------------------------- */

static json_t *sdp_of(const struct sdp_local *local, const char *type)
{
    char *text = sdp_write(local);
    json_t *jsep = json_pack("{ssss}", "type", type, "sdp", text);

    free(text);
    return jsep;
}

bool janus_publish(struct service *service, struct sdp_local *local,
                   struct sdp_remote *remote)
{
    json_t *make = json_pack("{sssisisssb}", "request", "create", "room", 1, "publishers",
                             1, "videocodec", "h264", "notify_joining", 0);
    json_t *join = json_pack("{sssssisi}", "request", "joinandconfigure", "ptype",
                             "publisher", "room", 1, "id", 1);

    local->setup = SETUP_ACTPASS;
    local->mid = "0";
    local->payload_type = SDP_PAYLOAD_TYPE;
    bool joined = attach(service, local->address)
               && send_and_forget(service, local->address, json_incref(make), NULL)
               && send_and_forget(service, local->address, json_incref(join),
                                  sdp_of(local, "offer"))
               && await_sdp(service, local->address, remote);
    json_decref(make);
    json_decref(join);
    return joined;
}

bool janus_watch(struct service *service, struct sdp_local *local,
                 struct sdp_remote *remote)
{
    json_t *join = json_pack("{sssssis[{si}]}", "request", "join", "ptype", "subscriber",
                             "room", 1, "streams", "feed", 1);
    json_t *start = json_pack("{ss}", "request", "start");
    bool offered = attach(service, local->address)
                && send_and_forget(service, local->address, json_incref(join), NULL)
                && await_sdp(service, local->address, remote);

    local->setup = SETUP_ACTIVE;
    local->mid = remote->mid;
    local->payload_type = remote->payload_type;
    bool started = offered
                && send_and_forget(service, local->address, json_incref(start),
                                   sdp_of(local, "answer"));
    json_decref(join);
    json_decref(start);
    return started;
}
