/* http_test.c - HTTP on loopback: the real server and the real handlers, clients that are
 * slow, rude or many, and a clock that the test turns. */
#include "samples/sfu/http_server.h"
#include "suite.h"
#include "testbed.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { RESPONSE = 8192, TURNS = 20000 };

struct site_setup {
    struct testbed testbed;
    struct http_server *server;
    skiff_time now;
};

static void open_setup(struct site_setup *setup)
{
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_addr = { htonl(INADDR_LOOPBACK) } };
    const struct http_config config = {
        .address = (const struct sockaddr *)&here,
        .handler = { &setup->testbed.site, site_add_headers, site_admit, site_handle,
                     site_count_response },
    };

    setup->now = SKIFF_MSEC(1000);
    testbed_open(&setup->testbed);
    setup->server = http_server_new(&config);
    CU_ASSERT_PTR_NOT_NULL_FATAL(setup->server);
    http_server_run(setup->server, setup->now);
}

static void close_setup(struct site_setup *setup)
{
    http_server_free(setup->server);
    testbed_close(&setup->testbed);
}

static void pass(struct site_setup *setup, unsigned seconds)
{
    setup->now += SKIFF_MSEC(1000u * seconds);
    http_server_run(setup->server, setup->now);
}

/* From 127.0.0.`host`. */
static int call_from(struct site_setup *setup, uint8_t host)
{
    const struct sockaddr_in here = { .sin_family = AF_INET,
                                      .sin_addr = { htonl(0x7F000000u + host) } };
    const struct sockaddr_in there = { .sin_family = AF_INET,
                                       .sin_port = htons(http_server_port(setup->server)),
                                       .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    CU_ASSERT_FATAL(fd >= 0 && bind(fd, (const struct sockaddr *)&here, sizeof here) == 0
                    && connect(fd, (const struct sockaddr *)&there, sizeof there) == 0
                    && fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    http_server_run(setup->server, setup->now);
    return fd;
}

static int call(struct site_setup *setup)
{
    return call_from(setup, 1);
}

/* Sends all, for as long as the server reads. */
static bool send_all(struct site_setup *setup, int fd, const char *bytes, size_t len)
{
    size_t sent = 0;

    for (unsigned turn = 0; sent < len && turn < TURNS; turn++) {
        ssize_t part = send(fd, bytes + sent, len - sent, MSG_NOSIGNAL);

        if (part < 0 && errno != EAGAIN)
            return false;
        sent += part > 0 ? (size_t)part : 0;
        http_server_run(setup->server, setup->now);
    }
    return sent == len;
}

/* A response is complete when as many bytes follow its head as it says. */
static bool is_complete(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n"), *length = strstr(text, "Content-Length: ");

    return end != NULL
        && (length == NULL || strlen(end + 4) >= strtoul(length + 16, NULL, 10));
}

/* Reads one response; returns its status. 0: the connection ended, or none came. */
static unsigned receive(struct site_setup *setup, int fd, char text[RESPONSE])
{
    struct pollfd ready[] = { { fd, POLLIN, 0 },
                              { http_server_fd(setup->server), POLLIN, 0 } };
    size_t len = 0;

    text[0] = '\0';
    for (unsigned turn = 0; turn < TURNS && !is_complete(text); turn++) {
        http_server_run(setup->server, setup->now);
        poll(ready, 2,
             http_server_deadline(setup->server, setup->now) > setup->now ? 10 : 0);
        ssize_t part = recv(fd, text + len, RESPONSE - 1 - len, 0);

        if (part == 0 || (part < 0 && errno != EAGAIN))
            break;
        len += part > 0 ? (size_t)part : 0;
        text[len] = '\0';
    }
    return is_complete(text) ? (unsigned)strtoul(text + strlen("HTTP/1.1 "), NULL, 10) : 0;
}

static bool is_closed(struct site_setup *setup, int fd)
{
    char byte;

    for (unsigned turn = 0; turn < 100; turn++) {
        http_server_run(setup->server, setup->now);
        ssize_t got = recv(fd, &byte, 1, 0);

        if (got == 0 || (got < 0 && errno == ECONNRESET))
            return true;
    }
    return false;
}

static unsigned ask_on(struct site_setup *setup, int fd, const char *request,
                       char text[RESPONSE])
{
    return send_all(setup, fd, request, strlen(request)) ? receive(setup, fd, text) : 0;
}

static unsigned ask(struct site_setup *setup, const char *request, char text[RESPONSE])
{
    int fd = call(setup);
    unsigned status = ask_on(setup, fd, request, text);

    close(fd);
    http_server_run(setup->server, setup->now);
    return status;
}

#define HOST "Host: localhost\r\n"

static char *post_of(const char *path, const char *offer)
{
    char *body = offer_text(offer), *request = NULL;

    CU_ASSERT_FATAL(asprintf(&request,
                             "POST %s HTTP/1.1\r\n" HOST "Content-Type: application/sdp\r\n"
                             "Content-Length: %zu\r\n\r\n%s",
                             path, strlen(body), body)
                    > 0);
    free(body);
    return request;
}

static unsigned count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned num = 0;

    while (readdir(folder) != NULL)
        num++;
    closedir(folder);
    return num;
}

/* --- requests ----------------------------------------------------------------------- */

static void an_offer_by_a_socket_gets_its_session(void)
{
    struct site_setup setup;
    char text[RESPONSE], *request = post_of("/whip/a", FIREFOX_PUBLISH);

    open_setup(&setup);
    CU_ASSERT_EQUAL(ask(&setup, request, text), 201);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Location: /session/"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\r\n\r\nv=0\r\n"));
    free(request);
    close_setup(&setup);
}

