/* server_query.c - sends one request to a STUN or TURN server. */
#include "server_query.h"

#include "base/memory.h"
#include "loop_source.h"
#include "server_request.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    INITIAL_WAIT = 500, /* milliseconds; doubled for each repeat (RFC 8489 6.2.1) */
    MAX_SENT = 3,       /* so that silence is reported after 3.5 s */
    MAX_STALE = 3,      /* nonces, after which the server is given up */
    MAX_PORTS = 3,      /* RFC 8656 7.4: tried before giving up */
    UNAUTHORIZED = 401,
    MISMATCH = 437,
    STALE_NONCE = 438
};

struct server_query {
    struct server_query_options options;
    int fd;
    GSource *readable, *timer;
    uint8_t request[REQUEST_SIZE];
    size_t len;
    struct request_challenge challenge;
    uint8_t stream[REQUEST_SIZE]; /* of TCP, not whole yet */
    size_t stream_len;
    unsigned sent, stale, ports;
    bool has_credentials; /* the request has credentials */
    bool unreachable;     /* the network reports that */
};

static void begin(struct server_query *query);

/* --- its socket and its timer --------------------------------------------------------- */

static void close_socket(struct server_query *query)
{
    skf_source_free(&query->readable);
    skf_source_free(&query->timer);
    if (query->fd >= 0)
        close(query->fd);
    query->fd = -1;
    query->stream_len = 0;
}

/* The last access to a query: the callback may free it. */
static void finish(struct server_query *query, enum server_query_result result,
                   uint16_t code)
{
    close_socket(query);
    query->options.done(query->options.context, result, code);
}

static void send_request(struct server_query *query)
{
    ssize_t sent = send(query->fd, query->request, query->len, MSG_NOSIGNAL);

    query->unreachable = query->unreachable || (sent < 0 && errno != EAGAIN);
}

/* --- responses ------------------------------------------------------------------------ */

static struct request_credentials credentials_of(const struct server_query *query)
{
    return (struct request_credentials){ query->options.user, query->options.password };
}

static bool write_request(struct server_query *query, enum request_kind kind)
{
    struct request_credentials credentials = credentials_of(query);

    query->len = skf_request_write(kind, &credentials, &query->challenge, query->request);
    query->has_credentials = query->challenge.realm.len > 0;
    return query->len > 0;
}

static void wait_again(struct server_query *query, guint wait);

static void retry(struct server_query *query)
{
    if (!write_request(query, REQUEST_ALLOCATE)) {
        finish(query, QUERY_REFUSED, 0);
        return;
    }
    query->sent = 1;
    send_request(query);
    wait_again(query, INITIAL_WAIT);
}

/* Twice, as no response is awaited. */
static void release(struct server_query *query)
{
    if (!query->options.turn || !write_request(query, REQUEST_RELEASE))
        return;
    send_request(query);
    if (!query->options.tcp)
        send_request(query);
}

static bool needs_credentials(const struct server_query *query,
                              const struct request_response *response)
{
    return query->options.turn && response->is_challenge
        && ((response->code == UNAUTHORIZED && !query->has_credentials)
            || (response->code == STALE_NONCE && query->stale < MAX_STALE));
}

static void handle_response(struct server_query *query,
                            const struct request_response *response)
{
    if (response->good) {
        release(query);
        finish(query, QUERY_GOOD, 0);
    } else if (needs_credentials(query, response)) {
        query->stale += response->code == STALE_NONCE ? 1 : 0;
        retry(query);
    } else if (response->code == MISMATCH && query->ports < MAX_PORTS) {
        close_socket(query);
        begin(query);
    } else {
        finish(query, QUERY_REFUSED, response->code);
    }
}

static bool read_response(struct server_query *query, const uint8_t *bytes, size_t len)
{
    struct request_response response;

    if (!skf_request_read_response(query->request, (skiff_bytes){ bytes, len }, &response,
                                   &query->challenge))
        return false;
    handle_response(query, &response);
    return true;
}

/* --- what is readable ----------------------------------------------------------------- */

