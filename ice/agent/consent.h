/*
 * consent.h - how long we may send on a path (RFC 7675), in bare time. Knows no messages,
 * no sockets and no libnice.
 *
 * Of the lifetime L of consent, which is 30 s, all other times are parts. A check is sent
 * every L/6, times 0.8 to 1.2. The checks of RFC 7675 are sent once each: with 10 % of the
 * datagrams lost in each direction one call in twenty would end within ten minutes. So
 * where an answer is missing, checks of the pair as RFC 8445 7 has them follow, L/30
 * apart: that is 1 s, or twice the round trip. And where datagrams came and then stop for
 * L/30, a check is due, no sooner than L/15 after the last: so a peer learns soon that its
 * NAT, or ours, has given one of us another address.
 *
 * A lite agent asks nobody (RFC 7675 1): there the peer's own checks are what the answers
 * are here. They come every 4 to 6 s, and are late after L/2.
 */
#ifndef SKF_CONSENT_H
#define SKF_CONSENT_H

#include <skiff/base.h>

enum consent_state {
    CONSENT_NONE, /* there was no path yet */
    CONSENT_FRESH,
    CONSENT_LATE,      /* for L/6 no answer has come to what was asked */
    CONSENT_SUSPENDED, /* nobody ran us when it was time to ask: nothing may be sent */
    CONSENT_EXPIRED    /* nothing may be sent any more (RFC 7675 5.1) */
};

/* Zeros: there is no consent. All but the state is this module's own. */
struct consent {
    enum consent_state state;
    skiff_time lifetime;
    skiff_time granted_at;    /* when the last answer came */
    skiff_time pending_since; /* the first check since then, or SKIFF_NEVER */
    skiff_time next_check;    /* check */
    skiff_time sent_at;       /* the last check */
    skiff_time received_at;   /* the last datagram of the path; 0: none */
    skiff_time grace_until;   /* till then a pause of ours ends nothing */
    bool passive;             /* we ask nobody: the peer's own checks count */
    skiff_time round_trip;    /* smoothed (RFC 6298 2); 0: not known */
    uint64_t random;
};

/* A path was found: its checks were the first answers. */
void skf_consent_begin(struct consent *consent, skiff_time now, skiff_time lifetime,
                       uint32_t seed);

/* The same for who asks nobody; there is no check to be sent. */
void skf_consent_begin_passive(struct consent *consent, skiff_time now,
                               skiff_time lifetime);

/*
 * Brings the state up to now. To be called when it is due, and after what waited in the
 * sockets was looked at: a time is not judged with unread answers.
 */
enum consent_state skf_consent_step(struct consent *consent, skiff_time now);

/* Whether a check is to be sent now; the caller sends it. */
bool skf_consent_check_due(struct consent *consent, skiff_time now);

/* A check that was sent at `sent` was answered, with all that is asked of an answer. */
void skf_consent_on_response(struct consent *consent, skiff_time now, skiff_time sent);

/* The peer has checked: what counts for who asks nobody. */
void skf_consent_on_check(struct consent *consent, skiff_time now);

/* Something came on the path. */
static inline void skf_consent_on_datagram(struct consent *consent, skiff_time now)
{
    consent->received_at = now;
}

/* The peer has taken its consent back (RFC 7675 5.2). */
void skf_consent_revoke(struct consent *consent);

/* When step and ask want to be called. */
skiff_time skf_consent_deadline(const struct consent *consent);

#endif