static void a_connection_has_one_request_after_another(void)
{
    struct site_setup setup;
    char text[RESPONSE], *request = post_of("/whip/a", FIREFOX_PUBLISH);
    int fd;

    open_setup(&setup);
    fd = call(&setup);
    CU_ASSERT_EQUAL(ask_on(&setup, fd, request, text), 201);
    pass(&setup, HTTP_KEPT_S - 1);
    CU_ASSERT_EQUAL(ask_on(&setup, fd, "GET /streams HTTP/1.1\r\n" HOST "\r\n", text), 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"name\":\"a\""));
    pass(&setup, HTTP_KEPT_S + 1);
    CU_ASSERT_TRUE(is_closed(&setup, fd));
    close(fd);
    free(request);
    close_setup(&setup);
}

static void what_is_no_http_is_refused(void)
{
    static const char *const bad[] = { "\x16\x03\x01\x02\r\n\r\n", "GET\r\n\r\n",
                                       "\r\n\r\n\r\n\r\nX\r\n\r\n" };
    struct site_setup setup;
    char text[RESPONSE];

    open_setup(&setup);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        unsigned status = ask(&setup, bad[i], text);

        CU_ASSERT_TRUE(status == 0 || status / 100 == 4);
    }
    CU_ASSERT_EQUAL(ask(&setup, "BREW / HTTP/1.1\r\n" HOST "\r\n", text), 405);
    CU_ASSERT_EQUAL(ask(&setup, "GET / HTTP/1.1\r\n" HOST "\r\n", text), 200);
    close_setup(&setup);
}

static void this_host_sees_what_operators_see_if_the_host_header_is_its_own(void)
{
    struct site_setup setup;
    char text[RESPONSE];

    open_setup(&setup);
    CU_ASSERT_EQUAL(
        ask(&setup, "GET /stats HTTP/1.1\r\nHost: localhost:8080\r\n\r\n", text), 200);
    CU_ASSERT_EQUAL(ask(&setup, "GET /stats HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", text),
                    200);
    CU_ASSERT_EQUAL(ask(&setup, "GET /stats HTTP/1.1\r\nHost: evil.example\r\n\r\n", text),
                    401);
    CU_ASSERT_EQUAL(
        ask(&setup, "GET /stats HTTP/1.1\r\nHost: localhost.evil\r\n\r\n", text), 401);
    CU_ASSERT_EQUAL(ask(&setup,
                        "GET /stats HTTP/1.1\r\n" HOST "X-Forwarded-For: 192.0.2.1\r\n\r\n",
                        text),
                    401);
    CU_ASSERT_EQUAL(
        ask(&setup, "GET /stats HTTP/1.1\r\n" HOST "Via: 1.1 proxy\r\n\r\n", text), 401);
    close_setup(&setup);
}

/* --- bodies ------------------------------------------------------------------------- */

static bool another_origin_may_read(const char *text)
{
    static const char allowed[] = "\r\nAccess-Control-Allow-Origin: *\r\n";
    const char *found = strstr(text, allowed);

    return found != NULL && strstr(found + 2, allowed) == NULL;
}

