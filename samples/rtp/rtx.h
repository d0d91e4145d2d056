/* rtx.h - a packet that is sent again, in a stream of its own (RFC 4588 section 4). Knows
 * no history: who calls has the packet. */
#ifndef RTP_RTX_H
#define RTP_RTX_H

#include "rtp.h"

enum { RTX_HEADER = 2 }; /* the original sequence number, before the payload */

/* A stream of retransmissions and its next sequence number, or the stream whose packets are
 * sent again, of which `sequence` does not count. */
struct rtx {
    uint8_t payload_type;
    uint16_t sequence;
    uint32_t ssrc;
};

/* Makes a retransmission of a packet, in place: type, SSRC and sequence number are those of
 * `rtx`, and RTX_HEADER bytes come before its payload. Its padding is removed. Returns the
 * new length; 0: it is no RTP packet, or would be longer than `limit`; it is as it was
 * then. */
size_t rtx_wrap(uint8_t *packet, size_t len, size_t limit, const struct rtx *rtx);

/* Makes the original packet of a retransmission, in place: type and SSRC are those of
 * `original`, the sequence number is the packet's. Returns the new length; 0: it is no RTP
 * packet, or holds no original one, as when a browser sends padding to probe a path. */
size_t rtx_unwrap(uint8_t *packet, size_t len, const struct rtx *original);

#endif
