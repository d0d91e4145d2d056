/*
 * read_progress.h - whether the timers of a port may expire. Knows no peers.
 *
 * An unread datagram may be the check of a peer that seems silent, or the message that a
 * handshake waits for. So timers expire only once the socket was read until it was empty.
 * If more comes without end, it is enough that as much was read as the socket can have
 * held.
 *
 * In a group the kernel may have given that datagram to another thread's socket. This
 * matters after a pause of the whole process: then the timers are late, and datagrams wait
 * at every socket. So a thread whose timers are late waits until the others have read, but
 * no longer than a second, as one of them may be stuck.
 */
#ifndef SKF_READ_PROGRESS_H
#define SKF_READ_PROGRESS_H

#include <skiff/port.h>

/* Zeros: nothing was read since timers last expired, and no thread is waited for. */
struct read_progress {
    uint32_t num_read;      /* datagrams read since then */
    skiff_time waits_since; /* for other threads; 0: it does not */
    bool all_read;
};

/* Before a run reads: datagrams that others have forwarded by now are read in it. */
void skf_read_progress_begin(skiff_port *port);

/* After it has read. */
bool skf_read_progress_is_complete(skiff_port *port);

/* By when a port that waits for others must run again; SKIFF_NEVER if it does not wait. */
skiff_time skf_read_progress_deadline(const skiff_port *port);

#endif
