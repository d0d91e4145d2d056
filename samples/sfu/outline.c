/* outline.c - a publisher's packet, parsed once and laid out. */
#include "outline.h"

#include "../rtp/payload.h"

/* RFC 8285 section 4.2: the profile of the one-byte form. */
enum { ONE_BYTE_FORM = 0xbede, SILENCE = 127 };

/* The bytes of each value that has a fixed length. The mid has those of the
 * watchers; the ids of layers are of no use to a watcher. */
static const uint8_t lengths[NUM_EXTENSIONS] = {
    [EXT_AUDIO_LEVEL] = 1, [EXT_ABS_SEND_TIME] = 3, [EXT_TRANSPORT_CC] = 2,
    [EXT_TOFFSET] = 3,     [EXT_ORIENTATION] = 1,   [EXT_PLAYOUT_DELAY] = 3,
};

/* Reserves the place of an element, with the value that the publisher sent, if
 * any. */
static void add_element(struct element *element, uint8_t *header, size_t *len,
                        struct bytes value)
{
    element->at = (uint8_t)*len;
    element->len = (uint8_t)value.len;
    header[*len] = 0;
    if (value.at != NULL)
        memcpy(header + *len + 1, value.at, value.len);
    else
        memset(header + *len + 1, 0, value.len);
    *len += 1 + value.len;
}

static void read_level(struct outline *outline, struct bytes value)
{
    uint8_t level;

    if (extension_audio_level(value, &level, &outline->voice))
        outline->level = level;
}

/* The elements that a packet gets: those of each watcher that we write, and
 * those of the publisher's that any watcher wants. */
static size_t write_elements(const struct layout *layout, const uint8_t *packet,
                             const struct rtp *rtp, uint8_t *header,
                             struct outline *outline)
{
    size_t len = RTP_HEADER + RTP_EXTENSION_HEADER;
    struct bytes value;
    uint8_t sent_time[3];

    bytes_put24(sent_time, extension_abs_send_time(layout->now));

    for (enum header_extension i = 0; i < NUM_EXTENSIONS; i++) {
        const size_t wanted_len = i == EXT_MID ? layout->mid_len : lengths[i];
        const bool is_sent =
            layout->from[i] != 0 && extension_find(rtp, packet, layout->from[i], &value);
        if (i == EXT_AUDIO_LEVEL && is_sent)
            read_level(outline, value);
        if (wanted_len == 0 || (layout->wanted >> i & 1) == 0)
            continue;
        if (i == EXT_ABS_SEND_TIME)
            value = (struct bytes){ sent_time, wanted_len };
        else if (i == EXT_MID || i == EXT_TRANSPORT_CC)
            value = (struct bytes){ NULL, wanted_len };
        else if (!is_sent || value.len != wanted_len)
            continue;
        add_element(&outline->elements[i], header, &len, value);
        outline->present |= 1u << i;
    }
    return len;
}

/* RFC 3550 section 5.3.1: the length counts words behind its own. */
static size_t end_extension(uint8_t *header, size_t len)
{
    const size_t begin = RTP_HEADER + RTP_EXTENSION_HEADER;

    if (len == begin) {
        header[0] &= 0xef;
        return RTP_HEADER;
    }
    while (len % 4 != 0)
        header[len++] = 0;
    header[0] |= 0x10;
    bytes_put16(header + RTP_HEADER, ONE_BYTE_FORM);
    bytes_put16(header + RTP_HEADER + 2, (uint16_t)((len - begin) / 4));
    return len;
}

static enum payload_format format_of(enum codec codec)
{
    switch (codec) {
    case CODEC_VP8:
        return PAYLOAD_VP8;
    case CODEC_H264:
        return PAYLOAD_H264;
    case CODEC_VP9:
        return PAYLOAD_VP9;
    case CODEC_AV1:
        return PAYLOAD_AV1;
    case CODEC_NONE:
    case CODEC_OPUS:
    case NUM_CODECS:
        break;
    }
    return PAYLOAD_OTHER;
}

static void read_payload(enum codec codec, struct bytes payload, struct outline *outline)
{
    outline->decodable = payload_starts_keyframe(format_of(codec), payload);
    outline->has_vp8 = codec == CODEC_VP8 && vp8_read(&outline->vp8, payload);
}

bool outline_write(const struct layout *layout, const uint8_t *packet,
                   const struct rtp *rtp, struct bytes_out *out, struct outline *outline)
{
    /* RFC 3550 section 5.1: CSRCs and padding are left out. */
    uint8_t header[RTP_HEADER + RTP_EXTENSION_HEADER
                   + NUM_EXTENSIONS * (1 + EXTENSION_MAX_LEN) + 3];

    *outline = (struct outline){ .sequence = rtp->sequence,
                                 .timestamp = rtp->timestamp,
                                 .level = SILENCE };
    memcpy(header, packet, RTP_HEADER);
    header[0] = RTP_VERSION << 6;
    size_t len =
        end_extension(header, write_elements(layout, packet, rtp, header, outline));
    if (len + rtp->payload > out->limit)
        return false;
    memcpy(out->data, header, len);
    memcpy(out->data + len, packet + rtp->header, rtp->payload);
    out->len = len + rtp->payload;
    outline->header = (uint16_t)len;
    read_payload(layout->codec, rtp_payload(rtp, packet), outline);
    return true;
}