static void read_datagrams(struct server_query *query)
{
    uint8_t bytes[REQUEST_SIZE];
    ssize_t got;

    while ((got = recv(query->fd, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0)
        if (read_response(query, bytes, (size_t)got))
            return;
    query->unreachable = query->unreachable || errno != EAGAIN;
}

/* RFC 8656 section 2.1: over TCP the length of a message is in its header. */
static void read_stream(struct server_query *query)
{
    ssize_t got = recv(query->fd, query->stream + query->stream_len,
                       sizeof query->stream - query->stream_len, MSG_DONTWAIT);
    skiff_bytes begun = { query->stream, query->stream_len + (got > 0 ? (size_t)got : 0) };
    size_t whole = skf_request_length(begun);

    if (got < 0 && errno == EAGAIN)
        return;
    query->stream_len = begun.len;
    if (got <= 0 || whole > sizeof query->stream) {
        finish(query, QUERY_UNREACHABLE, 0);
        return;
    }
    if (whole == 0 || begun.len < whole)
        return;
    query->stream_len = 0;
    if (!read_response(query, query->stream, whole))
        finish(query, QUERY_UNREACHABLE, 0);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct server_query *query = data;

    (void)fd, (void)condition;
    if (query->options.tcp)
        read_stream(query);
    else
        read_datagrams(query);
    return G_SOURCE_CONTINUE;
}

static void watch(struct server_query *query, GIOCondition condition,
                  GUnixFDSourceFunc callback)
{
    skf_source_free(&query->readable);
    query->readable = g_unix_fd_source_new(query->fd, condition);
    g_source_set_callback(query->readable, G_SOURCE_FUNC(callback), query, NULL);
    g_source_attach(query->readable, query->options.loop);
}

static gboolean on_connected(gint fd, GIOCondition condition, gpointer data)
{
    struct server_query *query = data;
    int fault = 0;
    socklen_t len = sizeof fault;

    (void)fd, (void)condition;
    if (getsockopt(query->fd, SOL_SOCKET, SO_ERROR, &fault, &len) != 0 || fault != 0) {
        finish(query, QUERY_UNREACHABLE, 0);
        return G_SOURCE_REMOVE;
    }
    watch(query, G_IO_IN, on_readable);
    send_request(query);
    return G_SOURCE_REMOVE;
}

/* --- time ----------------------------------------------------------------------------- */

static gboolean on_time(gpointer data)
{
    struct server_query *query = data;

    if (query->sent >= MAX_SENT) {
        finish(query, query->unreachable ? QUERY_UNREACHABLE : QUERY_TIMEOUT, 0);
        return G_SOURCE_REMOVE;
    }
    if (!query->options.tcp) /* TCP repeats by itself */
        send_request(query);
    query->sent++;
    wait_again(query, (guint)INITIAL_WAIT << (query->sent - 1));
    return G_SOURCE_REMOVE;
}

static void wait_again(struct server_query *query, guint wait)
{
    skf_source_free(&query->timer);
    query->timer = g_timeout_source_new(wait);
    g_source_set_callback(query->timer, on_time, query, NULL);
    g_source_attach(query->timer, query->options.loop);
}

/* --- the beginning -------------------------------------------------------------------- */

static socklen_t to_sockaddr(const NiceAddress *address, struct sockaddr_storage *storage)
{
    memset(storage, 0, sizeof *storage);
    nice_address_copy_to_sockaddr(address, (struct sockaddr *)storage);
    return storage->ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                         : sizeof(struct sockaddr_in6);
}

static bool open_socket(struct server_query *query)
{
    const struct server_query_options *options = &query->options;
    struct sockaddr_storage from, to;
    socklen_t from_len, to_len = to_sockaddr(&options->server, &to);
    int type = options->tcp ? SOCK_STREAM : SOCK_DGRAM;

    query->fd = socket(to.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (query->fd < 0)
        return false;
    if (options->from.s.addr.sa_family == to.ss_family) {
        from_len = to_sockaddr(&options->from, &from); /* its port is 0 */
        if (bind(query->fd, (const struct sockaddr *)&from, from_len) != 0)
            return false;
    }
    return connect(query->fd, (const struct sockaddr *)&to, to_len) == 0
        || (options->tcp && errno == EINPROGRESS);
}

/* A failure to begin is reported from the loop, like all others. */
static void begin(struct server_query *query)
{
    memset(&query->challenge, 0, sizeof query->challenge);
    query->ports++;
    query->sent = 1;
    if (!open_socket(query)
        || !write_request(query,
                          query->options.turn ? REQUEST_ALLOCATE : REQUEST_BINDING)) {
        query->unreachable = true;
        query->sent = MAX_SENT;
        wait_again(query, 0);
        return;
    }
    if (query->options.tcp) {
        watch(query, G_IO_OUT, on_connected);
    } else {
        watch(query, G_IO_IN, on_readable);
        send_request(query);
    }
    wait_again(query, INITIAL_WAIT);
}

struct server_query *skf_server_query_new(const struct server_query_options *options)
{
    struct server_query *query = skf_acquire(NULL, sizeof *query);

    if (query == NULL)
        return NULL;
    query->options = *options;
    query->fd = -1;
    begin(query);
    return query;
}

void skf_server_query_free(struct server_query *query)
{
    if (query == NULL)
        return;
    close_socket(query);
    skf_release(NULL, query, sizeof *query);
}
