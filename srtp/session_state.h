/*
 * session_state.h - one SRTP and SRTCP session: two libsrtp sessions, one for each
 * direction. For session.c, streams.c, protect.c and unprotect.c.
 *
 * Each has a template from which libsrtp makes the stream of an SSRC: when sending, at its
 * first packet or at add_stream; when receiving, once its first packet has verified. All
 * streams share the ciphers of the template. Knows no transport and no DTLS.
 */
#ifndef SKF_SESSION_STATE_H
#define SKF_SESSION_STATE_H

#include "srtp/incoming.h"
#include "srtp/profile.h"
#include "srtp/session.h"

/* One direction. */
struct srtp_direction {
    srtp_t session;
    const void *cipher; /* of RTP: ours, which lives as long as the session */
    bool roc_was_set;   /* sending only: for any SSRC, ever */
};

struct skiff_srtp {
    const struct profile *profile;
    struct srtp_direction receiving, sending;
    uint32_t newest_count;    /* packets newer than all before them */
    uint32_t last_sent;       /* the SSRC of the last packet that was sent */
    struct incoming incoming; /* whose memory is the session's, too */
};

/* The bytes of a session that most packets touch. */
enum { SRTP_HOT = offsetof(struct skiff_srtp, incoming.inline_entries[1]) };

/* The stream of an SSRC: makes it, unless there is one; and removes it. */
skiff_status skf_stream_add(struct srtp_direction *direction, uint32_t ssrc);
void skf_stream_remove(struct srtp_direction *direction, uint32_t ssrc);

/* An SSRC of which libsrtp has a stream becomes alive. If there are too many, it replaces
 * the one that was idle for longest. NULL without memory, and the stream is removed. */
struct incoming_ssrc *skf_stream_admit(skiff_srtp *srtp, uint32_t ssrc);

#endif
