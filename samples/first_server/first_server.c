/* first_server.c - the smallest server for browsers: the media of each one is sent back to
 * it. docs/first-server.md explains the program.
 *
 *     first_server [MEDIA-ADDRESS [HTTP-PORT]]      if not said: 0.0.0.0:0 8080
 *
 *     GET /                                 the page, first_server.html
 *     POST /join?ufrag=U&fingerprint=F      makes a peer, returns its lines of the answer
 *     POST /shown?frames=N                  what the browser has shown of what came back
 */
#include "../common/basics.h"
#include "../common/wait.h"

#include <skiff/port.h>
#include <skiff/skiff.h>

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdlib.h>

enum { BATCH = 256, MOST_CANDIDATES = 32, ANSWER = 8192 };

struct server {
    struct basics basics;
    skiff_port *port;
    struct MHD_Daemon *http;
    char *page;
    unsigned long unsent; /* packets */
};

/* --- media ---------------------------------------------------------------------------- */

/* RTCP goes back as well: the browser hears how its own packets have arrived. */
static void on_media(void *user, skiff_peer *peer, skiff_packet *packet, skiff_kind kind)
{
    const skiff_packet *plain = packet;

    struct server *server = user;

    (void)kind;
    if (skiff_peer_send_copies(peer, &plain, 1, NULL, NULL) != SKIFF_OK)
        server->unsent++;
}

static void on_event(void *user, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes)
{
    skiff_peer_info info;
    skiff_failure failure;

    (void)user;
    (void)bytes;
    skiff_peer_get_info(peer, &info, sizeof info);
    printf("%s %s\n", skiff_peer_event_name(event), info.remote);
    if (event == SKIFF_PEER_FAILED) {
        skiff_transport_failure(skiff_peer_transport(peer), &failure, sizeof failure);
        print_failure(&failure);
    }
    if (event == SKIFF_PEER_CLOSED || event == SKIFF_PEER_FAILED
        || event == SKIFF_PEER_CONSENT_LOST)
        skiff_peer_free(peer);
}

/* --- signalling ----------------------------------------------------------------------- */

/* What each m= section of the answer says of the transport; all have the same one. */
static void write_answer(const struct server *server, const skiff_peer *peer, char *text)
{
    char fingerprint[SKIFF_FINGERPRINT_TEXT];
    const char *ufrag, *password, *candidate;

    skiff_peer_credentials(peer, &ufrag, &password);
    own_fingerprint(&server->basics, fingerprint);
    int len = snprintf(text, ANSWER,
                       "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:%s\r\n"
                       "a=setup:passive\r\n",
                       ufrag, password, fingerprint);
    for (size_t i = 0; i < MOST_CANDIDATES; i++) {
        candidate = skiff_port_candidate_at(server->port, i);
        if (candidate == NULL)
            break;
        len += snprintf(text + len, (size_t)(ANSWER - len), "a=candidate:%.160s\r\n",
                        candidate);
    }
    snprintf(text + len, (size_t)(ANSWER - len), "a=end-of-candidates\r\n");
}

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned code,
                             const char *type, const char *body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(body), (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);

    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    enum MHD_Result result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static const char *argument(struct MHD_Connection *connection, const char *name)
{
    const char *value =
        MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);

    return value != NULL ? value : "";
}

static enum MHD_Result join(struct server *server, struct MHD_Connection *connection)
{
    char answer[ANSWER];
    skiff_fingerprint theirs;
    skiff_peer *peer;

