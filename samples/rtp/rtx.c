/* rtx.c - a packet that is sent again, in a stream of its own (RFC 4588 section
 * 4). Knows no history. */
#include "rtx.h"

enum { PADDING_BIT = 0x20 };

static void set_stream(uint8_t *packet, const struct rtx *stream, uint16_t sequence)
{
    packet[0] = (uint8_t)(packet[0] & ~PADDING_BIT);
    rtp_set_payload_type(packet, stream->payload_type);
    rtp_set_sequence(packet, sequence);
    rtp_set_ssrc(packet, stream->ssrc);
}

size_t rtx_wrap(uint8_t *packet, size_t len, size_t limit, const struct rtx *rtx)
{
    struct rtp rtp;

    if (!rtp_read(&rtp, packet, len) || len - rtp.padding + RTX_HEADER > limit)
        return 0;
    memmove(packet + rtp.header + RTX_HEADER, packet + rtp.header, rtp.payload);
    bytes_put16(packet + rtp.header, rtp.sequence);
    set_stream(packet, rtx, rtx->sequence);
    return rtp.header + RTX_HEADER + rtp.payload;
}

size_t rtx_unwrap(uint8_t *packet, size_t len, const struct rtx *original)
{
    struct rtp rtp;

    if (!rtp_read(&rtp, packet, len) || rtp.payload < RTX_HEADER)
        return 0;
    uint16_t sequence = bytes_get16(packet + rtp.header);
    size_t payload = rtp.payload - RTX_HEADER;
    memmove(packet + rtp.header, packet + rtp.header + RTX_HEADER, payload);
    set_stream(packet, original, sequence);
    return rtp.header + payload;
}
