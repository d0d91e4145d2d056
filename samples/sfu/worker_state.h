/* worker_state.h - the fields of a worker, for the files that are one: worker.c
 * has its thread, worker_peers.c its sessions, worker_media.c what they send,
 * worker_watcher.c what a watcher gets, worker_tick.c what is due. */
#ifndef SAMPLES_SFU_WORKER_STATE_H
#define SAMPLES_SFU_WORKER_STATE_H

#include "../common/clock.h"
#include "../common/trace_file.h"
#include "worker.h"

#include <pthread.h>

enum {
    TICK = 20000,       /* microseconds */
    RTCP_BYTES = 1100,  /* in a packet of ours */
    WORKER_BATCH = 256, /* datagrams read in a run */
    POOL_PACKETS = 8192,
    DATA_WAITING = 128, /* messages of DTLS for peers of the worker */
    TCP_CONNECTIONS = 1024,
    WAITING_PACKETS = 32, /* that one run forwards together */
    TOUCHED = 64,         /* sessions whose setup goes on in one run */
    SOCKET_BUFFER = 4194304,
    CONSENT = 15000000,      /* a closed tab is noticed after that */
    CHECK_TIMEOUT = 30000000 /* from the POST to the first check */
};

struct waiting_data {
    struct session *session; /* NULL: it has gone since */
    size_t len;
    uint8_t bytes[MAX_DATA];
};

struct worker {
    struct worker_config config;
    skiff_pool *pool;
    skiff_context *context;
    skiff_port *port;
    struct handles handles; /* of peers and transports: their session */
    struct trace_file trace_file;
    struct session *entering; /* the session whose peer is being made */
    unsigned load;

    /* The sessions at it, in any order. */
    struct session **sessions;
    size_t num_sessions, turn;

    /* What this run has received and not forwarded yet. */
    struct branch_packet waiting[WAITING_PACKETS];
    size_t num_waiting;

    /* Those in whose setup this run has read a datagram. More than these are not
     * counted. */
    struct session *touched[TOUCHED];
    size_t num_touched;

    skiff_time now, next_tick;
    struct media_counters counters;
    struct relay *from[MAX_WORKERS]; /* rings in which this worker is the consumer */
    uint64_t woken; /* a bit for each worker to which this run has relayed something */

    /* Between signalling and the worker. */
    pthread_t thread;
    bool has_thread;
    int wake_fd;
    atomic_bool is_called; /* else it was woken by a ring, and nothing is locked */
    pthread_mutex_t lock;
    pthread_cond_t done;
    void (*function)(struct worker *, void *);
    void *argument;
    bool stops;
    size_t data_head, num_data;
    struct waiting_data data[DATA_WAITING];
};

/* worker_peers.c */
void worker_on_event(void *user, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes);
void worker_on_trace(void *user, const skiff_trace *event);
void worker_end(struct worker *worker, struct session *session, const char *why);
void worker_deliver_data(struct worker *worker, const struct waiting_data *data);

/* worker_media.c */
void worker_on_media(void *user, skiff_peer *peer, skiff_packet *packet, skiff_kind kind);
void worker_receive_relayed(struct worker *worker);
void worker_forward_waiting(struct worker *worker);

/* worker_watcher.c */
void worker_serve_watcher(struct worker *worker, struct session *session);

/* worker_tick.c */
void worker_tick(struct worker *worker);

#endif
