/* rebinding.c - a peer to which its NAT has given another address. */
#include "rebinding.h"

/* Parts of the lifetime of consent. The names are their values at 30 s. */
enum { DIVISOR_5_S = 6, DIVISOR_1_S = 30 };

void skf_rebinding_on_datagram(struct rebinding *rebinding, skiff_time now,
                               const union address *from)
{
    rebinding->received_at = now;
    if (rebinding->active && address_equal(&rebinding->address, from))
        return;
    rebinding->address = *from;
    rebinding->active = true;
    rebinding->is_checked = false;
    rebinding->target = (uint16_t)(rebinding->target % UINT16_MAX + 1);
    rebinding->next_check = now;
}

void skf_rebinding_cancel(struct rebinding *rebinding)
{
    rebinding->active = false;
}

static void send_check(struct rebinding *rebinding, struct consent_checks *checks,
                       struct bypass *bypass, skiff_time now)
{
    uint8_t bytes[CHECK_LIMIT + SKIFF_TAIL];
    skiff_packet packet = { .data = bytes, .limit = CHECK_LIMIT };

    if (skf_consent_checks_write(checks, now, rebinding->target, &packet))
        skf_bypass_send_to(bypass, &rebinding->address, &packet);
    rebinding->next_check = now + checks->consent.lifetime / DIVISOR_1_S;
}

/* A NAT that rebinds changes the port: then one missing response is enough. */
static bool is_quiet(const struct rebinding *rebinding, const struct consent_checks *checks,
                     const struct bypass *bypass, skiff_time now)
{
    const struct consent *consent = &checks->consent;

    return consent->state == CONSENT_LATE
        || (skf_bypass_is_other_port(bypass, &rebinding->address)
            && consent->pending_since != SKIFF_NEVER
            && now >= consent->pending_since + consent->lifetime / DIVISOR_1_S);
}

/* Both addresses are checked as soon as anything has come from the new one. */
static void begin(struct rebinding *rebinding, struct consent_checks *checks,
                  skiff_time now)
{
    if (rebinding->next_check == rebinding->received_at
        && checks->consent.pending_since == SKIFF_NEVER)
        checks->consent.next_check = now;
}

bool skf_rebinding_step(struct rebinding *rebinding, struct consent_checks *checks,
                        struct bypass *bypass, skiff_time now)
{
    if (!rebinding->active || bypass->selected == NULL)
        return false;
    if (now >= rebinding->received_at + checks->consent.lifetime / DIVISOR_5_S) {
        skf_rebinding_cancel(rebinding);
        return false;
    }
    begin(rebinding, checks, now);
    rebinding->is_checked |=
        checks->other_target != 0 && checks->other_target == rebinding->target;
    if (now >= rebinding->next_check && !rebinding->is_checked)
        send_check(rebinding, checks, bypass, now);
    if (!rebinding->is_checked || !is_quiet(rebinding, checks, bypass, now))
        return false;
    skf_bypass_redirect(bypass, &rebinding->address);
    skf_rebinding_cancel(rebinding);
    return true;
}

skiff_time skf_rebinding_deadline(const struct rebinding *rebinding)
{
    return rebinding->active && !rebinding->is_checked ? rebinding->next_check
                                                       : SKIFF_NEVER;
}
