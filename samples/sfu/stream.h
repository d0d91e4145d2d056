/* stream.h - one stream: what its threads share, and what signalling knows of
 * it. Knows no peer and no socket. */
#ifndef SAMPLES_SFU_STREAM_H
#define SAMPLES_SFU_STREAM_H

#include "branch.h"

#include <stdatomic.h>

enum { MAX_WORKERS = 64 };

struct session;

struct stream {
    /* Signalling's. */
    struct stream *next;
    struct stream_stats stats; /* without since_s, watchers and audio_tracks */
    char rids[MAX_LAYERS][MAX_TOKEN];
    struct session *publisher; /* NULL: it has gone */
    unsigned num_watchers;
    skiff_time since, orphaned;
    uint32_t num_publishers; /* so far */
    uint32_t number;         /* of the stream, from 1 on; 0 is that of STREAM_ALL */

    /* Shared by the workers. */
    atomic_uint wanted;    /* a bit for each extension that any watcher has */
    atomic_uint mid_len;   /* of the longest mid of a watcher */
    atomic_uint keyframes; /* a bit for each source: the publisher is to send one */
    atomic_uint_fast64_t listeners; /* a bit for each worker that has a branch */

    struct branch *branches[MAX_WORKERS]; /* each is its worker's alone */
};

#endif
