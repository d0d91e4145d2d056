/* branch.c - the watchers of one stream at one worker. */
#include "branch.h"

#include <stdlib.h>

enum {
    FIRST_LIMIT = 8,
    AHEAD = 16 /* watchers whose peers come into the cache together */
};

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

static void forward_to(struct branch *branch, struct watcher *watcher,
                       const struct branch_packet *packets, size_t num)
{
    for (size_t i = 0; i < num; i++)
        if (packets[i].accepted)
            watcher_forward(watcher, &branch->feed, packets[i].plain, &packets[i].outline);
}

/* Of hundreds of watchers, the next ones have left the cache since the last packet. */
static void prefetch(const struct branch *branch, size_t first)
{
    skiff_peer *peers[AHEAD];
    size_t num = 0;

    while (num < AHEAD && first + num < branch->num_watchers) {
        peers[num] = branch->watchers[first + num]->peer;
        num++;
    }
    skiff_peer_prefetch(peers, num);
}

static void forward_to_all(struct branch *branch, const struct branch_packet *packets,
                           size_t num)
{
    for (size_t i = 0; i < branch->num_watchers; i++) {
        if (i % AHEAD == 0)
            prefetch(branch, i);
        forward_to(branch, branch->watchers[i], packets, num);
    }
}

void branch_forward(struct branch *branch, struct branch_packet *packets, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        struct branch_packet *packet = &packets[i];
        packet->accepted = branch->selection == NULL
                        && feed_packet(&branch->feed, &packet->outline, packet->plain->len);
        if (branch->selection != NULL) /* nobody asks for audio again */
            forward_speaker(branch, packet->plain, &packet->outline);
    }
    if (branch->selection == NULL)
        forward_to_all(branch, packets, num);
}
