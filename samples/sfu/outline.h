/* outline.h - what is known of a publisher's packet that is parsed once and
 * laid out, so that each watcher changes a few bytes at known places. Knows no
 * watcher.
 *
 * A laid out packet has its header extension in the one-byte form (RFC 8285
 * section 4.2), with a place for each element. A watcher writes its own ids
 * there, or padding over the elements that it has not negotiated.
 */
#ifndef SAMPLES_SFU_OUTLINE_H
#define SAMPLES_SFU_OUTLINE_H

#include "../rtp/extension.h"
#include "../rtp/vp8.h"
#include "description.h"

#include <skiff/base.h>

/* The sources of a stream: its audio, and each layer of its video. */
enum { SOURCE_AUDIO, SOURCE_VIDEO, NUM_SOURCES = SOURCE_VIDEO + MAX_LAYERS };

/* The low bits of an edition count the SSRCs of one publisher, the others publishers. */
enum { EDITION_BITS = 16 };

/* An element of the one-byte form: the offset of its first byte, and the bytes
 * of its value. An offset of 0: the packet has no such element. */
struct element {
    uint8_t at, len;
};

struct outline {
    uint8_t source;   /* SOURCE_AUDIO and so on */
    uint32_t origin;  /* the number of the stream that it was published in */
    uint32_t edition; /* of the publisher: the next one has other numbers */
    uint16_t sequence;
    uint32_t timestamp, clock_rate;
    skiff_time arrived;
    uint16_t header; /* bytes before the payload */
    uint8_t level;   /* of audio (RFC 6464 section 3): 127 is silence, and unknown */
    bool voice;
    bool decodable; /* a decoder can begin here: a keyframe, or audio */
    bool has_vp8;
    struct vp8 vp8;
    uint32_t present; /* a bit for each element that there is */
    struct element elements[NUM_EXTENSIONS];
};

/* What the packets of a source are laid out by. */
struct layout {
    enum codec codec;
    uint8_t from[NUM_EXTENSIONS]; /* the publisher's ids */
    uint32_t wanted;              /* a bit for each extension that any watcher has */
    uint8_t mid_len;              /* the longest mid of any watcher */
    skiff_time now;               /* for abs-send-time, which is the same for all */
};

/* Lays out an RTP packet that rtp_read() has read. `out` is empty. False: it
 * does not fit. Of *outline all is written but source, edition, clock_rate
 * and arrived. */
bool outline_write(const struct layout *layout, const uint8_t *packet,
                   const struct rtp *rtp, struct bytes_out *out, struct outline *outline);

#endif
