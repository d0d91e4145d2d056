/* branch.h - the watchers of one stream at one worker, and what the worker has
 * of the stream. Knows no publisher and no other worker. */
#ifndef SAMPLES_SFU_BRANCH_H
#define SAMPLES_SFU_BRANCH_H

#include "selection.h"
#include "watcher.h"

struct branch {
    struct feed feed;
    bool of_all; /* of STREAM_ALL */
    /* Of STREAM_ALL: the speakers of watchers with 1, 2, ... tracks. NULL: there are none.
     */
    struct selection *selections[MAX_TRACKS];
    struct watcher **watchers;
    size_t num_watchers, limit;
    skiff_time expired; /* when old packets were released last */
};

/* NULL: no memory. */
struct branch *branch_new(skiff_pool *pool, bool of_all);
void branch_free(struct branch *branch);

/* False: no memory. One of STREAM_ALL has 1 to MAX_TRACKS tracks. */
bool branch_join(struct branch *branch, struct watcher *watcher);
void branch_leave(struct branch *branch, struct watcher *watcher);

/* A laid out packet of the stream. */
struct branch_packet {
    struct stream *stream;
    skiff_packet *plain;
    struct outline outline;
    bool spare;    /* the history may keep it */
    bool accepted; /* by branch_forward: it was not of an earlier publisher */
};

/* Forwards packets to all watchers that get their source: all of them to the
 * first watcher, then to the next. What belongs to a watcher is in the cache
 * for all but the first, and they leave in one run (UDP_SEGMENT), whatever the
 * number of watchers. */
void branch_forward(struct branch *branch, struct branch_packet *packets, size_t num);

#endif
