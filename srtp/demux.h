/* demux.h - what the first octets of a datagram say it is. Knows no lengths. */
#ifndef SKF_DEMUX_H
#define SKF_DEMUX_H

#include <stdbool.h>
#include <stdint.h>

enum demux_kind {
    DEMUX_UNKNOWN, /* no protocol has this octet: to be dropped */
    DEMUX_STUN,
    DEMUX_ZRTP,
    DEMUX_DTLS,
    DEMUX_TURN, /* a TURN channel */
    DEMUX_MEDIA /* RTP or RTCP */
};

/* The figure of RFC 7983 section 7. */
static inline enum demux_kind demux_first(uint8_t first)
{
    if (first <= 3)
        return DEMUX_STUN;
    if (first >= 16 && first <= 19)
        return DEMUX_ZRTP;
    if (first >= 20 && first <= 63)
        return DEMUX_DTLS;
    if (first >= 64 && first <= 79)
        return DEMUX_TURN;
    if (first >= 128 && first <= 191)
        return DEMUX_MEDIA;
    return DEMUX_UNKNOWN;
}

/* RTCP packet types are 192 to 223: where RTP would have payload types 64 to 95 and the
   marker, which RFC 5761 section 4 keeps RTP from using. */
static inline bool demux_is_rtcp(uint8_t second)
{
    return second >= 192 && second <= 223;
}

#endif