static void a_body_of_10_mb_gets_413_and_is_not_kept(void)
{
    static const char head[] =
        "POST /whip/a HTTP/1.1\r\n" HOST "Content-Type: application/sdp\r\n"
        "Content-Length: 10000000\r\n\r\n";
    struct site_setup setup;
    char text[RESPONSE], *body = calloc(1, 10000000);
    int fd;

    open_setup(&setup);
    fd = call(&setup);
    CU_ASSERT_TRUE(send_all(&setup, fd, head, strlen(head)));
    CU_ASSERT_TRUE(send_all(&setup, fd, body, 10000000));
    CU_ASSERT_EQUAL(receive(&setup, fd, text), 413);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "application/problem+json"));
    CU_ASSERT_EQUAL(ask_on(&setup, fd, "GET /streams HTTP/1.1\r\n" HOST "\r\n", text), 200);
    close(fd);
    free(body);
    close_setup(&setup);
}

static void a_client_that_asks_first_gets_413_before_it_sends(void)
{
    struct site_setup setup;
    char text[RESPONSE];

    open_setup(&setup);
    CU_ASSERT_EQUAL(ask(&setup,
                        "POST /whip/a HTTP/1.1\r\n" HOST "Content-Type: application/sdp\r\n"
                        "Content-Length: 10000000\r\nExpect: 100-continue\r\n\r\n",
                        text),
                    413);
    close_setup(&setup);
}

static void each_response_is_counted_once(void)
{
    static const struct http_request metrics = { .method = HTTP_GET, .path = "/metrics" };
    struct site_setup setup;
    char text[RESPONSE];

    open_setup(&setup);
    setup.testbed.source.loopback = true;
    CU_ASSERT_EQUAL(ask(&setup, "GET /streams HTTP/1.1\r\n" HOST "\r\n", text), 200);
    CU_ASSERT_EQUAL(ask(&setup, "GET /nothing HTTP/1.1\r\n" HOST "\r\n", text), 404);
    CU_ASSERT_EQUAL(
        ask(&setup, "POST /whip/a HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", text),
        415);
    CU_ASSERT_EQUAL(ask(&setup,
                        "POST /whip/a HTTP/1.1\r\n" HOST "Content-Length: 10000000\r\n"
                        "Expect: 100-continue\r\n\r\n",
                        text),
                    413); /* which the server makes by itself */
    CU_ASSERT_EQUAL(testbed_send(&setup.testbed, &metrics), 200);
    CU_ASSERT_TRUE(testbed_shows(&setup.testbed, "responses_total{class=\"2xx\"} 1\n"));
    CU_ASSERT_TRUE(testbed_shows(&setup.testbed, "responses_total{class=\"4xx\"} 3\n"));
    close_setup(&setup);
}

static void a_body_without_a_length_is_bounded_too(void)
{
    static const char head[] =
        "POST /whip/a HTTP/1.1\r\n" HOST "Content-Type: application/sdp\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    struct site_setup setup;
    char text[RESPONSE], chunk[1024 + 8] = "400\r\n";
    int fd;

    memset(chunk + 5, 'a', 1024);
    memcpy(chunk + 5 + 1024, "\r\n", 2);
    open_setup(&setup);
    fd = call(&setup);
    CU_ASSERT_TRUE(send_all(&setup, fd, head, strlen(head)));
    for (unsigned i = 0; i < 2 * HTTP_BODY / 1024; i++)
        CU_ASSERT_TRUE(send_all(&setup, fd, chunk, 5 + 1024 + 2));
    CU_ASSERT_EQUAL(ask_on(&setup, fd, "0\r\n\r\n", text), 413);
    CU_ASSERT_TRUE(another_origin_may_read(text));
    close(fd);
    close_setup(&setup);
}

static void another_origin_reads_why_its_body_is_refused(void)
{
    static const struct {
        const char *path;
        bool readable;
    } cases[] = {
        { "/whip/a", true },
        { "/whep/a", true },
        { "/session/0123456789abcdef0123456789abcdef", true },
        { "/session/0123456789abcdef0123456789abcdef/prefer", true },
        { "/streams", false },
    };
    struct site_setup setup;
    char text[RESPONSE], request[256];

    open_setup(&setup);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(request, sizeof request,
                 "POST %s HTTP/1.1\r\n" HOST "Content-Length: 10000000\r\n"
                 "Expect: 100-continue\r\n\r\n",
                 cases[i].path);
        CU_ASSERT_EQUAL(ask(&setup, request, text), 413);
        CU_ASSERT_EQUAL(another_origin_may_read(text), cases[i].readable);
    }
    close_setup(&setup);
}

