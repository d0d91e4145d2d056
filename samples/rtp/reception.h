/* reception.h - what a receiver counts of one source, and its report block (RFC 3550
 * appendix A.1, A.3 and A.8). Knows no packet: the caller has read it. */
#ifndef RTP_RECEPTION_H
#define RTP_RECEPTION_H

#include "rtcp.h"

/* RFC 3550 appendix A.1: a step of fewer numbers than MAX_DROPOUT is a loss, one back of
 * fewer than MAX_MISORDER is a late packet; others restart the count when the next number
 * follows. */
enum { RECEPTION_MAX_DROPOUT = 3000, RECEPTION_MAX_MISORDER = 100 };

/* Zeros are a source of which nothing has arrived. */
struct reception {
    bool has_begun;
    uint32_t base, highest; /* sequence numbers, extended by their wraps */
    uint32_t bad_sequence;  /* the number that would restart the count */
    uint32_t received;
    uint32_t expected_before, received_before;
    uint32_t jitter_x16, transit;
    bool has_sr;
    uint32_t last_sr; /* the middle of its NTP timestamp */
    int64_t sr_at_us;
};

/* Counts a packet. `arrived` is the time in units of its timestamp: reception_units().
 * False: its number is far from the others, and it is not counted. Packets that came by RTX
 * count for the source of retransmissions alone. */
bool reception_add(struct reception *reception, uint16_t sequence, uint32_t timestamp,
                   uint32_t arrived);

/* A time as the low 32 bits of a count of a clock, for reception_add(). */
static inline uint32_t reception_units(uint64_t now_us, uint32_t clock_rate)
{
    return (uint32_t)(now_us / 1000000 * clock_rate
                      + now_us % 1000000 * clock_rate / 1000000);
}

/* An SR of the source arrived. */
void reception_sender_report(struct reception *reception, uint64_t ntp, int64_t now_us);

/* The jitter in units of the timestamp, and what is lost in all, which is less than 0 where
 * duplicates arrived. */
uint32_t reception_jitter(const struct reception *reception);
int64_t reception_lost(const struct reception *reception);

/* The report block about `ssrc`, and a new interval begins. */
void reception_report(struct reception *reception, uint32_t ssrc, int64_t now_us,
                      struct rtcp_report *report);

#endif
