/* http_server.c - HTTP connections on libmicrohttpd, run by a loop of ours. */
#include "http_server.h"

#include "source_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

/* One socket. A client that sends or reads slowly keeps it until `due` at most. */
struct connection {
    struct http_server *server;
    struct connection *previous, *next;
    int fd;
    skiff_time due;
};

/* One request of a connection. */
struct exchange {
    struct http_request head;
    struct http_response response;
    size_t num_headers; /* those that each response of the path has */
    bool refused;
    uint64_t received; /* bytes of the body, kept or not */
    size_t len;
    char *body; /* grows to HTTP_BODY */
    char path[256];
};

/* A response that goes on. It is suspended while there is nothing to send. */
struct streaming {
    struct http_server *server;
    struct streaming *previous, *next;
    struct MHD_Connection *connection;
    struct http_stream stream;
    uint8_t source[16];
    bool suspended, abandoned;
};

struct http_server {
    struct MHD_Daemon *daemon;
    struct http_handler handler;
    struct connection *connections;
    struct streaming *streams;
    unsigned num_streams;
    skiff_time now; /* of the last run */
    skiff_time swept, ticked;
};

/* --- connections -------------------------------------------------------------------- */

static struct connection *connection_of(struct MHD_Connection *of)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(of, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info != NULL ? info->socket_context : NULL;
}

static void set_due(struct MHD_Connection *of, skiff_time due)
{
    struct connection *connection = connection_of(of);

    if (connection != NULL)
        connection->due = due;
}

static skiff_time in_seconds(const struct http_server *server, unsigned seconds)
{
    return server->now + SKIFF_MSEC(1000u * seconds);
}

static struct connection *connection_new(struct http_server *server,
                                         struct MHD_Connection *of)
{
    struct connection *made = calloc(1, sizeof *made);

    if (made == NULL)
        return NULL;
    made->server = server;
    made->fd = MHD_get_connection_info(of, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    made->due = in_seconds(server, HTTP_REQUEST_S);
    made->next = server->connections;
    if (made->next != NULL)
        made->next->previous = made;
    server->connections = made;
    return made;
}

static void connection_free(struct connection *connection)
{
    if (connection == NULL)
        return;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        connection->server->connections = connection->next;
    free(connection);
}

static void on_connection(void *user, struct MHD_Connection *of, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    switch (code) {
    case MHD_CONNECTION_NOTIFY_STARTED:
        *context = connection_new(user, of);
        break;
    case MHD_CONNECTION_NOTIFY_CLOSED:
        connection_free(*context);
        break;
    }
}

/* libmicrohttpd counts the time since the last byte, which a client can send one by one. */
static void sweep_connections(struct http_server *server, skiff_time now)
{
    if (now - server->swept < SKIFF_MSEC(1000))
        return;
    server->swept = now;
    for (struct connection *at = server->connections; at != NULL; at = at->next)
        if (at->due <= now) {
            at->due = SKIFF_NEVER;
            shutdown(at->fd, SHUT_RDWR);
        }
}

/* --- streams ------------------------------------------------------------------------ */

static ssize_t read_stream(void *user, uint64_t position, char *bytes, size_t max)
{
    struct streaming *streaming = user;
    size_t len = 0;

    (void)position;
    if (streaming->abandoned)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (!streaming->stream.read(streaming->stream.user, bytes, max, &len))
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (len == 0) {
        streaming->suspended = true;
        MHD_suspend_connection(streaming->connection);
    }
    return (ssize_t)len;
}

static void close_stream(void *user)
{
    struct streaming *streaming = user;
    struct http_server *server = streaming->server;

    if (streaming->next != NULL)
        streaming->next->previous = streaming->previous;
    if (streaming->previous != NULL)
        streaming->previous->next = streaming->next;
    else
        server->streams = streaming->next;
    server->num_streams--;
    streaming->stream.close(streaming->stream.user);
    free(streaming);
}

static unsigned streams_of(const struct http_server *server, const uint8_t address[16])
{
    uint8_t source[16];
    unsigned num = 0;

    source_address(address, source);
    for (const struct streaming *at = server->streams; at != NULL; at = at->next)
        num += memcmp(at->source, source, sizeof source) == 0;
    return num;
}

static struct MHD_Response *stream_response(struct http_server *server,
                                            struct MHD_Connection *connection,
                                            const struct exchange *exchange)
{
    const struct http_stream *stream = &exchange->response.stream;
    struct streaming *made = calloc(1, sizeof *made);
    struct MHD_Response *response = NULL;

    if (made != NULL)
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream,
                                                     made, close_stream);
    if (response == NULL) {
        stream->close(stream->user);
        free(made);
        return NULL;
    }
    *made = (struct streaming){ .server = server,
                                .next = server->streams,
                                .connection = connection,
                                .stream = *stream };
    source_address(exchange->head.source.address, made->source);
    if (made->next != NULL)
        made->next->previous = made;
    server->streams = made;
    server->num_streams++;
    return response;
}

/* libmicrohttpd reads nothing of a connection while it sends. */
static bool client_has_gone(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct pollfd end = { info->connect_fd, POLLRDHUP, 0 };

    return poll(&end, 1, 0) > 0;
}

