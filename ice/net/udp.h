/*
 * udp.h - batches of datagrams through one UDP socket that never blocks. Knows no protocol.
 *
 * In: recvmmsg, and UDP_GRO if the kernel has it: then one read returns many datagrams of
 * one peer, which are views into one large buffer. They may be opened in place, but their
 * tailroom is the next datagram. To use one for longer, copy it.
 *
 * Out: sendmmsg, and UDP_SEGMENT if the kernel has it: packets of equal length on one path,
 * the last of which may be shorter, are one message. They leave path after path, in the
 * order in which they were queued for each.
 *
 * After open nothing is allocated. What the socket does not accept is lost, as on the
 * network, and counted. Nothing is sent again, except a run that could not be one message:
 * datagrams to that address leave one by one for a while, those to others still in runs.
 */
#ifndef SKF_UDP_H
#define SKF_UDP_H

#include "address.h"
#include "seeded_hash.h"

#include <skiff/packet.h>

enum { UDP_MAX_QUEUE = 32768 }; /* packets that wait to be sent */

struct udp;

enum { UDP_READS = 32 }; /* buffers that are read into at once, at most */

/* Zero means the default; what it names must outlive the socket. */
struct udp_options {
    union address address; /* to bind to; port 0 means any */
    /* The pool of the packets to read into. NULL: the socket has buffers of its own, and
     * nothing can be kept. */
    skiff_pool *pool;
    const skiff_allocator *memory; /* NULL means malloc and free */
    /* Buffers to read into, at most 32; 0 means 16. Each is a packet; with GRO or without a
     * pool it has 64 KiB. */
    uint32_t reads;
    uint32_t queue;           /* packets that wait to be sent; 0 means 512 */
    struct hash_key hash_key; /* zeros, unless strangers choose addresses to send to */
    uint32_t receive_buffer, send_buffer; /* SO_RCVBUF, SO_SNDBUF; bytes */
    bool reuse_port;                      /* SO_REUSEPORT */
    bool ipv6_only;                       /* IPV6_V6ONLY; else "[::]" also receives IPv4 */
    bool no_offload;                      /* neither GRO nor GSO */
    bool no_fragments;                    /* IP_PMTUDISC_PROBE */
};

/* A datagram that was received: valid until the next call of skf_udp_next. */
struct udp_arrival {
    skiff_packet *packet;
    const struct path *path; /* of a reply, too: from where the datagram was sent to */
    bool no_tailroom;        /* another datagram lies where its tailroom would be */
    bool begins_batch;       /* others were read together with it */
};

/* What was received, sent and lost. */
struct udp_counters {
    uint64_t reads;               /* calls that read */
    uint64_t received;            /* datagrams that came */
    uint64_t coalesced;           /* reads that brought several datagrams */
    uint64_t drop_truncated;      /* datagrams longer than a packet of the pool */
    uint64_t drop_no_address;     /* datagrams from neither IPv4 nor IPv6, or of no bytes */
    uint64_t drop_control;        /* reads whose control messages the kernel truncated */
    uint64_t drop_receive_buffer; /* datagrams that a full buffer of the socket dropped */
    uint64_t read_errors;         /* reads that failed */
    uint64_t sends;               /* calls that sent */
    uint64_t sent;                /* datagrams sent */
    uint64_t runs;                /* messages that carried several datagrams */
    uint64_t unsegmented;         /* runs that had to leave one by one */
    uint64_t lost_full;           /* not sent: the socket or its device is full */
    uint64_t lost_oversized;      /* not sent: longer than the path takes */
    uint64_t lost_refused;        /* not sent: not permitted here, or refused there */
    uint64_t lost_unreached; /* not sent: no route, no device, or no such local address */
    uint64_t lost_otherwise; /* not sent: another error */
};

/* Opens and binds the socket. Errors: ARGUMENT no address, or a number that is too large;
 * MEMORY also too few packets in the pool; STATE a system call failed, see errno. */
SKIFF_MUST_USE skiff_status skf_udp_open(const struct udp_options *options,
                                         struct udp **udp);

/* Packets that are queued or were read into go back to their pool. NULL is allowed. */
void skf_udp_close(struct udp *udp);

/* From now on datagrams to its address go to the other sockets that share it. Those that it
 * has already can be read. */
void skf_udp_retire(struct udp *udp);

int skf_udp_fd(const struct udp *udp);
const union address *skf_udp_address(const struct udp *udp); /* with its port */

/* Cost: one system call, for the number that the kernel has dropped. */
struct udp_counters skf_udp_counters(const struct udp *udp);

/* How many datagrams can wait in the socket, at the most. */
uint32_t skf_udp_backlog(const struct udp *udp);

/* The next datagram, which arrived at `now`; false when none is left. If the last read did
 * not fill all buffers, that needs no system call. */
bool skf_udp_next(struct udp *udp, skiff_time now, struct udp_arrival *arrival);

/* Begins a run: the socket may have something again. In it next also returns false when it
 * has read `most` messages without a datagram, such as those of no bytes: an endless flow
 * of them must not occupy it. And how many those were. */
void skf_udp_begin(struct udp *udp, uint32_t most);
uint32_t skf_udp_num_empty(const struct udp *udp);

/* Whether datagrams were read that next has not returned: the descriptor does not show
 * them. */
bool skf_udp_pending(const struct udp *udp);

/* From where media has come that was read together with the datagram that next has just
 * returned, which is the first of these: how many, and each address once if it comes in a
 * row. */
uint32_t skf_udp_media_ahead(const struct udp *udp, union address remotes[UDP_READS]);

/* Queues a packet, which is the socket's from now on and goes back to its pool. The path is
 * copied; if its local address has no family, the kernel chooses one. A full queue is
 * flushed first. */
void skf_udp_queue(struct udp *udp, const struct path *path, skiff_packet **packet);

/* Sends what is queued. */
void skf_udp_flush(struct udp *udp);

/* Sends packets that stay the caller's, now, after what is queued; the result is how many
 * were sent. May be called with the packet that next has returned. */
size_t skf_udp_send(struct udp *udp, const struct path *path, skiff_packet *const *packets,
                    size_t num);

#endif
