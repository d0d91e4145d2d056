/* rtp.c - the header of an RTP packet (RFC 3550 section 5.1). Knows no payload
 * and no clock. */
#include "rtp.h"

enum { PADDING = 0x20, EXTENSION = 0x10, CSRCS = 0x0f, MARKER = 0x80 };

/* RFC 3550 section 5.3.1 */
static bool read_extension(struct rtp *rtp, const uint8_t *packet, size_t len)
{
    if (len - rtp->header < RTP_EXTENSION_HEADER)
        return false;
    rtp->has_extension = true;
    rtp->profile = bytes_get16(packet + rtp->header);
    rtp->extension_len = 4u * bytes_get16(packet + rtp->header + 2);
    rtp->extension = rtp->header + RTP_EXTENSION_HEADER;
    if (rtp->extension_len > len - rtp->extension)
        return false;
    rtp->header = rtp->extension + rtp->extension_len;
    return true;
}

bool rtp_read(struct rtp *rtp, const uint8_t *packet, size_t len)
{
    if (len < RTP_HEADER || packet[0] >> 6 != RTP_VERSION)
        return false;
    *rtp = (struct rtp){ .payload_type = packet[1] & 0x7f,
                         .marker = (packet[1] & MARKER) != 0,
                         .sequence = bytes_get16(packet + 2),
                         .timestamp = bytes_get32(packet + 4),
                         .ssrc = bytes_get32(packet + 8),
                         .num_csrcs = packet[0] & CSRCS };
    rtp->header = RTP_HEADER + 4u * rtp->num_csrcs;
    if (rtp->header > len)
        return false;
    if ((packet[0] & EXTENSION) != 0 && !read_extension(rtp, packet, len))
        return false;

    if ((packet[0] & PADDING) != 0) {
        rtp->padding = packet[len - 1]; /* which counts itself */
        if (rtp->padding == 0 || rtp->padding > len - rtp->header)
            return false;
    }
    rtp->payload = len - rtp->header - rtp->padding;
    return true;
}

size_t rtp_write(const struct rtp *rtp, uint8_t *out, size_t limit)
{
    if (limit < RTP_HEADER)
        return 0;
    out[0] = RTP_VERSION << 6;
    out[1] = (uint8_t)((rtp->marker ? MARKER : 0) | (rtp->payload_type & 0x7f));
    rtp_set_sequence(out, rtp->sequence);
    rtp_set_timestamp(out, rtp->timestamp);
    rtp_set_ssrc(out, rtp->ssrc);
    return RTP_HEADER;
}