static void tick_streams(struct http_server *server, skiff_time now)
{
    if (server->streams == NULL || now - server->ticked < SKIFF_MSEC(HTTP_STREAM_TICK_MS))
        return;
    server->ticked = now;
    for (struct streaming *at = server->streams; at != NULL; at = at->next)
        if (at->suspended) {
            at->suspended = false;
            at->abandoned = client_has_gone(at->connection);
            MHD_resume_connection(at->connection);
        }
}

/* --- requests ----------------------------------------------------------------------- */

static const char *header(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

    return value != NULL ? value : "";
}

static enum http_method method_of(const char *name)
{
    static const char *const methods[] = { "GET",   "HEAD",   "POST",
                                           "PATCH", "DELETE", "OPTIONS" };
    unsigned method = HTTP_GET;

    while (method < HTTP_OTHER && strcmp(methods[method], name) != 0)
        method++;
    return (enum http_method)method;
}

/* A page of another site may have a name that DNS says is this host: Host must say so. */
static bool host_is_local(const char *host)
{
    size_t len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");

    return (len == 9 && strncmp(host, "localhost", len) == 0)
        || (len == 9 && strncmp(host, "127.0.0.1", len) == 0)
        || (len == 5 && strncmp(host, "[::1]", len) == 0);
}

/* Any of the headers that proxies add for their clients. */
static bool is_forwarded(struct MHD_Connection *connection)
{
    static const char *const names[] = { "Forwarded", "Via", "X-Forwarded-For",
                                         "X-Real-IP" };
    bool found = false;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        found |= *header(connection, names[i]) != '\0';
    return found;
}

static void read_source(struct MHD_Connection *connection, struct http_source *source)
{
    static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info->client_addr;
    bool local;

    if (address->sa_family == AF_INET) {
        memcpy(source->address, mapped, sizeof mapped);
        memcpy(source->address + 12,
               &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    } else {
        memcpy(source->address,
               &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    }
    local = memcmp(source->address, mapped, sizeof mapped) == 0
              ? source->address[12] == 127
              : memcmp(source->address, &in6addr_loopback, 16) == 0;
    source->forwarded = is_forwarded(connection);
    source->loopback =
        local && host_is_local(header(connection, "Host")) && !source->forwarded;
}

static struct exchange *exchange_new(struct MHD_Connection *connection, const char *url,
                                     const char *method)
{
    struct exchange *made = calloc(1, sizeof *made);

    if (made == NULL)
        return NULL;
    snprintf(made->path, sizeof made->path, "%s", url);
    made->head.path = made->path;
    made->head.method = method_of(method);
    made->head.content_type = header(connection, "Content-Type");
    made->head.if_match = header(connection, "If-Match");
    made->head.authorization = header(connection, "Authorization");
    read_source(connection, &made->head.source);
    return made;
}

static void exchange_free(struct exchange *exchange)
{
    http_response_clear(&exchange->response);
    free(exchange->body);
    free(exchange);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)code;
    if (*context != NULL)
        exchange_free(*context);
    *context = NULL;
    set_due(connection, in_seconds(user, HTTP_KEPT_S));
}

static void refuse(struct exchange *exchange, unsigned status, const char *detail)
{
    struct problem problem;

    problem_set(&problem, status, "%s", detail);
    exchange->response.num_headers = exchange->num_headers;
    http_respond_problem(&exchange->response, &problem);
    exchange->refused = true;
}

static bool keep_body(struct exchange *exchange, const char *bytes, size_t len)
{
    char *grown;

    exchange->received += len;
    if (exchange->refused)
        return exchange->received <= HTTP_DISCARDED;
    if (exchange->received > HTTP_BODY) {
        refuse(exchange, 413, "The body is too long: at most 64 KiB are read.");
        return true;
    }
    grown = realloc(exchange->body, exchange->len + len);
    if (grown == NULL)
        return false;
    memcpy(grown + exchange->len, bytes, len);
    exchange->body = grown;
    exchange->len += len;
    return true;
}

static struct MHD_Response *response_of(struct http_server *server,
                                        struct MHD_Connection *connection,
                                        struct exchange *exchange)
{
    struct http_response *response = &exchange->response;
    enum MHD_ResponseMemoryMode mode = MHD_RESPMEM_PERSISTENT;

    if (response->stream.read != NULL)
        return stream_response(server, connection, exchange);
    if (response->release != NULL)
        mode = MHD_RESPMEM_MUST_COPY;
    return MHD_create_response_from_buffer(response->len, (void *)(uintptr_t)response->body,
                                           mode);
}

static enum MHD_Result send_response(struct http_server *server,
                                     struct MHD_Connection *connection,
                                     struct exchange *exchange)
{
    const struct http_response *response = &exchange->response;
    struct MHD_Response *made = response_of(server, connection, exchange);
    enum MHD_Result result;

    if (made == NULL)
        return MHD_NO;
    if (response->type != NULL)
        MHD_add_response_header(made, MHD_HTTP_HEADER_CONTENT_TYPE, response->type);
    for (size_t i = 0; i < response->num_headers; i++)
        MHD_add_response_header(made, response->headers[i].name,
                                response->headers[i].value);
    result = MHD_queue_response(connection, response->status, made);
    MHD_destroy_response(made);
    if (result == MHD_YES)
        server->handler.count_response(server->handler.user, response->status);
    set_due(connection, response->stream.read != NULL
                            ? SKIFF_NEVER
                            : in_seconds(server, HTTP_RESPONSE_S));
    return result;
}

/* A client that asks first (Expect: 100-continue) gets a refusal at once, all others when
 * their body has been read: some look at no response before. */
static enum MHD_Result begin_request(struct http_server *server,
                                     struct MHD_Connection *connection,
                                     struct exchange *exchange)
{
    const char *length = header(connection, "Content-Length");

    server->handler.add_headers(server->handler.user, &exchange->head, &exchange->response);
    exchange->num_headers = exchange->response.num_headers;
    if (strtoull(length, NULL, 10) > HTTP_BODY)
        refuse(exchange, 413, "The body is too long: at most 64 KiB are read.");
    else
        exchange->refused = !server->handler.admit(server->handler.user, &exchange->head,
                                                   &exchange->response);
    if (exchange->refused && *header(connection, "Expect") != '\0')
        return send_response(server, connection, exchange);
    return MHD_YES;
}

static void bound_streams(const struct http_server *server, struct exchange *exchange)
{
    struct http_stream *stream = &exchange->response.stream;
    const bool many =
        streams_of(server, exchange->head.source.address) >= HTTP_STREAMS_EACH;

    if (!many && server->num_streams < HTTP_STREAMS)
        return;
    stream->close(stream->user);
    *stream = (struct http_stream){ 0 };
    if (many)
        refuse(exchange, 429,
               "This address has as many streams of traces as it may have: "
               "close another page.");
    else
        refuse(exchange, 503, "All streams of traces are in use: close another page.");
}

/* libmicrohttpd calls it once for the head, for each part of the body, and at the end. */
/* NOLINTNEXTLINE(readability-function-size): the type is libmicrohttpd's */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version,
                                  const char *body, size_t *len, void **context)
{
    struct http_server *server = user;
    struct exchange *exchange = *context;

    (void)version;
    if (exchange == NULL) {
        *context = exchange = exchange_new(connection, url, method);
        if (exchange == NULL)
            return MHD_NO;
        exchange->head.received = server->now;
        return begin_request(server, connection, exchange);
    }
    if (*len > 0) {
        bool kept = keep_body(exchange, body, *len);

        *len = 0;
        return kept ? MHD_YES : MHD_NO;
    }
    exchange->head.received = server->now;
    exchange->head.body = (skiff_bytes){ (const uint8_t *)exchange->body, exchange->len };
    if (!exchange->refused)
        server->handler.handle(server->handler.user, &exchange->head, &exchange->response);
    if (exchange->response.stream.read != NULL)
        bound_streams(server, exchange);
    return send_response(server, connection, exchange);
}

