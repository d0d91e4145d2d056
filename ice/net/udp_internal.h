/* udp_internal.h - one socket, for udp.c (opening), udp_in.c (reading) and udp_out.c
 * (sending). */
#ifndef SKF_UDP_INTERNAL_H
#define SKF_UDP_INTERNAL_H

#include "send_queue.h"
#include "udp.h"

#include <stdalign.h>
#include <sys/socket.h>

enum {
    READS_MAX = UDP_READS,
    READS = 16,
    BUFFER = 65536 + SKIFF_TAIL,
    QUEUE = 512,          /* packets, where the options name no number */
    MESSAGES = 64,        /* in one call */
    SEGMENTS = 64,        /* in one message: UDP_MAX_SEGMENTS */
    VECTORS = 576,        /* packets in one call: 512, and one more message */
    MESSAGE_SIZE = 65000, /* of its segments: 65,535 less any headers */
    CONTROL = 64,         /* IPV6_PKTINFO, and one of UDP_GRO and UDP_SEGMENT */
    GSO_REFUSALS = 32     /* addresses that refused a run lately: a power of two */
};

struct control {
    alignas(struct cmsghdr) uint8_t bytes[CONTROL];
};

/* Reading: buffers, the last batch, and how much of it was returned. */
struct udp_in {
    skiff_packet *packets[READS_MAX]; /* of the pool, without buffers */
    uint8_t *buffers;                 /* `reads` of them, BUFFER bytes each, or NULL */
    struct mmsghdr messages[READS_MAX];
    struct iovec vectors[READS_MAX];
    union address addresses[READS_MAX];
    struct control controls[READS_MAX];
    uint32_t reads;   /* buffers */
    uint32_t num, at; /* messages of the last batch; which is next */
    bool drained;     /* the last batch did not fill all buffers */
    /* Messages without a datagram since begin, and how many there may be; UINT32_MAX: any
     * number. */
    uint32_t num_empty, max_empty;

    struct path path;           /* of messages[at - 1] */
    uint8_t *rest;              /* of it, the datagrams not yet returned */
    uint32_t rest_len, segment; /* bytes of the rest, and of one datagram */
    skiff_packet view;          /* what next has returned, of the buffers */
    skiff_packet **current;     /* what next has returned, of the packets */
};

/* An address to which a run was refused: its path is narrower than a segment, or its device
 * cannot compute checksums. That may pass, so runs are tried again, each time later. */
struct gso_refusal {
    union address remote; /* of no family: the entry is free */
    uint32_t refusals;    /* since a run was sent */
    uint32_t singles;     /* datagrams to send before the next try */
};

/* Sending: the queue, and the messages of the next call. */
struct udp_out {
    struct send_queue queue;
    const struct queued_packet *leaving; /* the packets of the queue in a flush, by path */
    uint32_t single_until;               /* packets before this one are not sent as a run */
    struct mmsghdr messages[MESSAGES];
    struct iovec vectors[VECTORS];
    union address addresses[MESSAGES];
    struct control controls[MESSAGES];
};

struct udp {
    const skiff_allocator *memory;
    skiff_pool *pool;
    int fd, family;
    union address address; /* bound to */
    bool is_wildcard;      /* bound to the wildcard address */
    bool gro, gso;
    struct udp_counters counters;
    uint32_t backlog; /* datagrams that the receive buffer can hold */
    uint32_t num_gso_refusals;
    struct gso_refusal gso_refusals[GSO_REFUSALS];
    struct udp_in in;
    struct udp_out out; /* last, before the bytes of its queue: not set to zero */
};

/* Sets where each buffer is, once all are there. */
void skf_udp_in_prepare(struct udp *udp);

#endif
