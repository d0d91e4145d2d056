/* roaming.h - a story whose ends are named by ids and ask about paths (RFC 9853): one of
 * them, the mover, goes from address to address, and what is sent to any other is lost. */
#ifndef TESTS_DTLS_ROAMING_H
#define TESTS_DTLS_ROAMING_H

#include "story.h"

/* Numbers of paths, as the end that stays has them. */
enum { HOME = 11, AWAY = 22, FARTHER = 33, ATTACKER = 66 };

enum { ROAMING_LOG = 64 };

struct roaming_sent {
    uint64_t to;
    size_t len;
    skiff_time at;
};

struct roaming {
    int mover;
    uint64_t reached;         /* where the mover is reached */
    bool also_at_home;        /* and at home; datagrams keep their path */
    bool muted;               /* what the mover sends is kept only */
    unsigned lose, duplicate; /* so many of the next to the mover */
    skiff_time delay;         /* one way, once the ends are connected */
    size_t num;               /* what the other end sent */
    struct roaming_sent sent[ROAMING_LOG];
    size_t num_captured; /* what the mover sent */
    struct world_datagram captured[ROAMING_LOG];
};

/* Both ends have ids of 8 bytes and `rrc`, and are connected: all is quiet, nothing logged.
 */
void roaming_begin(struct story *s, struct roaming *roaming, int mover, skiff_rrc rrc);

/* The mover is at another address, and sends something from there. */
void roaming_move(struct story *s, uint64_t path);
void roaming_send(struct story *s);

/* As roaming_begin; then the mover is at AWAY, and has sent something from there. */
void roaming_begin_away(struct story *s, struct roaming *roaming, int mover, skiff_rrc rrc);

/* A datagram with data of the mover's that does not arrive. */
struct world_datagram roaming_catch(struct story *s);
skiff_status roaming_deliver(struct story *s, uint64_t path,
                             const struct world_datagram *d);

/* Datagrams and bytes that went there. */
unsigned roaming_count(const struct roaming *roaming, uint64_t to);
size_t roaming_bytes(const struct roaming *roaming, uint64_t to);

/* Where the end that stays sends its data. */
uint64_t roaming_data_goes(struct story *s);

/* Of the end that stays: how often it reported a move, what it counts and knows. */
unsigned roaming_moves(const struct story *s);
skiff_dtls_counters roaming_counters(const struct story *s);
skiff_dtls_info roaming_info(const struct story *s);

#endif
