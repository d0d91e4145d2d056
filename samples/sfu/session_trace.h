/* session_trace.h - what the trace shows of one session: the stages of its
 * setup, skiff's part of the time, and the last events. Knows no peer and no
 * worker. */
#ifndef SAMPLES_SFU_SESSION_TRACE_H
#define SAMPLES_SFU_SESSION_TRACE_H

#include "media.h"

enum { TRACE_EVENTS = 128 }; /* a handshake with a browser has about 70 */

struct session_trace {
    skiff_time posted;
    struct session_stages stages; /* after `posted` */
    skiff_time share;
    bool received; /* since session_trace_end_run: a datagram of the setup */
    uint32_t moves;
    uint64_t num_events; /* in all */
    skiff_trace events[TRACE_EVENTS];
};

void session_trace_begin(struct session_trace *trace, skiff_time posted);

void session_trace_add(struct session_trace *trace, skiff_time now,
                       const skiff_trace *event);

/* The first packet of media is received, or sent. */
void session_trace_media(struct session_trace *trace, skiff_time now);

/* All that a run of the port read is answered and sent. The time of a run in
 * which a datagram of this setup was read counts as skiff's, although it may
 * have served others, too. */
void session_trace_end_run(struct session_trace *trace, skiff_time elapsed);

/* Copies at most `max` events from the number *from on, which becomes the next
 * number. */
size_t session_trace_copy(const struct session_trace *trace, uint64_t *from,
                          skiff_trace *events, size_t max);

#endif
