/*
 * rtcp_round_trip.h - the round trip that RTCP reports measure (RFC 3550 6.4.1). Knows
 * plain packets, and no peers.
 *
 * A sender report of ours has the time when it was written. A report of the other side
 * names the latest one that has arrived there (LSR), and the delay since then (DLSR). The
 * time since we have sent it, less that delay, is the round trip. A path on which this side
 * sends no checks needs nothing else.
 */
#ifndef SKF_RTCP_ROUND_TRIP_H
#define SKF_RTCP_ROUND_TRIP_H

#include <skiff/packet.h>

/* Sender reports of ours that may still be named: each stream of media sends its own. */
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

/* Whether a packet is RTCP that begins with a report (RFC 3550 6.1): every compound packet
 * with a report begins with one. RTP costs no more than this. */
static inline bool report_begins(const skiff_packet *packet)
{
    return packet != NULL && packet->len > 1 && packet->len <= packet->limit
        && (packet->data[1] == REPORT_SENDER || packet->data[1] == REPORT_RECEIVER);
}

/* Remembers the sender reports in a packet that is about to be protected. */
void skf_report_sent(struct report_times *times, const skiff_packet *packet,
                     skiff_time now);

/* The round trip by the reports in a packet that has opened, in microseconds; 0: none. */
uint32_t skf_report_received(const struct report_times *times, const skiff_packet *packet,
                             skiff_time now);

#endif
