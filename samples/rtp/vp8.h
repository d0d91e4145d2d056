/* vp8.h - the VP8 payload descriptor (RFC 7741 section 4.2), and how its counters go on
 * when a receiver gets another layer of a simulcast. Decodes nothing. */
#ifndef RTP_VP8_H
#define RTP_VP8_H

#include "bytes.h"

/* What a descriptor states; fields that it has not are 0. */
struct vp8 {
    size_t descriptor;      /* its length: the VP8 data follow */
    bool starts_frame;      /* S, of partition 0 */
    bool is_keyframe;       /* of a packet that starts a frame alone */
    uint16_t width, height; /* of a packet that starts a keyframe alone */
    bool has_picture_id, has_tl0picidx, has_tid;
    bool is_wide; /* a picture id of 15 bits, else of 7 */
    uint16_t picture_id;
    uint8_t tl0picidx, tid;
};

/* False: the descriptor goes past the end of the payload, or nothing follows it. */
bool vp8_read(struct vp8 *vp8, struct bytes payload);

/* What is added to the counters of a packet. Keep it with what a packet was sent as, where
 * it may be sent again. */
struct vp8_offset {
    uint16_t picture_id;
    uint8_t tl0picidx;
};

/* What one receiver gets. Zeros are one that has received nothing: its first layer passes
 * as it is. */
struct vp8_counters {
    bool has_sent;
    struct vp8_offset offset; /* of the layer that is sent now */
    uint16_t picture_id;      /* the last that was sent, */
    uint8_t tl0picidx;        /* with the offset added */
};

/* The receiver gets another layer from `first` on: the offset becomes such that its
 * counters follow on those that were sent last. */
void vp8_switch(struct vp8_counters *counters, const struct vp8 *first);

/* The counters of a packet of the layer that is sent now go to the receiver; late packets
 * do not set them back. */
void vp8_sent(struct vp8_counters *counters, const struct vp8 *vp8);

/* Writes the counters with the offset added into the payload of which `vp8` was read; their
 * width remains. */
void vp8_rewrite(uint8_t *payload, const struct vp8 *vp8, struct vp8_offset offset);

#endif
