/* network.h - a switchboard: lines between two contexts, a transport at each end, a wire
 * that takes 10 ms and time that is virtual. Transports are polled when their context says
 * so.
 */
#ifndef TESTS_SRTP_NETWORK_H
#define TESTS_SRTP_NETWORK_H

#include "call.h"

#include <skiff/transport.h>

enum { NETWORK_LINES = 8, NETWORK_MAIL = 64, NETWORK_SIDES = 2, NETWORK_SEQS = 4096 };

struct network;

struct network_end {
    struct network *network;
    unsigned side, line;
    skiff_transport *transport;
    bool connected, closed, failed;
    unsigned sent;                         /* datagrams */
    unsigned moved;                        /* events */
    uint64_t address;                      /* whence it sends; 0: untold */
    char data[16];                         /* the last message */
    bool data_in_place;                    /* it lay in the datagram that brought it */
    unsigned messages;                     /* of data */
    unsigned hellos, renewed, not_renewed; /* events */
    unsigned rtcp;                         /* packets that landed and opened */
    uint8_t rtp[NETWORK_SEQS];             /* how often each sequence number did */
};

/* Zeros are one line, the active end at side 0, all defaults, everybody known. */
struct network_config {
    unsigned lines;
    skiff_role role[NETWORK_SIDES];
    skiff_srtp_profile profile[NETWORK_SIDES]; /* the only one; 0: the defaults */
    bool media_optional;
    bool cids;            /* by connection ids */
    skiff_rrc rrc;        /* and asked when they move */
    bool strangers;       /* no expected fingerprint is set */
    uint32_t packets;     /* in the pool of each side; 0: none */
    uint16_t max_version; /* version; 0: 1.2 */
    uint16_t mtu;         /* 0: the default */
    unsigned loss;        /* of DTLS on the wire, in 1000 */
    uint64_t seed;        /* of that */
    const skiff_srtp_config *srtp;
    const skiff_allocator *memory;
    skiff_trace_fn *trace; /* of both contexts, with `user` */
    void *user;
};

struct network_datagram {
    skiff_time due;
    struct network_end *to;
    struct test_packet datagram;
};

struct network {
    struct network_config config;
    skiff_time now;
    skiff_pool *pool[NETWORK_SIDES];
    skiff_context *context[NETWORK_SIDES];
    struct network_end ends[NETWORK_SIDES][NETWORK_LINES];
    struct network_datagram in_flight[NETWORK_MAIL]; /* in the order it was sent */
    unsigned num_in_flight;
};

/* Makes everything, or says what failed first; network_end is needed either way. */
skiff_status network_begin(struct network *network, const struct network_config *config);
void network_end(struct network *network);

/* Tells one end whom to expect: the other side. */
skiff_status network_introduce(struct network_end *end);

/* Does the next thing that is due by `until`; false when there is none. */
bool network_step(struct network *network, skiff_time until);

/* Lets so much time pass. */
void network_pass(struct network *network, skiff_time time);

/* Lets time pass until all are connected; false after two seconds. */
bool network_connect(struct network *network);

/* Gives one end a datagram at once, and polls it. */
skiff_status network_deliver(struct network_end *end, struct test_packet *message,
                             skiff_kind *kind);

/* Puts a datagram on the wire. */
void network_post(struct network_end *from, const struct test_packet *message);

/* Protects a packet at one end and opens it at the other: whether it came as it went. */
bool network_carries(struct network_end *from, const struct test_packet *plain);

struct network_end *network_peer(struct network_end *end);
skiff_counters network_counters(const struct network_end *end);

/* How many packets the pool of a side has left. */
uint32_t network_left(struct network *network, unsigned side);

#endif
