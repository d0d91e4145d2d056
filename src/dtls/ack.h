/* ack.h - which records have arrived, theirs and ours (RFC 9147 section 7). Bounded.
 * Knows record numbers. Knows no keys and no timer. */
#ifndef SKF_ACK_H
#define SKF_ACK_H

#include "base/window.h"
#include "dtls/flight.h"

enum { CARRIED = 32, ARRIVED = 16 };

/* Epoch and sequence number in one. */
static inline uint64_t record_name(uint32_t epoch, uint64_t number)
{
    return (uint64_t)epoch << 48 | number;
}

/* Records of theirs that are to be acknowledged: of the two newest epochs, and of each
 * as many as a window holds. Zeros are none. */
struct receipts {
    uint32_t      epochs[2];         /* the older, the newer                              */
    struct window windows[2];
};

void receipts_add(struct receipts *receipts, uint32_t epoch, uint64_t number);

/* Writes the body of an ACK with as many as `space` allows, the newest, in rising order;
 * says how long it is, 0 when there is no space for any. */
size_t receipts_write(const struct receipts *receipts, uint8_t *out, size_t space);

/* A part of a message of our flight. */
struct part {
    uint8_t  message;                /* its place in the flight                           */
    uint32_t from, to;               /* bytes of the body                                 */
};

/* Which of our records carried which part, and what of the flight has arrived. What does
 * not fit is sent again: that is all. */
struct carriage {
    uint64_t    records[CARRIED];
    struct part parts[CARRIED];
    uint8_t     next;                /* the oldest of the ring                            */
    uint8_t     num_arrived;
    bool        by_rumour;           /* an ACK in plaintext said so: it counts for one    */
    bool        rumour_spent;        /* round, and no other counts for this flight        */
    struct part arrived[ARRIVED];
};

/* A new flight begins. */
void carriage_begin(struct carriage *carriage);

/* A record was sent with a part. */
void carriage_note(struct carriage *carriage, uint64_t record, const struct part *part);

/* An ACK of that epoch came: true when it brings news. Records of a higher epoch than
 * its own do not count, nor do those that were never sent. */
SKIFF_MUST_USE bool carriage_hear(struct carriage *carriage, uint32_t epoch,
                                  skiff_bytes record_numbers);

/* Where of a message to go on from `offset`, past what has arrived; and how far at most. */
uint32_t carriage_skip(const struct carriage *carriage, uint8_t message, uint32_t offset);
uint32_t carriage_until(const struct carriage *carriage, uint8_t message, uint32_t offset);

/* Whether all of the flight has arrived, as an authenticated ACK said. */
bool carriage_is_done(const struct carriage *carriage, const struct flight *flight);

#endif
