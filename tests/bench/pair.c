/* pair.c - drives two ends in turn, as the datagrams go back and forth. */
#include "pair.h"

#include <string.h>

enum { TURNS_MAX = 40 };

bool pair_setup_open(struct pair_setup *setup, const struct library *library,
                     enum key_share share)
{
    *setup = (struct pair_setup){ .library = library, .state = library->prepare(share) };
    return setup->state != NULL;
}

void pair_setup_close(struct pair_setup *setup)
{
    if (setup->state != NULL)
        setup->library->discard(setup->state);
    setup->state = NULL;
}

static void touched(const struct pair_setup *setup, int side)
{
    if (setup->watch != NULL)
        setup->watch->touched(setup->watch->user, side);
}

bool pair_open(struct pair_setup *setup, size_t turn, struct pair *pair)
{
    wire_clear(&setup->wire);
    for (int side = 0; side < ENDS; side++) {
        struct end *end = &pair->ends[side];
        *end = (struct end){ .wire = &setup->wire, .side = side };
        if (!setup->library->open(setup->state, turn % CERTIFICATES, end))
            return false;
        touched(setup, side);
    }
    return true;
}

static bool finish(struct pair_setup *setup, struct pair *pair)
{
    enum step at[ENDS] = { STEP_MORE, STEP_MORE };

    for (int turns = 0; at[CLIENT_END] != STEP_DONE || at[SERVER_END] != STEP_DONE;
         turns++) {
        int side = turns % ENDS;
        if (turns == TURNS_MAX)
            return false;
        if (at[side] != STEP_DONE)
            at[side] = setup->library->step(&pair->ends[side]);
        if (at[side] == STEP_FAILED)
            return false;
        touched(setup, side);
    }
    /* The ACK of 1.3 comes to a client that is connected already. */
    bool good = !wire_waits(&setup->wire, CLIENT_END)
             || setup->library->step(&pair->ends[CLIENT_END]) != STEP_FAILED;
    touched(setup, CLIENT_END);
    return good;
}

bool pair_shake(struct pair_setup *setup, struct pair *pair)
{
    uint8_t keys[ENDS][KEYING_MATERIAL];

    if (!finish(setup, pair))
        return false;
    for (int side = 0; side < ENDS; side++) {
        if (!setup->library->keys(&pair->ends[side], keys[side]))
            return false;
        touched(setup, side);
    }
    return memcmp(keys[CLIENT_END], keys[SERVER_END], KEYING_MATERIAL) == 0;
}

void pair_close(struct pair_setup *setup, struct pair *pair)
{
    for (int side = 0; side < ENDS; side++) {
        if (pair->ends[side].handle != NULL)
            setup->library->close(&pair->ends[side]);
        touched(setup, side);
    }
}

bool pair_run(struct pair_setup *setup, size_t turn)
{
    struct pair pair = { 0 };
    bool ok = pair_open(setup, turn, &pair) && pair_shake(setup, &pair);

    pair_close(setup, &pair);
    return ok;
}
