/* load_client.c - the loop of the client, and the order in which things are done. */
#define _GNU_SOURCE
#include "load_client.h"

#include "load_context.h"
#include "load_errand.h"
#include "load_meter.h"
#include "load_say.h"
#include "load_watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

enum {
    READ = 16,                          /* datagrams of one socket in one turn          */
    VISITS = 512,                       /* of one round in one quantum                  */
    QUANTUM = 4000, TURN_MOST = 50000, LOOK_EVERY = 100000,    /* microseconds          */
    SMALL_BUFFER = 1 << 20
};

/* Visits every slot once in an interval, evenly. */
struct round {
    skiff_time interval, began;
    uint64_t   visits;
    void     (*visit)(struct callers *callers, uint32_t slot, skiff_time now);
};

struct client {
    const struct options *options;
    struct run           *run;
    skiff_identity       *me;
    struct callers        callers;
    struct errand         errand;
    struct watch          watch;
    struct round          consent, media;
    struct pollfd         fds[LOAD_SOCKETS + 1];    /* sockets, and the notes behind them */
    bool                  keeping;      /* the rounds have begun                        */
    bool                  kept;         /* all that was due was done                    */
    skiff_time            went;         /* when the rounds went on last                 */
};

/* --- keeping alive ----------------------------------------------------------------- */

static skiff_time sooner(skiff_time a, skiff_time b)
{
    return a < b ? a : b;
}

static void visit(struct client *client, const struct round *round, skiff_time now,
                  skiff_time late)
{
    struct callers *callers = &client->callers;
    uint32_t slot = (uint32_t)(round->visits % callers->num);

    if (callers->all[slot].state != CALLER_UP)
        return;
    round->visit(callers, slot, now);
    if (late > client->run->late)
        client->run->late = late;
}

/* Visits all whose time has come; false when there are too many for one quantum. */
static bool go_round(struct client *client, struct round *round, skiff_time now)
{
    for (int i = 0; i < VISITS; i++) {
        skiff_time due = round->began
                         + round->visits * round->interval / client->callers.num;
        if (now < due)
            return true;
        visit(client, round, now, now - due);
        round->visits++;
    }
    return false;
}

/* The first rounds begin an interval after the first caller was sent for. Until then there
 * was nothing but opening, and that is the moment to ask what it has cost. What is due
 * within a quantum goes together, or every answer would wake this process for the next. */
static void keep_alive(struct client *client, skiff_time now)
{
    skiff_time first = sooner(client->consent.began, client->media.began);

    if (!client->keeping && now >= first) {
        client->keeping = true;
        if (!client->run->marks[PURELY_OPENED].came)
            watch_mark(&client->watch, PURELY_OPENED);
    }
    if (now < client->went + QUANTUM)
        return;
    client->went = now;
    client->kept = client->callers.bare || go_round(client, &client->consent, now);
    client->kept = go_round(client, &client->media, now) && client->kept;
}

/* --- notes ------------------------------------------------------------------------- */

static void take_note(struct client *client, skiff_time now, const struct note *note)
{
    struct callers *callers = &client->callers;
    struct caller *caller = note->slot < callers->num ? &callers->all[note->slot] : NULL;

    if (note->kind == NOTE_REPORT)
        watch_take(&client->watch, now, note);
    else if (caller == NULL)
        return;
    else if (note->kind == NOTE_ANSWER && caller->state == CALLER_OFFERED)
        caller_begin(callers, note->slot, now, note);
    else if (note->kind == NOTE_DENIED && caller->state == CALLER_OFFERED)
        caller_fail(callers, note->slot, note->of.why);
    else if (note->kind == NOTE_GONE && caller->state == CALLER_LEAVING)
        caller->state = CALLER_IDLE;
}

/* False when the server has ended. */
static bool take_notes(struct client *client, skiff_time now)
{
    struct notes *notes = client->callers.notes;
    int num;

    while ((num = notes_take(notes, false)) > 0)
        for (int i = 0; i < num; i++)
            take_note(client, now, &notes->in[i]);
    return num == 0;
}

/* --- the loop ---------------------------------------------------------------------- */

/* A few, whose answers leave at the end of the turn: with more of them this process and the
 * server would take turns, and wait for each other. True when there may be more. */
