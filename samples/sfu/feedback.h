/* feedback.h - the RTCP that a publisher gets: what is missing, that a keyframe
 * is wanted, how its packets arrived, and how much it may send. Knows no
 * socket.
 *
 * Each kind has a rate that it never passes, whatever watchers ask for. */
#ifndef SAMPLES_SFU_FEEDBACK_H
#define SAMPLES_SFU_FEEDBACK_H

#include "publisher.h"

/* Microseconds between two of a kind, at least. */
enum {
    FEEDBACK_REPORT = 1000000, /* RR, and REMB */
    FEEDBACK_TRANSPORT_CC = 50000,
    FEEDBACK_KEYFRAME = 500000, /* PLI or FIR of one layer */
    FEEDBACK_MAX_NACKS = 64     /* numbers of one layer in one packet */
};

/* What a publisher without transport-wide feedback may send, by REMB. */
enum { FEEDBACK_REMB = 8000000 };

/* Writes one compound packet of what is due. False: nothing is. */
bool feedback_write(struct publisher *publisher, struct bytes_out *out, skiff_time now,
                    skiff_time round_trip);

#endif
