/* consent_checks.c - keeps consent on the selected pair of one agent of libnice. */
#include "consent_checks.h"

/* RFC 7675 5.1 */
#define LIFETIME SKIFF_MSEC(30000)

static void on_check(struct consent_checks *checks, skiff_time now, skiff_bytes message)
{
    if (!skf_received_checks_read(checks->received, message))
        return;
    skf_consent_on_check(&checks->consent, now);
    checks->on_response(checks->user);
}

static void on_message(void *user, skiff_bytes message)
{
    struct consent_checks *checks = user;
    skiff_time now = (skiff_time)g_get_monotonic_time();
    struct check_sent sent;

    if (checks->received != NULL) {
        on_check(checks, now, message);
        return;
    }
    switch (skf_check_read(checks->check, message, &sent)) {
    case CHECK_GOOD:
        skf_check_on_response(checks->check, &sent);
        if (sent.target != 0)
            checks->other_target = sent.target;
        else
            skf_consent_on_response(&checks->consent, now, sent.at);
        break;
    case CHECK_FORBIDDEN:
        checks->revoked = true;
        skf_consent_revoke(&checks->consent);
        break;
    case CHECK_CONFLICT:
        checks->consent.next_check = now;
        break;
    case CHECK_NOTHING:
        return;
    }
    checks->on_response(checks->user);
}

/* It is added to times. */
static skiff_time lifetime_of(skiff_time lifetime)
{
    enum { PART = 4 };

    return lifetime != 0 ? MIN(lifetime, SKIFF_NEVER / PART) : LIFETIME;
}

void skf_consent_checks_begin(struct consent_checks *checks, skiff_time now,
                              const struct check_credentials *credentials,
                              skiff_time lifetime)
{
    skf_check_free(checks->check);
    checks->check = skf_check_new(credentials);
    if (checks->monitor == NULL)
        checks->monitor = skf_stun_monitor_new(checks->loop, on_message, checks);
    else
        skf_stun_monitor_pause(checks->monitor);
    checks->other_target = 0;
    skf_consent_begin(&checks->consent, now, lifetime_of(lifetime), g_random_int());
    if (checks->consent.round_trip == 0)
        checks->consent.next_check =
            now; /* libnice has no round trip to offer, and DTLS begins now */
}

bool skf_consent_checks_write(struct consent_checks *checks, skiff_time now,
                              uint16_t target, skiff_packet *packet)
{
    if (checks->check == NULL || checks->monitor == NULL
        || !skf_check_write(checks->check, now, target, packet))
        return false;
    (void)skf_stun_monitor_watch(checks->monitor, checks->agent, checks->stream);
    return true;
}

void skf_consent_checks_begin_lite(struct consent_checks *checks, skiff_time now,
                                   const char *ufrag, const char *password,
                                   skiff_time lifetime)
{
    skf_received_checks_free(checks->received);
    checks->received = skf_received_checks_new(ufrag, password);
    if (checks->monitor == NULL)
        checks->monitor = skf_stun_monitor_new(checks->loop, on_message, checks);
    if (checks->received == NULL || checks->monitor == NULL)
        return;
    (void)skf_stun_monitor_watch(checks->monitor, checks->agent, checks->stream);
    skf_consent_begin_passive(&checks->consent, now, lifetime_of(lifetime));
}

static void send_check(struct consent_checks *checks, skiff_time now)
{
    uint8_t bytes[CHECK_LIMIT + SKIFF_TAIL];
    skiff_packet packet = { .data = bytes, .limit = CHECK_LIMIT };

    if (skf_consent_checks_write(checks, now, 0, &packet))
        checks->send(checks->user, &packet);
}

/* RFC 7675 5.1: the response to a check that is older than the lifetime of consent means
 * nothing. */
static void forget_old_checks(struct consent_checks *checks, skiff_time now)
{
    if (checks->check == NULL || checks->monitor == NULL)
        return;
    if (now > checks->consent.lifetime)
        skf_check_forget(checks->check, now - checks->consent.lifetime);
    if (!skf_check_is_pending(checks->check))
        skf_stun_monitor_pause(checks->monitor);
}

enum consent_state skf_consent_checks_run(struct consent_checks *checks, skiff_time now)
{
    enum consent_state state;

    skf_consent_checks_read(checks);
    state = skf_consent_step(&checks->consent, now);
    if (state == CONSENT_NONE || state == CONSENT_EXPIRED)
        return state;
    forget_old_checks(checks, now);
    if (skf_consent_check_due(&checks->consent, now))
        send_check(checks, now);
    return state;
}

void skf_consent_checks_read(struct consent_checks *checks)
{
    if (checks->monitor != NULL)
        skf_stun_monitor_read(checks->monitor);
}

void skf_consent_checks_end(struct consent_checks *checks)
{
    skf_check_free(checks->check);
    skf_received_checks_free(checks->received);
    skf_stun_monitor_free(checks->monitor);
    checks->check = NULL;
    checks->received = NULL;
    checks->monitor = NULL;
    checks->consent.state = CONSENT_NONE;
}
