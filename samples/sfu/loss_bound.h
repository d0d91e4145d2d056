/* loss_bound.h - the bound that loss sets to the estimate (draft-ietf-rmcat-gcc-02 section
 * 6). Knows no delays. Zeros are valid: there is no bound.
 */
#ifndef SAMPLES_SFU_LOSS_BOUND_H
#define SAMPLES_SFU_LOSS_BOUND_H

#include <stdbool.h>
#include <stdint.h>

struct loss_bound {
    double bps;            /* 0: there is no bound */
    double lost, reported; /* packets, of which old ones count less and less */
    uint64_t updated;      /* microseconds */
};

void loss_bound_reported(struct loss_bound *loss, bool lost);

/* What was reported as lost has arrived. */
void loss_bound_found(struct loss_bound *loss);

/* What the link is known to carry: `estimate` is what was sent at most, `arrived` is the
 * rate that has arrived. */
void loss_bound_update(struct loss_bound *loss, uint64_t now, double estimate,
                       double arrived);

/* RFC 3550 section 6.4.1, of 256: since the last report, some seconds ago. */
void loss_bound_fraction(struct loss_bound *loss, uint64_t now, double estimate,
                         uint8_t fraction);

/* The link has carried this much. */
void loss_bound_raise(struct loss_bound *loss, double bps);

#endif
