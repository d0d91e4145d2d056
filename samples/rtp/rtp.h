/* rtp.h - the header of an RTP packet (RFC 3550 section 5.1). Knows no payload, no clock,
 * and of the header extension no more than where it is: extension.h reads that. */
#ifndef RTP_RTP_H
#define RTP_RTP_H

#include "bytes.h"

enum {
    RTP_VERSION = 2,
    RTP_HEADER = 12, /* without CSRCs and extension */
    RTP_MAX_CSRCS = 15,
    RTP_EXTENSION_HEADER = 4 /* the profile and the length of an extension */
};

/* What the header states, and where the parts of the packet are: first `header` bytes, then
 * `payload` bytes, then `padding` bytes, which together are the packet. */
struct rtp {
    uint8_t payload_type;
    bool marker;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    uint8_t num_csrcs;
    size_t header, payload, padding;
    /* The extension, if `has_extension`: RFC 8285 states what `profile` means; its data are
     * `extension_len` bytes from offset `extension` on. */
    bool has_extension;
    uint16_t profile;
    size_t extension, extension_len;
};

/* Reads a whole packet; `rtp` keeps offsets, no pointers. False: it is no RTP packet of
 * version 2, or its CSRCs, its extension or its padding go past its end. A payload may be
 * empty: browsers send packets of padding alone. */
bool rtp_read(struct rtp *rtp, const uint8_t *packet, size_t len);

/* Writes the RTP_HEADER bytes of a packet that has no CSRC, extension or padding: of `rtp`
 * only the five fields up to the SSRC count. Returns RTP_HEADER; 0: it does not fit. */
size_t rtp_write(const struct rtp *rtp, uint8_t *out, size_t limit);

static inline struct bytes rtp_payload(const struct rtp *rtp, const uint8_t *packet)
{
    return (struct bytes){ packet + rtp->header, rtp->payload };
}

/* Single fields of a packet that rtp_read() has accepted. */
static inline void rtp_set_payload_type(uint8_t *packet, uint8_t type)
{
    packet[1] = (uint8_t)((packet[1] & 0x80) | (type & 0x7f));
}

static inline void rtp_set_marker(uint8_t *packet, bool marker)
{
    packet[1] = (uint8_t)((packet[1] & 0x7f) | (marker ? 0x80 : 0));
}

static inline void rtp_set_sequence(uint8_t *packet, uint16_t sequence)
{
    bytes_put16(packet + 2, sequence);
}

static inline void rtp_set_timestamp(uint8_t *packet, uint32_t timestamp)
{
    bytes_put32(packet + 4, timestamp);
}

static inline void rtp_set_ssrc(uint8_t *packet, uint32_t ssrc)
{
    bytes_put32(packet + 8, ssrc);
}

#endif
