/* sdp.h - what two ends signal to each other before they connect, as text (RFC 8866). */
#ifndef LOOPBACK_SDP_H
#define LOOPBACK_SDP_H

#include <skiff/skiff.h>

enum { SDP_MOST = 2048, SDP_CREDENTIAL = 257, SDP_FINGERPRINTS = 12, PAYLOAD_TYPE = 111 };

struct description {
    char ufrag[SDP_CREDENTIAL], pwd[SDP_CREDENTIAL];
    skiff_fingerprint fingerprints[SDP_FINGERPRINTS];
    size_t num_fingerprints;
    skiff_role setup;
    uint32_t ssrc;
    char cname[64];
};

void sdp_write(const struct description *description, char text[SDP_MOST]);

/* Reads what was written; false when something that we need is missing or wrong. */
bool sdp_read(struct description *description, const char *text);

#endif
