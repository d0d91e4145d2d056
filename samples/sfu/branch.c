/* branch.c - the watchers of one stream at one worker. */
#include "branch.h"

#include <stdlib.h>

enum { FIRST_LIMIT = 8 };

struct branch *branch_new(skiff_pool *pool)
{
    struct branch *branch = calloc(1, sizeof *branch);

    if (branch != NULL)
        feed_init(&branch->feed, pool);
    return branch;
}

void branch_free(struct branch *branch)
{
    if (branch == NULL)
        return;
    feed_clear(&branch->feed);
    free(branch->watchers);
    free(branch);
}

bool branch_join(struct branch *branch, struct watcher *watcher)
{
    if (branch->num_watchers == branch->limit) {
        const size_t limit = branch->limit > 0 ? 2 * branch->limit : FIRST_LIMIT;
        struct watcher **watchers =
            realloc(branch->watchers, limit * sizeof *branch->watchers);
        if (watchers == NULL)
            return false;
        branch->watchers = watchers;
        branch->limit = limit;
    }
    branch->watchers[branch->num_watchers++] = watcher;
    return true;
}

void branch_leave(struct branch *branch, struct watcher *watcher)
{
    for (size_t i = 0; i < branch->num_watchers; i++)
        if (branch->watchers[i] == watcher) {
            branch->watchers[i] = branch->watchers[--branch->num_watchers];
            return;
        }
}

bool branch_forward(struct branch *branch, const skiff_packet *plain,
                    const struct outline *outline)
{
    if (!feed_packet(&branch->feed, outline, plain->len))
        return false;
    for (size_t i = 0; i < branch->num_watchers; i++)
        watcher_forward(branch->watchers[i], &branch->feed, plain, outline);
    return true;
}