/* --- the server --------------------------------------------------------------------- */

struct http_server *http_server_new(const struct http_config *config)
{
    struct http_server *server = calloc(1, sizeof *server);
    const struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)config->certificate },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)config->key },
        { MHD_OPTION_END, 0, NULL },
    };
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;

    if (server == NULL)
        return NULL;
    if (config->certificate != NULL)
        flags |= MHD_USE_TLS;
    if (config->address->sa_family == AF_INET6)
        flags |= MHD_USE_DUAL_STACK;
    server->handler = config->handler;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR, config->address,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_EACH,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_IDLE_S, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_ARRAY, config->certificate != NULL ? tls : &tls[2], MHD_OPTION_END);
    if (server->daemon != NULL)
        return server;
    free(server);
    return NULL;
}

void http_server_free(struct http_server *server)
{
    if (server == NULL)
        return;
    for (struct streaming *at = server->streams; at != NULL; at = at->next)
        if (at->suspended)
            MHD_resume_connection(at->connection);
    MHD_stop_daemon(server->daemon);
    free(server);
}

uint16_t http_server_port(const struct http_server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

int http_server_fd(const struct http_server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

skiff_time http_server_deadline(const struct http_server *server, skiff_time now)
{
    skiff_time due = SKIFF_NEVER;
    MHD_UNSIGNED_LONG_LONG wait;

    if (MHD_get_timeout(server->daemon, &wait) == MHD_YES)
        due = now + SKIFF_MSEC(wait);
    if (server->connections != NULL && server->swept + SKIFF_MSEC(1000) < due)
        due = server->swept + SKIFF_MSEC(1000);
    if (server->streams != NULL && server->ticked + SKIFF_MSEC(HTTP_STREAM_TICK_MS) < due)
        due = server->ticked + SKIFF_MSEC(HTTP_STREAM_TICK_MS);
    return due;
}

void http_server_run(struct http_server *server, skiff_time now)
{
    server->now = now;
    sweep_connections(server, now);
    tick_streams(server, now);
    MHD_run(server->daemon);
}
