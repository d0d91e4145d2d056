/* client.c - the loop of the client, and the order in which things are done. */
#define _GNU_SOURCE
#include "client.h"

#include "context.h"
#include "batch.h"
#include "meter.h"
#include "complain.h"
#include "sampling.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

enum {
    READ = 16,    /* datagrams of one socket in one turn */
    VISITS = 512, /* of one round in one quantum */
    QUANTUM = 4000,
    TURN_MOST = 50000,
    LOOK_EVERY = 100000, /* microseconds */
    SMALL_BUFFER = 1 << 20
};

/* Visits every slot once in an interval, evenly. */
struct round {
    skiff_time interval, began;
    uint64_t visits;
    void (*visit)(struct callers *callers, uint32_t slot, skiff_time now);
};

struct client {
    const struct options *options;
    struct run *run;
    skiff_identity *me;
    struct callers callers;
    struct batch batch;
    struct watch watch;
    struct round consent, media;
    struct pollfd fds[LOAD_SOCKETS + 1]; /* sockets, and the signals behind them */
    bool keeping;                        /* the rounds have begun */
    bool kept_alive;                     /* all that was due was done */
    skiff_time ended;                    /* when the rounds went on last */
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
static bool run_round(struct client *client, struct round *round, skiff_time now)
{
    for (int i = 0; i < VISITS; i++) {
        skiff_time due =
            round->began + round->visits * round->interval / client->callers.num;
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
        if (!client->run->marks[PURELY_OPENED].valid)
            sampling_mark(&client->watch, PURELY_OPENED);
    }
    if (now < client->ended + QUANTUM)
        return;
    client->ended = now;
    client->kept_alive = client->callers.bare || run_round(client, &client->consent, now);
    client->kept_alive = run_round(client, &client->media, now) && client->kept_alive;
}

/* --- signals ----------------------------------------------------------------------- */

static void handle_message(struct client *client, skiff_time now,
                           const struct signal_message *message)
{
    struct callers *callers = &client->callers;
    struct caller *caller =
        message->slot < callers->num ? &callers->all[message->slot] : NULL;

    if (message->kind == SIGNAL_REPORT)
        sampling_record(&client->watch, now, message);
    else if (caller == NULL)
        return;
    else if (message->kind == SIGNAL_ANSWER && caller->state == CALLER_OFFERED)
        caller_begin(callers, message->slot, now, message);
    else if (message->kind == SIGNAL_DENIED && caller->state == CALLER_OFFERED)
        caller_fail(callers, message->slot, message->body.why);
    else if (message->kind == SIGNAL_GONE && caller->state == CALLER_LEAVING)
        caller->state = CALLER_IDLE;
}

/* False when the server has ended. */
static bool handle_messages(struct client *client, skiff_time now)
{
    struct signalling *signalling = client->callers.signalling;
    int num;

    while ((num = signalling_read(signalling, false)) > 0)
        for (int i = 0; i < num; i++)
            handle_message(client, now, &signalling->in[i]);
    return num == 0;
}

/* --- the loop ---------------------------------------------------------------------- */

/* A few, whose answers leave at the end of the turn: with more of them this process and the
 * server would take turns, and wait for each other. True when there may be more. */
static bool read_socket(struct client *client, struct udp *udp)
{
    struct udp_path path;
    size_t num = udp_read(udp, READ);
    skiff_time now = clock_now();

    for (size_t i = 0; i < num; i++) {
        skiff_packet *packet = udp_open(udp, i, &path);
        if (packet != NULL)
            callers_receive(&client->callers, now, packet, &path);
    }
    return num == READ;
}

/* Of those sockets that have some; true when there may be more. */
static bool read_sockets(struct client *client)
{
    bool more = false;

    for (uint32_t i = 0; i < client->options->sockets; i++)
        if (client->fds[i].revents != 0)
            more = read_socket(client, client->callers.sockets[i]) || more;
    return more;
}

static void flush(struct client *client)
{
    for (uint32_t i = 0; i < client->options->sockets; i++)
        udp_flush(client->callers.sockets[i]);
    signalling_flush(client->callers.signalling);
}

/* Waits until there is something to do, not at all when busy, and looks what it is. */
static void wait(struct client *client, skiff_time now, bool busy)
{
    skiff_time until = sooner(skiff_context_deadline(client->callers.context),
                              sampling_deadline(&client->watch));
    skiff_time most = batch_is_paced(&client->batch) ? QUANTUM : TURN_MOST;

    until = sooner(until, client->keeping ? client->ended + QUANTUM : now + most);
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
    bool more = read_sockets(client);
    if (client->fds[client->options->sockets].revents != 0 && !handle_messages(client, now))
        return complain("the server", "has ended");
    callers_due(&client->callers, now);
    if (client->kept_alive)
        batch_go_on(&client->batch, now);
    sampling_sample(&client->watch, now);
    flush(client);
    wait(client, clock_now(), more);
    return true;
}

/* --- one thing after the other ----------------------------------------------------- */

static bool mark(struct client *client, enum moment moment)
{
    bool well = true;

    sampling_mark(&client->watch, moment);
    while (well && sampling_waits(&client->watch, moment))
        well = turn(client);
    return well;
}

static bool run_batch(struct client *client, enum batch_kind kind, uint32_t num)
{
    bool well = true;

    batch_begin(&client->batch, kind, num, clock_now());
    while (well && !batch_is_done(&client->batch))
        well = turn(client);
    return well;
}

/* Until all have proven that they are alive, and not much longer than that should take. */
static bool hold(struct client *client)
{
    const struct options *options = client->options;
    skiff_time began = clock_now(), looked = 0, now = began;
    skiff_time longest =
        options->consent > options->media ? options->consent : options->media;
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
    sampling_begin(&client->watch, client->callers.signalling, client->run, clock_now());
    if (!mark(client, BEGUN))
        return false;

    skiff_time now = clock_now();
    sampling_begin(&client->watch, client->callers.signalling, client->run, now);
    client->consent = (struct round){ client->options->consent,
                                      now + client->options->consent, 0, caller_consent };
    client->media = (struct round){ client->options->media, now + client->options->media, 0,
                                    caller_talk };
    return run_batch(client, BATCH_OPEN, client->callers.num)
        && (client->keeping || mark(client, PURELY_OPENED)) && mark(client, ALL_OPENED);
}

static bool reopen(struct client *client)
{
    if (client->options->reopen == 0)
        return true;
    return run_batch(client, BATCH_REOPEN, client->options->reopen)
        && mark(client, REOPENED) && hold(client) && mark(client, HELD_AGAIN);
}

static bool close_all(struct client *client)
{
    struct run *run = client->run;
    const struct report *last = &run->marks[ALL_CLOSED].report;
    bool well =
        run_batch(client, BATCH_CLOSE, client->callers.num) && mark(client, ALL_CLOSED);

    run->failed =
        client->callers.failed > last->failed ? client->callers.failed : last->failed;
    run->silent = last->silent;
    run->longest = client->callers.longest;
    run->without_response = client->callers.without_response;
    return well;
}

/* --- setting up -------------------------------------------------------------------- */

static bool exchange_ready(struct client *client)
{
    struct callers *callers = &client->callers;
    struct signal_message message = { .kind = SIGNAL_READY };

    skiff_identity_fingerprint(client->me, &message.body.ready.fingerprint);
    signalling_put(callers->signalling, &message);
    signalling_flush(callers->signalling);
    if (signalling_read(callers->signalling, true) <= 0)
        return complain("the server", "has ended");
    message = callers->signalling->in[0];
    if (message.kind != SIGNAL_READY)
        return complain("the server", message.body.why);
    callers->server_port = message.body.ready.port;
    callers->server = message.body.ready.fingerprint;
    return true;
}

static bool make_context(struct client *client)
{
    return skiff_identity_generate((int64_t)time(NULL), 30, &client->me) == SKIFF_OK
        && load_context(client->options, client->me, NULL, LOAD_CLIENT,
                        &client->callers.context)
               == SKIFF_OK;
}

static bool open_sockets(struct client *client)
{
    size_t granted = 0;

    for (uint32_t i = 0; i < client->options->sockets; i++) {
        client->callers.sockets[i] = udp_new(0, &granted);
        if (client->callers.sockets[i] == NULL)
            return complain("the client's sockets", strerror(errno));
        client->fds[i] = (struct pollfd){ udp_fd(client->callers.sockets[i]), POLLIN, 0 };
    }
    client->fds[client->options->sockets] =
        (struct pollfd){ client->callers.signalling->fd, POLLIN, 0 };
    if (granted < SMALL_BUFFER)
        (void)complain("socket buffers are small and may overflow",
                       "net.core.rmem_max is the limit");
    return true;
}

static bool set_up(struct client *client, struct signalling *signalling)
{
    const struct options *options = client->options;
    struct callers *callers = &client->callers;
    size_t most = (size_t)options->peers + options->reopen;

    callers->options = options;
    callers->signalling = signalling;
    callers->bare = client->run->kind != SERVER_PORT;
    callers->num = client->run->peers = options->peers;
    callers->all = calloc(options->peers, sizeof *callers->all);
    callers->stun = stun_new();
    client->run->latencies = calloc(most, sizeof *client->run->latencies);
    client->batch.callers = callers;
    client->batch.run = client->run;
    if (callers->all == NULL || callers->stun == NULL || client->run->latencies == NULL
        || !make_context(client))
        return complain("the client", "could not be set up");
    return open_sockets(client) && exchange_ready(client);
}

static void report_refused(const struct udp *udp)
{
    if (udp_refused(udp) > 0)
        fprintf(stderr, "skiff-load: the kernel refused %llu datagrams of a socket\n",
                (unsigned long long)udp_refused(udp));
}

static void clean_up(struct client *client)
{
    struct callers *callers = &client->callers;

    for (uint32_t i = 0; callers->all != NULL && i < callers->num; i++)
        skiff_transport_free(callers->all[i].transport);
    for (uint32_t i = 0; i < LOAD_SOCKETS; i++) {
        if (callers->sockets[i] != NULL)
            report_refused(callers->sockets[i]);
        udp_free(callers->sockets[i]);
    }
    skiff_context_free(callers->context);
    skiff_identity_free(client->me);
    stun_free(callers->stun);
    free(callers->all);
    free(client);
}

bool client_run(const struct options *options, struct signalling *signalling,
                struct run *run)
{
    struct client *client = calloc(1, sizeof *client);

    if (client == NULL)
        return complain("the client", strerror(errno));
    client->options = options;
    client->run = run;
    bool well = set_up(client, signalling) && open_all(client) && hold(client)
             && mark(client, HELD) && reopen(client) && close_all(client);
    clean_up(client);
    return well;
}
