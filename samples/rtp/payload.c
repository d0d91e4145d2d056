/* payload.c - is this packet the start of a keyframe, for the formats of
 * browsers. Decodes nothing. */
#include "payload.h"

#include "vp8.h"

static bool vp8_starts(struct bytes payload)
{
    struct vp8 vp8;

    return vp8_read(&vp8, payload) && vp8.is_keyframe;
}

/* --- H.264: RFC 6184 section 5 ------------------------------------------------------ */

enum { NAL_IDR = 5, NAL_SPS = 7, NAL_STAP_A = 24, NAL_FU_A = 28, NAL_TYPE = 0x1f };
enum { FU_START = 0x80, FIRST_MACROBLOCK = 0x80 };

/* `data` is what follows the NAL unit header. A slice begins with
 * first_mb_in_slice, whose 0 is one bit that is set. */
static bool unit_starts(uint8_t type, struct bytes data)
{
    if (type == NAL_SPS)
        return true;
    return type == NAL_IDR && data.len > 0 && (data.at[0] & FIRST_MACROBLOCK) != 0;
}

/* Section 5.7.1: units, each behind its length of 16 bits. */
static bool aggregate_starts(struct bytes units)
{
    while (units.len > 2) {
        size_t len = bytes_get16(units.at);
        if (len == 0 || len > units.len - 2)
            return false;
        if (unit_starts(units.at[2] & NAL_TYPE, (struct bytes){ units.at + 3, len - 1 }))
            return true;
        units = (struct bytes){ units.at + 2 + len, units.len - 2 - len };
    }
    return false;
}

static bool h264_starts(struct bytes payload)
{
    if (payload.len < 2)
        return false;
    uint8_t type = payload.at[0] & NAL_TYPE;
    struct bytes data = { payload.at + 1, payload.len - 1 };
    if (type == NAL_STAP_A)
        return aggregate_starts(data);
    if (type != NAL_FU_A)
        return unit_starts(type, data);
    /* section 5.8 */
    return (data.at[0] & FU_START) != 0
        && unit_starts(data.at[0] & NAL_TYPE, (struct bytes){ data.at + 1, data.len - 1 });
}

/* --- VP9: RFC 9628 section 4.2 ------------------------------------------------------ */

enum {
    VP9_PICTURE_ID = 0x80, /* I */
    VP9_INTER = 0x40,      /* P */
    VP9_LAYERS = 0x20,     /* L */
    VP9_BEGIN = 0x08,      /* B */
    VP9_WIDE = 0x80,       /* M */
    VP9_SPATIAL = 0x0e     /* SID, in the octet of the layer indices */
};

static bool vp9_starts(struct bytes payload)
{
    size_t at = 1;

    if (payload.len < 3 || (payload.at[0] & (VP9_INTER | VP9_BEGIN)) != VP9_BEGIN)
        return false;
    if ((payload.at[0] & VP9_PICTURE_ID) != 0)
        at += (payload.at[at] & VP9_WIDE) != 0 ? 2 : 1;
    if ((payload.at[0] & VP9_LAYERS) == 0)
        return at < payload.len;
    return at + 1 < payload.len && (payload.at[at] & VP9_SPATIAL) == 0;
}

/* --- AV1: the aggregation header, section 4.4 --------------------------------------- */

enum { AV1_CONTINUES = 0x80 /* Z */, AV1_NEW_SEQUENCE = 0x08 /* N */ };

static bool av1_starts(struct bytes payload)
{
    return payload.len > 1
        && (payload.at[0] & (AV1_CONTINUES | AV1_NEW_SEQUENCE)) == AV1_NEW_SEQUENCE;
}

bool payload_starts_keyframe(enum payload_format format, struct bytes payload)
{
    switch (format) {
    case PAYLOAD_OTHER:
        return payload.len > 0;
    case PAYLOAD_VP8:
        return vp8_starts(payload);
    case PAYLOAD_H264:
        return h264_starts(payload);
    case PAYLOAD_VP9:
        return vp9_starts(payload);
    case PAYLOAD_AV1:
        return av1_starts(payload);
    }
    return false;
}
