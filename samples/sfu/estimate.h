/* estimate.h - how many bits a second the link to one watcher carries: by the delay and the
 * loss of the packets that were sent to it (draft-ietf-rmcat-gcc-02), by REMB where a
 * browser sends nothing better. Knows no RTCP bytes, no layers, no sockets and no clock.
 *
 * All times are microseconds of one clock that never goes back (skiff_time is such a time).
 * One struct for each watcher, of a fixed size: no call here allocates. All calls are of
 * the thread of the watcher.
 *
 *     each packet that leaves                   estimate_sent
 *     each transport-wide feedback that comes   estimate_reported for each packet that it
 *                                               names, in its order, then estimate_update
 *     REMB, receiver report                     estimate_remb, estimate_receiver_report
 *     to choose a layer                         estimate_bps
 *     while a probe goes on                     estimate_padding, every 5 to 20 ms
 */
#ifndef SAMPLES_SFU_ESTIMATE_H
#define SAMPLES_SFU_ESTIMATE_H

#include "bitrate.h"
#include "delay_trend.h"
#include "loss_bound.h"
#include "rate_probe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ESTIMATE_START = 500000, /* bits a second, before anything is known */
    ESTIMATE_MIN = 50000,    /* bits a second: no estimate is below */
    ESTIMATE_MAX = 50000000, /* bits a second: no estimate is above */
    ESTIMATE_PACKETS = 1024  /* sent packets that are remembered, a power of two */
};

/* What is known of a packet that was sent. */
struct sent_packet {
    uint32_t sent; /* the time, modulo 2^32 microseconds */
    uint16_t seq;
    uint16_t bytes : 14;
    uint16_t fate : 2; /* enum fate of estimate.c */
};

struct estimate {
    struct sent_packet packets[ESTIMATE_PACKETS]; /* by the low bits of the number */
    struct delay_trend trend;
    struct loss_bound loss;
    struct rate_probe rate_probe;
    struct bitrate arrived, arrived_lately; /* by the watcher's clock */
    struct bitrate delivered;               /* the same packets by when they were sent */
    double bps;                             /* by delay (section 5.5) */
    double capacity;       /* bits a second that arrived at overuse, averaged; 0: unknown */
    double variance;       /* of that, relative to it */
    uint64_t sent;         /* when a packet was sent last */
    uint64_t feedback;     /* when feedback came last; 0: never */
    uint64_t decreased;    /* when bps was lowered last */
    uint64_t clock;        /* the newest arrival by the watcher's clock; 0: none */
    uint64_t acknowledged; /* when the newest packet of a feedback was sent */
    uint64_t round_trip;   /* microseconds, the delay of the feedback included */
    struct {
        int64_t now, before; /* microseconds by two clocks, INT64_MAX: none */
        uint64_t since;
    } least_delay;    /* of packets in this while, and in the one before */
    uint64_t remb_at; /* when REMB came last; 0: never */
    double remb;
};

void estimate_init(struct estimate *estimate);

/* A packet left with this transport-wide sequence number. `bytes` counts as the caller
 * likes, if the rates of the layers count in the same way. A time that is earlier than the
 * last one counts as that: another worker may have read the clock for the last packet. */
void estimate_sent(struct estimate *estimate, uint64_t now, uint16_t seq, size_t bytes);

/* One line of a feedback: a packet has arrived at `arrival` by the watcher's clock
 * (transport_cc_status.arrived_us), or has not arrived yet. The watcher's clock need not be
 * ours, and wraps as the 24 bits of the reference time do. Numbers that were never sent, or
 * were reported before, change nothing.
 */
void estimate_reported(struct estimate *estimate, uint16_t seq, bool arrived,
                       int64_t arrival);

/* After the last line of a feedback. */
void estimate_update(struct estimate *estimate, uint64_t now);

/* draft-alvestrand-rmcat-remb-03: an upper bound, and all there is without feedback. */
void estimate_remb(struct estimate *estimate, uint64_t now, uint64_t bps);

/* RFC 3550 section 6.4.1: the fraction lost of a report block, of 256. It counts only
 * while there is no transport-wide feedback, which says more. */
void estimate_receiver_report(struct estimate *estimate, uint64_t now, uint8_t fraction);

/* Bits a second of all that is sent to the watcher, audio and repairs among it. */
uint32_t estimate_bps(const struct estimate *estimate, uint64_t now);

/* Whether feedback or REMB came within the last seconds, so that estimate_bps is more than
 * a guess; and whether there is transport-wide feedback, so that a probe shows something.
 */
bool estimate_is_known(const struct estimate *estimate, uint64_t now);
bool estimate_can_probe(const struct estimate *estimate, uint64_t now);

/* Microseconds from a packet's leaving to the feedback that reports it, so that the queue
 * of the link counts. 0: no feedback has come. */
uint64_t estimate_round_trip(const struct estimate *estimate);

/* Begins a probe: for RATE_PROBE_TIME media and padding together are to be `bps`. The
 * feedback then shows whether the link carries that, and estimate_bps rises at once if so.
 * Nothing begins while another probe goes on. */
void estimate_probe(struct estimate *estimate, uint64_t now, uint32_t bps);

/* Whether padding is or may become due. */
bool estimate_is_probing(const struct estimate *estimate, uint64_t now);

/* How many bytes of padding are due now: 0 outside of a probe. The caller sends about as
 * many (RTX of packets sent before, or RTP padding, RFC 3550 section 5.1), and passes each
 * to estimate_sent. A caller that sends none harms nobody: the probe shows less. */
size_t estimate_padding(const struct estimate *estimate, uint64_t now);

#endif
