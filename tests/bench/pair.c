/* pair.c - drives two ends in turn, as the datagrams go back and forth. */
#include "pair.h"

#include <string.h>

enum { TURNS_MAX = 40 };

bool yard_open(struct yard *yard, const struct peer *peer, enum key_share share)
{
    *yard = (struct yard){ .peer = peer, .fleet = peer->prepare(share) };
    return yard->fleet != NULL;
}

void yard_close(struct yard *yard)
{
    if (yard->fleet != NULL)
        yard->peer->discard(yard->fleet);
    yard->fleet = NULL;
}

static void touched(const struct yard *yard, int side)
{
    if (yard->watch != NULL)
        yard->watch->touched(yard->watch->user, side);
}

bool pair_open(struct yard *yard, size_t turn, struct pair *pair)
{
    wire_clear(&yard->wire);
    for (int side = 0; side < ENDS; side++) {
        struct end *end = &pair->ends[side];
        *end = (struct end){ .wire = &yard->wire, .side = side };
        if (!yard->peer->open(yard->fleet, turn % CERTIFICATES, end))
            return false;
        touched(yard, side);
    }
    return true;
}

static bool finish(struct yard *yard, struct pair *pair)
{
    enum step at[ENDS] = { STEP_MORE, STEP_MORE };

    for (int turns = 0; at[CLIENT_END] != STEP_DONE || at[SERVER_END] != STEP_DONE;
         turns++) {
        int side = turns % ENDS;
        if (turns == TURNS_MAX)
            return false;
        if (at[side] != STEP_DONE)
            at[side] = yard->peer->step(&pair->ends[side]);
        if (at[side] == STEP_FAILED)
            return false;
        touched(yard, side);
    }
    /* The ACK of 1.3 comes to a client that is connected already. */
    bool good = !wire_waits(&yard->wire, CLIENT_END)
             || yard->peer->step(&pair->ends[CLIENT_END]) != STEP_FAILED;
    touched(yard, CLIENT_END);
    return good;
}

bool pair_shake(struct yard *yard, struct pair *pair)
{
    uint8_t keys[ENDS][KEYING_MATERIAL];

    if (!finish(yard, pair))
        return false;
    for (int side = 0; side < ENDS; side++) {
        if (!yard->peer->keys(&pair->ends[side], keys[side]))
            return false;
        touched(yard, side);
    }
    return memcmp(keys[CLIENT_END], keys[SERVER_END], KEYING_MATERIAL) == 0;
}

void pair_close(struct yard *yard, struct pair *pair)
{
    for (int side = 0; side < ENDS; side++) {
        if (pair->ends[side].handle != NULL)
            yard->peer->close(&pair->ends[side]);
        touched(yard, side);
    }
}

bool pair_run(struct yard *yard, size_t turn)
{
    struct pair pair = { 0 };
    bool ok = pair_open(yard, turn, &pair) && pair_shake(yard, &pair);

    pair_close(yard, &pair);
    return ok;
}