static bool read_mail(struct client *client, struct mail *mail)
{
    struct mail_path path;
    size_t num = mail_read(mail, READ);
    skiff_time now = clock_now();

    for (size_t i = 0; i < num; i++) {
        skiff_packet *packet = mail_open(mail, i, &path);
        if (packet != NULL)
            callers_take(&client->callers, now, packet, &path);
    }
    return num == READ;
}

/* Of those sockets that have some; true when there may be more. */
static bool read_all_mail(struct client *client)
{
    bool more = false;

    for (uint32_t i = 0; i < client->options->sockets; i++)
        if (client->fds[i].revents != 0)
            more = read_mail(client, client->callers.mails[i]) || more;
    return more;
}

static void flush(struct client *client)
{
    for (uint32_t i = 0; i < client->options->sockets; i++)
        mail_flush(client->callers.mails[i]);
    notes_flush(client->callers.notes);
}

/* Waits until there is something to do, not at all when busy, and looks what it is. */
static void wait(struct client *client, skiff_time now, bool busy)
{
    skiff_time until = sooner(skiff_context_deadline(client->callers.context),
                              watch_deadline(&client->watch));
    skiff_time most = errand_is_paced(&client->errand) ? QUANTUM : TURN_MOST;

    until = sooner(until, client->keeping ? client->went + QUANTUM : now + most);
    if (busy)
        until = now;
    skiff_time left = until > now ? until - now : 0;
    struct timespec time = { (time_t)(left / 1000000), (long)(left % 1000000) * 1000 };
    if (ppoll(client->fds, client->options->sockets + 1, &time, NULL) <= 0)
        for (uint32_t i = 0; i <= client->options->sockets; i++)
            client->fds[i].revents = 0;
}

/* What is due first, then what has come; opening has what is left of the time. False when
 * the server has ended. */
static bool turn(struct client *client)
{
    skiff_time now = clock_now();

    keep_alive(client, now);
    bool more = read_all_mail(client);
    if (client->fds[client->options->sockets].revents != 0 && !take_notes(client, now))
        return complain("the server", "has ended");
    callers_due(&client->callers, now);
    if (client->kept)
        errand_go_on(&client->errand, now);
    watch_sample(&client->watch, now);
    flush(client);
    wait(client, clock_now(), more);
    return true;
}

/* --- one thing after the other ----------------------------------------------------- */

static bool mark(struct client *client, enum moment moment)
{
    bool well = true;

    watch_mark(&client->watch, moment);
    while (well && watch_waits(&client->watch, moment))
        well = turn(client);
    return well;
}

static bool do_errand(struct client *client, enum errand_kind kind, uint32_t num)
{
    bool well = true;

    errand_begin(&client->errand, kind, num, clock_now());
    while (well && !errand_is_done(&client->errand))
        well = turn(client);
    return well;
}

/* Until all have proven that they are alive, and not much longer than that should take. */
static bool hold(struct client *client)
{
    const struct options *options = client->options;
    skiff_time began = clock_now(), looked = 0, now = began;
    skiff_time longest = options->consent > options->media ? options->consent
                                                           : options->media;
    skiff_time most = 3 * longest + options->hold + SKIFF_MSEC(5000);
    bool well = true;

    client->run->alive = 0;
    while (well && (client->run->alive < client->callers.num || now < began + options->hold)
           && now < began + most) {
        well = turn(client);
        now = clock_now();
        if (now < looked + LOOK_EVERY)
            continue;
        looked = now;
        client->run->alive = callers_alive(&client->callers, began);
    }
    return well;
}

static bool open_all(struct client *client)
{
    client->consent.began = client->media.began = SKIFF_NEVER;
    watch_begin(&client->watch, client->callers.notes, client->run, clock_now());
    if (!mark(client, BEGUN))
        return false;

    skiff_time now = clock_now();
    watch_begin(&client->watch, client->callers.notes, client->run, now);
    client->consent = (struct round){ client->options->consent,
                                      now + client->options->consent, 0, caller_consent };
    client->media = (struct round){ client->options->media,
                                    now + client->options->media, 0, caller_talk };
    return do_errand(client, ERRAND_OPEN, client->callers.num)
        && (client->keeping || mark(client, PURELY_OPENED)) && mark(client, ALL_OPENED);
}