static void a_refusal_waits_for_the_body_and_reads_no_sdp(void)
{
    struct site_setup setup;
    char text[RESPONSE];

    open_setup(&setup);
    CU_ASSERT_EQUAL(ask(&setup,
                        "POST /whip/a HTTP/1.1\r\n" HOST "Content-Type: text/plain\r\n"
                        "Content-Length: 3\r\n\r\nv=0",
                        text),
                    415);
    CU_ASSERT_TRUE(another_origin_may_read(text));
    close_setup(&setup);
}

/* --- slow clients ------------------------------------------------------------------- */

static void a_head_that_comes_byte_by_byte_ends_the_connection(void)
{
    struct site_setup setup;
    int fd;

    open_setup(&setup);
    fd = call(&setup);
    CU_ASSERT_TRUE(send_all(&setup, fd, "POST /whip/a HT", 15));
    for (unsigned i = 0; i < HTTP_REQUEST_S - 1; i++) {
        pass(&setup, 1);
        CU_ASSERT_TRUE(send_all(&setup, fd, "T", 1));
    }
    CU_ASSERT_FALSE(is_closed(&setup, fd));
    pass(&setup, 2);
    CU_ASSERT_TRUE(is_closed(&setup, fd));
    close(fd);
    close_setup(&setup);
}

static void a_body_that_comes_byte_by_byte_disturbs_nobody(void)
{
    static const char head[] =
        "POST /whip/a HTTP/1.1\r\n" HOST "Content-Type: application/sdp\r\n"
        "Content-Length: 1000\r\n\r\n";
    struct site_setup setup;
    char text[RESPONSE];
    int fds[50];

    open_setup(&setup);
    for (size_t i = 0; i < 50; i++) {
        fds[i] = call(&setup);
        CU_ASSERT_TRUE(send_all(&setup, fds[i], head, strlen(head)));
    }
    for (unsigned second = 0; second < HTTP_REQUEST_S - 1; second++) {
        pass(&setup, 1);
        for (size_t i = 0; i < 50; i++)
            CU_ASSERT_TRUE(send_all(&setup, fds[i], "v", 1));
        CU_ASSERT_EQUAL(ask(&setup, "GET / HTTP/1.1\r\n" HOST "\r\n", text), 200);
    }
    pass(&setup, 2);
    for (size_t i = 0; i < 50; i++) {
        CU_ASSERT_TRUE(is_closed(&setup, fds[i]));
        close(fds[i]);
    }
    close_setup(&setup);
}

/* --- many --------------------------------------------------------------------------- */

static void a_thousand_posts_leave_nothing_behind(void)
{
    struct site_setup setup;
    char text[RESPONSE], *request = post_of("/whip/a", CHROMIUM_PUBLISH);
    unsigned before, made = 0, refused = 0;

    open_setup(&setup);
    CU_ASSERT_EQUAL(ask(&setup, "GET / HTTP/1.1\r\n" HOST "\r\n", text), 200);
    before = count_descriptors();
    for (unsigned i = 0; i < suite_rounds(1000); i++) {
        unsigned status = ask(&setup, request, text);

        setup.now += SKIFF_MSEC(1);
        made += status == 201;
        refused += status == 429;
    }
    CU_ASSERT_EQUAL(made + refused, suite_rounds(1000));
    CU_ASSERT_TRUE(made > 0);
    http_server_run(setup.server, setup.now);
    CU_ASSERT_EQUAL(count_descriptors(), before);
    free(request);
    close_setup(&setup);
}

/* --- streams ------------------------------------------------------------------------ */

static void trace_request(struct site_setup *setup, char id[SESSION_ID + 1],
                          char request[256])
{
    CU_ASSERT_EQUAL_FATAL(testbed_post(&setup->testbed, "/whip/a", CHROMIUM_PUBLISH), 201);
    strcpy(id, testbed_header(&setup->testbed, "Location") + strlen("/session/"));
    snprintf(request, 256, "GET /trace/%s HTTP/1.1\r\n" HOST "\r\n", id);
}

