/* tcp_internal.h - connections: what keeping (tcp.c), accepting (tcp_listen.c), handing
 * over (tcp_transfer.c), reading (tcp_in.c) and sending (tcp_out.c) share. For these files
 * alone. */
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
    CLOSING,  /* all is said; what comes is thrown away until they end */
    ENDED     /* its socket is closed; its path is to be told */
};

struct connection {
    struct path path; /* with its number */
    enum state state;
    int fd; /* -1 when it has ended */
    uint32_t slot;
    struct link in_list;  /* of its state */
    struct link in_ready; /* may have something to be read */
    bool ready;
    bool readable;          /* the last read left something, or epoll says so */
    bool blocked;           /* the socket takes nothing until epoll says so */
    uint32_t frames_in_row; /* frames in a row */
    skiff_time since;       /* it is half open or parting */
    uint32_t lost;          /* frames that found no room, with no pause of TCP_SLOW */
    skiff_time lost_at;     /* the last of them */
    bool was_verified;
    bool moved;           /* another thread has accepted it */
    uint32_t first, last; /* bytes that were read: from, up to */
    uint32_t unsent, end; /* bytes to be sent: from, up to */
    uint8_t *out;         /* of tcp->room_out: TCP_MAX_UNSENT and a frame */
    uint8_t in[];         /* of tcp->room, and a tail */
};

struct frame {
    skiff_packet *packet; /* the header is in its headroom */
    uint32_t connection;
    bool owned; /* goes back to its pool when it is done with */
};

struct tcp {
    const skiff_allocator *memory;
    int listener, poll;
    uint32_t connections, max_frame;
    uint32_t in_size, out_size; /* bytes to read into, and for what waits */
    uint32_t num_slots, num_verified;
    struct connection **all; /* by place; NULL: nobody */
    uint32_t *vacant;        /* places, as a stack */
    uint32_t num_vacant;
    uint16_t *generations; /* by place */
    struct queue waiting;  /* half open and parting, oldest first */
    struct queue released, ended, ready;
    skiff_time now, paused_until; /* the listener has no descriptor */
    bool paused;
    uint32_t most;          /* frames in this run */
    uint32_t frames, steps; /* that are left for it */
    struct path path;       /* of the frame that next has said */
    skiff_packet view;
    struct tcp_counters counters;
    uint32_t num; /* queued */
    struct frame queue[QUEUED];
};

/* --- tcp.c ---------------------------------------------------------------------------- */

/* Bytes of a connection; its number while it has the place. */
size_t skf_tcp_size(const struct tcp *tcp);
uint32_t skf_tcp_number(const struct tcp *tcp, uint32_t slot);

/* The connection of a number that has a socket, or NULL. */
struct connection *skf_tcp_find(const struct tcp *tcp, uint32_t number);

/* It has failed, or the other side has ended it; it must go at once. */
void skf_tcp_fail(struct tcp *tcp, struct connection *connection);
void skf_tcp_reset(struct tcp *tcp, struct connection *connection);

/* It is somebody else's; so is its descriptor. */
void skf_tcp_forget(struct tcp *tcp, struct connection *connection);

/* Says what epoll shall wait for. */
void skf_tcp_watch(const struct tcp *tcp, struct connection *connection);

/* --- tcp_listen.c --------------------------------------------------------------------- */

SKIFF_MUST_USE bool skf_tcp_listen(struct tcp *tcp, const struct tcp_options *options);
void skf_tcp_accept(struct tcp *tcp);

/* A half-open connection of a descriptor; NULL: it has been closed. */
struct connection *skf_tcp_admit(struct tcp *tcp, int fd, const union address *remote);

/* Does so again after a pause. */
void skf_tcp_listen_again(struct tcp *tcp);

/* --- tcp_in.c, tcp_out.c -------------------------------------------------------------- */

/* Something may have come. */
void skf_tcp_make_ready(struct tcp *tcp, struct connection *connection);

/* Sends what waits, now that the socket takes it. */
void skf_tcp_resume(struct tcp *tcp, struct connection *connection);

#endif
