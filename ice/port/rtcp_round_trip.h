/*
 * rtcp_round_trip.h - the round trip that RTCP tells (RFC 3550 6.4.1). Knows plain packets,
 * and no peers.
 *
 * A sender report of ours says when it was written. A report of the other side names the
 * latest that has come there (LSR), and how long ago that was (DLSR). What is left of the
 * time since we have sent it is the round trip. Nothing else is needed on a path where this
 * side sends no checks.
 */
#ifndef SKF_RTCP_ROUND_TRIP_H
#define SKF_RTCP_ROUND_TRIP_H

#include <skiff/packet.h>

/* Reports of ours that may still be named: each stream of media sends its own. */
enum { REPORT_TIMES = 6 };

/* Zeros are valid: nothing was sent. */
struct report_times {
    struct {
        uint32_t ntp;  /* the middle 32 bits of its NTP timestamp; 0: none */
        uint32_t sent; /* microseconds, the low 32 bits */
    } reports[REPORT_TIMES];
    uint8_t next;
};

enum { REPORT_SENDER = 200, REPORT_RECEIVER = 201 }; /* RFC 3550 12.1 */

/* Whether a packet is RTCP that begins with a report (RFC 3550 6.1): so must all that has
 * one. RTP costs this much. */
static inline bool report_begins(const skiff_packet *packet)
{
    return packet != NULL && packet->len > 1 && packet->len <= packet->limit
        && (packet->data[1] == REPORT_SENDER || packet->data[1] == REPORT_RECEIVER);
}

/* Remembers the sender reports in a packet that is about to be protected. */
void skf_report_sent(struct report_times *times, const skiff_packet *packet,
                     skiff_time now);

/* The round trip by what has opened, in microseconds; 0: it tells none. */
uint32_t skf_report_received(const struct report_times *times, const skiff_packet *packet,
                             skiff_time now);

#endif
