/* offer.h - what a browser's offer of data channels says (RFC 8841). */
#ifndef OFFER_H
#define OFFER_H

#include <skiff/identity.h>

struct offer {
    char ufrag[257], pwd[257], mid[64];
    skiff_fingerprint fingerprint;
    uint16_t sctp_port;
    bool has_channels;
};

/* Reads it from stdin, up to an empty line or the end. False: something is missing. */
bool offer_read(struct offer *offer);

#endif
