/* dcep.h - the messages that open data channels (RFC 8832 section 5), as bytes. Knows no
 * association. */
#ifndef SAMPLES_SCTP_DCEP_H
#define SAMPLES_SCTP_DCEP_H

#include "sctp_association.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 8831 section 8. */
enum {
    DCEP_PPID = 50,
    DCEP_PPID_TEXT = 51,
    DCEP_PPID_BINARY = 53,
    DCEP_PPID_TEXT_EMPTY =
        56, /* SCTP has no empty messages: one byte that does not count */
    DCEP_PPID_BINARY_EMPTY = 57
};

enum { DCEP_ACK = 2, DCEP_OPEN = 3, DCEP_OPEN_HEADER = 12, DCEP_MAX_LABEL = 255 };

/* Of channel types, section 5.1: the bit, and what is beside it. */
enum { DCEP_UNORDERED = 0x80, DCEP_RELIABLE = 0, DCEP_FEW_TRIES = 1, DCEP_SHORT_LIFE = 2 };

struct dcep_open {
    uint8_t type;
    uint32_t reliability; /* tries, or milliseconds */
    const char *label;    /* not terminated */
    size_t label_len;
};

/* False: this is no DATA_CHANNEL_OPEN that parses. */
bool dcep_read_open(const uint8_t *message, size_t len, struct dcep_open *open);

/* How the messages of this channel are sent, by both ends (section 5.1). */
struct sctp_manner dcep_manner(const struct dcep_open *open, uint16_t stream);

bool dcep_is_ack(const uint8_t *message, size_t len);

/* Writes a DATA_CHANNEL_OPEN of a reliable channel in order; a longer label is cut. Returns
 * its length. */
size_t dcep_write_open(uint8_t out[DCEP_OPEN_HEADER + DCEP_MAX_LABEL], const char *label);

#endif
