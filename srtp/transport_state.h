/* transport_state.h - one transport: transport.c has the current association, and the files
 * of the renewal a second one that is to replace it. */
#ifndef SKF_TRANSPORT_STATE_H
#define SKF_TRANSPORT_STATE_H

#include <skiff/transport.h>

#include "srtp/early_media.h"
#include "srtp/session.h"

/* What a transport counts itself; its DTLS end counts the rest. */
struct media_counters {
#define X(name, text) uint32_t name;
    SKIFF_MEDIA_COUNTER_LIST(X)
#undef X
};

/* Held media that was not taken by then is released. */
enum { EARLY_MEDIA_HELD_S = 10 }; /* seconds after CONNECTED */

/* The state of the keys of media. BOTH: they are here, and a renewal may have others. */
enum media_keys { KEYS_PENDING, KEYS_READY, KEYS_NONE, KEYS_BOTH };

struct skiff_transport {
    /* What each packet of media reads or changes is first: see TRANSPORT_HOT. */
    skiff_dtls *dtls;
    skiff_srtp *srtp;        /* NULL unless the keys are here */
    struct renewal *renewal; /* NULL: there is no second association */
    enum media_keys keys;
    skiff_status end_status;      /* OK until CLOSED or FAILED was reported */
    uint32_t newest_count_before; /* of the associations that were replaced */
    bool failure_is_of_renewal;
    bool path_is_closed;
    bool is_traced;           /* the context has a trace callback */
    struct early_media early; /* media that arrived before the keys */
    struct media_counters counters;

    skiff_context *context;
    void *user;
    skiff_time early_until; /* early media is held, once the keys are here */
    skiff_srtp_config config;
    /* Why SRTP could not be set up, or why the last renewal failed. */
    skiff_failure failure;
};

/* The bytes of a transport that a packet of media touches: those it counts are the first
 * four. */
enum { TRANSPORT_HOT = offsetof(struct skiff_transport, counters.held_early) };

/* As skiff_transport_newest. */
static inline uint32_t transport_newest(const skiff_transport *transport)
{
    uint32_t media = transport->srtp != NULL ? skf_srtp_newest_count(transport->srtp) : 0;

    return transport->newest_count_before + media + skiff_dtls_newest(transport->dtls);
}

#endif
