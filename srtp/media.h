/*
 * media.h - how far the headers of RTP and RTCP reach (RFC 3550 5.1, 5.3.1 and 6.4).
 *
 * libsrtp follows the CSRC count and the extension length to where the payload begins. So
 * it gets only packets whose headers end inside the packet.
 */
#ifndef SKF_MEDIA_H
#define SKF_MEDIA_H

#include <skiff/demux.h>

#include <stddef.h>

enum media_kind { MEDIA_NONE, MEDIA_RTP, MEDIA_RTCP };

enum { RTP_HEADER = 12, RTP_EXTENSION = 4, RTCP_HEADER = 8 };

static inline uint32_t media_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline bool rtp_header_fits(const uint8_t *data, size_t len)
{
    size_t end = RTP_HEADER + 4u * (data[0] & 0x0fu); /* CC */

    if (len < end)
        return false;
    if ((data[0] & 0x10u) == 0) /* X */
        return true;
    if (len - end < RTP_EXTENSION)
        return false;
    return (len - end) / 4 > (media_u32(data + end) & 0xffffu); /* and its first word */
}

/* The kind of a packet, or MEDIA_NONE if its headers do not fit into `len` bytes. */
static inline enum media_kind media_kind(const uint8_t *data, size_t len)
{
    if (len < RTCP_HEADER || skiff_protocol_of(data[0]) != SKIFF_PROTOCOL_MEDIA)
        return MEDIA_NONE;
    if (skiff_is_rtcp(data[1]))
        return MEDIA_RTCP;
    return rtp_header_fits(data, len) ? MEDIA_RTP : MEDIA_NONE;
}

static inline uint32_t media_ssrc(enum media_kind kind, const uint8_t *data)
{
    return media_u32(data + (kind == MEDIA_RTCP ? 4 : 8));
}

#endif
