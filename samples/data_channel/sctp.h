/* sctp.h - an SCTP association over DTLS (RFC 8261), which is usrsctp's. It has no thread:
 * the program gives it the time and all that arrives. Knows no way by which packets leave.
 */
#ifndef SCTP_H
#define SCTP_H

#include "channels.h"

enum {
    SCTP_PORT = 5000,
    SCTP_TICK = 10,           /* milliseconds: usrsctp tells nobody when it is due */
    SCTP_MOST_MESSAGE = 65536 /* bytes: a=max-message-size */
};

struct sctp {
    struct channels channels;
    void *address; /* what usrsctp hands to the function that sends packets */
    skiff_time ticked;
    size_t max_packet; /* bytes, of SCTP */
    size_t len;        /* of the message that is arriving in parts */
    uint8_t message[SCTP_MOST_MESSAGE];
};

/* Begins the association with the port of the other side. */
void sctp_start(struct sctp *sctp, uint16_t port);

/* At least every SCTP_TICK. */
void sctp_tick(struct sctp *sctp);

void sctp_stop(struct sctp *sctp);

#endif
