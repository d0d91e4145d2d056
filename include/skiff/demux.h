/**
 * skiff/demux.h - which protocol a datagram on a shared port belongs to, by its first byte
 * (RFC 7983 section 7), and how RTP and RTCP differ (RFC 5761 section 4).
 *
 * A transport and a port use these functions themselves. A program that owns the socket
 * passes STUN to its own code, and DTLS and media to skiff_transport_receive.
 */
#ifndef SKIFF_DEMUX_H
#define SKIFF_DEMUX_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The figure of RFC 7983 section 7: name, first and last value of the first byte. */
/* clang-format off */
#define SKIFF_DEMUX_LIST(X)                                                                \
    X(STUN,    0,   3)                                                                     \
    X(ZRTP,   16,  19)                                                                     \
    X(DTLS,   20,  63)                                                                     \
    X(TURN,   64,  79)                                                                     \
    X(MEDIA, 128, 191)
/* clang-format on */

/** The protocol of a datagram. */
typedef enum skiff_protocol {
    SKIFF_PROTOCOL_NONE = 0, /**< the byte is in no range: drop the datagram */
    SKIFF_PROTOCOL_STUN,     /**< a STUN message */
    SKIFF_PROTOCOL_ZRTP,     /**< ZRTP, which skiff does not speak */
    SKIFF_PROTOCOL_DTLS,     /**< DTLS records */
    SKIFF_PROTOCOL_TURN,     /**< ChannelData of a TURN channel */
    SKIFF_PROTOCOL_MEDIA     /**< RTP or RTCP, protected or not: see skiff_is_rtcp */
} skiff_protocol;

/** The bounds of the ranges, for a filter: SKIFF_DEMUX_STUN_FIRST and so on. */
enum {
#define X(name, first, last)                                                               \
  SKIFF_DEMUX_##name##_FIRST = first, SKIFF_DEMUX_##name##_LAST = last,
    SKIFF_DEMUX_LIST(X)
#undef X
        SKIFF_DEMUX_END = 256
};

/** Returns the protocol of a datagram that begins with this byte. */
static inline skiff_protocol skiff_protocol_of(uint8_t first_byte)
{
    const unsigned at = first_byte;

    /* Nearly all datagrams of a call are media: one comparison, and not five. */
    if (at - SKIFF_DEMUX_MEDIA_FIRST <= SKIFF_DEMUX_MEDIA_LAST - SKIFF_DEMUX_MEDIA_FIRST)
        return SKIFF_PROTOCOL_MEDIA;

#define X(name, first, last)                                                               \
  if (at - first <= last - first)                                                          \
    return SKIFF_PROTOCOL_##name;
    SKIFF_DEMUX_LIST(X)
#undef X
    return SKIFF_PROTOCOL_NONE;
}

/**
 * Returns true if a datagram of SKIFF_PROTOCOL_MEDIA with this second byte is RTCP: the
 * packet types 192 to 223. In RTP that would be a marker with the payload types 64 to 95,
 * which RFC 5761 section 4 forbids.
 */
static inline bool skiff_is_rtcp(uint8_t second_byte)
{
    return second_byte >= 192 && second_byte <= 223;
}

#ifdef __cplusplus
}
#endif
#endif
