/* remote_candidates.c - the peer's candidates, given to libnice in batches. */
#include "remote_candidates.h"

#define BATCH_TIME SKIFF_MSEC(4000) /* three checks without a response, in libnice */

enum {
    MIN_BATCH = 4,
    MAX_ADDED = 512 /* in one session: libnice forgets none of them */
};

void skf_remote_candidates_begin(struct remote_candidates *candidates, NiceAgent *agent,
                                 guint stream, unsigned locals, unsigned pairs)
{
    candidates->agent = agent;
    candidates->stream = stream;
    candidates->batch = MAX(MIN_BATCH, pairs / MAX(1, locals));
    candidates->due = SKIFF_NEVER;
}

static bool add_to_agent(struct remote_candidates *candidates, NiceCandidate *candidate)
{
    GSList one = { candidate, NULL };
    int added = nice_agent_set_remote_candidates(candidates->agent, candidates->stream,
                                                 NICE_COMPONENT_TYPE_RTP, &one);

    nice_candidate_free(candidate);
    candidates->num_added += added > 0 ? 1 : 0;
    candidates->total_added += added > 0 ? 1 : 0;
    return added > 0;
}

static void prune(struct remote_candidates *candidates, NiceCandidate *candidate)
{
    nice_candidate_free(candidate);
    candidates->pruned++;
}

static bool is_waiting(const struct remote_candidates *candidates,
                       const NiceCandidate *candidate)
{
    for (unsigned i = 0; i < candidates->num_waiting; i++)
        if (nice_candidate_equal_target(candidates->waiting[i], candidate))
            return true;
    return false;
}

static void wait_in_order(struct remote_candidates *candidates, NiceCandidate *candidate)
{
    unsigned at = candidates->num_waiting;

    while (at > 0 && candidates->waiting[at - 1]->priority < candidate->priority)
        at--;
    if (at == WAITING_CANDIDATES) {
        prune(candidates, candidate);
        return;
    }
    if (candidates->num_waiting == WAITING_CANDIDATES)
        prune(candidates, candidates->waiting[--candidates->num_waiting]);
    memmove(&candidates->waiting[at + 1], &candidates->waiting[at],
            (candidates->num_waiting - at) * sizeof *candidates->waiting);
    candidates->waiting[at] = candidate;
    candidates->num_waiting++;
}

static bool is_wanted(const struct remote_candidates *candidates,
                      const NiceCandidate *candidate)
{
    return candidate->type != NICE_CANDIDATE_TYPE_PEER_REFLEXIVE
        && (candidates->tcp || candidate->transport == NICE_CANDIDATE_TRANSPORT_UDP);
}

bool skf_remote_candidates_add(struct remote_candidates *candidates, skiff_time now,
                               NiceCandidate *candidate)
{
    if (!is_wanted(candidates, candidate)) {
        nice_candidate_free(candidate);
        return false;
    }
    if (candidates->due == SKIFF_NEVER)
        candidates->due = now + BATCH_TIME;
    if (candidates->total_added >= MAX_ADDED)
        prune(candidates, candidate);
    else if (candidates->num_added < candidates->batch)
        return add_to_agent(candidates, candidate);
    else if (is_waiting(candidates, candidate))
        nice_candidate_free(candidate);
    else
        wait_in_order(candidates, candidate);
    return true;
}

static NiceCandidate *remove_best(struct remote_candidates *candidates)
{
    NiceCandidate *best = candidates->waiting[0];

    candidates->num_waiting--;
    memmove(&candidates->waiting[0], &candidates->waiting[1],
            candidates->num_waiting * sizeof *candidates->waiting);
    return best;
}

void skf_remote_candidates_run(struct remote_candidates *candidates, skiff_time now)
{
    if (now < candidates->due)
        return;
    candidates->num_added = 0;
    candidates->due = candidates->num_waiting > 0 ? now + BATCH_TIME : SKIFF_NEVER;
    while (candidates->num_waiting > 0 && candidates->num_added < candidates->batch)
        (void)add_to_agent(candidates, remove_best(candidates));
}

skiff_time skf_remote_candidates_deadline(const struct remote_candidates *candidates)
{
    return candidates->due;
}

void skf_remote_candidates_inherit(struct remote_candidates *candidates,
                                   struct remote_candidates *from)
{
    skf_remote_candidates_end(candidates);
    while (from->num_waiting > 0)
        wait_in_order(candidates, remove_best(from));
    candidates->due = from->due;
}

void skf_remote_candidates_end(struct remote_candidates *candidates)
{
    while (candidates->num_waiting > 0)
        nice_candidate_free(remove_best(candidates));
    candidates->num_added = candidates->total_added = 0;
    candidates->due = SKIFF_NEVER;
}