    if (skiff_fingerprint_parse(argument(connection, "fingerprint"), &theirs) != SKIFF_OK)
        return reply(connection, MHD_HTTP_BAD_REQUEST, "text/plain", "bad fingerprint");
    if (skiff_peer_new(server->port, SKIFF_ROLE_PASSIVE, clock_now(), &peer) != SKIFF_OK)
        return reply(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain", "all in use");
    if (skiff_peer_set_remote(peer, argument(connection, "ufrag"), &theirs, 1)
        != SKIFF_OK) {
        skiff_peer_free(peer);
        return reply(connection, MHD_HTTP_BAD_REQUEST, "text/plain", "bad ufrag");
    }
    write_answer(server, peer, answer);
    return reply(connection, MHD_HTTP_CREATED, "application/sdp", answer);
}

/* libmicrohttpd calls it once for the headers, and again when the request is complete. */
/* NOLINTNEXTLINE(readability-function-size): the type is libmicrohttpd's */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version,
                                  const char *body, size_t *len, void **seen)
{
    struct server *server = user;

    (void)version;
    (void)body;
    if (*seen == NULL || *len > 0) { /* there is no body to be read */
        *seen = server;
        *len = 0;
        return MHD_YES;
    }
    if (strcmp(method, "GET") == 0 && strcmp(url, "/") == 0)
        return reply(connection, MHD_HTTP_OK, "text/html", server->page);
    if (strcmp(method, "POST") == 0 && strcmp(url, "/join") == 0)
        return join(server, connection);
    if (strcmp(method, "POST") == 0 && strcmp(url, "/shown") == 0) {
        printf("the browser has shown %.9s frames\n", argument(connection, "frames"));
        return reply(connection, MHD_HTTP_OK, "text/plain", "");
    }
    return reply(connection, MHD_HTTP_NOT_FOUND, "text/plain", "not here");
}

/* --- the server ----------------------------------------------------------------------- */

static char *read_page(void)
{
    FILE *file = fopen(FIRST_SERVER_PAGE, "r");
    char *page = NULL;
    size_t size = 0;

    if (file == NULL || getdelim(&page, &size, '\0', file) <= 0)
        fprintf(stderr, "%s: %s\n", FIRST_SERVER_PAGE, strerror(errno));
    if (file != NULL)
        fclose(file);
    return page;
}

static bool open_port(struct server *server, const char *address)
{
    skiff_port_config config = skiff_port_defaults();

    config.address = address;
    config.context = server->basics.context;
    config.user = server;
    config.on_media = on_media;
    config.on_event = on_event;
    return port_worked(skiff_port_new(&config, &server->port), address);
}

/* On this host alone: browsers give a camera to localhost, and else to HTTPS only. */
static bool open_http(struct server *server, const char *port)
{
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                .sin_addr = { htonl(INADDR_LOOPBACK) } };

    server->http = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, server,
                                    MHD_OPTION_SOCK_ADDR, &here, MHD_OPTION_END);
    if (server->http != NULL)
        printf("media at %s; open http://localhost:%u/\n", skiff_port_address(server->port),
               MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_BIND_PORT)->port);
    else
        fprintf(stderr, "HTTP port %s: %s\n", port, strerror(errno));
    return server->http != NULL;
}

static skiff_time deadline(const struct server *server)
{
    skiff_time due = skiff_port_deadline(server->port), http_due;
    MHD_UNSIGNED_LONG_LONG wait;

    if (MHD_get_timeout(server->http, &wait) != MHD_YES)
        return due;
    http_due = clock_now() + SKIFF_MSEC(wait);
    return http_due < due ? http_due : due;
}

static void serve(struct server *server)
{
    const union MHD_DaemonInfo *http =
        MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd ready[] = { { skiff_port_fd(server->port), POLLIN, 0 },
                              { http->epoll_fd, POLLIN, 0 } };

    while (wait_until(ready, 2, deadline(server))) {
        skiff_port_run(server->port, clock_now(), BATCH);
        MHD_run(server->http);
    }
}

int main(int argc, char **argv)
{
    struct server server = { 0 };

    if (argc > 3) {
        fprintf(stderr, "usage: first_server [MEDIA-ADDRESS [HTTP-PORT]]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    hold_interrupts();
    server.page = read_page();
    bool opened = server.page != NULL && basics_open(&server.basics, false)
               && open_port(&server, argc > 1 ? argv[1] : "0.0.0.0:0")
               && open_http(&server, argc > 2 ? argv[2] : "8080");
    if (opened)
        serve(&server);
    if (server.http != NULL)
        MHD_stop_daemon(server.http);
    skiff_port_free(server.port); /* says close_notify to all peers */
    basics_close(&server.basics);
    free(server.page);
    return opened ? 0 : 1;
}
