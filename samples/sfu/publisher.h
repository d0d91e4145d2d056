/* publisher.h - what one publisher sends: its tracks and layers, by their
 * SSRCs, rids and payload types. Knows no watcher, no worker and no socket.
 * feedback.h writes the RTCP that goes back to it.
 */
#ifndef SAMPLES_SFU_PUBLISHER_H
#define SAMPLES_SFU_PUBLISHER_H

#include "../rtp/missing.h"
#include "../rtp/reception.h"
#include "../rtp/transport_cc.h"
#include "duplicates.h"
#include "media.h"
#include "outline.h"
#include "relay.h"

enum {
    SSRC_SILENT = 1000000, /* microseconds, after which another SSRC may replace one */
    SSRC_EVERY = 1000000   /* between two SSRCs of a layer that names itself by a rid */
};

struct publisher_layer {
    uint8_t source;
    bool bound; /* `ssrc` is known */
    uint32_t ssrc, rtx_ssrc, edition;
    char rid[MAX_TOKEN];
    struct reception reception;
    struct missing missing;
    struct duplicates duplicates;
    struct source_time time;
    skiff_time last_packet, bound_at, asked; /* 0: never */
    bool wants_keyframe;
    uint8_t fir_number;
    uint64_t packets, bytes;
    uint32_t nacks, plis, retransmitted;
};

struct publisher_track {
    struct media_section section;
    struct layout layout;
    struct publisher_layer layers[MAX_LAYERS];
    size_t num_layers; /* 0: there is no such track */
};

struct publisher {
    struct publisher_track audio, video;
    uint32_t ssrc;    /* of our RTCP */
    uint32_t edition; /* of the last layer that got an SSRC */
    char cname[MAX_TOKEN];
    struct transport_cc_recorder recorder;
    uint32_t recorded;             /* the SSRC of the last packet that is in it */
    skiff_time reported, fed_back; /* when the last RR and feedback went */
    struct media_counters *counters;
};

/* Uses the first audio and the first video section that are not rejected.
 * `edition` is larger than that of any earlier publisher of the stream. The
 * caller sets ssrc, cname and counters. */
void publisher_init(struct publisher *publisher, const struct description *offer,
                    uint32_t edition);

/* A packet to be forwarded. */
struct ingested {
    struct publisher_track *track;
    struct publisher_layer *layer;
    uint32_t origin; /* the number of the stream; the caller's */
    struct rtp rtp;  /* of the packet, which is the original one if it came by RTX */
};

/* Receives an RTP packet, and changes it in place. False: nothing is to be
 * forwarded. */
bool publisher_rtp(struct publisher *publisher, skiff_packet *packet, skiff_time now,
                   struct ingested *ingested);

/* Receives a compound RTCP packet. Returns a bit for each source whose time is
 * new. */
uint32_t publisher_rtcp(struct publisher *publisher, const skiff_packet *packet,
                        skiff_time now);

/* Wants keyframes of these sources, a bit for each. */
void publisher_want_keyframes(struct publisher *publisher, uint32_t sources);

/* NULL: there is no such source. */
struct publisher_layer *publisher_layer_of(struct publisher *publisher, unsigned source);

/* Fills in at most `max` tracks; returns how many. */
size_t publisher_stats(const struct publisher *publisher, skiff_time now,
                       struct track_stats *tracks, size_t max);

#endif
