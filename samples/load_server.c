/* load_server.c - the process that is called: its loop, its notes, and what it costs. */
#define _GNU_SOURCE
#include "load_server.h"

#include "load_meter.h"
#include "load_say.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

enum { YARDS = 64, YARD_EVERY = 128 };

struct serving {
    struct server         server;
    const struct service *service;
    void                 *of;
    struct notes         *notes;
    struct yard          *yard;
    uint64_t              cpu_signalling, next_yard, heap_before;
};

/* --- notes ------------------------------------------------------------------------- */

static void expect(struct serving *serving, skiff_time now, const struct note *offer)
{
    struct note answer = *offer;

    answer.kind = NOTE_ANSWER;
    if (!serving->service->expect(serving->of, now, offer->slot, &answer)) {
        answer.kind = NOTE_DENIED;
        snprintf(answer.of.why, WHY_ROOM, "the server has no place for it");
    }
    notes_put(serving->notes, &answer);
}

static void say_gone(struct serving *serving, skiff_time now, uint32_t slot)
{
    struct note gone = { .kind = NOTE_GONE, .slot = slot };

    serving->service->let_go(serving->of, now, slot);
    notes_put(serving->notes, &gone);
}

static void say_report(struct serving *serving, const struct note *asked)
{
    struct note note = { .kind = NOTE_REPORT, .slot = asked->slot };
    struct report *report = &serving->server.report;

    report->cpu = meter_cpu();
    report->cpu_signalling = serving->cpu_signalling;
    report->cpu_floor = yard_spent(serving->yard);
    report->floor = yard_floor(serving->yard);
    report->rss = meter_rss();
    if (asked->of.with_heap) {
        uint64_t heap = meter_heap();
        report->heap = heap > serving->heap_before ? heap - serving->heap_before : 0;
    }
    note.of.report = *report;
    notes_put(serving->notes, &note);
}

static void take_note(struct serving *serving, skiff_time now, const struct note *note)
{
    if (note->kind == NOTE_ASK)
        say_report(serving, note);
    else if (note->kind == NOTE_OFFER && note->slot < serving->server.options->peers)
        expect(serving, now, note);
    else if (note->kind == NOTE_HANG_UP && note->slot < serving->server.options->peers)
        say_gone(serving, now, note->slot);
}

/* False when the client has ended. */
static bool take_notes(struct serving *serving)
{
    uint64_t before = meter_cpu();
    int num;

    while ((num = notes_take(serving->notes, false)) > 0)
        for (int i = 0; i < num; i++)
            take_note(serving, clock_now(), &serving->notes->in[i]);
    notes_flush(serving->notes);
    serving->cpu_signalling += meter_cpu() - before;
    return num == 0;
}

/* --- the loop ---------------------------------------------------------------------- */

/* Again and again, so that the floor is taken under the same load as what stands on it. */
static void measure_floor(struct serving *serving)
{
    uint32_t every = serving->server.options->peers / YARDS;

    if (serving->server.report.connects < serving->next_yard)
        return;
    if (every > YARD_EVERY)
        every = YARD_EVERY;
    serving->next_yard = serving->server.report.connects + (every > 0 ? every : 1);
    (void)yard_measure(serving->yard);
}

static bool wait_and_run(struct serving *serving)
{
    const struct service *service = serving->service;
    struct pollfd fds[] = { { serving->notes->fd, POLLIN, 0 },
                            { service->fd(serving->of), POLLIN, 0 } };
    skiff_time now = clock_now(), until = service->deadline(serving->of);
    skiff_time left = until > now ? until - now : 0;
    struct timespec most = { (time_t)(left / 1000000), (long)(left % 1000000) * 1000 };
    bool well = true;

    (void)ppoll(fds, 2, until == SKIFF_NEVER ? NULL : &most, NULL);
    service->run(serving->of, clock_now());
    if (fds[0].revents != 0)
        well = take_notes(serving);
    measure_floor(serving);
    return well;
}

/* --- setting up -------------------------------------------------------------------- */

static bool greet(struct serving *serving, uint16_t port)
{
    struct note note = { .kind = NOTE_READY };

    note.of.ready.fingerprint = serving->server.mine;
    note.of.ready.port = port;
    notes_put(serving->notes, &note);
    notes_flush(serving->notes);
    return true;
}

static bool refuse(struct serving *serving, const char *why)
{
    struct note note = { .kind = NOTE_REFUSED };

    snprintf(note.of.why, WHY_ROOM, "%s", why);
    notes_put(serving->notes, &note);
    notes_flush(serving->notes);
    return false;
}

/* What the service takes from the heap counts from its opening on. */
static bool set_up(struct serving *serving)
{
    struct server *server = &serving->server;
    uint16_t port = 0;

    if (notes_take(serving->notes, true) <= 0 || serving->notes->in[0].kind != NOTE_READY)
        return false;
    server->client = serving->notes->in[0].of.ready.fingerprint;
    serving->yard = yard_new();
    if (serving->yard == NULL
        || skiff_identity_generate((int64_t)time(NULL), 30, &server->me) != SKIFF_OK)
        return refuse(serving, "libcrypto makes no keys");
    skiff_identity_fingerprint(server->me, &server->mine);
    serving->heap_before = meter_heap();
    errno = ENOMEM;
    serving->of = serving->service->open(server, &port);
    return serving->of != NULL ? greet(serving, port) : refuse(serving, strerror(errno));
}

int server_run(const struct options *options, const struct service *service,
               struct notes *notes)
{
    struct serving serving = { .server.options = options, .service = service,
                               .notes = notes };
    int code = EXIT_FAILURE;

    if (set_up(&serving)) {
        code = EXIT_SUCCESS;
        while (wait_and_run(&serving))
            continue;
    }
    if (serving.of != NULL)
        service->close(serving.of);
    skiff_identity_free(serving.server.me);
    yard_free(serving.yard);
    return code;
}
