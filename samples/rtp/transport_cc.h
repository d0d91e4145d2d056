/* transport_cc.h - transport-wide feedback,
 * draft-holmer-rmcat-transport-wide-cc-extensions-01: records what arrived and writes
 * feedback of it, and reads the feedback of others. Estimates nothing. */
#ifndef RTP_TRANSPORT_CC_H
#define RTP_TRANSPORT_CC_H

#include "rtcp.h"

enum {
    TRANSPORT_CC_WINDOW = 1024,        /* numbers that are remembered: a power of two */
    TRANSPORT_CC_TICK_US = 250,        /* the unit of a delta */
    TRANSPORT_CC_REFERENCE_US = 64000, /* the unit of the reference time */
    TRANSPORT_CC_HEADER = 20,
    /* Two bytes of a peer can state 8191 numbers, each of which costs its reader time. */
    TRANSPORT_CC_MAX_COUNT = 2 * TRANSPORT_CC_WINDOW
};

/* --- the receiver of media ------------------------------------------------------------ */

/* Zeros are a recorder that has recorded nothing. One for each transport: the numbers of
 * all SSRCs are one sequence. 8 KB. */
struct transport_cc_recorder {
    bool has_begun;
    uint64_t next, highest; /* the first number to report, the largest that arrived */
    uint8_t number_of_feedback;
    int64_t arrived[TRANSPORT_CC_WINDOW]; /* ticks + 1, by number; 0: not arrived */
};

/* A packet with this transport-wide number has arrived, at a time in microseconds that is
 * not negative. One that arrives late is reported in the next feedback, unless it has left
 * the window. A number far ahead moves the window; what leaves it unreported is never
 * reported. */
void transport_cc_record(struct transport_cc_recorder *recorder, uint16_t sequence,
                         int64_t now_us);

/* How many numbers are to be reported, those that are missing among them; 0: there is
 * nothing. */
size_t transport_cc_pending(const struct transport_cc_recorder *recorder);

/* Appends one feedback packet, from the first number to report on, as far as it fits and as
 * its deltas can be written. False: nothing is to be reported, or not even one number fits
 * (24 bytes do). Call it again while it returns true and transport_cc_pending() is not 0.
 * `ssrc` is the receiver's, `media_ssrc` any one of the sender's. */
bool transport_cc_write(struct transport_cc_recorder *recorder, struct bytes_out *out,
                        uint32_t ssrc, uint32_t media_ssrc);

/* --- the sender of media -------------------------------------------------------------- */

/* Feedback that is being read. */
struct transport_cc_feedback {
    uint16_t base, count; /* the first number, and how many follow on from it */
    uint8_t number;       /* of this feedback; it wraps around */
    int64_t reference_us; /* -2^23 to 2^23 - 1 times 64 ms, and wraps around */
    /* Where the walk is. */
    uint16_t done;
    int64_t time_us;
    struct bytes chunks, deltas;
    uint16_t chunk, chunk_left;
};

/* What it states of one number. */
struct transport_cc_status {
    uint16_t sequence;
    bool received;
    /* If received: its arrival by the receiver's clock, on the axis of reference_us, and
     * how long that was after the arrival before it in this feedback (after the reference
     * for the first); may be less than 0. */
    int64_t arrived_us, delta_us;
};

/* Reads the head of feedback, and looks at it as a whole: each number has a status, and
 * each that was received its delta. False: it is something else, malformed, or about more
 * than TRANSPORT_CC_MAX_COUNT numbers. */
bool transport_cc_read(struct transport_cc_feedback *feedback, const struct rtcp *packet);

/* The next number. False: it was the last. */
bool transport_cc_next(struct transport_cc_feedback *feedback,
                       struct transport_cc_status *status);

#endif
