/* sdp.h - the SDP of one end of one video stream: writes ours, reads the server's. SDP
 * itself is gstreamer-sdp's. */
#ifndef SFU_LOAD_SDP_H
#define SFU_LOAD_SDP_H

#include <skiff/identity.h>

enum { SDP_TOKEN = 257, SDP_FINGERPRINTS = 4, SDP_PAYLOAD_TYPE = 96 };

enum sdp_setup { SETUP_ACTPASS, SETUP_ACTIVE, SETUP_PASSIVE };

struct sdp_local {
    const char *ufrag, *password, *fingerprint;
    const char *mid;
    enum sdp_setup setup;
    bool sends;
    uint32_t ssrc; /* where it sends */
    uint8_t payload_type;
    uint32_t address; /* of the one candidate, */
    uint16_t port;    /* in host byte order */
};

struct sdp_remote {
    char ufrag[SDP_TOKEN], password[SDP_TOKEN], mid[SDP_TOKEN];
    skiff_fingerprint fingerprints[SDP_FINGERPRINTS];
    size_t num_fingerprints;
    enum sdp_setup setup;
    uint8_t payload_type; /* of H.264 */
    uint32_t address;     /* of the first candidate of UDP and IPv4, */
    uint16_t port;        /* in host byte order */
};

/* The text is the caller's, for free(); NULL: no memory. */
char *sdp_write(const struct sdp_local *local);

/* False: something is missing; *missing names it. */
bool sdp_read(const char *text, struct sdp_remote *remote, const char **missing);

#endif
