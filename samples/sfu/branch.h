/* branch.h - the watchers of one stream at one worker, and what the worker has
 * of the stream. Knows no publisher and no other worker. */
#ifndef SAMPLES_SFU_BRANCH_H
#define SAMPLES_SFU_BRANCH_H

#include "selection.h"
#include "watcher.h"

struct branch {
    struct feed feed;
    struct selection *selection; /* of STREAM_ALL; else NULL */
    struct watcher **watchers;
    size_t num_watchers, limit;
    skiff_time expired; /* when old packets were released last */
};

/* `num_places` is not 0 for STREAM_ALL: how many speakers its watchers get. NULL: no
 * memory.
 */
struct branch *branch_new(skiff_pool *pool, unsigned num_places);
void branch_free(struct branch *branch);

/* False: no memory. */
bool branch_join(struct branch *branch, struct watcher *watcher);
void branch_leave(struct branch *branch, struct watcher *watcher);

/* Forwards a laid out packet to all watchers that get its source. The packet
 * stays the caller's. False: it is not to be kept. */
bool branch_forward(struct branch *branch, const skiff_packet *plain,
                    const struct outline *outline);

#endif
