/* main.c - an SFU for browsers: signalling by HTTP, media on the workers behind media.h,
 * and the lines of data channels between them. README.md explains the program. */
#include "../common/errors.h"
#include "../common/trace_file.h"
#include "../common/wait.h"
#include "certificate.h"
#include "http_server.h"
#include "options.h"
#include "site.h"

#include <skiff/skiff.h>

#include <stdlib.h>
#include <sys/stat.h>

struct sfu {
    struct options options;
    struct media *media;
    struct data_lines *lines;
    struct pages *pages;
    struct http_server *http;
    struct whip whip;
    struct site site;
    FILE *key_log, *trace;
    skiff_time ticked; /* the data lines */
    unsigned open_lines;
};

/* --- data channels ------------------------------------------------------------------ */

static void send_data(void *user, void *session, const uint8_t *packet, size_t len)
{
    const struct sfu *sfu = user;
    const struct session *to = session;

    media_send_data(sfu->media, to->id, packet, len);
}

static void open_line(struct sfu *sfu, struct session *session)
{
    const struct data_lines_session opened = {
        .session = session,
        .stream = session->stream,
        .publisher = session->publisher,
        .port = session->sctp_port,
        .max_packet = MAX_DATA,
        .max_message = session->max_message_size,
    };

    if (session->sctp_port == 0 || session->line != NULL)
        return;
    session->line = data_lines_open(sfu->lines, &opened);
    sfu->open_lines += session->line != NULL;
}

static void close_line(struct sfu *sfu, struct session *session)
{
    struct data_line *line = session->line;

    if (line == NULL)
        return;
    session->line = NULL;
    sfu->open_lines--;
    data_lines_close(line);
}

/* SCTP has its timers by ticks, and no clock. */
static void tick_lines(struct sfu *sfu, skiff_time now)
{
    skiff_time elapsed = (now - sfu->ticked) / 1000;

    if (sfu->open_lines == 0) {
        sfu->ticked = now;
    } else if (elapsed >= DATA_LINES_TICK) {
        sfu->ticked += SKIFF_MSEC(elapsed);
        data_lines_tick(sfu->lines, (uint32_t)elapsed);
    }
}

/* --- sessions ----------------------------------------------------------------------- */

/* WHIP calls it before a session is removed, so that its counters can still be read. */
static void on_end(void *user, struct session *session)
{
    struct sfu *sfu = user;
    struct session_stats stats;

    if (media_session(sfu->media, session->id, &stats))
        metrics_count_end(sfu->site.metrics, &stats);
    close_line(sfu, session);
}

static void on_connected(struct sfu *sfu, struct session *session)
{
    struct session_stats stats;

    if (media_session(sfu->media, session->id, &stats)) {
        metrics_count_setup(sfu->site.metrics, &stats);
        printf("%s of %s connected %.1f ms after its POST, from %s\n",
               session->publisher ? "publisher" : "watcher", session->stream,
               (double)stats.stages.keys / 1000, stats.peer.remote);
    }
    open_line(sfu, session);
}

static void on_event(void *user, const struct session_event *event)
{
    struct sfu *sfu = user;
    struct session *session = sessions_find(sfu->whip.sessions, event->id);

    if (session == NULL)
        return;
    switch (event->kind) {
    case SESSION_CONNECTED:
        on_connected(sfu, session);
        break;
    case SESSION_DATA:
        if (session->line != NULL)
            data_lines_receive(session->line, event->bytes.ptr, event->bytes.len);
        break;
    case SESSION_OVER:
        printf("%s of %s: %s\n", session->publisher ? "publisher" : "watcher",
               session->stream, event->why);
        whip_session_over(&sfu->whip, event->id);
        break;
    }
}

/* --- opening ------------------------------------------------------------------------ */

static bool complain(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, errno != 0 ? strerror(errno) : "refused");
    return false;
}

/* Who can read the key log can read the media: nobody else gets it. */
static bool open_files(struct sfu *sfu)
{
    const struct options *options = &sfu->options;
    mode_t mask = umask(S_IRWXG | S_IRWXO);

    if (options->key_log != NULL)
        sfu->key_log = fopen(options->key_log, "a");
    umask(mask);
    if (options->key_log != NULL && sfu->key_log == NULL)
        return complain(options->key_log);
    if (options->trace != NULL)
        sfu->trace = trace_file_open(options->trace);
    return options->trace == NULL || sfu->trace != NULL || complain(options->trace);
}

