/*
 * mdns_candidates.h - candidates of the peer whose address is hidden behind a .local name,
 * while the names are looked up (draft-ietf-mmusic-mdns-ice-candidates). Knows no agent.
 *
 * A name is asked for on the local network, at the word of the peer. So it must be one
 * label that is a UUID, few are asked for at once, and each for a bounded time.
 */
#ifndef SKF_MDNS_CANDIDATES_H
#define SKF_MDNS_CANDIDATES_H

#include <nice/agent.h>
#include <skiff/base.h>

enum { MAX_MDNS_NAMES = 16 };

struct lookup;

struct mdns_name {
    struct mdns_candidates *mdns;
    struct lookup *lookup; /* NULL: the place is free */
    gchar *sdp;
    skiff_time due;
};

struct mdns_candidates {
    GMainContext *loop;
    /* The candidate is the callee's; NULL: there is nobody of that name. */
    void (*found)(void *user, NiceCandidate *candidate);
    void *user;
    struct mdns_name names[MAX_MDNS_NAMES];
};

/* Looks the name of this candidate up; false where it has none, or too many wait. */
bool skf_mdns_candidates_add(struct mdns_candidates *mdns, skiff_time now, const char *sdp);

/* Gives up what has taken too long. */
void skf_mdns_candidates_run(struct mdns_candidates *mdns, skiff_time now);
skiff_time skf_mdns_candidates_deadline(const struct mdns_candidates *mdns);

/* Gives all up; nothing is found any more. */
void skf_mdns_candidates_end(struct mdns_candidates *mdns);

#endif
