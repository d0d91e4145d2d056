/* http_server.h - HTTP connections on libmicrohttpd, run by a loop of ours. Knows what a
 * connection may cost, and no path. */
#ifndef SAMPLES_SFU_HTTP_SERVER_H
#define SAMPLES_SFU_HTTP_SERVER_H

#include "http.h"

#include <sys/socket.h>

/* What strangers may cost us. A body is kept to HTTP_BODY bytes and read to the end of
 * HTTP_DISCARDED, so that a client that sends too much still reads the response. */
enum {
    HTTP_CONNECTIONS = 512,
    HTTP_CONNECTIONS_EACH = 128,
    HTTP_CONNECTION_MEMORY = 16 * 1024,
    HTTP_BODY = 64 * 1024,
    HTTP_DISCARDED = 16 * 1024 * 1024,
    HTTP_REQUEST_S = 10,    /* from the connection to the end of the first request */
    HTTP_KEPT_S = 30,       /* from a response to the end of the next request */
    HTTP_RESPONSE_S = 60,   /* for a response that is no stream */
    HTTP_IDLE_S = 30,       /* without any byte, in a stream too */
    HTTP_STREAMS = 256,     /* at once */
    HTTP_STREAMS_EACH = 32, /* of one address */
    HTTP_STREAM_TICK_MS = 200,
};

struct http_handler {
    void *user;

    /* Adds the headers that each response of this path has, also one that the server makes
     * by itself. */
    void (*add_headers)(void *user, const struct http_request *head,
                        struct http_response *response);
    /* Judges a request by its head, before its body is read. False: the response is made.
     */
    bool (*admit)(void *user, const struct http_request *head,
                  struct http_response *response);
    /* Makes the response to a whole request. */
    void (*handle)(void *user, const struct http_request *request,
                   struct http_response *response);
    /* A response is sent, also one that http_server made by itself. Those of libmicrohttpd,
     * to what is no HTTP or has too long a head, are not counted. */
    void (*count_response)(void *user, unsigned status);
};

struct http_config {
    const struct sockaddr *address;
    const char *certificate, *key; /* PEM, for HTTPS; NULL: plain HTTP */
    struct http_handler handler;
};

struct http_server;

/* NULL: errno says why, if it is not 0. */
struct http_server *http_server_new(const struct http_config *config);
void http_server_free(struct http_server *server);

/* The port that it is bound to. */
uint16_t http_server_port(const struct http_server *server);

/* Readable when http_server_run has something to do. */
int http_server_fd(const struct http_server *server);
skiff_time http_server_deadline(const struct http_server *server, skiff_time now);
void http_server_run(struct http_server *server, skiff_time now);

#endif
