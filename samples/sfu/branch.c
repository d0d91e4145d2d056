/* branch.c - the watchers of one stream at one worker. */
#include "branch.h"

#include <stdlib.h>

enum { FIRST_LIMIT = 8 };

struct branch *branch_new(skiff_pool *pool, unsigned num_places)
{
    struct branch *branch = calloc(1, sizeof *branch);

    if (branch == NULL)
        return NULL;
    feed_init(&branch->feed, pool);
    if (num_places == 0)
        return branch;
    branch->selection = calloc(1, sizeof *branch->selection);
    if (branch->selection == NULL) {
        free(branch);
        return NULL;
    }
    selection_init(branch->selection, num_places);
    return branch;
}

void branch_free(struct branch *branch)
{
    if (branch == NULL)
        return;
    feed_clear(&branch->feed);
    free(branch->selection);
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

/* One of the loudest speakers of all streams, in the track that is its place. */
static void forward_speaker(struct branch *branch, const skiff_packet *plain,
                            const struct outline *outline)
{
    const int place = selection_place(branch->selection, outline->origin, outline->arrived,
                                      outline->level, outline->voice);

    for (size_t i = 0; i < branch->num_watchers && place >= 0; i++)
        watcher_forward_speaker(branch->watchers[i], &branch->feed, plain, outline,
                                (size_t)place);
}

bool branch_forward(struct branch *branch, const skiff_packet *plain,
                    const struct outline *outline)
{
    if (branch->selection != NULL) {
        forward_speaker(branch, plain, outline);
        return false; /* nobody asks for audio again */
    }
    if (!feed_packet(&branch->feed, outline, plain->len))
        return false;
    for (size_t i = 0; i < branch->num_watchers; i++)
        watcher_forward(branch->watchers[i], &branch->feed, plain, outline);
    return true;
}
