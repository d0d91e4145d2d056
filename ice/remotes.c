/* remotes.c - the peer's candidates, given to libnice in waves. */
#include "remotes.h"

#define WAVE_TIME SKIFF_MSEC(4000)      /* three checks without an answer, in libnice */

enum {
    SMALLEST_WAVE = 4,
    MOST_GIVEN = 512            /* of one gathering: libnice forgets none of them         */
};

void skf_remotes_begin(struct remotes *remotes, NiceAgent *agent, guint stream,
                       unsigned locals, unsigned pairs)
{
    remotes->agent = agent;
    remotes->stream = stream;
    remotes->wave = MAX(SMALLEST_WAVE, pairs / MAX(1, locals));
    remotes->due = SKIFF_NEVER;
}

static bool give(struct remotes *remotes, NiceCandidate *candidate)
{
    GSList one = { candidate, NULL };
    int added = nice_agent_set_remote_candidates(remotes->agent, remotes->stream,
                                                 NICE_COMPONENT_TYPE_RTP, &one);

    nice_candidate_free(candidate);
    remotes->given += added > 0 ? 1 : 0;
    remotes->given_in_all += added > 0 ? 1 : 0;
    return added > 0;
}

static void give_up(struct remotes *remotes, NiceCandidate *candidate)
{
    nice_candidate_free(candidate);
    remotes->pruned++;
}

static bool is_waiting(const struct remotes *remotes, const NiceCandidate *candidate)
{
    for (unsigned i = 0; i < remotes->num_waiting; i++)
        if (nice_candidate_equal_target(remotes->waiting[i], candidate))
            return true;
    return false;
}

static void wait_in_order(struct remotes *remotes, NiceCandidate *candidate)
{
    unsigned at = remotes->num_waiting;

    while (at > 0 && remotes->waiting[at - 1]->priority < candidate->priority)
        at--;
    if (at == REMOTES_WAITING) {
        give_up(remotes, candidate);
        return;
    }
    if (remotes->num_waiting == REMOTES_WAITING)
        give_up(remotes, remotes->waiting[--remotes->num_waiting]);
    memmove(&remotes->waiting[at + 1], &remotes->waiting[at],
            (remotes->num_waiting - at) * sizeof *remotes->waiting);
    remotes->waiting[at] = candidate;
    remotes->num_waiting++;
}

static bool is_wanted(const struct remotes *remotes, const NiceCandidate *candidate)
{
    return candidate->type != NICE_CANDIDATE_TYPE_PEER_REFLEXIVE
           && (remotes->tcp || candidate->transport == NICE_CANDIDATE_TRANSPORT_UDP);
}

bool skf_remotes_add(struct remotes *remotes, skiff_time now, NiceCandidate *candidate)
{
    if (!is_wanted(remotes, candidate)) {
        nice_candidate_free(candidate);
        return false;
    }
    if (remotes->due == SKIFF_NEVER)
        remotes->due = now + WAVE_TIME;
    if (remotes->given_in_all >= MOST_GIVEN)
        give_up(remotes, candidate);
    else if (remotes->given < remotes->wave)
        return give(remotes, candidate);
    else if (is_waiting(remotes, candidate))
        nice_candidate_free(candidate);
    else
        wait_in_order(remotes, candidate);
    return true;
}

static NiceCandidate *take_best(struct remotes *remotes)
{
    NiceCandidate *best = remotes->waiting[0];

    remotes->num_waiting--;
    memmove(&remotes->waiting[0], &remotes->waiting[1],
            remotes->num_waiting * sizeof *remotes->waiting);
    return best;
}

void skf_remotes_run(struct remotes *remotes, skiff_time now)
{
    if (now < remotes->due)
        return;
    remotes->given = 0;
    remotes->due = remotes->num_waiting > 0 ? now + WAVE_TIME : SKIFF_NEVER;
    while (remotes->num_waiting > 0 && remotes->given < remotes->wave)
        (void)give(remotes, take_best(remotes));
}

skiff_time skf_remotes_due(const struct remotes *remotes)
{
    return remotes->due;
}

void skf_remotes_inherit(struct remotes *remotes, struct remotes *from)
{
    skf_remotes_end(remotes);
    while (from->num_waiting > 0)
        wait_in_order(remotes, take_best(from));
    remotes->due = from->due;
}

void skf_remotes_end(struct remotes *remotes)
{
    while (remotes->num_waiting > 0)
        nice_candidate_free(take_best(remotes));
    remotes->given = remotes->given_in_all = 0;
    remotes->due = SKIFF_NEVER;
}
