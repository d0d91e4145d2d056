/* agent.h - one agent: what its calls (agent.c) and its main context (agent_loop.c) share.
 */
#ifndef SKF_AGENT_H
#define SKF_AGENT_H

#include "ice_session.h"
#include "base/memory.h"
#include "network_monitor.h"

#include <skiff/ice.h>

/* The longest datagram of DTLS while the pool is dry. */
enum { POLL_BUFFER = 1500 };

/*
 * What carries media is `current`; it has no path at first, and is NULL where consent to
 * its path has ended. `next` is a restart's, until it has a path and takes the place.
 * `last` is then what was current: it still hears, for a while. No more than two are there
 * at once.
 */
struct skiff_ice {
    skiff_ice_config config; /* with texts and lists of its own */
    GMainContext *loop;
    GSource *timer; /* runs the drive when something is due */
    skiff_transport *transport;
    skiff_packet *lent; /* a held packet while on_media has it */
    struct ice_session *current, *next, *last;
    struct ice_session *retired; /* to be freed, out of libnice's callbacks */

    struct network_monitor *network_monitor; /* NULL where nobody is told */
    struct networks networks;                /* that there were when it was told last */
    bool networks_changed;                   /* they may be others now */

    gchar *ufrag, *pwd; /* of the newest */
    skiff_fingerprint *expected;
    size_t num_expected;
    skiff_fingerprint *renewed; /* those of its renewal */
    size_t num_renewed;
    skiff_time path_time; /* from set_peer to the first path */
    skiff_time last_media;

    bool open;                    /* there is a path, and consent to it */
    bool disconnected;            /* DISCONNECTED was told */
    bool dtls_connected;          /* DTLS is connected */
    bool woken;                   /* the drive is to run, whatever is due */
    uint32_t reported;            /* events, a bit each */
    const skiff_failure *failure; /* of ICE */
    skiff_ice_counters counters;
    uint64_t bytes_sent, bytes_received;

    unsigned depth; /* calls from the main context that are running */
    bool freed;     /* by one of them */

    uint8_t poll_buffer[POLL_BUFFER + SKIFF_TAIL]; /* where the pool is dry */
};

/* The clock of the main context. */
static inline skiff_time skf_ice_now(void)
{
    return (skiff_time)g_get_monotonic_time();
}

/* What set_peer and candidates are for; NULL: consent has ended, no restart followed. */
static inline struct ice_session *skf_ice_newest(const skiff_ice *ice)
{
    return ice->next != NULL ? ice->next : ice->current;
}

/* Whether media and DTLS leave on a socket of our own, now. */
static inline bool skf_ice_is_bypassed(const skiff_ice *ice)
{
    return ice->current != NULL && ice->current->bypass.selected != NULL;
}

#endif
