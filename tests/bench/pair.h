/* pair.h - a client and a server of one library, from new to exported keys to free. */
#ifndef SKF_BENCH_PAIR_H
#define SKF_BENCH_PAIR_H

#include "peer.h"

/* Is told after every call into one end of a pair. */
struct watch {
    void (*touched)(void *user, int side);
    void *user;
};

/* A library with its contexts, and the wire that its pairs use one after the other. */
struct yard {
    const struct peer  *peer;
    void               *fleet;
    struct wire         wire;
    const struct watch *watch;                 /* may be NULL                             */
};

struct pair {
    struct end ends[ENDS];
};

/* False when the library could not be set up. Allocates; yard_close frees. */
bool yard_open(struct yard *yard, const struct peer *peer, enum key_share share);
void yard_close(struct yard *yard);

/* Makes both ends. `turn` says whose certificates they have. */
bool pair_open(struct yard *yard, size_t turn, struct pair *pair);

/* The handshake, until both ends have exported the same keys. */
bool pair_shake(struct yard *yard, struct pair *pair);

void pair_close(struct yard *yard, struct pair *pair);

/* All three. */
bool pair_run(struct yard *yard, size_t turn);

#endif
