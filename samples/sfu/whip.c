/* whip.c - WHIP to publish (RFC 9725) and WHEP to watch. */
#include "whip.h"

#include "sdp_answer.h"
#include "sdp_fragment.h"
#include "token.h"

#include <glib.h>

#define FRAGMENT_TYPE "application/trickle-ice-sdpfrag"

enum endpoint { PUBLISH, WATCH, SESSION, NOWHERE };

struct target {
    enum endpoint endpoint;
    const char *name; /* of the stream, or the id */
};

static struct target target_of(const char *path)
{
    static const char *const prefixes[] = { "/whip/", "/whep/", "/session/" };

    for (unsigned i = PUBLISH; i < NOWHERE; i++)
        if (strncmp(path, prefixes[i], strlen(prefixes[i])) == 0)
            return (struct target){ (enum endpoint)i, path + strlen(prefixes[i]) };
    return (struct target){ NOWHERE, path };
}

bool whip_owns(const char *path)
{
    struct target target = target_of(path);

    return target.endpoint != NOWHERE && strchr(target.name, '/') == NULL;
}

/* --- what is allowed ---------------------------------------------------------------- */

static bool stream_is_allowed(const struct target *target)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_.";
    size_t len = strlen(target->name);

    if (target->endpoint == WATCH && strcmp(target->name, STREAM_ALL) == 0)
        return true;
    return len > 0 && len <= MAX_STREAM && *target->name != '.'
        && strspn(target->name, allowed) == len;
}

/* RFC 9725 section 4.7.1; who has the path of a session needs no token for it. */
static bool check_token(const struct whip *whip, const struct http_request *head,
                        struct http_response *response, struct problem *problem)
{
    if (whip->publish_token == NULL
        || token_matches(head->authorization, whip->publish_token))
        return true;
    http_header_add(response, "WWW-Authenticate", "Bearer");
    return problem_set(problem, 401,
                       *head->authorization == '\0'
                           ? "Publishing needs a bearer token: send it in the header "
                             "Authorization."
                           : "The bearer token is wrong.");
}

static bool check_type(const struct http_request *head, const char *type,
                       struct http_response *response, struct problem *problem)
{
    if (http_type_is(head, type))
        return true;
    http_header_add(response, head->method == HTTP_PATCH ? "Accept-Patch" : "Accept-Post",
                    "%s", type);
    return problem_set(problem, 415, "The Content-Type must be %s.", type);
}

static bool admit_post(struct whip *whip, const struct http_request *head,
                       struct http_response *response, struct problem *problem)
{
    struct target target = target_of(head->path);

    if (!stream_is_allowed(&target))
        return problem_set(problem, 400,
                           "The name of a stream has 1 to %d letters, digits, hyphens, "
                           "underscores or points.",
                           MAX_STREAM);
    if (target.endpoint == PUBLISH && !check_token(whip, head, response, problem))
        return false;
    if (!check_type(head, "application/sdp", response, problem))
        return false;
    return limits_admit(whip->limits, head->source.address, head->received, problem);
}

static bool admit_patch(struct whip *whip, const struct http_request *head,
                        struct http_response *response, struct problem *problem)
{
    if (!check_type(head, FRAGMENT_TYPE, response, problem))
        return false;
    if (*head->if_match == '\0')
        return problem_set(problem, 428,
                           "If-Match is required: the ETag of the ICE session, or * for an "
                           "ICE restart (RFC 9725 section 4.3.1).");
    return limits_admit_request(whip->limits, head->source.address, head->received,
                                problem);
}

static bool admit_session(struct whip *whip, const struct http_request *head,
                          struct http_response *response, struct problem *problem)
{
    struct target target = target_of(head->path);

    if (head->method == HTTP_OPTIONS)
        return true;
    if (sessions_find(whip->sessions, target.name) == NULL)
        return problem_set(problem, 404,
                           "There is no such session: it has ended, or never was.");
    if (head->method == HTTP_PATCH)
        return admit_patch(whip, head, response, problem);
    if (head->method != HTTP_POST && head->method != HTTP_OTHER)
        return true;
    http_header_add(response, "Allow", "DELETE, GET, HEAD, OPTIONS, PATCH");
    return problem_set(problem, 405, "A session knows PATCH and DELETE.");
}

