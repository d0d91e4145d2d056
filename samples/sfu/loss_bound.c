/* loss_bound.c - the bound that loss sets to the estimate (draft-ietf-rmcat-gcc-02 section
 * 6): more than a tenth lost lowers it, less lets it rise.
 *
 * Two things are not in the draft. Packets are counted over seconds and must be clearly
 * more than a tenth, for of fifty packets of a link that loses 5 % a tenth is often lost.
 * And what has arrived is a floor, since it shows what the link carries.
 */
#include "loss_bound.h"

enum {
    INTERVAL = 200000, /* microseconds between updates */
    MEMORY = 2000000,  /* microseconds after which a packet counts for a third */
    FEW_PACKETS = 20
};

/* Growth in a second: of the draft below 2 %, and with care between that and a tenth. */
static const double much = 0.1, little = 0.02, growth = 0.08, slow_growth = 0.03;
static const double floor_of_arrived = 0.9;

void loss_bound_reported(struct loss_bound *loss, bool lost)
{
    loss->reported++;
    if (lost)
        loss->lost++;
}

void loss_bound_found(struct loss_bound *loss)
{
    loss->lost = loss->lost > 1 ? loss->lost - 1 : 0;
}

/* Above this a bound bounds nothing. */
static void drop_if_idle(struct loss_bound *loss, double estimate)
{
    if (loss->bps > 1.5 * estimate)
        loss->bps = 0;
}

static void lower(struct loss_bound *loss, double estimate, double fraction)
{
    if (loss->bps == 0 || loss->bps > estimate)
        loss->bps = estimate;
    loss->bps *= 1 - 0.5 * fraction;
}

/* Lost packets have a deviation of about the root of their number. */
static bool is_clearly_much(const struct loss_bound *loss)
{
    double above = loss->lost - much * loss->reported;

    return above > 0 && above * above > loss->lost;
}

void loss_bound_update(struct loss_bound *loss, uint64_t now, double estimate,
                       double arrived)
{
    uint64_t elapsed = now - loss->updated;
    double seconds, fraction;

    if (elapsed < INTERVAL || loss->reported < FEW_PACKETS)
        return;
    elapsed = elapsed < MEMORY / 2 ? elapsed : MEMORY / 2;
    seconds = (double)elapsed / 1e6;
    fraction = loss->lost / loss->reported;
    if (is_clearly_much(loss)) {
        lower(loss, estimate, fraction);
        loss->lost = loss->reported = 0;
    } else {
        loss->bps *= 1 + seconds * (fraction < little ? growth : slow_growth);
        loss->lost *= 1 - (double)elapsed / MEMORY;
        loss->reported *= 1 - (double)elapsed / MEMORY;
    }
    if (loss->bps != 0)
        loss_bound_raise(loss, floor_of_arrived * arrived);
    drop_if_idle(loss, estimate);
    loss->updated = now;
}

void loss_bound_fraction(struct loss_bound *loss, uint64_t now, double estimate,
                         uint8_t fraction)
{
    double lost = (double)fraction / 256;

    if (lost > much)
        lower(loss, estimate, lost);
    else if (lost < little)
        loss->bps *= 1 + growth;
    drop_if_idle(loss, estimate);
    loss->updated = now;
}

void loss_bound_raise(struct loss_bound *loss, double bps)
{
    if (loss->bps != 0 && loss->bps < bps)
        loss->bps = bps;
}
