/* branch.c - the watchers of one stream at one worker. */
#include "branch.h"

#include <stdlib.h>

enum {
    FIRST_LIMIT = 8,
    AHEAD = 16 /* watchers whose peers come into the cache together */
};

struct branch *branch_new(skiff_pool *pool, bool of_all)
{
    struct branch *branch = calloc(1, sizeof *branch);

    if (branch == NULL)
        return NULL;
    branch->of_all = of_all;
    feed_init(&branch->feed, pool);
    return branch;
}

void branch_free(struct branch *branch)
{
    if (branch == NULL)
        return;
    feed_clear(&branch->feed);
    for (size_t i = 0; i < MAX_TRACKS; i++)
        free(branch->selections[i]);
    free(branch->watchers);
    free(branch);
}

/* --- watchers that come and go -------------------------------------------------------- */

static bool grow(struct branch *branch)
{
    const size_t limit = branch->limit > 0 ? 2 * branch->limit : FIRST_LIMIT;
    struct watcher **watchers = realloc(branch->watchers, limit * sizeof *watchers);

    if (watchers == NULL)
        return false;
    branch->watchers = watchers;
    branch->limit = limit;
    return true;
}

/* A watcher with one track gets the loudest speaker, one with two tracks the two loudest.
 */
static bool begin_selection(struct branch *branch, unsigned num_tracks)
{
    struct selection *selection;

    if (num_tracks == 0 || num_tracks > MAX_TRACKS)
        return false;
    if (branch->selections[num_tracks - 1] != NULL)
        return true;
    selection = calloc(1, sizeof *selection);
    branch->selections[num_tracks - 1] = selection;
    if (selection == NULL)
        return false;
    selection_init(selection, num_tracks);
    return true;
}

/* If no watcher has so many tracks. */
static void end_selection(struct branch *branch, size_t num_tracks)
{
    for (size_t i = 0; i < branch->num_watchers; i++)
        if (branch->watchers[i]->num_tracks == num_tracks)
            return;
    free(branch->selections[num_tracks - 1]);
    branch->selections[num_tracks - 1] = NULL;
}

bool branch_join(struct branch *branch, struct watcher *watcher)
{
    if (branch->num_watchers == branch->limit && !grow(branch))
        return false;
    if (branch->of_all && !begin_selection(branch, (unsigned)watcher->num_tracks))
        return false;
    branch->watchers[branch->num_watchers++] = watcher;
    return true;
}

void branch_leave(struct branch *branch, struct watcher *watcher)
{
    for (size_t i = 0; i < branch->num_watchers; i++)
        if (branch->watchers[i] == watcher) {
            branch->watchers[i] = branch->watchers[--branch->num_watchers];
            if (branch->of_all)
                end_selection(branch, watcher->num_tracks);
            return;
        }
}

/* --- packets -------------------------------------------------------------------------- */

/* One of the loudest speakers of all streams, in the track that is its place. */
static void forward_speaker(struct branch *branch, const skiff_packet *plain,
                            const struct outline *outline)
{
    int places[MAX_TRACKS];

    for (size_t i = 0; i < MAX_TRACKS; i++)
        places[i] = branch->selections[i] == NULL
                      ? -1
                      : selection_place(branch->selections[i], outline->origin,
                                        outline->arrived, outline->level, outline->voice);
    for (size_t i = 0; i < branch->num_watchers; i++) {
        struct watcher *watcher = branch->watchers[i];
        const int place = places[watcher->num_tracks - 1];
        if (place >= 0)
            watcher_forward_speaker(watcher, &branch->feed, plain, outline, (size_t)place);
    }
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
        packet->accepted = !branch->of_all
                        && feed_packet(&branch->feed, &packet->outline, packet->plain->len);
        if (branch->of_all) /* nobody asks for audio again */
            forward_speaker(branch, packet->plain, &packet->outline);
    }
    if (!branch->of_all)
        forward_to_all(branch, packets, num);
}
