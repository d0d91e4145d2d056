/*
 * mdns_candidates.h - candidates of the peer whose address is hidden behind a .local name,
 * while the names are looked up (draft-ietf-mmusic-mdns-ice-candidates). Knows no agent.
 *
 * The peer chooses which name is looked up in the local network. So it must be one label
 * that is a UUID, few are looked up at once, and each for a bounded time.
 */
#ifndef SKF_MDNS_CANDIDATES_H
#define SKF_MDNS_CANDIDATES_H

#include <nice/agent.h>
#include <skiff/base.h>

enum { MAX_MDNS_NAMES = 16 };

struct lookup;

struct mdns_name {
    struct mdns_candidates *mdns;
    struct lookup *lookup; /* NULL: the slot is free */
    gchar *sdp;
    skiff_time due;
};

struct mdns_candidates {
    GMainContext *loop;
    /* The candidate is the callee's; NULL: no host has that name. */
    void (*found)(void *user, NiceCandidate *candidate);
    void *user;
    struct mdns_name names[MAX_MDNS_NAMES];
};

/* Looks up the name of this candidate; false if it has none, or if too many wait. */
bool skf_mdns_candidates_add(struct mdns_candidates *mdns, skiff_time now, const char *sdp);

/* Gives up lookups that have taken too long. */
void skf_mdns_candidates_run(struct mdns_candidates *mdns, skiff_time now);
skiff_time skf_mdns_candidates_deadline(const struct mdns_candidates *mdns);

/* Cancels all lookups. */
void skf_mdns_candidates_end(struct mdns_candidates *mdns);

#endif
