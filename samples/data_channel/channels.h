/* channels.h - data channels (RFC 8831, RFC 8832) over an association: opened, closed and
 * answered, and what comes on one goes back. Knows no DTLS. */
#ifndef CHANNELS_H
#define CHANNELS_H

#include "../sctp/sctp_association.h"

enum {
    CHANNELS_PORT = 5000,         /* a=sctp-port */
    CHANNELS_MAX_MESSAGE = 65536, /* bytes: a=max-message-size */
    CHANNELS_BACKLOG = 1 << 20,   /* bytes that the browser has not read yet */
    CHANNELS_MAX = 1024
};

struct channel {
    bool open;
    struct sctp_manner manner; /* as in its DATA_CHANNEL_OPEN */
};

/* What carries the packets of SCTP. */
struct channels_link {
    void *user;
    void (*send)(void *user, const uint8_t *packet, size_t len);
    size_t max_packet;
    uint16_t port; /* a=sctp-port of the other side */
};

struct channels {
    struct channels_link link;
    struct sctp_association sctp;
    bool over;
    struct channel of[CHANNELS_MAX];
};

/* Begins the association. */
void channels_start(struct channels *channels, const struct channels_link *link);

/* Ends the program, with a line that says why the first time. */
void channels_end(struct channels *channels, const char *why);

#endif
