/* board.h - a switchboard: lines between two contexts, a transport at each end, a wire that
 * takes 10 ms and time that is virtual. Transports are polled when their context says so.
 */
#ifndef SKF_BOARD_H
#define SKF_BOARD_H

#include "call.h"

#include <skiff/transport.h>

enum { BOARD_LINES = 8, BOARD_MAIL = 64, BOARD_SIDES = 2, BOARD_SEQS = 4096 };

struct board;

struct board_end {
    struct board    *board;
    unsigned         side, line;
    skiff_transport *transport;
    bool             connected, closed, failed;
    unsigned         sent;                 /* datagrams                              */
    unsigned         moved;                /* events                                 */
    uint64_t         address;              /* whence it sends; 0: untold             */
    char             data[16];             /* the last message                       */
    bool             data_in_place;        /* it lay in the datagram that brought it */
    unsigned         messages;             /* of data                                */
    unsigned         hellos, renewed, not_renewed;  /* events                        */
    unsigned         rtcp;                 /* packets that landed and opened         */
    uint8_t          rtp[BOARD_SEQS];      /* how often each sequence number did     */
};

/* Zeros are one line, the active end at side 0, all defaults, everybody known. */
struct board_config {
    unsigned                  lines;
    skiff_role                role[BOARD_SIDES];
    skiff_srtp_profile        profile[BOARD_SIDES]; /* the only one; 0: the defaults     */
    bool                      media_optional;
    bool                      named;                /* by connection ids                 */
    skiff_rrc                 rrc;                  /* and asked when they move          */
    bool                      strangers;            /* nobody is told whom to expect     */
    uint32_t                  packets;              /* in the pool of each side; 0: none */
    uint16_t                  newest;               /* version; 0: 1.2                   */
    uint16_t                  mtu;                  /* 0: the default                    */
    unsigned                  loss;                 /* of DTLS on the wire, in 1000      */
    uint64_t                  seed;                 /* of that                           */
    const skiff_srtp_config  *srtp;
    const skiff_allocator    *memory;
};

struct board_mail {
    skiff_time        due;
    struct board_end *to;
    struct letter     letter;
};

struct board {
    struct board_config config;
    skiff_time          now;
    skiff_pool         *pool[BOARD_SIDES];
    skiff_context      *context[BOARD_SIDES];
    struct board_end    ends[BOARD_SIDES][BOARD_LINES];
    struct board_mail   mail[BOARD_MAIL];           /* in the order it was sent          */
    unsigned            mails;
};

/* Makes everything, or says what failed first; board_end is needed either way. */
skiff_status board_begin(struct board *board, const struct board_config *config);
void board_end(struct board *board);

/* Tells one end whom to expect: the other side. */
skiff_status board_introduce(struct board_end *end);

/* Does the next thing that is due by `until`; false when there is none. */
bool board_step(struct board *board, skiff_time until);

/* Lets so much time pass. */
void board_pass(struct board *board, skiff_time time);

/* Lets time pass until all are connected; false after two seconds. */
bool board_connect(struct board *board);

/* Gives one end a datagram at once, and polls it. */
skiff_status board_deliver(struct board_end *end, struct letter *letter, skiff_kind *kind);

/* Puts a datagram on the wire. */
void board_post(struct board_end *from, const struct letter *letter);

/* Protects a packet at one end and opens it at the other: whether it came as it went. */
bool board_carries(struct board_end *from, const struct letter *plain);

struct board_end *board_peer(struct board_end *end);
skiff_counters board_counters(const struct board_end *end);

/* How many packets the pool of a side has left. */
uint32_t board_left(struct board *board, unsigned side);

#endif
