/* ends.h - two sockets on loopback, numbered datagrams, and a kernel that refuses. */
#ifndef TESTS_PORT_ENDS_H
#define TESTS_PORT_ENDS_H

#include "ice/net/udp.h"

enum { PACKETS = 700, LIMIT = 1500 };

/* What sendmmsg is to refuse. */
struct refusal {
    int error;             /* 0 refuses nothing */
    unsigned after, times; /* messages that go before; calls that are refused */
    bool only_runs;        /* and not single datagrams */
};

void ends_refuse(struct refusal what);

/* What sendmmsg has sent on this thread since this was asked last. */
struct sent {
    unsigned calls, messages, packets;
};

struct sent ends_sent(void);

/* What setsockopt does not know, of SOL_SOCKET; 0 for nothing. */
void ends_refuse_option(int name);

/* Whether there is no descriptor for a connection. */
void ends_refuse_accepts(bool refused);

/* Whether control messages of what is read are cut, with the flag that reports it. */
void ends_cut_control(bool cut);

struct ends {
    skiff_pool *pool;
    struct udp *a, *b;
    struct path path; /* from a to b */
};

/* Opens both; b receives from a on `path`. */
void ends_open(struct ends *ends, bool no_offload);

/* Closes both, after which every packet must be back in the pool. */
void ends_close(struct ends *ends);

skiff_pool *ends_pool(uint32_t packets, uint32_t limit);
struct udp *ends_socket(skiff_pool *pool, const char *text, bool no_offload);

/* A packet of the pool whose bytes state its number; whether this is one. */
skiff_packet *numbered(skiff_pool *pool, unsigned number, uint32_t len);
bool is_numbered(const skiff_packet *packet, unsigned number, uint32_t len);

/* Queues one from a to b. */
void ends_queue(struct ends *ends, unsigned number, uint32_t len);

/* The next datagram, waited for; its absence is a failure. */
bool await(struct udp *udp, struct udp_arrival *arrival);
bool await_numbered(struct udp *udp, unsigned number, uint32_t len);

/* Whether nothing is there to be read. */
bool is_silent(struct udp *udp);

/* Whether runs leave as one message here, and are read as one: sends two datagrams. */
bool ends_offload(struct ends *ends);

#endif
