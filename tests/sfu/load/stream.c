/* stream.c - the video that is published. */
#include "stream.h"

enum {
    HEADER = 12,
    LABEL = 24, /* bytes at the end: a mark, the number, the time */
    MARKER = 0x80,
    CLOCK_RATE = 90000,
    TICKS = CLOCK_RATE / 1000 * STREAM_PACKET_US / 1000, /* of the timestamp, a packet */
    SECOND = 1000000,

    /* NAL units (RFC 6184 section 5.2) */
    NAL_SLICE = 0x41,
    NAL_IDR_SLICE = 0x65,
    NAL_STAP_A = 0x78,
    FILLER = 0xa5
};

static const uint64_t mark = 0x736b6966662d6c64;

/* Of baseline, 640 x 360. */
static const uint8_t sps[] = { 0x67, 0x42, 0xe0, 0x1f, 0xda, 0x02, 0x80, 0xbf, 0xe5 };
static const uint8_t pps[] = { 0x68, 0xce, 0x3c, 0x80 };

static void put(uint8_t *at, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--, value >>= 8)
        at[i] = (uint8_t)value;
}

static uint64_t get64(const uint8_t *at)
{
    uint64_t value = 0;

    for (int i = 0; i < 8; i++)
        value = value << 8 | at[i];
    return value;
}

static uint8_t *put_unit(uint8_t *at, const uint8_t *unit, size_t len)
{
    put(at, len, 2);
    memcpy(at + 2, unit, len);
    return at + 2 + len;
}

/* A keyframe begins with its parameter sets, and the first slice behind them (RFC 6184
 * section 5.7.1). */
static void begin_keyframe(uint8_t *payload, const uint8_t *end)
{
    uint8_t *at = payload;

    *at++ = NAL_STAP_A;
    at = put_unit(at, sps, sizeof sps);
    at = put_unit(at, pps, sizeof pps);
    put(at, (uint64_t)(end - at) - 2, 2);
    at[2] = NAL_IDR_SLICE;
}

uint32_t stream_timestamp(const struct stream *stream)
{
    return (uint32_t)(stream->number / stream->frame * stream->frame * TICKS);
}

static void put_header(const struct stream *stream, uint8_t *at)
{
    bool is_last = stream->number % stream->frame == stream->frame - 1;

    at[0] = 0x80;
    at[1] = (uint8_t)(stream->payload_type | (is_last ? MARKER : 0));
    put(at + 2, stream->number, 2);
    put(at + 4, stream_timestamp(stream), 4);
    put(at + 8, stream->ssrc, 4);
}

void stream_write(struct stream *stream, skiff_time now, skiff_packet *packet)
{
    uint8_t *at = packet->data, *payload = at + HEADER, *end = at + STREAM_PACKET;
    uint64_t frames_a_second = SECOND / STREAM_PACKET_US / stream->frame;
    uint64_t frame = stream->number / stream->frame;
    bool is_key = frames_a_second == 0 || frame % frames_a_second == 0;

    put_header(stream, at);
    memset(payload, FILLER, STREAM_PACKET - HEADER);
    payload[0] = is_key ? NAL_IDR_SLICE : NAL_SLICE;
    if (is_key && stream->number % stream->frame == 0)
        begin_keyframe(payload, end);
    put(end - LABEL, mark, 8);
    put(end - LABEL + 8, stream->number++, 8);
    put(end - LABEL + 16, now, 8);
    packet->len = STREAM_PACKET;
}

bool stream_read(const skiff_packet *packet, uint64_t *number, skiff_time *written)
{
    const uint8_t *label;

    if (packet->len < HEADER + LABEL)
        return false;
    label = packet->data + packet->len - LABEL;
    *number = get64(label + 8);
    *written = get64(label + 16);
    return get64(label) == mark;
}
