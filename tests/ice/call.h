/* call.h - a pair of agents with a way between them, and consent of 0.6 s: so that what
 * takes 30 s takes 0.6, and 1 s takes 20 ms. */
#ifndef TESTS_ICE_CALL_H
#define TESTS_ICE_CALL_H

#include "pair.h"

#include "ice/agent/agent_state.h"

#define CALL_CONSENT SKIFF_MSEC(600)

struct call {
    struct pair pair;
    struct emulated_path path;
};

/* The configs may be changed before call_start, which waits until both have settled. */
void call_new(struct call *call, unsigned seed);
void call_new_with(struct call *call, unsigned seed, const skiff_context_config *wishes);
void call_start(struct call *call);
void call_free(struct call *call);

void call_pass_time(struct pair *pair, skiff_time time);

/* One packet each way, waited for. */
void call_talk(struct pair *pair);

/* How often FAILED was reported. */
unsigned call_failed(const struct pair *pair);
bool call_both_have_failed(const struct pair *pair);

#endif
