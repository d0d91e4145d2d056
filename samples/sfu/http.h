/* http.h - a request and its response as plain values. Knows no connection: http_server has
 * those. */
#ifndef SAMPLES_SFU_HTTP_H
#define SAMPLES_SFU_HTTP_H

#include "problem.h"

#include <skiff/base.h>

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER
};

/* Where a request comes from: an IPv6 address, or an IPv4 one as ::ffff:a.b.c.d. */
struct http_source {
    uint8_t address[16];
    /* A proxy says that it stands between us and the client, and the address is its own. */
    bool forwarded;
    /* This host, with no proxy between us and the client. */
    bool loopback;
};

/* A header that is not there is "". All texts are valid until the handler returns. */
struct http_request {
    enum http_method method;
    const char *path;
    const char *content_type, *if_match, *authorization;
    struct http_source source;
    /* When the body had been read; before, when the head had. */
    skiff_time received;
    skiff_bytes body;
};

enum { HTTP_HEADERS = 16, HTTP_VALUE = 384 };

struct http_header {
    const char *name; /* static */
    char value[HTTP_VALUE];
};

/* A body that goes on until its source ends. */
struct http_stream {
    /* Writes at most `max` bytes. 0: nothing yet. False: the end. */
    bool (*read)(void *user, char *bytes, size_t max, size_t *len);
    void (*close)(void *user);
    void *user;
};

struct http_response {
    unsigned status;
    const char *type; /* static; NULL: there is no body */
    const char *body;
    size_t len;
    void (*release)(void *body); /* NULL: the body is static */
    struct http_header headers[HTTP_HEADERS];
    size_t num_headers;
    struct http_stream stream; /* zeros: none */
};

/* Adds a header; the value is cut after HTTP_VALUE - 1 characters. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void http_header_add(struct http_response *response, const char *name,
                     const char *format, ...);

/* Sets the body, which `release` frees. NULL becomes a 503. */
void http_respond(struct http_response *response, unsigned status, const char *type,
                  char *body, void (*release)(void *body));

/* Sets the body to the problem as JSON, and Retry-After. */
void http_respond_problem(struct http_response *response, const struct problem *problem);

/* Frees the body. */
void http_response_clear(struct http_response *response);

/* The type of a request, without parameters, is this one. */
bool http_type_is(const struct http_request *request, const char *type);

#endif
