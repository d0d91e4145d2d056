/* ack_list.h - which records have arrived, theirs and ours (RFC 9147 section 7). Bounded.
 * Knows record numbers. Knows no keys and no timer. */
#ifndef SKF_ACK_LIST_H
#define SKF_ACK_LIST_H

#include "base/window.h"
#include "association/flight.h"

enum { SENT_RECORDS = 32, ACKNOWLEDGED_PARTS = 16 };

/* Epoch and sequence number in one. */
static inline uint64_t packed_record_number(uint32_t epoch, uint64_t number)
{
    return (uint64_t)epoch << 48 | number;
}

/* Records of theirs that are to be acknowledged: of the two newest epochs, and of each
 * as many as a window holds. Zeros are none. */
struct ack_list {
    uint32_t epochs[2]; /* the older, the newer */
    struct window windows[2];
};

void skf_ack_list_add(struct ack_list *ack_list, uint32_t epoch, uint64_t number);

/* Writes the body of an ACK with as many as `space` allows, the newest, in rising order.
 * Returns its length, 0 when there is no space for any. */
size_t skf_ack_list_write(const struct ack_list *ack_list, uint8_t *out, size_t space);

/* A part of a message of our flight. */
struct part {
    uint8_t message;   /* its place in the flight */
    uint32_t from, to; /* bytes of the body */
};

/* Which of our records carried which part, and what of the flight has arrived. What does
 * not fit is sent again: that is all. */
struct sent_records {
    uint64_t records[SENT_RECORDS];
    struct part parts[SENT_RECORDS];
    uint8_t next; /* the oldest of the ring */
    uint8_t num_acknowledged;
    bool by_plain_ack;   /* some parts count by an ACK in plaintext */
    bool plain_ack_used; /* such an ACK has counted once: no other does for this flight */
    struct part acknowledged[ACKNOWLEDGED_PARTS];
};

/* A new flight begins. */
void skf_sent_records_begin(struct sent_records *sent_records);

/* A record was sent with a part. */
void skf_sent_records_add(struct sent_records *sent_records, uint64_t record,
                          const struct part *part);

/* An ACK of that epoch came: true when it brings news. Records of a higher epoch than
 * its own do not count, nor do those that were never sent. */
SKIFF_MUST_USE bool skf_sent_records_acknowledge(struct sent_records *sent_records,
                                                 uint32_t epoch,
                                                 skiff_bytes record_numbers);

/* Where of a message to go on from `offset`, past what has arrived; and how far at most. */
uint32_t skf_sent_records_skip(const struct sent_records *sent_records, uint8_t message,
                               uint32_t offset);
uint32_t skf_sent_records_until(const struct sent_records *sent_records, uint8_t message,
                                uint32_t offset);

/* Whether all of the flight has arrived, by authenticated ACKs. */
bool skf_sent_records_all_acknowledged(const struct sent_records *sent_records,
                                       const struct flight *flight);

#endif
