/* session.h - what the transport needs of a session beyond skiff/srtp.h. */
#ifndef SKF_SRTP_SESSION_H
#define SKF_SRTP_SESSION_H

#include <skiff/srtp.h>

/* What became of a packet that was to be opened: all but OPENED are dropped. */
enum srtp_opening {
    SRTP_OPENED,
    SRTP_FORGED,   /* the tag does not verify, or there is no session to open it */
    SRTP_REPLAYED, /* seen before, or older than the window */
    /* Neither RTP nor RTCP, or headers and trailer do not fit, or RTCP that is not
     * encrypted. */
    SRTP_MALFORMED,
    SRTP_SSRC_REFUSED, /* of an SSRC that is refused, or no memory for one more */
    SRTP_FAILED        /* libcrypto failed: the packet may be good */
};

/* Whether a config may be used, with whatever keys. */
SKIFF_MUST_USE skiff_status skf_srtp_config_check(const skiff_srtp_config *config);

SKIFF_MUST_USE enum srtp_opening skf_srtp_open(skiff_srtp *srtp, skiff_packet *packet);

/* How many packets opened that were newer than all before them of their SSRC and kind. The
 * first of an SSRC is one. */
uint32_t skf_srtp_newest_count(const skiff_srtp *srtp);

#endif
