/* consent.c - how long we may send on a path (RFC 7675), in bare time. */
#include "consent.h"

/* Parts of the lifetime; their names say what they are at 30 s. */
enum { OF_15_S = 2, OF_6_S = 5, OF_5_S = 6, OF_3_S = 10, OF_2_S = 15, OF_1_S = 30 };

static skiff_time part(const struct consent *consent, unsigned divisor)
{
    return consent->lifetime / divisor;
}

static skiff_time later(skiff_time a, skiff_time b)
{
    return a > b ? a : b;
}

static skiff_time sooner(skiff_time a, skiff_time b)
{
    return a < b ? a : b;
}

static bool is_over(const struct consent *consent)
{
    return consent->state == CONSENT_NONE || consent->state == CONSENT_OVER;
}

/* RFC 7675 5.1: 0.8 to 1.2 times the basic period. Who guesses it gains nothing. */
static skiff_time period(struct consent *consent)
{
    skiff_time basic = part(consent, OF_5_S);

    consent->random = consent->random * UINT64_C(6364136223846793005)
                      + UINT64_C(1442695040888963407);
    return basic * 4 / 5 + (consent->random >> 33) % (basic * 2 / 5 + 1);
}

/* Until then an answer is not missing. */
static skiff_time patience(const struct consent *consent)
{
    skiff_time wait = later(part(consent, OF_1_S), consent->round_trip * 2);

    return sooner(wait, part(consent, OF_5_S));
}

void skf_consent_begin(struct consent *consent, skiff_time now, skiff_time lifetime,
                       uint32_t seed)
{
    skiff_time round_trip = consent->round_trip;

    *consent = (struct consent){ .state = CONSENT_FRESH, .lifetime = lifetime,
                                 .answered = now, .asked = SKIFF_NEVER, .sent = now,
                                 .round_trip = round_trip, .random = seed };
    consent->next = now + period(consent);
}

void skf_consent_begin_passive(struct consent *consent, skiff_time now,
                               skiff_time lifetime)
{
    *consent = (struct consent){ .state = CONSENT_FRESH, .lifetime = lifetime,
                                 .answered = now, .asked = SKIFF_NEVER,
                                 .next = SKIFF_NEVER, .passive = true };
}

static skiff_time late_at(const struct consent *consent)
{
    if (consent->passive)
        return consent->answered + part(consent, OF_15_S);
    return consent->asked != SKIFF_NEVER ? consent->asked + part(consent, OF_5_S)
                                         : SKIFF_NEVER;
}

/* What came since the last check has stopped. */
static skiff_time lull_at(const struct consent *consent)
{
    if (consent->passive || consent->heard <= consent->sent)
        return SKIFF_NEVER;
    return later(consent->heard + part(consent, OF_1_S),
                 consent->sent + part(consent, OF_2_S));
}

static enum consent_state state_at(const struct consent *consent, skiff_time now)
{
    if (now >= consent->answered + consent->lifetime)
        return now < consent->regain ? CONSENT_HELD : CONSENT_OVER;
    return now >= late_at(consent) ? CONSENT_LATE : CONSENT_FRESH;
}

/*
 * Who is stopped, or swapped out, neither sends nor asks meanwhile: RFC 7675 5.1 wants
 * consent to be regained before anything is sent again. So a pause ends nothing by itself;
 * the peer is asked at once, and has L/10 to answer; or, where it is the peer that asks,
 * time for its next check.
 */
static void mind_pause(struct consent *consent, skiff_time now)
{
    if (now < skf_consent_due(consent) + part(consent, OF_1_S))
        return;
    consent->regain = now + part(consent, consent->passive ? OF_6_S : OF_3_S);
    consent->asked = SKIFF_NEVER;
    consent->next = consent->passive ? SKIFF_NEVER : now;
}

enum consent_state skf_consent_step(struct consent *consent, skiff_time now)
{
    if (is_over(consent))
        return consent->state;
    mind_pause(consent, now);
    if (now >= lull_at(consent))
        consent->next = sooner(consent->next, now);
    consent->state = state_at(consent, now);
    return consent->state;
}

bool skf_consent_ask(struct consent *consent, skiff_time now)
{
    if (is_over(consent) || now < consent->next)
        return false;
    consent->asked = sooner(consent->asked, now);
    consent->sent = now;
    consent->next = now + patience(consent);
    return true;
}

/* RFC 6298 2: an eighth of what is new. */
static void measure(struct consent *consent, skiff_time took)
{
    took = later(took, 1);
    consent->round_trip = consent->round_trip == 0 ? took
                                                   : (consent->round_trip * 7 + took) / 8;
}

void skf_consent_answer(struct consent *consent, skiff_time now, skiff_time sent)
{
    if (is_over(consent))
        return;
    measure(consent, now - sent);
    consent->state = CONSENT_FRESH;
    consent->answered = now;
    consent->asked = SKIFF_NEVER;
    consent->next = now + period(consent);
}

void skf_consent_asked(struct consent *consent, skiff_time now)
{
    if (is_over(consent) || !consent->passive)
        return;
    consent->state = CONSENT_FRESH;
    consent->answered = now;
}

void skf_consent_revoke(struct consent *consent)
{
    if (!is_over(consent))
        consent->state = CONSENT_OVER;
}

skiff_time skf_consent_due(const struct consent *consent)
{
    skiff_time due;

    if (is_over(consent))
        return SKIFF_NEVER;
    due = sooner(consent->next, consent->state == CONSENT_LATE ? SKIFF_NEVER
                                                               : late_at(consent));
    due = sooner(due, lull_at(consent));
    return sooner(due, later(consent->answered + consent->lifetime, consent->regain));
}