static bool reopen(struct client *client)
{
    if (client->options->reopen == 0)
        return true;
    return do_errand(client, ERRAND_REOPEN, client->options->reopen)
        && mark(client, REOPENED) && hold(client) && mark(client, HELD_AGAIN);
}

static bool close_all(struct client *client)
{
    struct run *run = client->run;
    const struct report *last = &run->marks[ALL_CLOSED].report;
    bool well = do_errand(client, ERRAND_CLOSE, client->callers.num)
                && mark(client, ALL_CLOSED);

    run->failed = client->callers.failed > last->failed ? client->callers.failed
                                                        : last->failed;
    run->silent = last->silent;
    run->longest = client->callers.longest;
    run->unanswered = client->callers.unanswered;
    return well;
}

/* --- setting up -------------------------------------------------------------------- */

static bool greet(struct client *client)
{
    struct callers *callers = &client->callers;
    struct note note = { .kind = NOTE_READY };

    skiff_identity_fingerprint(client->me, &note.of.ready.fingerprint);
    notes_put(callers->notes, &note);
    notes_flush(callers->notes);
    if (notes_take(callers->notes, true) <= 0)
        return complain("the server", "has ended");
    note = callers->notes->in[0];
    if (note.kind != NOTE_READY)
        return complain("the server", note.of.why);
    callers->server_port = note.of.ready.port;
    callers->server = note.of.ready.fingerprint;
    return true;
}

static bool make_context(struct client *client)
{
    return skiff_identity_generate((int64_t)time(NULL), 30, &client->me) == SKIFF_OK
        && load_context(client->options, client->me, NULL, &client->callers.context)
               == SKIFF_OK;
}

static bool open_mails(struct client *client)
{
    size_t granted = 0;

    for (uint32_t i = 0; i < client->options->sockets; i++) {
        client->callers.mails[i] = mail_new(0, &granted);
        if (client->callers.mails[i] == NULL)
            return complain("the client's sockets", strerror(errno));
        client->fds[i] = (struct pollfd){ mail_fd(client->callers.mails[i]), POLLIN, 0 };
    }
    client->fds[client->options->sockets] = (struct pollfd){ client->callers.notes->fd,
                                                             POLLIN, 0 };
    if (granted < SMALL_BUFFER)
        (void)complain("socket buffers are small and may overflow",
                       "net.core.rmem_max is the limit");
    return true;
}

static bool set_up(struct client *client, struct notes *notes)
{
    const struct options *options = client->options;
    struct callers *callers = &client->callers;
    size_t most = (size_t)options->peers + options->reopen;

    callers->options = options;
    callers->notes = notes;
    callers->bare = client->run->kind != SERVER_PORT;
    callers->num = client->run->peers = options->peers;
    callers->all = calloc(options->peers, sizeof *callers->all);
    callers->stun = stun_new();
    client->run->latencies = calloc(most, sizeof *client->run->latencies);
    client->errand.callers = callers;
    client->errand.run = client->run;
    if (callers->all == NULL || callers->stun == NULL || client->run->latencies == NULL
        || !make_context(client))
        return complain("the client", "could not be set up");
    return open_mails(client) && greet(client);
}

static void tell_refused(const struct mail *mail)
{
    if (mail_refused(mail) > 0)
        fprintf(stderr, "skiff-load: the kernel refused %llu datagrams of a socket\n",
                (unsigned long long)mail_refused(mail));
}

static void clean_up(struct client *client)
{
    struct callers *callers = &client->callers;

    for (uint32_t i = 0; callers->all != NULL && i < callers->num; i++)
        skiff_transport_free(callers->all[i].transport);
    for (uint32_t i = 0; i < LOAD_SOCKETS; i++) {
        if (callers->mails[i] != NULL)
            tell_refused(callers->mails[i]);
        mail_free(callers->mails[i]);
    }
    skiff_context_free(callers->context);
    skiff_identity_free(client->me);
    stun_free(callers->stun);
    free(callers->all);
    free(client);
}

bool client_run(const struct options *options, struct notes *notes, struct run *run)
{
    struct client *client = calloc(1, sizeof *client);

    if (client == NULL)
        return complain("the client", strerror(errno));
    client->options = options;
    client->run = run;
    bool well = set_up(client, notes) && open_all(client) && hold(client)
                && mark(client, HELD) && reopen(client) && close_all(client);
    clean_up(client);
    return well;
}
