/* keep.c - keeps consent on the selected pair of one agent of libnice. */
#include "keep.h"

/* RFC 7675 5.1 */
#define LIFETIME SKIFF_MSEC(30000)

static void see_check(struct keeper *keeper, skiff_time now, skiff_bytes message)
{
    if (!skf_asked_read(keeper->asked, message))
        return;
    skf_consent_asked(&keeper->consent, now);
    keeper->answered(keeper->user);
}

static void see(void *user, skiff_bytes message)
{
    struct keeper *keeper = user;
    skiff_time now = (skiff_time)g_get_monotonic_time();
    struct check_sent sent;

    if (keeper->asked != NULL) {
        see_check(keeper, now, message);
        return;
    }
    switch (skf_check_read(keeper->check, message, &sent)) {
    case CHECK_GOOD:
        skf_check_settle(keeper->check, &sent);
        if (sent.target != 0)
            keeper->other = sent.target;
        else
            skf_consent_answer(&keeper->consent, now, sent.at);
        break;
    case CHECK_FORBIDDEN:
        keeper->revoked = true;
        skf_consent_revoke(&keeper->consent);
        break;
    case CHECK_CONFLICT:
        keeper->consent.next = now;
        break;
    case CHECK_NOTHING:
        return;
    }
    keeper->answered(keeper->user);
}

/* It is added to times. */
static skiff_time lifetime_of(skiff_time lifetime)
{
    enum { PART = 4 };

    return lifetime != 0 ? MIN(lifetime, SKIFF_NEVER / PART) : LIFETIME;
}

void skf_keep_begin(struct keeper *keeper, skiff_time now, const struct check_names *names,
                    skiff_time lifetime)
{
    skf_check_free(keeper->check);
    keeper->check = skf_check_new(names);
    if (keeper->peek == NULL)
        keeper->peek = skf_peek_new(keeper->loop, see, keeper);
    else
        skf_peek_rest(keeper->peek);
    keeper->other = 0;
    skf_consent_begin(&keeper->consent, now, lifetime_of(lifetime), g_random_int());
    if (keeper->consent.round_trip == 0)
        keeper->consent.next = now;      /* libnice tells none, and DTLS begins now */
}

bool skf_keep_write(struct keeper *keeper, skiff_time now, uint16_t target,
                    skiff_packet *packet)
{
    if (keeper->check == NULL || keeper->peek == NULL
        || !skf_check_write(keeper->check, now, target, packet))
        return false;
    (void)skf_peek_watch(keeper->peek, keeper->agent, keeper->stream);
    return true;
}

void skf_keep_begin_lite(struct keeper *keeper, skiff_time now, const char *ufrag,
                         const char *password, skiff_time lifetime)
{
    skf_asked_free(keeper->asked);
    keeper->asked = skf_asked_new(ufrag, password);
    if (keeper->peek == NULL)
        keeper->peek = skf_peek_new(keeper->loop, see, keeper);
    if (keeper->asked == NULL || keeper->peek == NULL)
        return;
    (void)skf_peek_watch(keeper->peek, keeper->agent, keeper->stream);
    skf_consent_begin_passive(&keeper->consent, now, lifetime_of(lifetime));
}

static void ask(struct keeper *keeper, skiff_time now)
{
    uint8_t bytes[CHECK_LIMIT + SKIFF_TAIL];
    skiff_packet packet = { .data = bytes, .limit = CHECK_LIMIT };

    if (skf_keep_write(keeper, now, 0, &packet))
        keeper->carry(keeper->user, &packet);
}

/* RFC 7675 5.1: a check that is older than consent may be lasts says nothing any more. */
static void forget(struct keeper *keeper, skiff_time now)
{
    if (keeper->check == NULL || keeper->peek == NULL)
        return;
    if (now > keeper->consent.lifetime)
        skf_check_forget(keeper->check, now - keeper->consent.lifetime);
    if (!skf_check_waits(keeper->check))
        skf_peek_rest(keeper->peek);
}

enum consent_state skf_keep_run(struct keeper *keeper, skiff_time now)
{
    enum consent_state state;

    skf_keep_look(keeper);
    state = skf_consent_step(&keeper->consent, now);
    if (state == CONSENT_NONE || state == CONSENT_OVER)
        return state;
    forget(keeper, now);
    if (skf_consent_ask(&keeper->consent, now))
        ask(keeper, now);
    return state;
}

void skf_keep_look(struct keeper *keeper)
{
    if (keeper->peek != NULL)
        skf_peek_look(keeper->peek);
}

void skf_keep_end(struct keeper *keeper)
{
    skf_check_free(keeper->check);
    skf_asked_free(keeper->asked);
    skf_peek_free(keeper->peek);
    keeper->check = NULL;
    keeper->asked = NULL;
    keeper->peek = NULL;
    keeper->consent.state = CONSENT_NONE;
}
