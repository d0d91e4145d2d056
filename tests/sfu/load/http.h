/* http.h - HTTP requests, one after the other, each from an address of its own. HTTP itself
 * is libcurl's. */
#ifndef SFU_LOAD_HTTP_H
#define SFU_LOAD_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_BODY = 65536, HTTP_LOCATION = 512 };

struct http;

struct http_request {
    const char *method, *url;
    const char *type, *body; /* NULL: none */
    uint32_t from;           /* host byte order */
};

struct http_response {
    long status; /* 0: there was none */
    char body[HTTP_BODY];
    size_t len;
    char location[HTTP_LOCATION]; /* as a whole URL; "" for none */
};

struct http *http_new(void);
void http_free(struct http *http);

/* The response belongs to `http` until the next request. */
const struct http_response *http_ask(struct http *http, const struct http_request *request);

#endif
