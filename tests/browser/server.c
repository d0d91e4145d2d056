/* server.c - takes one call of a browser over HTTP, and says how it went in one JSON line.
 *
 *     GET /           the page, which publishes a fake camera and microphone
 *     POST /whip      its offer; our answer comes back (RFC 9725)
 *     POST /report    what its getStats says; the server prints that, and ends
 *                     once the browser has closed the call
 */
#include "call.h"
#include "sample.h"

#include <arpa/inet.h>
#include <glib-unix.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATIENCE = 45, GOODBYE = 2 /* seconds */, MOST_BODY = 65536 };

struct server {
    struct call *call;
    struct sample *sample; /* instead of the call; or NULL */
    struct MHD_Daemon *http;
    GString *report; /* empty until the browser has spoken */
    bool late;       /* nothing is waited for any more */
};

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned code,
                             const char *type, const char *body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(body), (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (code == MHD_HTTP_CREATED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, "/whip/1");
    result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result give_page(struct MHD_Connection *connection)
{
    enum MHD_Result result;
    char *page;

    if (!g_file_get_contents(BROWSER_PAGE, &page, NULL, NULL))
        return reply(connection, MHD_HTTP_NOT_FOUND, "text/plain", "no page");
    result = reply(connection, MHD_HTTP_OK, "text/html", page);
    g_free(page);
    return result;
}

static enum MHD_Result read_offer_body(struct server *server,
                                       struct MHD_Connection *connection, const char *offer)
{
    GString *answer = g_string_new(NULL);
    enum MHD_Result result;
    bool good = server->sample != NULL ? sample_set_offer(server->sample, offer, answer)
                                       : call_set_offer(server->call, offer, answer);

    if (good)
        result = reply(connection, MHD_HTTP_CREATED, "application/sdp", answer->str);
    else
        result = reply(connection, MHD_HTTP_BAD_REQUEST, "text/plain", "of no use here");
    g_string_free(answer, TRUE);
    return result;
}

static enum MHD_Result read_report_body(struct server *server,
                                        struct MHD_Connection *connection,
                                        const char *report)
{
    g_string_assign(server->report, report);
    return reply(connection, MHD_HTTP_OK, "text/plain", "");
}

static enum MHD_Result handle(struct server *server, struct MHD_Connection *connection,
                              const char *request, const char *body)
{
    if (strcmp(request, "GET /") == 0)
        return give_page(connection);
    if (strcmp(request, "POST /whip") == 0)
        return read_offer_body(server, connection, body);
    if (strcmp(request, "POST /report") == 0)
        return read_report_body(server, connection, body);
    return reply(connection, MHD_HTTP_NOT_FOUND, "text/plain", "not here");
}

/* First with no body yet, then with each part of it, and at last with none. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version,
                                  const char *part, size_t *len, void **kept)
{
    GString *body = *kept;
    enum MHD_Result result;
    char *request;

    (void)version;
    if (body == NULL) {
        *kept = g_string_new(NULL);
        return MHD_YES;
    }
    if (*len > 0) {
        if (body->len + *len > MOST_BODY)
            return MHD_NO;
        g_string_append_len(body, part, (gssize)*len);
        *len = 0;
        return MHD_YES;
    }
    request = g_strdup_printf("%s %s", method, url);
    result = handle(user, connection, request, body->str);
    g_free(request);
    return result;
}

static gboolean on_timeout(gpointer user)
{
    struct server *server = user;

    server->late = true;
    return G_SOURCE_CONTINUE;
}

static void on_completed(void *user, struct MHD_Connection *connection, void **kept,
                         enum MHD_RequestTerminationCode how)
{
    struct server *server = user;

    (void)connection;
    (void)how;
    if (*kept != NULL)
        g_string_free(*kept, TRUE);
    *kept = NULL;
    if (server->report->len > 0)
        g_timeout_add_seconds(GOODBYE, on_timeout, server);
}

static gboolean on_http(gint fd, GIOCondition condition, gpointer user)
{
    struct server *server = user;
    MHD_UNSIGNED_LONG_LONG wait;

    (void)fd;
    (void)condition;
    do
        MHD_run(server->http);
    while (MHD_get_timeout(server->http, &wait) == MHD_YES && wait == 0);
    return G_SOURCE_CONTINUE;
}

static bool open_http(struct server *server)
{
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_addr = { htonl(INADDR_LOOPBACK) } };
    const union MHD_DaemonInfo *info;

    server->http = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR, &here,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_END);
    if (server->http == NULL)
        return false;
    info = MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_EPOLL_FD);
    g_unix_fd_add(info->epoll_fd, G_IO_IN, on_http, server);
    info = MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_BIND_PORT);
    printf("http://127.0.0.1:%u/\n", info->port);
    fflush(stdout);
    return true;
}

static void print_report(struct server *server)
{
    GString *json = g_string_new("{");

    if (server->sample != NULL)
        sample_report(server->sample, json);
    else
        call_report(server->call, json);
    g_string_append_printf(json, ",\"browser\":%s}",
                           server->report->len > 0 ? server->report->str : "null");
    puts(json->str);
    g_string_free(json, TRUE);
}

static bool is_over(const struct server *server)
{
    bool ended = server->sample != NULL ? sample_has_ended(server->sample)
                                        : call_has_ended(server->call);

    return server->late || (server->report->len > 0 && ended);
}

static void serve(struct server *server)
{
    server->report = g_string_new(NULL);
    g_timeout_add_seconds(PATIENCE, on_timeout, server);
    if (open_http(server)) {
        while (!is_over(server))
            g_main_context_iteration(NULL, TRUE);
        MHD_stop_daemon(server->http);
        print_report(server);
    }
    g_string_free(server->report, TRUE);
}

static bool read_option(struct call_options *wishes, const char *argument)
{
    if (strcmp(argument, "newest=1.2") == 0)
        wishes->max_version = SKIFF_DTLS_1_2;
    else if (strcmp(argument, "oldest=1.3") == 0)
        wishes->min_version = SKIFF_DTLS_1_3;
    else if (strcmp(argument, "group=secp256r1") == 0)
        wishes->group = 0x0017;
    else if (strcmp(argument, "group=X25519MLKEM768") == 0)
        wishes->group = 0x11ec;
    else if (strcmp(argument, "role=active") == 0)
        wishes->role = SKIFF_ROLE_ACTIVE;
    else if (strcmp(argument, "tcp") == 0)
        wishes->tcp = true;
    else if (strcmp(argument, "door") == 0)
        wishes->ask_back = true;
    else if (strcmp(argument, "agent") == 0)
        wishes->agent = true;
    else if (g_str_has_prefix(argument, "sample="))
        wishes->sample = argument + 7;
    else if (g_str_has_prefix(argument, "alpn="))
        wishes->protocol = argument + 5;
    else if (g_str_has_prefix(argument, "lose="))
        wishes->losses = argument + 5;
    else if (g_str_has_prefix(argument, "loss="))
        wishes->percent = (unsigned)strtoul(argument + 5, NULL, 10);
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    struct server server = { 0 };
    struct call_options wishes = { 0 };

    for (int i = 1; i < argc; i++)
        if (!read_option(&wishes, argv[i])) {
            fprintf(stderr, "usage: browser_server [newest=1.2] [oldest=1.3] "
                            "[group=secp256r1|X25519MLKEM768] [role=active] "
                            "[alpn=PROTOCOL] [lose=0101...] [loss=PERCENT] [door] [tcp] "
                            "[sample=PROGRAM [agent]]\n");
            return 2;
        }
    if (wishes.sample != NULL)
        server.sample = sample_new(wishes.sample, wishes.agent);
    else
        server.call = call_new(&wishes);
    if (server.call == NULL && server.sample == NULL) {
        fprintf(stderr, wishes.group != 0 ? "this libcrypto has no such group\n"
                                          : "our end cannot be made\n");
        return 1;
    }
    serve(&server);
    if (server.call != NULL)
        call_free(server.call);
    sample_free(server.sample);
    return 0;
}
