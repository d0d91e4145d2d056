/*
 * tcp.h - frames through TCP connections that others open (RFC 6544, passive). Knows no
 * protocol but the framing of RFC 4571, and what the first bytes of a check look like.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |             LENGTH            |  STUN, DTLS, RTP or RTCP ...  |
 *
 * A connection is half open until a good check has come through it: then its caller settles
 * it. The half open are few, for a short time, and the oldest makes place; so nobody who
 * has proven nothing is in the way of one who will, or harms one who has.
 *
 * Who reads too slowly loses media, never half a frame; and his place, when all are taken
 * and another one has proven who he is. Memory is taken when a connection is accepted, and
 * never for a frame.
 */
#ifndef SKF_TCP_H
#define SKF_TCP_H

#include "udp.h"

enum {
    TCP_LENGTH = 2,              /* bytes before each frame (RFC 4571 section 2) */
    TCP_MAX_CONNECTIONS = 60000, /* connections that may be settled at once */
    TCP_HALF_OPEN = 256,         /* and half open */
    TCP_OF_ADDRESS = 16,         /* of which one IPv4 address, or an IPv6 /64, has */
    TCP_FIRST_BYTES = 1500,      /* that may come before the first good check is whole */
    TCP_MAX_UNSENT = 16384,      /* bytes of a connection that wait for its socket */
    TCP_BUFFER = 131072          /* SO_RCVBUF, SO_SNDBUF: what may wait in the kernel */
};

#define TCP_FIRST_CHECK SKIFF_MSEC(10000) /* within which it must have come */
#define TCP_SLOW        SKIFF_MSEC(10000) /* within which a slow one has lost media */

struct tcp;

struct tcp_options {
    union address address;         /* to listen at, with its port */
    const skiff_allocator *memory; /* NULL means malloc and free */
    uint32_t connections;          /* at most TCP_MAX_CONNECTIONS */
    uint32_t max_frame;            /* bytes of a frame */
    bool reuse_port;               /* SO_REUSEPORT */
};

/* clang-format off */
#define TCP_COUNTER_LIST(X)                                                                \
    X(accepted,         "connections")                                                     \
    X(closed_half_open, "connections that ended before a good check, for any reason")      \
    X(closed,           "connections that ended later")                                    \
    X(received,         "frames that came")                                                \
    X(sent,             "frames that went")                                                \
    X(drop_frame,       "connections ended by a frame that is too long, or no check")      \
    X(drop_slow,        "frames that found no room")                                       \
    X(drop_tcp_limit,   "connections that found no place, or lost it by being slow")       \
    X(drop_lost,        "frames for connections that have ended, or that are too long")
/* clang-format on */

struct tcp_counters {
#define X(name, text) uint64_t name;
    TCP_COUNTER_LIST(X)
#undef X
};

/* Listens. Errors: ARGUMENT; MEMORY; STATE what the system says, which is in errno. */
SKIFF_MUST_USE skiff_status skf_tcp_open(const struct tcp_options *options,
                                         struct tcp **tcp);

/* Ends every connection. NULL is allowed. */
void skf_tcp_close(struct tcp *tcp);

/* Readable when begin has something to do. */
int skf_tcp_fd(const struct tcp *tcp);
const struct tcp_counters *skf_tcp_counters(const struct tcp *tcp);

/* Accepts, ends what is due, and looks who has sent: up to `most` frames may be read. */
void skf_tcp_begin(struct tcp *tcp, skiff_time now, uint32_t most);

/* The next frame, of each connection in turn; valid until the next call. False: none left,
 * or `most` were read. */
bool skf_tcp_next(struct tcp *tcp, struct udp_arrival *arrival);

/* How many frames were read in this run; or how many the time was worth that went into what
 * is none, for some may send null packets and single bytes without an end. */
uint32_t skf_tcp_num_read(const struct tcp *tcp);

/* Whether something that has come may be left; that, or somebody waits to be ended; and
 * by when somebody has to: begin is due then. */
bool skf_tcp_pending(const struct tcp *tcp);
bool skf_tcp_is_due(const struct tcp *tcp);
skiff_time skf_tcp_deadline(const struct tcp *tcp);

/* A good check has come through it: it has a place from now on. False when all are taken by
 * those who read what they are sent, and when there is no such connection. */
SKIFF_MUST_USE bool skf_tcp_verify(struct tcp *tcp, uint32_t connection);

/* Nobody is there any more: it ends once what is queued was sent, unless it is settled
 * before that. */
void skf_tcp_release(struct tcp *tcp, uint32_t connection);

/* The path of a settled connection that has ended by itself, each once. */
bool skf_tcp_next_ended(struct tcp *tcp, struct path *path);

/*
 * Takes a half-open connection out of here, whose frame next has just said. Its descriptor
 * is the caller's; `sent` is what has come through it, from that frame on, until the next
 * call of next. -1: it stays, as it is settled, or was adopted here.
 *
 * Another thread adopts both: there it is half open, and the descriptor is not the caller's
 * any more.
 */
SKIFF_MUST_USE int skf_tcp_detach(struct tcp *tcp, uint32_t connection, skiff_bytes *sent);
void skf_tcp_attach(struct tcp *tcp, int fd, skiff_bytes sent);

/* Queues a packet of a pool, which goes back there. */
void skf_tcp_queue(struct tcp *tcp, uint32_t connection, skiff_packet **packet);

/* Sends a packet that stays the caller's, now, after what is queued. */
void skf_tcp_send(struct tcp *tcp, uint32_t connection, skiff_packet *packet);

/* Sends what is queued. */
void skf_tcp_flush(struct tcp *tcp);

#endif
