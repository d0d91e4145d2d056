/* renewal_state.h - one renewal, and how it goes from stage to stage: shared by renewal.c
 * (begin and end), renewal_receive.c (what arrives) and renewal_poll.c (what is due). */
#ifndef SKF_RENEWAL_STATE_H
#define SKF_RENEWAL_STATE_H

#include "srtp/renewal.h"

enum stage {
    RENEWAL_AWAITING_HELLO,
    RENEWAL_HANDSHAKING,
    RENEWAL_UNCONFIRMED,
    RENEWAL_REPLACED
};

struct renewal {
    enum stage stage;
    skiff_dtls *dtls; /* NULL: it has replaced the old one */
    skiff_srtp *srtp; /* UNCONFIRMED: the new session */

    /* The session that was replaced last opens late media until then. */
    skiff_srtp *old_srtp;
    skiff_time old_srtp_until;

    bool new_keys_opened;  /* media opened under the new keys, so the peer has them */
    skiff_failure failure; /* why a connected association cannot be used */
    uint32_t reply_len;    /* of the reply to a hello, which is in `copy` */
    uint8_t copy[RENEWAL_COPY + SKIFF_TAIL];
};

static inline bool renewal_is_under_way(const struct renewal *renewal)
{
    return renewal->stage == RENEWAL_HANDSHAKING || renewal->stage == RENEWAL_UNCONFIRMED;
}

/* The handshake of the renewal begins. */
void skf_renewal_begin_handshake(skiff_transport *transport, skiff_time now);

/* Gives up the new association, as if it had not been begun. */
void skf_renewal_abandon(skiff_transport *transport, skiff_time now);

/* Frees the session that was replaced last, once its time is over. */
void skf_renewal_expire(skiff_transport *transport, skiff_time now);

/* Drops the media that is held, and counts it. */
void skf_renewal_drop_early(skiff_transport *transport, skiff_time now);

#endif
