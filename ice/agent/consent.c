/* consent.c - how long we may send on a path (RFC 7675), by times alone. */
#include "consent.h"

/* Parts of the lifetime. The names are their values at 30 s. */
enum {
    DIVISOR_15_S = 2,
    DIVISOR_6_S = 5,
    DIVISOR_5_S = 6,
    DIVISOR_3_S = 10,
    DIVISOR_2_S = 15,
    DIVISOR_1_S = 30
};

static skiff_time fraction(const struct consent *consent, unsigned divisor)
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

static bool is_expired(const struct consent *consent)
{
    return consent->state == CONSENT_NONE || consent->state == CONSENT_EXPIRED;
}

/* RFC 7675 5.1: 0.8 to 1.2 times the basic period. An attacker who guesses it gains
 * nothing. */
static skiff_time period(struct consent *consent)
{
    skiff_time basic = fraction(consent, DIVISOR_5_S);

    consent->random =
        consent->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return basic * 4 / 5 + (consent->random >> 33) % (basic * 2 / 5 + 1);
}

/* Until then a response is not missing. */
static skiff_time response_timeout(const struct consent *consent)
{
    skiff_time wait = later(fraction(consent, DIVISOR_1_S), consent->round_trip * 2);

    return sooner(wait, fraction(consent, DIVISOR_5_S));
}

void skf_consent_begin(struct consent *consent, skiff_time now, skiff_time lifetime,
                       uint32_t seed)
{
    skiff_time round_trip = consent->round_trip;

    *consent = (struct consent){ .state = CONSENT_FRESH,
                                 .lifetime = lifetime,
                                 .granted_at = now,
                                 .pending_since = SKIFF_NEVER,
                                 .sent_at = now,
                                 .round_trip = round_trip,
                                 .random = seed };
    consent->next_check = now + period(consent);
}

void skf_consent_begin_passive(struct consent *consent, skiff_time now, skiff_time lifetime)
{
    *consent = (struct consent){ .state = CONSENT_FRESH,
                                 .lifetime = lifetime,
                                 .granted_at = now,
                                 .pending_since = SKIFF_NEVER,
                                 .next_check = SKIFF_NEVER,
                                 .passive = true };
}

static skiff_time late_at(const struct consent *consent)
{
    if (consent->passive)
        return consent->granted_at + fraction(consent, DIVISOR_15_S);
    return consent->pending_since != SKIFF_NEVER
             ? consent->pending_since + fraction(consent, DIVISOR_5_S)
             : SKIFF_NEVER;
}

/* Datagrams came since the last check, and have stopped. */
static skiff_time quiet_at(const struct consent *consent)
{
    if (consent->passive || consent->received_at <= consent->sent_at)
        return SKIFF_NEVER;
    return later(consent->received_at + fraction(consent, DIVISOR_1_S),
                 consent->sent_at + fraction(consent, DIVISOR_2_S));
}

static enum consent_state state_at(const struct consent *consent, skiff_time now)
{
    if (now >= consent->granted_at + consent->lifetime)
        return now < consent->grace_until ? CONSENT_SUSPENDED : CONSENT_EXPIRED;
    return now >= late_at(consent) ? CONSENT_LATE : CONSENT_FRESH;
}

/* A process that is stopped or swapped out neither sends nor checks meanwhile. RFC 7675 5.1
 * wants consent to be regained before anything is sent again. So a pause ends nothing by
 * itself: the peer is asked at once, and has L/10 to respond. On the side that does not
 * ask, it has time for its next check. */
static void handle_suspension(struct consent *consent, skiff_time now)
{
    if (now < skf_consent_deadline(consent) + fraction(consent, DIVISOR_1_S))
        return;
    consent->grace_until =
        now + fraction(consent, consent->passive ? DIVISOR_6_S : DIVISOR_3_S);
    consent->pending_since = SKIFF_NEVER;
    consent->next_check = consent->passive ? SKIFF_NEVER : now;
}

enum consent_state skf_consent_step(struct consent *consent, skiff_time now)
{
    if (is_expired(consent))
        return consent->state;
    handle_suspension(consent, now);
    if (now >= quiet_at(consent))
        consent->next_check = sooner(consent->next_check, now);
    consent->state = state_at(consent, now);
    return consent->state;
}

bool skf_consent_check_due(struct consent *consent, skiff_time now)
{
    if (is_expired(consent) || now < consent->next_check)
        return false;
    consent->pending_since = sooner(consent->pending_since, now);
    consent->sent_at = now;
    consent->next_check = now + response_timeout(consent);
    return true;
}

/* RFC 6298 2: a new value counts for an eighth. */
static void measure(struct consent *consent, skiff_time elapsed)
{
    elapsed = later(elapsed, 1);
    consent->round_trip =
        consent->round_trip == 0 ? elapsed : (consent->round_trip * 7 + elapsed) / 8;
}

void skf_consent_on_response(struct consent *consent, skiff_time now, skiff_time sent)
{
    if (is_expired(consent))
        return;
    measure(consent, now - sent);
    consent->state = CONSENT_FRESH;
    consent->granted_at = now;
    consent->pending_since = SKIFF_NEVER;
    consent->next_check = now + period(consent);
}

void skf_consent_on_check(struct consent *consent, skiff_time now)
{
    if (is_expired(consent) || !consent->passive)
        return;
    consent->state = CONSENT_FRESH;
    consent->granted_at = now;
}

void skf_consent_revoke(struct consent *consent)
{
    if (!is_expired(consent))
        consent->state = CONSENT_EXPIRED;
}

skiff_time skf_consent_deadline(const struct consent *consent)
{
    skiff_time due;

    if (is_expired(consent))
        return SKIFF_NEVER;
    due = sooner(consent->next_check,
                 consent->state == CONSENT_LATE ? SKIFF_NEVER : late_at(consent));
    due = sooner(due, quiet_at(consent));
    return sooner(due,
                  later(consent->granted_at + consent->lifetime, consent->grace_until));
}
