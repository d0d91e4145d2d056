/* whip.h - WHIP to publish (RFC 9725) and WHEP to watch: what a request to an endpoint or a
 * session does, and its response. Knows no connection.
 *
 *     POST   /whip/STREAM      201, the answer, and Location: /session/ID
 *     POST   /whep/STREAM      the same for a watcher
 *     PATCH  /session/ID       candidates: 204; an ICE restart: 200
 *     DELETE /session/ID       200
 */
#ifndef SAMPLES_SFU_WHIP_H
#define SAMPLES_SFU_WHIP_H

#include "http.h"
#include "limits.h"
#include "sdp_offer.h"
#include "sessions.h"

enum { WHIP_ICE_SERVERS = 4 };

struct whip {
    struct media *media;
    struct limits *limits;
    struct sessions *sessions;
    const char *publish_token; /* NULL: everybody may publish */
    struct sdp_terms terms;    /* of publishers */
    /* Values of the Link header, such as <stun:stun.example.net>; rel="ice-server". */
    const char *ice_servers[WHIP_ICE_SERVERS];
    size_t num_ice_servers;
    /* Is called before a session is removed. May be NULL. */
    void (*on_end)(void *user, struct session *session);
    void *user;
};

/* The path is one of the above. */
bool whip_owns(const char *path);

/* Judges a request before its body is read. False: the response is made. */
bool whip_admit(struct whip *whip, const struct http_request *head,
                struct http_response *response);

void whip_handle(struct whip *whip, const struct http_request *request,
                 struct http_response *response);

/* Media says that the session has ended. */
void whip_session_over(struct whip *whip, const char *id);

/* The headers that let a page of another origin read the response (CORS). What whip_admit
 * and whip_handle respond needs them: add them before. */
void whip_allow_origins(struct http_response *response);

/* The headers of an OPTIONS: what such a page may do, if the browser asks first. */
void whip_allow_methods(struct http_response *response, const char *methods);

#endif