static bool admit_endpoint(struct whip *whip, const struct http_request *head,
                           struct http_response *response, struct problem *problem)
{
    if (head->method == HTTP_POST)
        return admit_post(whip, head, response, problem);
    if (head->method == HTTP_GET || head->method == HTTP_HEAD
        || head->method == HTTP_OPTIONS)
        return true;
    http_header_add(response, "Allow", "GET, HEAD, OPTIONS, POST");
    return problem_set(problem, 405, "An endpoint knows POST, with an SDP offer.");
}

void whip_allow_origins(struct http_response *response)
{
    http_header_add(response, "Access-Control-Allow-Origin", "*");
    http_header_add(response, "Access-Control-Expose-Headers",
                    "Location, ETag, Link, Accept-Patch, Retry-After");
}

void whip_allow_methods(struct http_response *response, const char *methods)
{
    http_header_add(response, "Access-Control-Allow-Methods", "%s", methods);
    http_header_add(response, "Access-Control-Allow-Headers",
                    "Authorization, Content-Type, If-Match");
    http_header_add(response, "Access-Control-Max-Age", "86400");
}

bool whip_admit(struct whip *whip, const struct http_request *head,
                struct http_response *response)
{
    struct target target = target_of(head->path);
    struct problem problem;

    if (target.endpoint == SESSION ? admit_session(whip, head, response, &problem)
                                   : admit_endpoint(whip, head, response, &problem))
        return true;
    http_respond_problem(response, &problem);
    return false;
}

/* --- POST --------------------------------------------------------------------------- */

/* WHEP: 409 with Retry-After. */
static bool is_absent(const char *stream, struct problem *problem)
{
    problem_set(problem, 409, "Nobody publishes %s at present. Try again later.", stream);
    problem->retry_after = PROBLEM_RETRY;
    return false;
}

static bool check_media(enum media_status status, const char *stream,
                        struct problem *problem)
{
    switch (status) {
    case MEDIA_OK:
        return true;
    case MEDIA_FULL:
    case MEDIA_MEMORY:
        return problem_set(problem, 503,
                           "All places for sessions are in use. Try again later.");
    case MEDIA_NO_STREAM:
        return is_absent(stream, problem);
    case MEDIA_NO_SESSION:
        return problem_set(problem, 404,
                           "There is no such session: it has ended, or never was.");
    case MEDIA_STREAM_EXISTS:
        return problem_set(problem, 409, "Somebody else publishes %s: choose another name.",
                           stream);
    case MEDIA_NO_CODEC:
        return problem_set(problem, 422,
                           "The offer has no codec that the stream is sent with.");
    case MEDIA_BAD_DESCRIPTION:
        return problem_set(problem, 400, "%s", skiff_fault());
    }
    return false;
}

/* A watcher gets the codecs of the stream. */
static bool watcher_terms(struct whip *whip, const char *name, struct sdp_terms *terms,
                          struct stream_stats *stream)
{
    if (!media_find_stream(whip->media, name, stream))
        return false;
    *terms = (struct sdp_terms){ .watcher = true,
                                 .num_audio = stream->audio_tracks,
                                 .video_fmtp = stream->video_fmtp };
    if (stream->audio != CODEC_NONE)
        terms->codecs[terms->num_codecs++] = stream->audio;
    if (stream->video != CODEC_NONE)
        terms->codecs[terms->num_codecs++] = stream->video;
    return true;
}

/* A reload of the page takes its own stream over: it comes from the same address, or has
 * the token that all publishers need. The address of a proxy is that of all. */
static bool may_replace(const struct whip *whip, const char *stream,
                        const struct http_source *source)
{
    const struct session *publisher = sessions_publisher(whip->sessions, stream);

    return whip->publish_token != NULL
        || (publisher != NULL && !source->forwarded
            && memcmp(publisher->address, source->address, sizeof publisher->address) == 0);
}

/* One that is inactive is in the bundle, too. */
static void keep_section(struct session *session, const struct media_section *section)
{
    if (*session->tagged.mid == '\0' && section_is_bundled(section))
        session->tagged = *section;
    if (section->kind == MEDIA_DATA && !section->rejected) {
        session->sctp_port = section->sctp_port;
        session->max_message_size = section->max_message_size;
    }
}

static void keep_session(struct session *session, const struct description *chosen,
                         const struct media_answer *transport)
{
    for (size_t i = 0; i < chosen->num_sections; i++)
        keep_section(session, &chosen->sections[i]);
    g_strlcpy(session->ufrag, chosen->ufrag, sizeof session->ufrag);
    g_strlcpy(session->password, chosen->password, sizeof session->password);
    g_strlcpy(session->own_ufrag, transport->ufrag, sizeof session->own_ufrag);
}