static bool open_media(struct sfu *sfu)
{
    struct media_config config = sfu->options.media;
    const struct data_lines_config lines = { sfu, send_data };

    config.key_log = sfu->key_log;
    config.trace = sfu->trace;
    errno = 0;
    sfu->media = media_new(&config);
    if (sfu->media == NULL) {
        fprintf(stderr, "%s: %s: %s\n", config.address, skiff_fault(),
                errno != 0 ? strerror(errno) : "refused");
        return false;
    }
    sfu->lines = data_lines_new(&lines);
    return sfu->lines != NULL || complain("data channels");
}

static bool open_signalling(struct sfu *sfu)
{
    struct whip *whip = &sfu->whip;

    *whip = (struct whip){
        .media = sfu->media,
        .limits = limits_new(&sfu->options.limits),
        .sessions = sessions_new(),
        .publish_token = sfu->options.publish_token,
        .terms = sfu->options.terms,
        .num_ice_servers = sfu->options.num_ice_servers,
        .on_end = on_end,
        .user = sfu,
    };
    for (size_t i = 0; i < whip->num_ice_servers; i++)
        whip->ice_servers[i] = sfu->options.ice_servers[i];
    sfu->pages = pages_new(sfu->options.pages);
    sfu->site = (struct site){ whip, sfu->pages, metrics_new((double)time(NULL)),
                               sfu->lines, sfu->options.admin_token };
    return sfu->pages != NULL
        && ((whip->limits != NULL && whip->sessions != NULL && sfu->site.metrics != NULL)
            || complain("signalling"));
}

static bool open_http(struct sfu *sfu)
{
    const struct http_config config = {
        .address = (const struct sockaddr *)&sfu->options.http,
        .certificate = sfu->options.certificate,
        .key = sfu->options.key,
        .handler = { &sfu->site, site_add_headers, site_admit, site_handle,
                     site_count_response },
    };

    if (config.certificate != NULL && !certificate_fits(config.certificate, config.key)) {
        fputs("--certificate, --key: they must be PEM, and belong together\n", stderr);
        return false;
    }
    errno = 0;
    sfu->http = http_server_new(&config);
    return sfu->http != NULL || complain(sfu->options.http_text);
}

/* --- the program -------------------------------------------------------------------- */

static void print_addresses(const struct sfu *sfu)
{
    const char *text = sfu->options.http_text, *colon = strrchr(text, ':');
    int len = colon != NULL ? (int)(colon - text) : 0;
    bool any = len == 0 || strncmp(text, "127.0.0.1", (size_t)len) == 0
            || strncmp(text, "0.0.0.0", (size_t)len) == 0
            || strncmp(text, "[::]", (size_t)len) == 0;

    printf("media at %s\nopen %s://%.*s:%u/\n", media_address(sfu->media),
           sfu->options.certificate != NULL ? "https" : "http", any ? 9 : len,
           any ? "localhost" : text, http_server_port(sfu->http));
}

static skiff_time deadline(const struct sfu *sfu, skiff_time now)
{
    skiff_time due = media_deadline(sfu->media);
    skiff_time http = http_server_deadline(sfu->http, now);
    skiff_time tick = sfu->ticked + SKIFF_MSEC(DATA_LINES_TICK);

    due = http < due ? http : due;
    return sfu->open_lines > 0 && tick < due ? tick : due;
}

static void serve(struct sfu *sfu)
{
    struct pollfd ready[] = { { media_fd(sfu->media), POLLIN, 0 },
                              { http_server_fd(sfu->http), POLLIN, 0 } };

    while (wait_until(ready, 2, deadline(sfu, clock_now()))) {
        media_events(sfu->media, on_event, sfu);
        tick_lines(sfu, clock_now());
        http_server_run(sfu->http, clock_now());
    }
}

static void close_all(struct sfu *sfu)
{
    http_server_free(sfu->http);
    data_lines_free(sfu->lines);
    media_free(sfu->media);
    sessions_free(sfu->whip.sessions);
    limits_free(sfu->whip.limits);
    metrics_free(sfu->site.metrics);
    pages_free(sfu->pages);
    if (sfu->key_log != NULL)
        fclose(sfu->key_log);
    if (sfu->trace != NULL)
        fclose(sfu->trace);
    options_free(&sfu->options);
}

int main(int argc, char **argv)
{
    struct sfu sfu = { 0 };
    int code = EXIT_FAILURE;

    setvbuf(stdout, NULL, _IOLBF, 0);
    hold_interrupts();
    signal(SIGPIPE, SIG_IGN);
    if (options_read(&sfu.options, argc, argv, &code) && open_files(&sfu)
        && open_media(&sfu) && open_signalling(&sfu) && open_http(&sfu)) {
        sfu.ticked = clock_now();
        print_addresses(&sfu);
        serve(&sfu);
        code = EXIT_SUCCESS;
    }
    close_all(&sfu);
    return code;
}
