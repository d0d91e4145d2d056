/* routability.c - the return routability check of one association. */
#include "dtls/routability.h"

#include "crypto/crypto.h"

/* RFC 9853 section 5.5: T is three round trips of the old path, or 1 s. The new path may be
 * the longer one, so that no round trip is taken for less than LEAST_ROUND_TRIP. */
#define T_UNKNOWN        SKIFF_MSEC(1000)
#define LEAST_ROUND_TRIP SKIFF_MSEC(100)
enum { ROUND_TRIPS = 3 };

static void start(struct routability *r, enum asked asked, skiff_time now)
{
    r->asked = (uint8_t)asked;
    r->num = 0;
    r->next = now;
    r->until = now + CHALLENGES * r->pace;
}

void routability_begin(struct routability *r, const struct asking *asking)
{
    skiff_time round_trip = asking->round_trip;

    if (round_trip != 0 && round_trip < LEAST_ROUND_TRIP)
        round_trip = LEAST_ROUND_TRIP;
    r->pace = (round_trip != 0 ? ROUND_TRIPS * round_trip : T_UNKNOWN) / CHALLENGES;
    r->candidate = asking->candidate;
    r->received = asking->received;
    r->sent = 0;
    start(r, asking->old_first ? ASKED_OLD : ASKED_NEW, asking->now);
}

void routability_ask_new(struct routability *r, skiff_time now)
{
    start(r, ASKED_NEW, now);
}

void routability_end(struct routability *r)
{
    r->asked = ASKED_NONE;
    r->num = 0;
}

bool routability_asks(const struct routability *r, skiff_time now)
{
    return r->asked != ASKED_NONE && r->num < CHALLENGES && now >= r->next
        && now < r->until;
}

bool routability_may_send(const struct routability *r, size_t len)
{
    return r->sent + len <= AMPLIFICATION * r->received;
}

void routability_try(struct routability *r, skiff_time now)
{
    r->next = now + r->pace;
}

void routability_asked(struct routability *r, const uint8_t cookie[PATH_COOKIE], size_t len)
{
    memcpy(r->cookies[r->num++], cookie, PATH_COOKIE);
    if (r->asked == ASKED_NEW)
        r->sent += len;
}

bool routability_knows(const struct routability *r, const uint8_t cookie[PATH_COOKIE],
                       skiff_time now)
{
    bool known = false;

    for (size_t i = 0; i < r->num; i++)
        known |= skf_same(r->cookies[i], cookie, PATH_COOKIE);
    return known && r->asked != ASKED_NONE && now < r->until;
}

skiff_time routability_due(const struct routability *r, bool can_send)
{
    bool asks_again = can_send && r->num < CHALLENGES && r->next < r->until;

    if (r->asked == ASKED_NONE)
        return SKIFF_NEVER;
    return asks_again ? r->next : r->until;
}
