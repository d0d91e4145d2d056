/* layers.h - which simulcast layer a watcher gets: by what its link carries, what the
 * layers need, and what its page shows. Knows no packets, no estimate and no clock.
 *
 * The caller asks layers_choose every 100 ms or so, and does what the choice says: it goes
 * on to another layer at the next keyframe of that layer, and asks for one.
 *
 * Downward is at once when the link carries much less than the layer needs, and after two
 * seconds when it carries little less. Upward is when the link carries what the next layer
 * needed lately with a margin. A link shows no more than is sent on it, so that it must be
 * tried: by a probe where there is feedback (estimate.h), else by going up to see. A try
 * that fails doubles the time until the next one.
 */
#ifndef SAMPLES_SFU_LAYERS_H
#define SAMPLES_SFU_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAYERS_MAX = 3 };

/* What the publisher's side knows of a layer, the same for all watchers. */
struct layer {
    bool alive;   /* packets came within the last second or two */
    uint32_t bps; /* measured (bitrate.h), repairs not among it */
    uint32_t
        height; /* of its pictures, 0 while unknown: then the rates say which is more */
};

/* What a watcher's side knows now. */
struct layers_link {
    uint32_t bps;   /* estimate_bps */
    uint32_t other; /* bits a second that are not this video: audio, repairs, other video */
    bool known;     /* estimate_is_known: without it the highest layer of those is chosen
                       that fit the start estimate, and nothing is tried */
    bool can_probe; /* estimate_can_probe, and the caller can send padding */
};

struct layers_choice {
    int layer;          /* the index of the layer to send, or -1: none is alive */
    bool pause;         /* the link carries less than half of the layer sent up to now: send
                           nothing of it until the keyframe of `layer` is here */
    uint32_t probe_bps; /* bits a second: call estimate_probe with it now; 0: no probe */
};

/* The state of one watcher. Zeros are valid: nothing was chosen yet. */
struct layers {
    bool chosen; /* `layer` is what was chosen last */
    bool pause;  /* as in the choice */
    bool trying; /* up to see whether it goes well, without a probe */
    uint8_t layer;
    uint32_t height;   /* that the page shows, 0: as high as can be */
    uint32_t before;   /* bits a second that the link carried when the try began */
    uint64_t switched; /* when `layer` was chosen */
    uint64_t narrow;   /* since when the link carries less than it needs, 0: it does not */
    uint64_t raised;   /* when the last switch upward was, 0: never */
    uint64_t next_try; /* no try before */
    uint64_t asked;    /* when layers_choose was called last */
    double peak[LAYERS_MAX]; /* bits a second of each layer lately, falling slowly */
    uint64_t back_off;       /* microseconds between tries: doubled when one fails */
};

/* The height in pixels at which the page shows the video; 0 means any. The lowest layer
 * that is at least as high is enough for it. */
void layers_prefer(struct layers *layers, uint32_t height);

/* `now` in microseconds. `layer` has `count` elements, at most LAYERS_MAX, in any order.
 */
struct layers_choice layers_choose(struct layers *layers, uint64_t now,
                                   const struct layer *layer, size_t count,
                                   const struct layers_link *link);

#endif
