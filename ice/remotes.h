/*
 * remotes.h - the peer's candidates, given to libnice in waves that its list of pairs can
 * hold. Knows no text and no handle.
 *
 * Each candidate makes a pair with each local address. libnice takes the pairs of the
 * lowest priority away beyond its limit (RFC 8445 6.1.2.5), which may be the only good
 * ones, and fails where more than 200 are asked at once. So what comes beyond the limit
 * waits: the best is given first, when pairs of those before have had the time to fail, and
 * of too many that wait the worst is given up.
 */
#ifndef SKF_REMOTES_H
#define SKF_REMOTES_H

#include <nice/agent.h>
#include <skiff/base.h>

enum { REMOTES_WAITING = 64, REMOTES_PAIRS = 100, REMOTES_MOST_PAIRS = 180 };

struct remotes {
    NiceAgent     *agent;
    guint          stream;
    bool           tcp;
    unsigned       wave;                /* candidates of one                              */
    unsigned       given, given_in_all;
    NiceCandidate *waiting[REMOTES_WAITING];      /* best first                           */
    unsigned       num_waiting;
    skiff_time     due;                 /* when the next wave may come                    */
    uint32_t       pruned;              /* that were given up                             */
};

/* With so many local addresses for so many pairs. */
void skf_remotes_begin(struct remotes *remotes, NiceAgent *agent, guint stream,
                       unsigned locals, unsigned pairs);

/* Takes the candidate over; false where libnice does not want its kind. */
bool skf_remotes_add(struct remotes *remotes, skiff_time now, NiceCandidate *candidate);

/* Gives the next wave where it is time. */
void skf_remotes_run(struct remotes *remotes, skiff_time now);
skiff_time skf_remotes_due(const struct remotes *remotes);

/* What waits in another goes on waiting here. */
void skf_remotes_inherit(struct remotes *remotes, struct remotes *from);

void skf_remotes_end(struct remotes *remotes);

#endif
