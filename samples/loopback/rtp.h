/* rtp.h - RTP and RTCP as bytes (RFC 3550). Knows no codec and no clock. */
#ifndef LOOPBACK_RTP_H
#define LOOPBACK_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTP_HEADER = 12, RTCP_MOST = 256 };

struct rtp {
    uint8_t type;
    bool marker;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
};

/* Writes the header of RTP_HEADER octets. */
void rtp_write(const struct rtp *rtp, uint8_t *out);

/* Reads the header; *header is where the payload begins. */
bool rtp_read(struct rtp *rtp, const uint8_t *data, size_t len, size_t *header);

/* What one end says about what it hears (RFC 3550 section 6.4.1). */
struct report_block {
    uint32_t ssrc;
    uint8_t fraction; /* lost since the last report, of 256 */
    int32_t lost;
    uint32_t highest, jitter;
    uint32_t last_sr, since_sr; /* in 1/65536 s */
};

/* A compound packet: SR or RR, SDES with CNAME, and BYE. */
struct report {
    uint32_t ssrc;
    bool is_sender; /* SR, with the five fields below */
    uint64_t ntp;
    uint32_t timestamp, packets, octets;
    bool receives;
    struct report_block block;
    char cname[64];
    bool bye;
};

/* Writes at most RTCP_MOST octets; the answer is how many. */
size_t report_write(const struct report *report, uint8_t *out);

bool report_read(struct report *report, const uint8_t *data, size_t len);

/* What a receiver counts about one source (RFC 3550 appendix A.1, A.3 and A.8). */
struct reception {
    bool begun;
    uint32_t base, highest; /* sequence numbers, extended by their wraps */
    uint32_t received;
    uint32_t expected_before, received_before;
    uint32_t jitter_x16, transit;
};

/* Counts a packet; `arrived` is in units of its timestamp. */
void reception_add(struct reception *reception, const struct rtp *rtp, uint32_t arrived);

uint32_t reception_jitter(const struct reception *reception);

/* Fills in all but the last two fields, and begins a new interval. */
void reception_report(struct reception *reception, struct report_block *block);

#endif
