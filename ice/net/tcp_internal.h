/* tcp_internal.h - TCP connections, for the files that make them up:
 *
 *     tcp.c             opening, a run, and which connections may stay
 *     tcp_listen.c      accepting             tcp_in.c   reading frames
 *     tcp_transfer.c    to another thread     tcp_out.c  sending frames
 *     tcp_connection.c  one connection and its states, below all of them
 */
#ifndef SKF_TCP_INTERNAL_H
#define SKF_TCP_INTERNAL_H

#include "queue.h"
#include "tcp.h"

#include <sys/param.h>

enum {
    HEADER = TCP_LENGTH,
    READ_BYTES = 4096, /* in one read, where no frame needs more */
    QUEUED = 256,      /* packets */
    RUN = 64,          /* packets in one call */
    ACCEPTS = 64       /* connections in a run */
};

enum state {
    HALF_OPEN, /* no good check has come */
    VERIFIED,
    RELEASED, /* to be ended at the next opportunity */
    CLOSING,  /* nothing more is sent; what arrives is discarded until they end */
    ENDED     /* its socket is closed; its path is to be reported */
};

struct connection {
    struct path path; /* with its number */
    enum state state;
    int fd; /* -1 when it has ended */
    uint32_t slot;
    struct link in_list;  /* of its state */
    struct link in_ready; /* there may be something to read */
    bool ready;
    bool readable;          /* the last read left something, or epoll reported it */
    bool blocked;           /* the socket accepts nothing until epoll reports it */
    uint32_t frames_in_row; /* frames read before the next connection's turn */
    skiff_time since;       /* it is half open or closing */
    uint32_t lost;          /* frames that found no space, with no pause of TCP_SLOW */
    skiff_time lost_at;     /* the last of them */
    bool was_verified;
    bool moved;           /* another thread has accepted it */
    uint32_t first, last; /* bytes that were read: from, up to */
    uint32_t unsent, end; /* bytes to be sent: from, up to */
    uint8_t *out;         /* of tcp->out_size: TCP_MAX_UNSENT and a frame */
    uint8_t in[];         /* of tcp->in_size, and a tail */
};

struct frame {
    skiff_packet *packet; /* the header is in its headroom */
    uint32_t connection;
    bool owned; /* it goes back to its pool afterwards */
};

struct tcp {
    const skiff_allocator *memory;
    int listener, poll;
    uint32_t connections, max_frame;
    uint32_t in_size, out_size; /* bytes to read into, and for what waits */
    uint32_t num_slots, num_verified;
    struct connection **all; /* by slot; NULL: the slot is free */
    uint32_t *vacant;        /* slots, as a stack */
    uint32_t num_vacant;
    uint16_t *generations; /* by slot */
    struct queue waiting;  /* half open and closing, oldest first */
    struct queue released, ended, ready;
    skiff_time now, paused_until; /* the process has no descriptor for the listener */
    bool paused;
    uint32_t most;          /* frames in this run */
    uint32_t frames, steps; /* that are left for it */
    struct path path;       /* of the frame that next has returned */
    skiff_packet view;
    struct tcp_counters counters;
    uint32_t num; /* queued */
    struct frame queue[QUEUED];
};

/* --- tcp_connection.c ----------------------------------------------------------------- */

/* The bytes of a connection. */
size_t skf_tcp_size(const struct tcp *tcp);

/* The number of the connection in a slot: the slot, and how often it was used. Never 0, and
 * another one the next time. */
uint32_t skf_tcp_number(const struct tcp *tcp, uint32_t slot);

/* The connection of a number that has a socket, or NULL. */
struct connection *skf_tcp_find(const struct tcp *tcp, uint32_t number);

/* Tells epoll what to wait for. */
void skf_tcp_watch(const struct tcp *tcp, struct connection *connection);

/* There may be something to read. */
void skf_tcp_make_ready(struct tcp *tcp, struct connection *connection);

/* Changes the state. */
void skf_tcp_enter(struct tcp *tcp, struct connection *connection, enum state state);

/* Each of these ends a connection: in the orderly way; at once, with nothing left in the
 * kernel; and after an error or the end of the other side. */
void skf_tcp_end(struct tcp *tcp, struct connection *connection);
void skf_tcp_reset(struct tcp *tcp, struct connection *connection);
void skf_tcp_fail(struct tcp *tcp, struct connection *connection);

/* The connection belongs to another thread from now on, with its descriptor. */
void skf_tcp_forget(struct tcp *tcp, struct connection *connection);

/* --- tcp_listen.c --------------------------------------------------------------------- */

SKIFF_MUST_USE bool skf_tcp_listen(struct tcp *tcp, const struct tcp_options *options);
void skf_tcp_accept(struct tcp *tcp);

/* Makes a half-open connection of a descriptor; NULL: it has been closed. */
struct connection *skf_tcp_admit(struct tcp *tcp, int fd, const union address *remote);

/* Listens again after a pause. */
void skf_tcp_listen_again(struct tcp *tcp);

/* --- tcp_out.c ------------------------------------------------------------------------ */

/* Sends what waits, now that the socket accepts it. */
void skf_tcp_resume(struct tcp *tcp, struct connection *connection);

#endif
