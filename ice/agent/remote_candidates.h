/*
 * remote_candidates.h - the peer's candidates, given to libnice in batches that its list of
 * pairs can hold. Knows no text and no handle.
 *
 * Each candidate makes a pair with each local address. Beyond its limit libnice removes the
 * pairs of the lowest priority (RFC 8445 6.1.2.5), which may be the only good ones, and it
 * fails with more than 200 at once. So candidates beyond the limit wait. The best is given
 * first, when the pairs before it have had the time to fail. If too many wait, the worst is
 * pruned.
 */
#ifndef SKF_REMOTE_CANDIDATES_H
#define SKF_REMOTE_CANDIDATES_H

#include <nice/agent.h>
#include <skiff/base.h>

enum { WAITING_CANDIDATES = 64, DEFAULT_PAIRS = 100, MAX_PAIRS = 180 };

struct remote_candidates {
    NiceAgent *agent;
    guint stream;
    bool tcp;
    unsigned batch; /* candidates in one */
    unsigned num_added, total_added;
    NiceCandidate *waiting[WAITING_CANDIDATES]; /* best first */
    unsigned num_waiting;
    skiff_time due;  /* when the next batch may be given */
    uint32_t pruned; /* candidates that were given up */
};

/* For so many local addresses and at most so many pairs. */
void skf_remote_candidates_begin(struct remote_candidates *candidates, NiceAgent *agent,
                                 guint stream, unsigned locals, unsigned pairs);

/* Adds a candidate, which is not the caller's any more; false if libnice does not use its
 * kind. */
bool skf_remote_candidates_add(struct remote_candidates *candidates, skiff_time now,
                               NiceCandidate *candidate);

/* Gives the next batch if it is due. */
void skf_remote_candidates_run(struct remote_candidates *candidates, skiff_time now);
skiff_time skf_remote_candidates_deadline(const struct remote_candidates *candidates);

/* The candidates that wait in another session wait here, too. */
void skf_remote_candidates_inherit(struct remote_candidates *candidates,
                                   struct remote_candidates *from);

void skf_remote_candidates_end(struct remote_candidates *candidates);

#endif
