/* traffic.h - what was sent to a peer and received: bytes, the time of the last media, and
 * the round trip. Knows packets, and no peers. */
#ifndef SKF_TRAFFIC_H
#define SKF_TRAFFIC_H

#include "rtcp_round_trip.h"

/* Zeros are valid: nothing was sent and nothing received. */
struct traffic {
    struct report_times reports;
    uint32_t round_trip;     /* by RTCP, smoothed; microseconds, 0: none */
    uint64_t sent, received; /* bytes of DTLS, and of protected media */
    skiff_time last_media;   /* when RTP or RTCP last opened; 0: never */
};

/* RFC 6298 2.3: a new value counts for an eighth. */
static inline void traffic_measured(struct traffic *traffic, uint32_t round_trip)
{
    if (round_trip == 0)
        return;
    if (traffic->round_trip == 0)
        traffic->round_trip = round_trip;
    else
        traffic->round_trip =
            (uint32_t)(((uint64_t)traffic->round_trip * 7 + round_trip) / 8);
}

/* Media is about to be protected. A report that is not sent is never named by the peer. */
static inline void traffic_plain(struct traffic *traffic, const skiff_packet *plain,
                                 skiff_time now)
{
    if (report_begins(plain))
        skf_report_sent(&traffic->reports, plain, now);
}

/* A datagram is sent; or one of `len` bytes was received. */
static inline void traffic_sent(struct traffic *traffic, const skiff_packet *packet)
{
    traffic->sent += packet->len;
}

static inline void traffic_received(struct traffic *traffic, uint32_t len)
{
    traffic->received += len;
}

/* Media has opened. */
static inline void traffic_opened(struct traffic *traffic, const skiff_packet *opened,
                                  skiff_time now)
{
    traffic->last_media = now;
    if (report_begins(opened))
        traffic_measured(traffic, skf_report_received(&traffic->reports, opened, now));
}

#endif
