/* branch.h - the watchers of one stream at one worker, and what the worker has
 * of the stream. Knows no publisher and no other worker. */
#ifndef SAMPLES_SFU_BRANCH_H
#define SAMPLES_SFU_BRANCH_H

#include "watcher.h"

struct branch {
    struct feed feed;
    struct watcher **watchers;
    size_t num_watchers, limit;
    skiff_time expired; /* when old packets were released last */
};

/* NULL: no memory. */
struct branch *branch_new(skiff_pool *pool);
void branch_free(struct branch *branch);

/* False: no memory. */
bool branch_join(struct branch *branch, struct watcher *watcher);
void branch_leave(struct branch *branch, struct watcher *watcher);

/* Forwards a laid out packet to all watchers that get its source. The packet
 * stays the caller's. False: it is of an earlier publisher than others were. */
bool branch_forward(struct branch *branch, const skiff_packet *plain,
                    const struct outline *outline);

#endif
