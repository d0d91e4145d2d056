/* worker.c - the thread of a worker: it waits, runs its port, and does what
 * signalling asks for. */
#include "worker_state.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* --- what signalling asks for --------------------------------------------------------- */

static bool next_data(struct worker *worker, struct waiting_data *data)
{
    pthread_mutex_lock(&worker->lock);
    const bool found = worker->num_data > 0;
    if (found) {
        *data = worker->data[worker->data_head];
        worker->data_head = (worker->data_head + 1) % DATA_WAITING;
        worker->num_data--;
    }
    pthread_mutex_unlock(&worker->lock);
    return found;
}

/* There is one caller, which waits. The function may need the lock. It may also end what
 * packets in the rings belong to, and they may have come since this run began. */
static void run_call(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    void (*function)(struct worker *, void *) = worker->function;
    pthread_mutex_unlock(&worker->lock);
    if (function == NULL)
        return;
    worker_receive_relayed(worker);
    worker_forward_waiting(worker);
    function(worker, worker->argument);
    pthread_mutex_lock(&worker->lock);
    worker->function = NULL;
    pthread_cond_signal(&worker->done);
    pthread_mutex_unlock(&worker->lock);
}

/* Returns false when the thread is to end. */
static bool serve_signalling(struct worker *worker)
{
    struct waiting_data data;
    eventfd_t value;

    (void)!eventfd_read(worker->wake_fd, &value);
    if (!atomic_exchange(&worker->is_called, false))
        return true;
    while (next_data(worker, &data))
        worker_deliver_data(worker, &data);
    run_call(worker);
    pthread_mutex_lock(&worker->lock);
    const bool stops = worker->stops;
    pthread_mutex_unlock(&worker->lock);
    return !stops;
}

static void wake(const struct worker *worker)
{
    (void)!eventfd_write(worker->wake_fd, 1);
}

static void call(struct worker *worker)
{
    atomic_store(&worker->is_called, true);
    wake(worker);
}

/* --- the loop ------------------------------------------------------------------------- */

/* What was relayed in this run is forwarded by the others now, with one call
 * each. */
static void wake_others(struct worker *worker)
{
    for (; worker->woken != 0; worker->woken &= worker->woken - 1)
        wake(worker->config.workers[__builtin_ctzll(worker->woken)]);
}

static void end_run(struct worker *worker, skiff_time began)
{
    const skiff_time elapsed = clock_now() - began;

    for (size_t i = 0; i < worker->num_touched; i++)
        session_trace_end_run(&worker->touched[i]->trace, elapsed);
    worker->num_touched = 0;
}

static void run(struct worker *worker)
{
    worker->now = clock_now();
    worker_receive_relayed(worker);
    skiff_port_run(worker->port, worker->now, WORKER_BATCH);
    if (worker->num_waiting > 0) {
        worker_forward_waiting(worker);
        skiff_port_flush(worker->port);
    }
    if (worker->now >= worker->next_tick) {
        worker->next_tick = worker->now + TICK;
        worker_tick(worker);
        skiff_port_flush(worker->port);
    }
    if (worker->num_touched > 0)
        end_run(worker, worker->now);
    wake_others(worker);
}

/* A worker without sessions has no ticks. */
static skiff_time deadline_of(const struct worker *worker)
{
    const skiff_time due = skiff_port_deadline(worker->port);

    if (worker->num_sessions == 0 || due < worker->next_tick)
        return due;
    return worker->next_tick;
}

static void *loop(void *user)
{
    struct worker *worker = user;
    struct pollfd fds[] = { { skiff_port_fd(worker->port), POLLIN, 0 },
                            { worker->wake_fd, POLLIN, 0 } };
    bool goes_on = true;

    while (goes_on) {
        if (poll(fds, 2, skiff_wait_ms(deadline_of(worker), clock_now())) < 0)
            fds[1].revents = POLLIN;
        run(worker);
        if (fds[1].revents != 0) {
            goes_on = serve_signalling(worker);
            skiff_port_flush(worker->port);
        }
    }
    return NULL;
}

/* --- calls of signalling -------------------------------------------------------------- */

void worker_call(struct worker *worker, void (*function)(struct worker *, void *),
                 void *argument)
{
    if (!worker->has_thread) {
        function(worker, argument);
        return;
    }
    pthread_mutex_lock(&worker->lock);
    worker->function = function;
    worker->argument = argument;
    call(worker);
    while (worker->function != NULL)
        pthread_cond_wait(&worker->done, &worker->lock);
    pthread_mutex_unlock(&worker->lock);
}

bool worker_send_data(struct worker *worker, struct session *session, skiff_bytes bytes)
{
    bool done = false;

    pthread_mutex_lock(&worker->lock);
    if (worker->num_data < DATA_WAITING && bytes.len <= MAX_DATA) {
        struct waiting_data *data =
            &worker->data[(worker->data_head + worker->num_data++) % DATA_WAITING];
        data->session = session;
        data->len = bytes.len;
        memcpy(data->bytes, bytes.ptr, bytes.len);
        done = true;
    }
    pthread_mutex_unlock(&worker->lock);
    call(worker);
    return done;
}

