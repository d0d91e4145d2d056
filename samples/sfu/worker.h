/* worker.h - one thread with its port, pool and context, and the sessions whose
 * peers are there. Knows no HTTP and no SDP. A session belongs to one worker,
 * and only its thread touches the peer; signalling asks by worker_call.
 */
#ifndef SAMPLES_SFU_WORKER_H
#define SAMPLES_SFU_WORKER_H

#include "handles.h"
#include "reports.h"
#include "session.h"

struct worker_config {
    const struct media_config *media; /* its defaults are filled in */
    struct stream *all;               /* STREAM_ALL */
    unsigned index;
    const char *address;
    const skiff_identity *identity;
    skiff_port_group *group; /* NULL: there is one worker */
    struct reports *reports;
    struct worker *const *workers; /* all of them, by index */
};

struct worker;

/* Opens the port. NULL: skiff_fault and errno say why. */
struct worker *worker_new(const struct worker_config *config);

/* Begins the thread, when all workers are made. False: errno says why. */
bool worker_start(struct worker *worker);

/* Ends the thread. After that any thread may free it, with all its peers. */
void worker_stop(struct worker *worker);
void worker_free(struct worker *worker);

/* Runs a function on the thread of the worker, and waits for it. Packets that
 * were relayed to the worker before are forwarded first. */
void worker_call(struct worker *worker, void (*function)(struct worker *, void *),
                 void *argument);

/* Leaves a message of DTLS for a session of the worker; nobody waits. False:
 * too many of them do. */
bool worker_send_data(struct worker *worker, struct session *session, skiff_bytes bytes);

const char *worker_address(const struct worker *worker);
const char *worker_candidate(const struct worker *worker, size_t index);
const char *worker_ice_options(const struct worker *worker);

/* Of sessions at it, for signalling, which chooses the worker with the fewest.
 */
unsigned *worker_load(struct worker *worker);

/* --- by worker_call only -------------------------------------------------------------- */

/* What a new session needs. */
struct worker_entry {
    struct session *session;
    const struct description *offer;
    const char *ufrag; /* of a restart */
    skiff_status status;
    char fault[256]; /* skiff_fault is of each thread its own */
};

/* Makes the peer; an entry is the argument. */
void worker_add(struct worker *worker, void *entry);

/* Sends BYE and close_notify, and frees the peer; the session is the argument.
 */
void worker_remove(struct worker *worker, void *session);

/* A new ufrag and password of ours, and the ufrag of the peer; an entry is the
 * argument, whose offer is not used. */
void worker_restart(struct worker *worker, void *entry);

/* The session ends for the reason that is set in it. */
void worker_end_session(struct worker *worker, void *session);

/* Statistics of some sessions of the worker, or of one. */
struct worker_stats {
    const struct session *session; /* NULL: those with the indexes from `from` on */
    size_t from, max, num;
    struct session_stats *stats;
};

void worker_get_stats(struct worker *worker, void *stats);

/* Events of a session. */
struct worker_events {
    const struct session *session;
    uint64_t from; /* becomes the next number */
    size_t max, num;
    skiff_trace *events;
};

void worker_get_events(struct worker *worker, void *events);

/* What a watcher shows. */
struct worker_preference {
    struct session *session;
    uint8_t source; /* a fixed layer, or NO_SOURCE */
    uint32_t height;
    bool paused;
};

void worker_prefer(struct worker *worker, void *preference);

/* Adds the counters of the worker; struct media_totals is the argument. */
void worker_add_totals(struct worker *worker, void *totals);

#endif
