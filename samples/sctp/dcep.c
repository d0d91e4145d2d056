/* dcep.c - the messages that open data channels (RFC 8832 section 5), as bytes. */
#include "dcep.h"

#include <string.h>

/*   0                   1                   2                   3
 *  |  Message Type |  Channel Type |            Priority           |
 *  |                    Reliability Parameter                      |
 *  |         Label Length          |       Protocol Length         |   label, protocol
 */
enum { TYPE = 1, RELIABILITY = 4, LABEL_LENGTH = 8, PROTOCOL_LENGTH = 10 };

static uint32_t read_u16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

bool dcep_read_open(const uint8_t *message, size_t len, struct dcep_open *open)
{
    if (len < DCEP_OPEN_HEADER || message[0] != DCEP_OPEN
        || len - DCEP_OPEN_HEADER
               != read_u16(message + LABEL_LENGTH) + read_u16(message + PROTOCOL_LENGTH)
        || (message[TYPE] & ~DCEP_UNORDERED) > DCEP_SHORT_LIFE)
        return false;
    open->type = message[TYPE];
    open->reliability =
        read_u16(message + RELIABILITY) << 16 | read_u16(message + RELIABILITY + 2);
    open->label = (const char *)message + DCEP_OPEN_HEADER;
    open->label_len = read_u16(message + LABEL_LENGTH);
    return true;
}

struct sctp_manner dcep_manner(const struct dcep_open *open, uint16_t stream)
{
    struct sctp_manner manner = { .stream = stream, .limit = open->reliability };

    manner.unordered = (open->type & DCEP_UNORDERED) != 0;
    if ((open->type & ~DCEP_UNORDERED) == DCEP_FEW_TRIES)
        manner.reliability = SCTP_FEW_TRIES;
    if ((open->type & ~DCEP_UNORDERED) == DCEP_SHORT_LIFE)
        manner.reliability = SCTP_SHORT_LIFE;
    return manner;
}

bool dcep_is_ack(const uint8_t *message, size_t len)
{
    return len == 1 && message[0] == DCEP_ACK;
}

size_t dcep_write_open(uint8_t out[DCEP_OPEN_HEADER + DCEP_MAX_LABEL], const char *label)
{
    size_t len = strlen(label) < DCEP_MAX_LABEL ? strlen(label) : DCEP_MAX_LABEL;

    memset(out, 0, DCEP_OPEN_HEADER);
    out[0] = DCEP_OPEN;
    out[LABEL_LENGTH + 1] = (uint8_t)len;
    memcpy(out + DCEP_OPEN_HEADER, label, len);
    return DCEP_OPEN_HEADER + len;
}