const char *worker_address(const struct worker *worker)
{
    return skiff_port_address(worker->port);
}

const char *worker_candidate(const struct worker *worker, size_t index)
{
    return skiff_port_candidate_at(worker->port, index);
}

const char *worker_ice_options(const struct worker *worker)
{
    return skiff_port_ice_options(worker->port);
}

unsigned *worker_load(struct worker *worker)
{
    return &worker->load;
}

/* --- its life ------------------------------------------------------------------------- */

static void write_key(void *user, const char *line)
{
    const struct worker *worker = user;

    fprintf(worker->config.media->key_log, "%s\n", line);
}

static skiff_status make_context(struct worker *worker)
{
    const struct media_config *media = worker->config.media;
    skiff_context_config config = skiff_context_defaults();

    config.identity = worker->config.identity;
    config.pool = worker->pool;
    config.profiles = media->profiles;
    config.num_profiles = media->num_profiles;
    config.key_log = media->key_log != NULL ? write_key : NULL;
    config.user = worker;
    config.trace = worker_on_trace;
    return skiff_context_new(&config, &worker->context);
}

static skiff_status make_port(struct worker *worker)
{
    const struct media_config *media = worker->config.media;
    skiff_port_config config = skiff_port_defaults();
    skiff_srtp_config srtp = skiff_srtp_defaults();

    /* For watchers without RTX. AES-GCM refuses to repeat a packet all the same.
     */
    srtp.allow_repeat = true;
    config.srtp = &srtp;
    config.address = worker->config.address;
    config.context = worker->context;
    config.peers = media->max_sessions;
    config.group = worker->config.group;
    config.consent = CONSENT;
    config.media_keeps_consent = true;
    config.user = worker;
    config.on_media = worker_on_media;
    config.on_event = worker_on_event;
    config.trace = worker_on_trace;
    config.tcp_connections = media->tcp ? TCP_CONNECTIONS : 0;
    config.announced = media->announced;
    config.num_announced = media->num_announced;
    config.renomination = true;
    config.receive_buffer = config.send_buffer = SOCKET_BUFFER;
    return skiff_port_new(&config, &worker->port);
}

static bool make_rings(struct worker *worker)
{
    for (unsigned i = 0; i < worker->config.media->threads; i++) {
        if (i == worker->config.index)
            continue;
        worker->from[i] = relay_new();
        if (worker->from[i] == NULL)
            return false;
    }
    return true;
}

/* The first transport of a process makes libsrtp test its ciphers: some ten milliseconds,
 * which no browser is to wait for. */
static skiff_status prepare(struct worker *worker)
{
    skiff_peer *peer;
    const skiff_status status =
        skiff_peer_new(worker->port, SKIFF_ROLE_PASSIVE, clock_now(), &peer);

    if (status == SKIFF_OK)
        skiff_peer_free(peer);
    return status;
}

static bool open_worker(struct worker *worker)
{
    const unsigned max = worker->config.media->max_sessions;
    skiff_pool_config pool = skiff_pool_defaults();

    worker->trace_file.file = worker->config.media->trace;
    worker->trace_file.end = "sfu";
    pool.packets = POOL_PACKETS;
    worker->sessions = calloc(max, sizeof *worker->sessions);
    return worker->wake_fd >= 0 && worker->sessions != NULL
        && handles_init(&worker->handles, 2 * (size_t)max) && make_rings(worker)
        && skiff_pool_new(&pool, &worker->pool) == SKIFF_OK
        && make_context(worker) == SKIFF_OK && make_port(worker) == SKIFF_OK
        && prepare(worker) == SKIFF_OK;
}

struct worker *worker_new(const struct worker_config *config)
{
    struct worker *worker = calloc(1, sizeof *worker);

    if (worker == NULL)
        return NULL;
    worker->config = *config;
    worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->done, NULL);
    if (open_worker(worker))
        return worker;
    worker_free(worker);
    return NULL;
}

/* Signals are signalling's. */
bool worker_start(struct worker *worker)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    worker->has_thread = pthread_create(&worker->thread, NULL, loop, worker) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return worker->has_thread;
}

void worker_stop(struct worker *worker)
{
    if (!worker->has_thread)
        return;
    pthread_mutex_lock(&worker->lock);
    worker->stops = true;
    pthread_mutex_unlock(&worker->lock);
    call(worker);
    pthread_join(worker->thread, NULL);
    worker->has_thread = false;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    skiff_port_free(worker->port); /* sends close_notify to all peers */
    skiff_context_free(worker->context);
    skiff_pool_free(worker->pool);
    for (size_t i = 0; i < MAX_WORKERS; i++)
        relay_free(worker->from[i]);
    handles_free(&worker->handles);
    free(worker->sessions);
    pthread_cond_destroy(&worker->done);
    pthread_mutex_destroy(&worker->lock);
    if (worker->wake_fd >= 0)
        close(worker->wake_fd);
    free(worker);
}
