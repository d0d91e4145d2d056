/* watcher.h - what goes to one watcher: its tracks, and the numbers that
 * packets get there. Knows no worker and no publisher. watcher_rtcp.h reads and
 * writes its RTCP.
 *
 * A packet is parsed once, for all watchers (outline.h). For each of them it is
 * copied, and some bytes of its header are written.
 */
#ifndef SAMPLES_SFU_WATCHER_H
#define SAMPLES_SFU_WATCHER_H

#include "estimate.h"
#include "feed.h"
#include "layers.h"
#include "media.h"
#include "numbering.h"
#include "repeats.h"
#include "wishes.h"

enum {
    MAX_MID = 16, /* bytes of one that is sent in packets (RFC 8285 section 4.2) */
    NO_SOURCE = UINT8_MAX,
    WATCHER_FRESH = 500000 /* microseconds: after as many another may be asked for */
};

struct watcher_track {
    enum media_kind kind;
    enum codec codec;
    uint8_t payload_type, rtx_payload_type;
    uint32_t ssrc, rtx_ssrc;
    uint16_t rtx_sequence;
    uint8_t ids[NUM_EXTENSIONS]; /* 0: not negotiated */
    char mid[MAX_TOKEN];
    uint8_t mid_len;        /* 0: it is longer than packets can have it */
    uint8_t source, wanted; /* what is sent, and what is to be sent, or NO_SOURCE */
    uint32_t edition, origin;
    struct numbering numbering;
    struct repeats repeats;
    struct wishes wishes;
    uint64_t packets, bytes, octets; /* octets: of payloads (RFC 3550 section 6.4.1) */
    /* What its receiver reports. */
    int32_t lost;
    uint32_t jitter, nacks, plis, repeated;
};

struct watcher {
    skiff_peer *peer;
    struct media_counters *counters;
    bool ready;           /* connected, and not over */
    bool paused;          /* shows no video */
    bool probes;          /* watcher_pad is due */
    uint8_t fixed_source; /* the layer that its page asks for, or NO_SOURCE */
    uint16_t transport_sequence;
    skiff_time now, round_trip;
    skiff_time first_sent;       /* when the first packet went; 0: none yet */
    skiff_time reported, chosen; /* when the last SR went, and when a layer was chosen */
    char cname[MAX_TOKEN];
    struct layers layers;
    struct estimate estimate;
    struct watcher_track *audio, *video; /* NULL: there is none */
    size_t num_tracks;
    struct watcher_track *tracks; /* of STREAM_ALL many of audio, else one of each */
};

/* `chosen` is the description of what we send to it. The caller sets peer and
 * counters. False: no memory. */
bool watcher_init(struct watcher *watcher, const struct description *chosen);

void watcher_clear(struct watcher *watcher);

/* A packet of the stream is forwarded, if it is of a source that the watcher
 * gets. */
void watcher_forward(struct watcher *watcher, const struct feed *feed,
                     const skiff_packet *plain, const struct outline *outline);

/* A packet of one of the loudest speakers is forwarded, in the track with this index. */
void watcher_forward_speaker(struct watcher *watcher, const struct feed *feed,
                             const skiff_packet *plain, const struct outline *outline,
                             size_t index);

/* Sends the video from its last keyframe on, if that is no older than WATCHER_FRESH: a
 * watcher that has just joined need not wait for another one. False: it must. */
bool watcher_begin(struct watcher *watcher, const struct feed *feed, skiff_time now);

/* Sends a number again that was asked for, if it is kept. */
void watcher_repeat(struct watcher *watcher, struct watcher_track *track,
                    const struct feed *feed, uint16_t sequence);

/* Sends what a probe of the path lacks: packets once more, by RTX. Call it in each tick of
 * a watcher that probes. */
void watcher_pad(struct watcher *watcher, const struct feed *feed, skiff_time now);

/* Chooses the layer to be sent. Returns a bit for each source of which it needs
 * a keyframe.
 */
uint32_t watcher_choose(struct watcher *watcher, const struct feed *feed, skiff_time now);

size_t watcher_stats(const struct watcher *watcher, char (*rids)[MAX_TOKEN],
                     struct track_stats *tracks, size_t max);

#endif
