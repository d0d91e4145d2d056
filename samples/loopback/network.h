/* network.h - a bad network between two ends on one machine: a relay over UDP. */
#ifndef LOOPBACK_NETWORK_H
#define LOOPBACK_NETWORK_H

#include "options.h"

#include <glib.h>

enum { CANDIDATE_MOST = 512 };

struct network;

/* Reports a datagram of near (or far) that will never arrive. */
typedef void network_lost(void *user, bool of_near, const uint8_t *data, size_t len);

struct network_counters {
    uint32_t carried, lost, duplicated, reordered;
};

/* Makes a relay that runs in `loop`; NULL when no port could be opened. */
struct network *network_new(GMainContext *loop, const struct options *options,
                            network_lost *lost, void *user);
void network_free(struct network *network);

/* Reads the candidate of near (or far) and writes the one to pass to the other end. */
bool network_redirect(struct network *network, bool of_near, const char *line,
                      char out[CANDIDATE_MOST]);

struct network_counters network_counters(const struct network *network);

/* A number from 0 up to 1; the same seed gives the same numbers. */
double chance(uint64_t *seed);

#endif
