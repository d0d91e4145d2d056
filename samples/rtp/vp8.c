/* vp8.c - the VP8 payload descriptor (RFC 7741 section 4.2), and how its
 * counters go on when a receiver gets another layer. Decodes nothing. */
#include "vp8.h"

enum {
    EXTENDED = 0x80, /* X: figure 2 of section 4.2 */
    START = 0x10,    /* S */
    PARTITION = 0x07,
    HAS_PICTURE_ID = 0x80, /* I */
    HAS_TL0PICIDX = 0x40,  /* L */
    HAS_TID = 0x20,        /* T */
    HAS_KEYIDX = 0x10,     /* K */
    IS_WIDE = 0x80,        /* M */
    PICTURE_ID_AT = 2,
    WIDE_IDS = 0x7fff,
    NARROW_IDS = 0x7f,
    INTER_FRAME = 0x01, /* P: section 4.3 */
    KEYFRAME_HEADER = 10
};

/* RFC 6386 section 9.1: a tag of three bytes, a start code, then both sizes,
 * whose upper two bits are about scaling. */
static void read_size(struct vp8 *vp8, struct bytes frame)
{
    static const uint8_t start_code[] = { 0x9d, 0x01, 0x2a };

    if (frame.len < KEYFRAME_HEADER
        || memcmp(frame.at + 3, start_code, sizeof start_code) != 0)
        return;
    vp8->width = (uint16_t)((frame.at[6] | frame.at[7] << 8) & 0x3fff);
    vp8->height = (uint16_t)((frame.at[8] | frame.at[9] << 8) & 0x3fff);
}

/* Which fields there are, and how long all are together. False: they go past
 * the end. */
static bool read_layout(struct vp8 *vp8, struct bytes payload)
{
    if (payload.len < 1)
        return false;
    vp8->descriptor = 1;
    if ((payload.at[0] & EXTENDED) == 0)
        return true;
    if (payload.len < 3) /* a bit of I, L, T and K is set, or the data follow */
        return false;
    uint8_t bits = payload.at[1];
    vp8->has_picture_id = (bits & HAS_PICTURE_ID) != 0;
    vp8->is_wide = vp8->has_picture_id && (payload.at[PICTURE_ID_AT] & IS_WIDE) != 0;
    vp8->has_tl0picidx = (bits & HAS_TL0PICIDX) != 0;
    vp8->has_tid = (bits & HAS_TID) != 0;
    vp8->descriptor += 1u + vp8->has_picture_id + vp8->is_wide + vp8->has_tl0picidx
                     + ((bits & (HAS_TID | HAS_KEYIDX)) != 0);
    return true;
}

static size_t tl0picidx_at(const struct vp8 *vp8)
{
    return PICTURE_ID_AT + (size_t)vp8->has_picture_id + vp8->is_wide;
}

static void read_counters(struct vp8 *vp8, const uint8_t *payload)
{
    if (vp8->has_picture_id)
        vp8->picture_id = vp8->is_wide ? bytes_get16(payload + PICTURE_ID_AT) & WIDE_IDS
                                       : payload[PICTURE_ID_AT];
    if (vp8->has_tl0picidx)
        vp8->tl0picidx = payload[tl0picidx_at(vp8)];
    if (vp8->has_tid)
        vp8->tid = payload[tl0picidx_at(vp8) + vp8->has_tl0picidx] >> 6;
}

bool vp8_read(struct vp8 *vp8, struct bytes payload)
{
    *vp8 = (struct vp8){ 0 };
    if (!read_layout(vp8, payload) || vp8->descriptor >= payload.len)
        return false;
    read_counters(vp8, payload.at);

    struct bytes frame = { payload.at + vp8->descriptor, payload.len - vp8->descriptor };
    vp8->starts_frame = (payload.at[0] & (START | PARTITION)) == START;
    vp8->is_keyframe = vp8->starts_frame && (frame.at[0] & INTER_FRAME) == 0;
    if (vp8->is_keyframe)
        read_size(vp8, frame);
    return true;
}

static uint16_t id_mask(const struct vp8 *vp8)
{
    return vp8->is_wide ? WIDE_IDS : NARROW_IDS;
}

void vp8_switch(struct vp8_counters *counters, const struct vp8 *first)
{
    if (!counters->has_sent)
        return;
    counters->offset = (struct vp8_offset){
        .picture_id = (uint16_t)((counters->picture_id + 1 - first->picture_id) & WIDE_IDS),
        .tl0picidx = (uint8_t)(counters->tl0picidx + 1 - first->tl0picidx)
    };
}

void vp8_sent(struct vp8_counters *counters, const struct vp8 *vp8)
{
    uint16_t ids = id_mask(vp8);
    uint16_t picture_id = (uint16_t)((vp8->picture_id + counters->offset.picture_id) & ids);
    uint8_t tl0picidx = (uint8_t)(vp8->tl0picidx + counters->offset.tl0picidx);
    bool is_first = !counters->has_sent;

    if (vp8->has_picture_id
        && (is_first || ((picture_id - counters->picture_id) & ids) <= ids / 2))
        counters->picture_id = picture_id;
    if (vp8->has_tl0picidx
        && (is_first || (uint8_t)(tl0picidx - counters->tl0picidx) <= UINT8_MAX / 2))
        counters->tl0picidx = tl0picidx;
    counters->has_sent = true;
}

void vp8_rewrite(uint8_t *payload, const struct vp8 *vp8, struct vp8_offset offset)
{
    uint16_t picture_id = (uint16_t)((vp8->picture_id + offset.picture_id) & id_mask(vp8));

    if (vp8->is_wide)
        bytes_put16(payload + PICTURE_ID_AT, (uint16_t)(IS_WIDE << 8 | picture_id));
    else if (vp8->has_picture_id)
        payload[PICTURE_ID_AT] = (uint8_t)picture_id;
    if (vp8->has_tl0picidx)
        payload[tl0picidx_at(vp8)] = (uint8_t)(vp8->tl0picidx + offset.tl0picidx);
}
