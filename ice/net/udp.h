/*
 * udp.h - batches of datagrams through one UDP socket that never blocks. Knows no protocol.
 *
 * In:  recvmmsg, and UDP_GRO where the kernel has it: then one read brings many datagrams
 *      of one peer, which are views into one large buffer. They may be opened in place, but
 *      their tailroom is the next datagram; who wants to have one for longer keeps it.
 * Out: sendmmsg, and UDP_SEGMENT where the kernel has it: packets of equal length that
 *      follow each other on one path, the last of which may be shorter, are one message.
 *
 * After open nothing is allocated. What the socket does not take is lost, as on the
 * network, and counted; nothing is tried again, but a run that could not be one message:
 * to that address datagrams leave one by one for a while, to others still in runs.
 */
#ifndef SKF_UDP_H
#define SKF_UDP_H

#include "address.h"

#include <skiff/packet.h>

struct udp;

/* Zero means the default; what it names must outlive the socket. */
struct udp_options {
    union address address;                /* to bind to; port 0 means any */
    skiff_pool *pool;                     /* of the packets to read into; NULL: it has */
                                          /* buffers of its own, and nothing is kept */
    const skiff_allocator *memory;        /* NULL means malloc and free */
    uint32_t reads;                       /* buffers to read into, at most 32; 0: 16. A */
                                          /* packet each, 64 KiB with GRO or no pool */
    uint32_t receive_buffer, send_buffer; /* SO_RCVBUF, SO_SNDBUF; bytes */
    bool reuse_port;                      /* SO_REUSEPORT */
    bool six_only;                        /* IPV6_V6ONLY; else "[::]" takes IPv4 too */
    bool no_offload;                      /* neither GRO nor GSO */
};

/* A datagram that has come: valid until the next call of skf_udp_next. */
struct udp_arrival {
    skiff_packet *packet;
    const struct path *path; /* a reply goes back on it: from where it was sent to */
    bool no_tailroom;        /* another datagram lies where its tailroom would be */
};

/* What came, went and was lost. */
/* clang-format off */
#define UDP_COUNTER_LIST(X)                                                                \
    X(reads,               "calls that read")                                              \
    X(received,            "datagrams that came")                                          \
    X(coalesced,           "reads that brought several datagrams")                         \
    X(drop_truncated,      "datagrams longer than a packet of the pool")                   \
    X(drop_no_address,     "datagrams from neither IPv4 nor IPv6, or of no bytes")         \
    X(drop_control,        "reads of which the kernel has cut what it says about them")    \
    X(drop_receive_buffer, "datagrams that a full buffer of the socket dropped")           \
    X(read_errors,         "reads that failed")                                            \
    X(sends,               "calls that sent")                                              \
    X(sent,                "datagrams that went")                                          \
    X(runs,                "messages that carried several datagrams")                      \
    X(unsegmented,         "runs that had to leave one by one")                            \
    X(lost_full,           "not sent: the socket or its device is full")                   \
    X(lost_oversized,      "not sent: longer than the path takes")                         \
    X(lost_refused,        "not sent: not permitted here, or refused there")               \
    X(lost_unreached,      "not sent: no route, no device, or no such local address")      \
    X(lost_otherwise,      "not sent: another error")
/* clang-format on */

struct udp_counters {
#define X(name, text) uint64_t name;
    UDP_COUNTER_LIST(X)
#undef X
};

/*
 * Opens and binds the socket. Errors: ARGUMENT no address, or a number that is too large;
 * MEMORY also too few packets in the pool; STATE what the system says, which is in errno.
 */
SKIFF_MUST_USE skiff_status skf_udp_open(const struct udp_options *options,
                                         struct udp **udp);

/* Packets that are queued or were read into go back to their pool. NULL is allowed. */
void skf_udp_close(struct udp *udp);

/* From now on what is sent to its address is for the other sockets that share it. What it
 * was given before can be read. */
void skf_udp_retire(struct udp *udp);

int skf_udp_fd(const struct udp *udp);
const union address *skf_udp_address(const struct udp *udp); /* with its port */

/* Cost: one system call, for what the kernel has dropped. */
struct udp_counters skf_udp_counters(const struct udp *udp);

/* How many datagrams can wait in the socket to be read, at the most. */
uint32_t skf_udp_backlog(const struct udp *udp);

/*
 * The next datagram, `now` being when it arrived; false when none is left. That is known
 * without asking again where the last read did not fill all buffers.
 */
bool skf_udp_next(struct udp *udp, skiff_time now, struct udp_arrival *arrival);

/*
 * Forgets that none was left: what has come since then is to be read. From now on next says
 * false, too, when it has read `most` messages that say nothing, such as datagrams of no
 * bytes: whoever sends them must not keep it for ever. And how many those were.
 */
void skf_udp_begin(struct udp *udp, uint32_t most);
uint32_t skf_udp_num_empty(const struct udp *udp);

/*
 * Whether datagrams were read that next has not said: they must be asked for, because the
 * descriptor does not tell of them.
 */
bool skf_udp_pending(const struct udp *udp);

/*
 * Makes the datagram that next has just said the caller's, once, with all its tailroom: the
 * packet itself, or a copy where it is a view. NULL when there is no pool, when it
 * is dry, and when its packets are too short.
 */
skiff_packet *skf_udp_take(struct udp *udp);

/*
 * Queues a packet, which is from now on the socket's: it goes back to its pool. The path is
 * copied; where its local address is of no family, the kernel chooses one. A full queue is
 * flushed first.
 */
void skf_udp_queue(struct udp *udp, const struct path *path, skiff_packet **packet);

/* Sends what is queued. */
void skf_udp_flush(struct udp *udp);

/*
 * Sends packets that stay the caller's, now, after what is queued; says how many went. May
 * be called with the packet that next has said.
 */
size_t skf_udp_send(struct udp *udp, const struct path *path, skiff_packet *const *packets,
                    size_t num);

#endif
