/* session.h - one publisher or watcher: what its worker and signalling have of
 * it. Knows no HTTP. */
#ifndef SAMPLES_SFU_SESSION_H
#define SAMPLES_SFU_SESSION_H

#include "publisher.h"
#include "session_trace.h"
#include "stream.h"

struct worker;

struct session {
    /* Set before the worker has it, and not changed after that. */
    char id[SESSION_ID + 1];
    struct stream *stream;
    struct worker *worker;
    struct publisher *publisher; /* one of the two is NULL */
    struct watcher *watcher;

    /* Signalling's. */
    struct session *next;                       /* with the same hash */
    char ufrag[MAX_UFRAG], password[MAX_UFRAG]; /* of the peer */
    struct media_answer answer;

    /* The worker's. */
    skiff_peer *peer;
    struct session_trace trace;
    bool connected, lost, over;
    const char *why; /* it is over */
    char reason[256];

    /* Of the queue of reports, under its lock. */
    struct session *next_report;
    bool is_reported, reports_connected, reports_over;
};

#endif