/* Runs until the text has this; a stream ends with a chunk of no bytes. */
static bool reads_until(struct site_setup *setup, int fd, const char *wanted,
                        char text[RESPONSE])
{
    size_t len = strlen(text);

    for (unsigned turn = 0; turn < 1000 && strstr(text, wanted) == NULL; turn++) {
        setup->now += SKIFF_MSEC(HTTP_STREAM_TICK_MS);
        http_server_run(setup->server, setup->now);
        ssize_t part = recv(fd, text + len, RESPONSE - 1 - len, 0);

        len += part > 0 ? (size_t)part : 0;
        text[len] = '\0';
    }
    return strstr(text, wanted) != NULL;
}

static void a_trace_is_streamed_until_its_session_ends(void)
{
    struct site_setup setup;
    char id[SESSION_ID + 1], request[256], text[RESPONSE] = "";
    int fd;

    open_setup(&setup);
    trace_request(&setup, id, request);
    fd = call(&setup);
    CU_ASSERT_TRUE(send_all(&setup, fd, request, strlen(request)));
    CU_ASSERT_TRUE(reads_until(&setup, fd, "text/x-ndjson", text));
    setup.testbed.media->events = 2;
    CU_ASSERT_TRUE(reads_until(&setup, fd, "{\"time\":1,", text));
    whip_session_over(&setup.testbed.whip, id);
    CU_ASSERT_TRUE(reads_until(&setup, fd, "\r\n0\r\n\r\n", text));
    close(fd);
    close_setup(&setup);
}

static int stream_from(struct site_setup *setup, uint8_t host, const char *request)
{
    char text[RESPONSE] = "";
    int fd = call_from(setup, host);

    CU_ASSERT_TRUE(send_all(setup, fd, request, strlen(request)));
    CU_ASSERT_TRUE(reads_until(setup, fd, "text/x-ndjson", text));
    return fd;
}

static unsigned status_from(struct site_setup *setup, uint8_t host, const char *request)
{
    char text[RESPONSE];
    int fd = call_from(setup, host);
    unsigned status = ask_on(setup, fd, request, text);

    close(fd);
    return status;
}

static void more_streams_than_there_may_be_are_refused(void)
{
    struct site_setup setup;
    char id[SESSION_ID + 1], request[256];
    int fds[HTTP_STREAMS];

    open_setup(&setup);
    trace_request(&setup, id, request);
    for (size_t i = 0; i < HTTP_STREAMS; i++) {
        const uint8_t host = (uint8_t)(1 + i / HTTP_STREAMS_EACH);
        fds[i] = stream_from(&setup, host, request);
        if (i == HTTP_STREAMS_EACH - 1)
            CU_ASSERT_EQUAL(status_from(&setup, host, request), 429);
    }
    CU_ASSERT_EQUAL(status_from(&setup, 200, request), 503);
    for (size_t i = 0; i < HTTP_STREAMS; i++)
        close(fds[i]);
    for (unsigned i = 0; i < 10; i++)
        pass(&setup, 1);
    fds[0] = stream_from(&setup, 1, request);
    close(fds[0]);
    close_setup(&setup);
}

CU_TestInfo http_tests[] = {
    TEST(an_offer_by_a_socket_gets_its_session),
    TEST(a_connection_has_one_request_after_another),
    TEST(what_is_no_http_is_refused),
    TEST(this_host_sees_what_operators_see_if_the_host_header_is_its_own),
    TEST(a_body_of_10_mb_gets_413_and_is_not_kept),
    TEST(a_client_that_asks_first_gets_413_before_it_sends),
    TEST(each_response_is_counted_once),
    TEST(a_body_without_a_length_is_bounded_too),
    TEST(another_origin_reads_why_its_body_is_refused),
    TEST(a_refusal_waits_for_the_body_and_reads_no_sdp),
    TEST(a_head_that_comes_byte_by_byte_ends_the_connection),
    TEST(a_body_that_comes_byte_by_byte_disturbs_nobody),
    TEST(a_thousand_posts_leave_nothing_behind),
    TEST(a_trace_is_streamed_until_its_session_ends),
    TEST(more_streams_than_there_may_be_are_refused),
    CU_TEST_INFO_NULL,
};
