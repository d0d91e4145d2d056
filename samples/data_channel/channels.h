/* channels.h - data channels (RFC 8831, RFC 8832) over an association of usrsctp: opened,
 * closed and answered, and what comes on one goes back. Knows no DTLS. */
#ifndef CHANNELS_H
#define CHANNELS_H

#include <skiff/base.h>

#include <usrsctp.h>

enum { MOST_STREAMS = 1024 };

struct channel {
    bool open;
    uint8_t type;         /* as in its DATA_CHANNEL_OPEN */
    uint32_t reliability; /* tries, or milliseconds */
};

struct channels {
    struct socket *sctp; /* NULL while there is no association */
    bool over;
    struct channel of[MOST_STREAMS];
};

/* Ends the program, with a line that says why the first time. */
void channels_end(struct channels *channels, const char *why);

void channels_open(struct channels *channels, uint16_t stream, const char *label);
void channels_read(struct channels *channels, uint16_t stream, uint32_t ppid,
                   skiff_bytes message);

/* After the other side has reset its stream. */
void channels_close(struct channels *channels, uint16_t stream);

#endif