static enum media_status begin_media(struct whip *whip, const struct session *session,
                                     struct media_request *request,
                                     struct description *chosen,
                                     struct media_answer *transport)
{
    request->stream = session->stream;
    request->id = session->id;
    if (!session->publisher)
        return media_watch(whip->media, request, chosen, transport);
    *chosen = *request->offer;
    return media_publish(whip->media, request, transport);
}

static void respond_created(const struct whip *whip, const struct session *session,
                            char *answer, struct http_response *response)
{
    http_respond(response, 201, "application/sdp", answer, g_free);
    http_header_add(response, "Location", "/session/%s", session->id);
    http_header_add(response, "ETag", "\"%s\"", session->own_ufrag);
    http_header_add(response, "Accept-Patch", FRAGMENT_TYPE);
    for (size_t i = 0; i < whip->num_ice_servers; i++)
        http_header_add(response, "Link", "%s", whip->ice_servers[i]);
}

/* Makes the session of an offer that was read. */
static bool begin(struct whip *whip, const struct http_request *request,
                  const struct description *offer, struct http_response *response,
                  struct problem *problem)
{
    struct target target = target_of(request->path);
    struct media_request asked = {
        .offer = offer,
        .posted = request->received,
        .replaces = may_replace(whip, target.name, &request->source),
    };
    struct session *session = sessions_add(whip->sessions);
    struct description chosen = *offer;
    struct media_answer transport;

    if (session == NULL)
        return check_media(MEDIA_MEMORY, target.name, problem);
    g_strlcpy(session->stream, target.name, sizeof session->stream);
    session->publisher = target.endpoint == PUBLISH;
    memcpy(session->address, request->source.address, sizeof session->address);
    if (!check_media(begin_media(whip, session, &asked, &chosen, &transport), target.name,
                     problem)) {
        sessions_remove(whip->sessions, session);
        return false;
    }
    limits_begin(whip->limits, session->address, request->received);
    keep_session(session, &chosen, &transport);
    respond_created(whip, session,
                    sdp_answer_write(&chosen, &transport, !session->publisher), response);
    return true;
}

static bool post(struct whip *whip, const struct http_request *request,
                 struct http_response *response, struct problem *problem)
{
    struct target target = target_of(request->path);
    struct sdp_terms terms = whip->terms;
    struct stream_stats stream;
    struct description offer;

    if (target.endpoint == WATCH && !watcher_terms(whip, target.name, &terms, &stream))
        return check_media(MEDIA_NO_STREAM, target.name, problem);
    return sdp_offer_read(request->body, &terms, &offer, problem)
        && begin(whip, request, &offer, response, problem);
}

/* --- PATCH -------------------------------------------------------------------------- */

/* A list of entity tags (RFC 9110 section 13.1.1), or "*" in the two ways that RFC 9725
 * section 4.3.3 has it. */
static bool tag_matches(const char *if_match, const char *own_ufrag)
{
    char tag[MAX_UFRAG + 2];

    snprintf(tag, sizeof tag, "\"%s\"", own_ufrag);
    return strstr(if_match, tag) != NULL;
}

static bool wants_restart(const char *if_match)
{
    return strcmp(if_match, "*") == 0 || strcmp(if_match, "\"*\"") == 0;
}

static bool has_credentials(const struct session *session,
                            const struct sdp_fragment *fragment)
{
    return strcmp(fragment->ufrag, session->ufrag) == 0
        && strcmp(fragment->password, session->password) == 0;
}

static bool restart(struct whip *whip, struct session *session,
                    const struct sdp_fragment *fragment, struct http_response *response,
                    struct problem *problem)
{
    struct media_answer transport;

    if (*fragment->ufrag == '\0')
        return problem_set(problem, 400,
                           "An ICE restart needs a=ice-ufrag and a=ice-pwd (RFC 9725 "
                           "section 4.3.3).");
    if (!check_media(media_restart(whip->media, session->id, fragment->ufrag,
                                   fragment->password, &transport),
                     session->stream, problem))
        return false;
    session->restarted |= !has_credentials(session, fragment);
    g_strlcpy(session->ufrag, fragment->ufrag, sizeof session->ufrag);
    g_strlcpy(session->password, fragment->password, sizeof session->password);
    g_strlcpy(session->own_ufrag, transport.ufrag, sizeof session->own_ufrag);
    http_respond(response, 200, FRAGMENT_TYPE,
                 sdp_fragment_write(&session->tagged, &transport), g_free);
    http_header_add(response, "ETag", "\"%s\"", session->own_ufrag);
    return true;
}

