/*
 * remote_candidates.h - the peer's candidates, given to libnice in waves that its list of
 * pairs can hold. Knows no text and no handle.
 *
 * Each candidate makes a pair with each local address. libnice takes the pairs of the
 * lowest priority away beyond its limit (RFC 8445 6.1.2.5), which may be the only good
 * ones, and fails where more than 200 are asked at once. So what comes beyond the limit
 * waits: the best is given first, when pairs of those before have had the time to fail, and
 * of too many that wait the worst is given up.
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
    unsigned batch; /* candidates of one */
    unsigned num_added, total_added;
    NiceCandidate *waiting[WAITING_CANDIDATES]; /* best first */
    unsigned num_waiting;
    skiff_time due;  /* when the next wave may come */
    uint32_t pruned; /* that were given up */
};

/* With so many local addresses for so many pairs. */
void skf_remote_candidates_begin(struct remote_candidates *candidates, NiceAgent *agent,
                                 guint stream, unsigned locals, unsigned pairs);

/* Takes the candidate over; false where libnice does not want its kind. */
bool skf_remote_candidates_add(struct remote_candidates *candidates, skiff_time now,
                               NiceCandidate *candidate);

/* Gives the next wave where it is time. */
void skf_remote_candidates_run(struct remote_candidates *candidates, skiff_time now);
skiff_time skf_remote_candidates_deadline(const struct remote_candidates *candidates);

/* What waits in another goes on waiting here. */
void skf_remote_candidates_inherit(struct remote_candidates *candidates,
                                   struct remote_candidates *from);

void skf_remote_candidates_end(struct remote_candidates *candidates);

#endif
