/* routability.h - the return routability check of one association (RFC 9853 section 5):
 * which path is asked whether the peer is there, until when, and which answers count.
 * Knows paths as the caller's numbers. Knows no keys and no records. */
#ifndef SKF_ROUTABILITY_H
#define SKF_ROUTABILITY_H

#include <skiff/dtls.h>

#include "wire/control.h"

enum {
    CHALLENGES = 3,   /* of one path, a third of the timer apart */
    AMPLIFICATION = 3 /* bytes to a path that is not proven, for one from it */
};

/* Which path is asked. */
enum challenged { CHALLENGED_NONE, CHALLENGED_OLD, CHALLENGED_NEW };

struct rrc_counters {
#define X(name, text) uint32_t name;
    SKIFF_RRC_COUNTER_LIST(X)
#undef X
};

/* One message, and the path that it has to take. */
struct path_message {
    uint64_t path;
    struct return_routability_check body;
};

struct routability {
    uint8_t challenged; /* enum challenged */
    uint8_t num;        /* challenges that path was sent */
    bool proven;        /* the peer has answered where it is now */
    bool preferred;     /* that path was preferred by us, not by the peer */
    bool response_pending;
    uint8_t cookies[CHALLENGES][PATH_COOKIE];
    struct path_message response; /* due at once, where its challenge came from */
    uint64_t candidate;           /* the new path */
    uint64_t received, sent;      /* bytes from there, and to there */
    skiff_time pace, next, until; /* between challenges; the next; the timer T */
    struct rrc_counters counters;
};

/* Begins to ask whether the peer is at a new path, where `received` bytes came from: the
 * old path first, if so wished (section 5.2). A round trip of 0 is not known. */
struct path_check {
    uint64_t candidate, received;
    bool old_first;
    skiff_time round_trip, now;
};
void skf_routability_begin(struct routability *r, const struct path_check *check);

/* Goes on with the new path, from where bytes were counted (section 5.2). */
void skf_routability_challenge_new(struct routability *r, skiff_time now);

/* Asks no more, and takes no answer. */
void skf_routability_end(struct routability *r);

/* Whether a challenge is due, and whether one of `len` bytes keeps the limit of what may be
 * sent to a path that is not proven (section 2). */
bool skf_routability_challenge_due(const struct routability *r, skiff_time now);
bool skf_routability_may_send(const struct routability *r, size_t len);

/* A challenge is tried, and the next one is due later; it has left with that cookie. */
void skf_routability_defer(struct routability *r, skiff_time now);
void skf_routability_challenge_sent(struct routability *r,
                                    const uint8_t cookie[PATH_COOKIE], size_t len);

/* Whether a cookie is of a challenge whose answer still counts. Constant time. */
bool skf_routability_matches(const struct routability *r, const uint8_t cookie[PATH_COOKIE],
                             skiff_time now);

/* When the next challenge is due, unless nothing can be sent, or the timer ends. */
skiff_time skf_routability_due(const struct routability *r, bool can_send);

#endif