/* Credentials that are not those of the ICE session ask for a restart even without * (RFC
 * 9725 section 4.3.3). Those of the last restart come with the tag before it if its
 * response was lost (RFC 9110 section 13.1.1). Candidates need no more than 204: we are
 * ICE-lite. */
static bool patch(struct whip *whip, const struct http_request *request,
                  struct http_response *response, struct problem *problem)
{
    struct session *session = sessions_find(whip->sessions, target_of(request->path).name);
    struct sdp_fragment fragment;
    bool same, tagged;

    if (session == NULL)
        return check_media(MEDIA_NO_SESSION, "", problem);
    if (!sdp_fragment_read(request->body, &fragment, problem))
        return false;
    same = has_credentials(session, &fragment);
    tagged = tag_matches(request->if_match, session->own_ufrag);
    if (wants_restart(request->if_match) || (!tagged && same && session->restarted))
        return restart(whip, session, &fragment, response, problem);
    if (!tagged)
        return problem_set(problem, 412,
                           "If-Match names another ICE session: use the ETag of the last "
                           "response, or * for an ICE restart.");
    if (*fragment.ufrag != '\0' && !same)
        return restart(whip, session, &fragment, response, problem);
    response->status = 204;
    return true;
}

/* --- the rest ----------------------------------------------------------------------- */

/* Media still knows it when on_end is called. */
static void remove_session(struct whip *whip, struct session *session)
{
    if (whip->on_end != NULL)
        whip->on_end(whip->user, session);
    media_end(whip->media, session->id);
    limits_end(whip->limits, session->address);
    sessions_remove(whip->sessions, session);
}

void whip_session_over(struct whip *whip, const char *id)
{
    struct session *session = sessions_find(whip->sessions, id);

    if (session != NULL)
        remove_session(whip, session);
}

static bool end(struct whip *whip, const struct http_request *request,
                struct http_response *response, struct problem *problem)
{
    struct session *session = sessions_find(whip->sessions, target_of(request->path).name);

    if (session == NULL)
        return check_media(MEDIA_NO_SESSION, "", problem);
    remove_session(whip, session);
    response->status = 200;
    return true;
}

/* What a page may do here, from any origin (CORS of the Fetch standard). */
static void options(const struct whip *whip, const struct http_request *request,
                    struct http_response *response)
{
    bool session = target_of(request->path).endpoint == SESSION;

    response->status = 200;
    whip_allow_methods(response,
                       session ? "DELETE, GET, OPTIONS, PATCH" : "GET, OPTIONS, POST");
    if (session)
        http_header_add(response, "Accept-Patch", FRAGMENT_TYPE);
    else
        http_header_add(response, "Accept-Post", "application/sdp");
    for (size_t i = 0; !session && i < whip->num_ice_servers; i++)
        http_header_add(response, "Link", "%s", whip->ice_servers[i]);
}

/* RFC 9725 section 4.1: success without content. WHEP lets players find an endpoint by the
 * Content-Type of a HEAD. */
static void get(const struct http_request *request, struct http_response *response)
{
    response->status = request->method == HTTP_HEAD ? 200 : 204;
    if (request->method == HTTP_HEAD && target_of(request->path).endpoint != SESSION)
        response->type = "application/sdp";
}

void whip_handle(struct whip *whip, const struct http_request *request,
                 struct http_response *response)
{
    struct problem problem = { .status = 500 };
    bool good = true;

    switch (request->method) {
    case HTTP_GET:
    case HTTP_HEAD:
        get(request, response);
        break;
    case HTTP_OPTIONS:
        options(whip, request, response);
        break;
    case HTTP_POST:
        good = post(whip, request, response, &problem);
        break;
    case HTTP_PATCH:
        good = patch(whip, request, response, &problem);
        break;
    case HTTP_DELETE:
        good = end(whip, request, response, &problem);
        break;
    case HTTP_OTHER:
        good = false;
        break;
    }
    if (!good)
        http_respond_problem(response, &problem);
}
