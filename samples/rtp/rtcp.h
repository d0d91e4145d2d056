/* rtcp.h - RTCP packets: reports, SDES and BYE (RFC 3550 section 6), NACK and PLI (RFC 4585
 * section 6), FIR (RFC 5104 section 4.3.1), REMB (draft-alvestrand-rmcat-remb-03). Knows no
 * timers and no statistics; transport_cc.h reads and writes transport-wide feedback. */
#ifndef RTP_RTCP_H
#define RTP_RTCP_H

#include "bytes.h"

enum {
    RTCP_HEADER = 4,
    RTCP_REPORT = 24, /* a report block */
    RTCP_MAX_REPORTS = 31,
    RTCP_NACK_SPAN = 17, /* sequence numbers that one entry of a NACK can ask for */
    RTCP_MAX_CNAME = 255
};

/* --- reading -------------------------------------------------------------------------- */

enum rtcp_kind {
    RTCP_OTHER, /* whole, but of a type that is not known here */
    RTCP_SR,
    RTCP_RR,
    RTCP_SDES,
    RTCP_BYE,
    RTCP_NACK,
    RTCP_TRANSPORT_CC,
    RTCP_PLI,
    RTCP_FIR,
    RTCP_REMB
};

/* One packet of a compound one. It has the length that its kind and its count need at
 * least: the readers below look no further than `len`. */
struct rtcp {
    enum rtcp_kind kind;
    uint8_t count;       /* RC, SC or FMT */
    uint32_t ssrc;       /* of its sender; 0: BYE or SDES of nobody */
    uint32_t media_ssrc; /* of feedback alone */
    const uint8_t *data; /* its header and all behind it, */
    size_t len;          /* without padding */
};

/* Where a walk over a compound packet is. Reduced-size packets (RFC 5506) are walked, too.
 */
struct rtcp_walk {
    const uint8_t *at, *end;
    bool malformed;
};

struct rtcp_walk rtcp_walk(const uint8_t *data, size_t len);

/* The next packet. False: there is no more, or what follows is malformed, which
 * walk->malformed states: another version, a length past the end, a packet too short for
 * its kind. Padding is accepted in each packet and in any length, since browsers pad
 * transport-wide feedback so. */
bool rtcp_next(struct rtcp_walk *walk, struct rtcp *packet);

/* RFC 3550 section 6.4.1 */
struct rtcp_sender_info {
    uint64_t ntp; /* seconds since 1900, 32 bits before the point */
    uint32_t timestamp, packets, octets;
};

struct rtcp_report {
    uint32_t ssrc;              /* of the source that the block is about */
    uint8_t fraction;           /* lost since the last report, of 256 */
    int32_t lost;               /* in all, 24 bits; less than 0 with duplicates */
    uint32_t highest;           /* extended sequence number */
    uint32_t jitter;            /* in units of the timestamp */
    uint32_t last_sr, since_sr; /* in 1/65536 s; 0: no SR was received */
};

/* False: it is no SR. */
bool rtcp_read_sender_info(const struct rtcp *packet, struct rtcp_sender_info *info);

/* The block number `index` of an SR or RR. False: there are no more. */
bool rtcp_read_report(const struct rtcp *packet, size_t index, struct rtcp_report *report);

/* The CNAME of a source in an SDES packet; it has no final zero. False: it is not there. */
bool rtcp_read_cname(const struct rtcp *packet, uint32_t ssrc, struct bytes *cname);

/* The source number `index` that leaves by a BYE. False: there are no more. */
bool rtcp_read_bye(const struct rtcp *packet, size_t index, uint32_t *ssrc);

/* The entry number `index` of a NACK for packets of packet->media_ssrc: the sequence
 * numbers, in order, in `lost`. Returns how many, 1 to 17; 0: there are no more entries. */
size_t rtcp_read_nack(const struct rtcp *packet, size_t index,
                      uint16_t lost[RTCP_NACK_SPAN]);

/* The entry number `index` of a FIR: the source, and the number that a repeated request
 * repeats. False: there are no more. */
bool rtcp_read_fir(const struct rtcp *packet, size_t index, uint32_t *ssrc,
                   uint8_t *number);

/* The bit rate of a REMB, which is about all sources together. False: it is no REMB. */
bool rtcp_read_remb(const struct rtcp *packet, uint64_t *bits_per_second);

/* The source number `index` that a REMB lists. False: there are no more. */
bool rtcp_read_remb_ssrc(const struct rtcp *packet, size_t index, uint32_t *ssrc);

/* --- writing: each appends one packet, or returns false and appends nothing, where it does
 * not fit or a count is larger than its field
 * ----------------------------------------------- */

/* RFC 3550 section 6.1: a compound packet begins with one of these, then has the CNAME.
 * `info` NULL writes an RR, else an SR. */
bool rtcp_write_report(struct bytes_out *out, uint32_t ssrc,
                       const struct rtcp_sender_info *info,
                       const struct rtcp_report *reports, size_t num_reports);

bool rtcp_write_cname(struct bytes_out *out, uint32_t ssrc, const char *cname);

bool rtcp_write_bye(struct bytes_out *out, uint32_t ssrc);

/* `lost` has 1 or more numbers, each after the one before, modulo 2^16. */
bool rtcp_write_nack(struct bytes_out *out, uint32_t ssrc, uint32_t media_ssrc,
                     const uint16_t *lost, size_t num_lost);

bool rtcp_write_pli(struct bytes_out *out, uint32_t ssrc, uint32_t media_ssrc);

/* `number` is another for each request, and the same where one is repeated. */
bool rtcp_write_fir(struct bytes_out *out, uint32_t ssrc, uint32_t media_ssrc,
                    uint8_t number);

/* The bit rate is rounded down to 18 significant bits. */
bool rtcp_write_remb(struct bytes_out *out, uint32_t ssrc, uint64_t bits_per_second,
                     const uint32_t *ssrcs, size_t num_ssrcs);

/* --- times ---------------------------------------------------------------------------- */

/* The NTP timestamp of a time of the system clock, in microseconds since 1970. */
uint64_t rtcp_ntp(uint64_t unix_us);

/* The 32 bits in the middle, in 1/65536 s, as a report block has them. */
static inline uint32_t rtcp_ntp_middle(uint64_t ntp)
{
    return (uint32_t)(ntp >> 16);
}

/* The round trip that a report block about a source of ours states (RFC 3550
 * section 6.4.1), in microseconds. `now` is the middle of the NTP timestamp of its arrival,
 * by the clock of the SR. -1: it states none. */
int64_t rtcp_round_trip_us(const struct rtcp_report *report, uint32_t now);

#endif
