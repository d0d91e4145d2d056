/*
 * agent_state.h - one ICE handle, for the files that make it up. Each calls only those
 * below it:
 *
 *     agent.c            the calls on a handle
 *     agent_loop.c       one run in the main context: the steps, in their order
 *     agent_sessions.c   which session carries media, and how long
 *     session_hooks.c    the callbacks of one session
 *     agent_receive.c    datagrams that arrive
 *     agent_transport.c  events of the transport
 *     agent_send.c       what leaves             agent_events.c  what is reported
 *     agent_lifetime.c   the end of a handle     ice_session.c   one session of ICE
 *     agent_timer.c      when the loop runs
 */
#ifndef SKF_AGENT_STATE_H
#define SKF_AGENT_STATE_H

#include "ice_session.h"
#include "base/memory.h"
#include "network_monitor.h"

#include <skiff/ice.h>

/* The longest datagram of DTLS while the pool is empty. */
enum { POLL_BUFFER = 1500 };

/* `current` carries media. It has no path at first, and is NULL after consent to its path
 * has expired. `next` is that of a restart, until it has a path and becomes `current`.
 * `previous` is then the one before, and still receives for a while. There are no more than
 * two at once. */
struct skiff_ice {
    skiff_ice_config config; /* with its own copies of texts and lists */
    GMainContext *loop;
    GSource *timer; /* runs the handle when something is due */
    skiff_transport *transport;
    skiff_packet *lent; /* a held packet while on_media has it */
    struct ice_session *current, *next, *previous;
    struct ice_session *retired; /* to be freed outside of libnice's callbacks */

    struct network_monitor *network_monitor; /* NULL without on_ice_event */
    struct networks networks;                /* as they were reported last */
    bool networks_changed;                   /* they may have changed since */

    gchar *ufrag, *pwd; /* of the newest session */
    skiff_fingerprint *expected;
    size_t num_expected;
    skiff_fingerprint *renewed; /* those of its renewal */
    size_t num_renewed;
    skiff_time path_time; /* from set_peer to the first path */
    skiff_time last_media;

    bool open;                    /* there is a path, and consent to it */
    bool disconnected;            /* DISCONNECTED was reported */
    bool dtls_connected;          /* DTLS is connected */
    bool woken;                   /* a run is due now */
    uint32_t reported;            /* events that were reported, a bit each */
    const skiff_failure *failure; /* of ICE */
    skiff_ice_counters counters;
    uint64_t bytes_sent, bytes_received;

    unsigned depth; /* calls from the main context that are running */
    bool freed;     /* inside of one of them */

    uint8_t poll_buffer[POLL_BUFFER + SKIFF_TAIL]; /* used while the pool is empty */
};

/* The clock of the main context. */
static inline skiff_time skf_ice_now(void)
{
    return (skiff_time)g_get_monotonic_time();
}

/* The session that set_peer and candidates are for; NULL: consent has expired, and no
 * restart followed. */
static inline struct ice_session *skf_ice_newest(const skiff_ice *ice)
{
    return ice->next != NULL ? ice->next : ice->current;
}

/* For tests: whether media and DTLS leave on a socket of our own, now. */
static inline bool skf_ice_is_bypassed(const skiff_ice *ice)
{
    return ice->current != NULL && ice->current->bypass.selected != NULL;
}

#endif
