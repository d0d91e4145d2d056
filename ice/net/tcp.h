/*
 * tcp.h - frames through TCP connections that others open (RFC 6544, passive). Knows no
 * protocol except the framing of RFC 4571, and what the first bytes of a check look like.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |             LENGTH            |  STUN, DTLS, RTP or RTCP ...  |
 *
 * A connection is half open until a good check has come through it, and its caller has
 * verified it. Half-open connections are few, have a short time, and the oldest of them is
 * replaced. So a sender that has proven nothing cannot keep others from connecting, and
 * cannot harm a connection that is verified.
 *
 * A peer that reads too slowly loses media, never half a frame. If all slots are in use and
 * another peer is verified, the slow one loses its connection. Memory is allocated when a
 * connection is accepted, and never for a frame.
 */
#ifndef SKF_TCP_H
#define SKF_TCP_H

#include "udp.h"

enum {
    TCP_LENGTH = 2,              /* bytes before each frame (RFC 4571 section 2) */
    TCP_MAX_CONNECTIONS = 60000, /* connections that may be verified at once */
    TCP_HALF_OPEN = 256,         /* and half open */
    TCP_OF_ADDRESS = 16,         /* half open from one IPv4 address, or one IPv6 /64 */
    TCP_FIRST_BYTES = 1500,      /* up to the end of the first good check */
    TCP_MAX_UNSENT = 16384,      /* bytes of a connection that wait for its socket */
    TCP_BUFFER = 131072          /* SO_RCVBUF, SO_SNDBUF: what may wait in the kernel */
};

#define TCP_FIRST_CHECK SKIFF_MSEC(10000) /* the time for the first good check */
#define TCP_SLOW        SKIFF_MSEC(10000) /* lost media counts as slow for this long */

struct tcp;

struct tcp_options {
    union address address;         /* to listen at, with its port */
    const skiff_allocator *memory; /* NULL means malloc and free */
    uint32_t connections;          /* at most TCP_MAX_CONNECTIONS */
    uint32_t max_frame;            /* bytes of a frame */
    bool reuse_port;               /* SO_REUSEPORT */
};

struct tcp_counters {
    uint64_t accepted;         /* connections */
    uint64_t closed_half_open; /* connections that ended before a good check */
    uint64_t closed;           /* connections that ended later */
    uint64_t received;         /* frames that came */
    uint64_t sent;             /* frames sent */
    uint64_t drop_frame; /* connections ended by a frame that is too long, or no check */
    uint64_t drop_slow;  /* frames that found no space */
    uint64_t drop_tcp_limit; /* connections without a free slot, or ended as slow */
    uint64_t drop_lost; /* frames for connections that have ended, or that are too long */
};

/* Listens. Errors: ARGUMENT; MEMORY; STATE a system call failed, see errno. */
SKIFF_MUST_USE skiff_status skf_tcp_open(const struct tcp_options *options,
                                         struct tcp **tcp);

/* Ends every connection. NULL is allowed. */
void skf_tcp_close(struct tcp *tcp);

/* Readable when begin has something to do. */
int skf_tcp_fd(const struct tcp *tcp);
const struct tcp_counters *skf_tcp_counters(const struct tcp *tcp);

/* Accepts, ends what is due, and finds which connections can be read: up to `most`
 * frames. */
void skf_tcp_begin(struct tcp *tcp, skiff_time now, uint32_t most);

/* The next frame, of each connection in turn; valid until the next call. False if none is
 * left, or `most` were read. */
bool skf_tcp_next(struct tcp *tcp, struct udp_arrival *arrival);

/* How many frames were read in this run. Null packets and single bytes count for the time
 * that they cost, as a peer may send them without end. */
uint32_t skf_tcp_num_read(const struct tcp *tcp);

/* Whether something may be left to read; whether begin is due, for that or because a
 * connection is to be ended; and by when it is due. */
bool skf_tcp_pending(const struct tcp *tcp);
bool skf_tcp_is_due(const struct tcp *tcp);
skiff_time skf_tcp_deadline(const struct tcp *tcp);

/* A good check has come through the connection: it has a slot from now on. False if all
 * slots belong to peers that read what they are sent, or if there is no such connection. */
SKIFF_MUST_USE bool skf_tcp_verify(struct tcp *tcp, uint32_t connection);

/* No peer uses the connection any more: it ends once what is queued was sent, unless it is
 * verified again before. */
void skf_tcp_release(struct tcp *tcp, uint32_t connection);

/* The path of a verified connection that has ended by itself, each once. */
bool skf_tcp_next_ended(struct tcp *tcp, struct path *path);

/*
 * Detaches a half-open connection, whose frame next has just returned. Its descriptor is
 * the caller's from now on. `sent` holds what has come through it, from that frame on,
 * until the next call of next. -1: it stays, as it is verified, or was attached here.
 *
 * Attach accepts both on another thread: the connection is half open there, and the
 * descriptor is not the caller's any more.
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
