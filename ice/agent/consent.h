/*
 * consent.h - how long we may send on a path (RFC 7675), by times alone. Knows no messages,
 * no sockets and no libnice.
 *
 * All times are parts of the lifetime L of consent, which is 30 s. A check is sent every
 * L/6, times 0.8 to 1.2. The checks of RFC 7675 are sent once each: with 10 % of the
 * datagrams lost in each direction one call in twenty would end within ten minutes. So when
 * a response is missing, checks as in RFC 8445 7 follow, L/30 apart: that is 1 s, or twice
 * the round trip. And when datagrams came and then stop for L/30, a check is due, no sooner
 * than L/15 after the last: so a side learns soon that a NAT has given it or its peer
 * another address.
 *
 * A lite agent sends no checks (RFC 7675 1): the peer's own checks are its responses. They
 * come every 4 to 6 s, and are late after L/2.
 */
#ifndef SKF_CONSENT_H
#define SKF_CONSENT_H

#include <skiff/base.h>

enum consent_state {
    CONSENT_NONE, /* there was no path yet */
    CONSENT_FRESH,
    CONSENT_LATE,      /* no response for L/6 to what was asked */
    CONSENT_SUSPENDED, /* our process paused past the time of a check: nothing may be sent
                        */
    CONSENT_EXPIRED    /* nothing may be sent any more (RFC 7675 5.1) */
};

/* Zeros: there is no consent. Only the state is for callers to read. */
struct consent {
    enum consent_state state;
    skiff_time lifetime;
    skiff_time granted_at;    /* when the last response came */
    skiff_time pending_since; /* the first check since then, or SKIFF_NEVER */
    skiff_time next_check;    /* when it is due */
    skiff_time sent_at;       /* when the last one was sent */
    skiff_time received_at;   /* the last datagram of the path; 0: none */
    skiff_time grace_until;   /* until then a pause of ours ends nothing */
    bool passive;             /* a lite agent, for which the peer's own checks count */
    skiff_time round_trip;    /* smoothed (RFC 6298 2); 0: unknown */
    uint64_t random;
};

/* A path was found: its checks had the first responses. */
void skf_consent_begin(struct consent *consent, skiff_time now, skiff_time lifetime,
                       uint32_t seed);

/* The same for a lite agent, which sends no checks. */
void skf_consent_begin_passive(struct consent *consent, skiff_time now,
                               skiff_time lifetime);

/* Updates the state. To be called when it is due, and after the sockets were read: no time
 * is judged while responses are unread. */
enum consent_state skf_consent_step(struct consent *consent, skiff_time now);

/* Whether a check is to be sent now; the caller sends it. */
bool skf_consent_check_due(struct consent *consent, skiff_time now);

/* A check that was sent at `sent` has a valid response. */
void skf_consent_on_response(struct consent *consent, skiff_time now, skiff_time sent);

/* The peer has checked: this counts for a lite agent. */
void skf_consent_on_check(struct consent *consent, skiff_time now);

/* A datagram came on the path. */
static inline void skf_consent_on_datagram(struct consent *consent, skiff_time now)
{
    consent->received_at = now;
}

/* The peer has revoked its consent (RFC 7675 5.2). */
void skf_consent_revoke(struct consent *consent);

/* When skf_consent_step and skf_consent_check_due must be called again. */
skiff_time skf_consent_deadline(const struct consent *consent);

#endif
