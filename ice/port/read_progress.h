/*
 * read_progress.h - whether the timers of a port may be judged. Knows no peers.
 *
 * What waits to be read may be the check of a peer that seems silent, or the answer that a
 * handshake seems to lack. So a run judges timers only once its socket is read empty; or,
 * where more comes without an end, once as much is read as the socket can have held.
 *
 * In a group the kernel may have given that datagram to another thread's socket. That
 * matters after a pause of the whole process: then the timers are late, and what came
 * meanwhile waits at every socket. So a thread whose timers are late waits for the others
 * to read, but no longer than a second, for one of them may be stuck.
 */
#ifndef SKF_READ_PROGRESS_H
#define SKF_READ_PROGRESS_H

#include <skiff/port.h>

/* Zeros: nothing was read since timers were judged, and nobody is waited for. */
struct read_progress {
    uint32_t num_read;      /* datagrams read since then */
    skiff_time waits_since; /* for other threads; 0: it does not */
    bool all_read;
};

/* Before a run reads: what the others hand over until now, it will read. */
void skf_read_progress_begin(skiff_port *port);

/* After it has read. */
bool skf_read_progress_is_complete(skiff_port *port);

/* By when a port that waits for others has to run again; SKIFF_NEVER where it does not. */
skiff_time skf_read_progress_deadline(const skiff_port *port);

#endif
