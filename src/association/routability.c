/* routability.c - the return routability check of one association. */
#include "association/routability.h"

#include "crypto/crypto.h"

/* RFC 9853 section 5.5: T is three round trips of the old path, or 1 s. The new path may be
 * the longer one, so that no round trip is taken for less than LEAST_ROUND_TRIP. */
#define T_UNKNOWN        SKIFF_MSEC(1000)
#define LEAST_ROUND_TRIP SKIFF_MSEC(100)
enum { ROUND_TRIPS = 3 };

static void start(struct routability *r, enum challenged challenged, skiff_time now)
{
    r->challenged = (uint8_t)challenged;
    r->num = 0;
    r->next = now;
    r->until = now + CHALLENGES * r->pace;
}

void skf_routability_begin(struct routability *r, const struct path_check *check)
{
    skiff_time round_trip = check->round_trip;

    if (round_trip != 0 && round_trip < LEAST_ROUND_TRIP)
        round_trip = LEAST_ROUND_TRIP;
    r->pace = (round_trip != 0 ? ROUND_TRIPS * round_trip : T_UNKNOWN) / CHALLENGES;
    r->candidate = check->candidate;
    r->received = check->received;
    r->sent = 0;
    start(r, check->old_first ? CHALLENGED_OLD : CHALLENGED_NEW, check->now);
}

void skf_routability_challenge_new(struct routability *r, skiff_time now)
{
    start(r, CHALLENGED_NEW, now);
}

void skf_routability_end(struct routability *r)
{
    r->challenged = CHALLENGED_NONE;
    r->num = 0;
}

bool skf_routability_challenge_due(const struct routability *r, skiff_time now)
{
    return r->challenged != CHALLENGED_NONE && r->num < CHALLENGES && now >= r->next
        && now < r->until;
}

bool skf_routability_may_send(const struct routability *r, size_t len)
{
    return r->sent + len <= AMPLIFICATION * r->received;
}

void skf_routability_defer(struct routability *r, skiff_time now)
{
    r->next = now + r->pace;
}

void skf_routability_challenge_sent(struct routability *r,
                                    const uint8_t cookie[PATH_COOKIE], size_t len)
{
    memcpy(r->cookies[r->num++], cookie, PATH_COOKIE);
    if (r->challenged == CHALLENGED_NEW)
        r->sent += len;
}

bool skf_routability_matches(const struct routability *r, const uint8_t cookie[PATH_COOKIE],
                             skiff_time now)
{
    bool known = false;

    for (size_t i = 0; i < r->num; i++)
        known |= skf_same(r->cookies[i], cookie, PATH_COOKIE);
    return known && r->challenged != CHALLENGED_NONE && now < r->until;
}

skiff_time skf_routability_due(const struct routability *r, bool can_send)
{
    bool challenges_again = can_send && r->num < CHALLENGES && r->next < r->until;

    if (r->challenged == CHALLENGED_NONE)
        return SKIFF_NEVER;
    return challenges_again ? r->next : r->until;
}
