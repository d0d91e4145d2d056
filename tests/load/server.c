/* server.c - the process that is called: its loop, its signals, and what it costs. */
#define _GNU_SOURCE
#include "server.h"

#include "meter.h"
#include "complain.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

enum { FLOOR_SAMPLES = 64, FLOOR_EVERY = 128 };

struct serving {
    struct server server;
    const struct service *service;
    void *of;
    struct signalling *signalling;
    struct floor_meter *floor_meter;
    uint64_t cpu_signalling, next_floor, heap_before;
};

/* --- signals ----------------------------------------------------------------------- */

static void expect(struct serving *serving, skiff_time now,
                   const struct signal_message *offer)
{
    struct signal_message answer = *offer;

    answer.kind = SIGNAL_ANSWER;
    if (!serving->service->expect(serving->of, now, offer->slot, &answer)) {
        answer.kind = SIGNAL_DENIED;
        snprintf(answer.body.why, REASON_SIZE, "the server has no place for it");
    }
    signalling_put(serving->signalling, &answer);
}

static void send_gone(struct serving *serving, skiff_time now, uint32_t slot)
{
    struct signal_message gone = { .kind = SIGNAL_GONE, .slot = slot };

    serving->service->let_go(serving->of, now, slot);
    signalling_put(serving->signalling, &gone);
}

static void send_report(struct serving *serving, const struct signal_message *asked)
{
    struct signal_message message = { .kind = SIGNAL_REPORT, .slot = asked->slot };
    struct report *report = &serving->server.report;

    report->cpu = meter_cpu();
    report->cpu_signalling = serving->cpu_signalling;
    report->cpu_floor = floor_meter_spent(serving->floor_meter);
    report->floor = floor_meter_floor(serving->floor_meter);
    report->rss = meter_rss();
    if (asked->body.with_heap) {
        uint64_t heap = meter_heap();
        report->heap = heap > serving->heap_before ? heap - serving->heap_before : 0;
    }
    message.body.report = *report;
    signalling_put(serving->signalling, &message);
}

static void handle_message(struct serving *serving, skiff_time now,
                           const struct signal_message *message)
{
    if (message->kind == SIGNAL_ASK)
        send_report(serving, message);
    else if (message->kind == SIGNAL_OFFER
             && message->slot < serving->server.options->peers)
        expect(serving, now, message);
    else if (message->kind == SIGNAL_HANG_UP
             && message->slot < serving->server.options->peers)
        send_gone(serving, now, message->slot);
}

/* False when the client has ended. */
static bool handle_messages(struct serving *serving)
{
    uint64_t before = meter_cpu();
    int num;

    while ((num = signalling_read(serving->signalling, false)) > 0)
        for (int i = 0; i < num; i++)
            handle_message(serving, clock_now(), &serving->signalling->in[i]);
    signalling_flush(serving->signalling);
    serving->cpu_signalling += meter_cpu() - before;
    return num == 0;
}

/* --- the loop ---------------------------------------------------------------------- */

/* Again and again, so that the floor is taken under the same load as what stands on it. */
static void measure_floor(struct serving *serving)
{
    uint32_t every = serving->server.options->peers / FLOOR_SAMPLES;

    if (serving->server.report.connects < serving->next_floor)
        return;
    if (every > FLOOR_EVERY)
        every = FLOOR_EVERY;
    serving->next_floor = serving->server.report.connects + (every > 0 ? every : 1);
    (void)floor_meter_measure(serving->floor_meter);
}

static bool wait_and_run(struct serving *serving)
{
    const struct service *service = serving->service;
    struct pollfd fds[] = { { serving->signalling->fd, POLLIN, 0 },
                            { service->fd(serving->of), POLLIN, 0 } };
    skiff_time now = clock_now(), until = service->deadline(serving->of);
    skiff_time left = until > now ? until - now : 0;
    struct timespec most = { (time_t)(left / 1000000), (long)(left % 1000000) * 1000 };
    bool well = true;

    (void)ppoll(fds, 2, until == SKIFF_NEVER ? NULL : &most, NULL);
    service->run(serving->of, clock_now());
    if (fds[0].revents != 0)
        well = handle_messages(serving);
    measure_floor(serving);
    return well;
}

/* --- setting up -------------------------------------------------------------------- */

static bool send_ready(struct serving *serving, uint16_t port)
{
    struct signal_message message = { .kind = SIGNAL_READY };

    message.body.ready.fingerprint = serving->server.mine;
    message.body.ready.port = port;
    signalling_put(serving->signalling, &message);
    signalling_flush(serving->signalling);
    return true;
}

static bool refuse(struct serving *serving, const char *why)
{
    struct signal_message message = { .kind = SIGNAL_REFUSED };

    snprintf(message.body.why, REASON_SIZE, "%s", why);
    signalling_put(serving->signalling, &message);
    signalling_flush(serving->signalling);
    return false;
}

/* What the service takes from the heap counts from its opening on. */
static bool set_up(struct serving *serving)
{
    struct server *server = &serving->server;
    uint16_t port = 0;

    if (signalling_read(serving->signalling, true) <= 0
        || serving->signalling->in[0].kind != SIGNAL_READY)
        return false;
    server->client = serving->signalling->in[0].body.ready.fingerprint;
    serving->floor_meter = floor_meter_new();
    if (serving->floor_meter == NULL
        || skiff_identity_generate((int64_t)time(NULL), 30, &server->me) != SKIFF_OK)
        return refuse(serving, "libcrypto makes no keys");
    skiff_identity_fingerprint(server->me, &server->mine);
    serving->heap_before = meter_heap();
    errno = ENOMEM;
    serving->of = serving->service->open(server, &port);
    return serving->of != NULL ? send_ready(serving, port)
                               : refuse(serving, strerror(errno));
}

int server_run(const struct options *options, const struct service *service,
               struct signalling *signalling)
{
    struct serving serving = { .server.options = options,
                               .service = service,
                               .signalling = signalling };
    int code = EXIT_FAILURE;

    if (set_up(&serving)) {
        code = EXIT_SUCCESS;
        while (wait_and_run(&serving))
            continue;
    }
    if (serving.of != NULL)
        service->close(serving.of);
    skiff_identity_free(serving.server.me);
    floor_meter_free(serving.floor_meter);
    return code;
}
