/* pair.h - a client and a server of one library, from new to exported keys to free. */
#ifndef SKF_BENCH_PAIR_H
#define SKF_BENCH_PAIR_H

#include "library.h"

/* Is called after every call into one end of a pair. */
struct watch {
    void (*touched)(void *user, int side);
    void *user;
};

/* A library with its contexts, and the wire that its pairs use one after the other. */
struct pair_setup {
    const struct library *library;
    void *state;
    struct wire wire;
    const struct watch *watch; /* may be NULL */
};

struct pair {
    struct end ends[ENDS];
};

/* False when the library could not be set up. Allocates; pair_setup_close frees. */
bool pair_setup_open(struct pair_setup *setup, const struct library *library,
                     enum key_share share);
void pair_setup_close(struct pair_setup *setup);

/* Makes both ends. `turn` selects their certificates. */
bool pair_open(struct pair_setup *setup, size_t turn, struct pair *pair);

/* The handshake, until both ends have exported the same keys. */
bool pair_shake(struct pair_setup *setup, struct pair *pair);

void pair_close(struct pair_setup *setup, struct pair *pair);

/* All three. */
bool pair_run(struct pair_setup *setup, size_t turn);

#endif
