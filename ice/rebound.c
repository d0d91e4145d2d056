/* rebound.c - a peer to which its NAT has given another address. */
#include "rebound.h"

/* Parts of the lifetime of consent; their names say what they are at 30 s. */
enum { OF_5_S = 6, OF_1_S = 30 };

void skf_rebound_hear(struct rebound *rebound, skiff_time now, const union address *from)
{
    rebound->heard = now;
    if (rebound->active && address_equal(&rebound->seen, from))
        return;
    rebound->seen = *from;
    rebound->active = true;
    rebound->answered = false;
    rebound->target = (uint16_t)(rebound->target % UINT16_MAX + 1);
    rebound->next = now;
}

void skf_rebound_forget(struct rebound *rebound)
{
    rebound->active = false;
}

static void ask(struct rebound *rebound, struct keeper *keeper, struct split *split,
                skiff_time now)
{
    uint8_t bytes[CHECK_LIMIT + SKIFF_TAIL];
    skiff_packet packet = { .data = bytes, .limit = CHECK_LIMIT };

    if (skf_keep_write(keeper, now, rebound->target, &packet))
        skf_split_send_to(split, &rebound->seen, &packet);
    rebound->next = now + keeper->consent.lifetime / OF_1_S;
}

/* Another port is what a NAT gives: then a check that is missing is enough. */
static bool is_quiet(const struct rebound *rebound, const struct keeper *keeper,
                     const struct split *split, skiff_time now)
{
    const struct consent *consent = &keeper->consent;

    return consent->state == CONSENT_LATE
           || (skf_split_is_beside(split, &rebound->seen) && consent->asked != SKIFF_NEVER
               && now >= consent->asked + consent->lifetime / OF_1_S);
}

/* Both are asked as soon as anything has come from there. */
static void begin(struct rebound *rebound, struct keeper *keeper, skiff_time now)
{
    if (rebound->next == rebound->heard && keeper->consent.asked == SKIFF_NEVER)
        keeper->consent.next = now;
}

bool skf_rebound_step(struct rebound *rebound, struct keeper *keeper, struct split *split,
                      skiff_time now)
{
    if (!rebound->active || split->selected == NULL)
        return false;
    if (now >= rebound->heard + keeper->consent.lifetime / OF_5_S) {
        skf_rebound_forget(rebound);
        return false;
    }
    begin(rebound, keeper, now);
    rebound->answered |= keeper->other != 0 && keeper->other == rebound->target;
    if (now >= rebound->next && !rebound->answered)
        ask(rebound, keeper, split, now);
    if (!rebound->answered || !is_quiet(rebound, keeper, split, now))
        return false;
    skf_split_turn(split, &rebound->seen);
    skf_rebound_forget(rebound);
    return true;
}

skiff_time skf_rebound_due(const struct rebound *rebound)
{
    return rebound->active && !rebound->answered ? rebound->next : SKIFF_NEVER;
}
