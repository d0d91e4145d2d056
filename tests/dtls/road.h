/* road.h - a story whose ends are named by ids and ask about paths (RFC 9853): one of them, the
 * mover, goes from address to address, and what is sent to any other is lost. */
#ifndef TEST_ROAD_H
#define TEST_ROAD_H

#include "story.h"

/* Numbers of paths, as the end that stays has them. */
enum { HOME = 11, AWAY = 22, FARTHER = 33, THEFT = 66 };

enum { ROAD_LOG = 64 };

struct road_sent {
    uint64_t   to;
    size_t     len;
    skiff_time at;
};

struct road {
    int              mover;
    uint64_t         reached;         /* where the mover is reached                       */
    bool             both;            /* and at home; it says itself which path it takes  */
    bool             muted;           /* what the mover sends is kept only                */
    unsigned         lose, twice;     /* so many of the next to the mover                 */
    skiff_time       delay;           /* one way, once the ends are connected             */
    size_t           num;             /* what the other end sent                          */
    struct road_sent sent[ROAD_LOG];
    size_t           num_kept;        /* what the mover sent                              */
    struct world_datagram kept[ROAD_LOG];
};

/* Both ends have ids of 8 bytes and `rrc`, and are connected: all is quiet, nothing logged. */
void road_begin(struct story *s, struct road *road, int mover, skiff_rrc rrc);

/* The mover is elsewhere, and says something from there. */
void road_move(struct story *s, uint64_t path);
void road_say(struct story *s);

/* A datagram with data of the mover's that does not arrive. */
struct world_datagram road_catch(struct story *s);
skiff_status road_deliver(struct story *s, uint64_t path, const struct world_datagram *d);

/* Datagrams and bytes that went there. */
unsigned road_count(const struct road *road, uint64_t to);
size_t road_bytes(const struct road *road, uint64_t to);

/* Where the end that stays sends its data. */
uint64_t road_data_goes(struct story *s);

/* Of the end that stays: how often it was told of a move, what it counts and knows. */
unsigned road_moves(const struct story *s);
skiff_dtls_counters road_counters(const struct story *s);
skiff_dtls_info road_info(const struct story *s);

#endif
